"""Profiles of one scope: the whole list does not say whose a profile is."""

import pytest

from palette_operator.domain.identifiers import ProjectUid
from palette_operator.palette.client import PaletteClient
from palette_operator.palette.credentials import ApiKey
from palette_operator.palette.limiter import Limiter
from palette_operator.palette.scope import ProjectScope
from palette_operator.palette.transport import Endpoint, Transport
from palette_operator.palette.wire.catalogue import ProfileSummary
from palette_sim.palette import PaletteConfig, SimulatedPalette

PROJECT = ProjectScope(ProjectUid("66f1a0c2b4d5e6f708192a3b"))

FOUND = {
    "a profile of the asked scope is found": ("project", "edge-base", "1.4.0", 1),
    "one of another scope is not": ("tenant", "edge-base", "1.4.0", 0),
    "nor is another version": ("project", "edge-base", "9.9.9", 0),
}


@pytest.mark.parametrize(("scope", "name", "version", "count"), FOUND.values(), ids=FOUND)
async def test_profiles_are_found_by_scope_name_and_version(scope: str, name: str, version: str, count: int) -> None:
    async with SimulatedPalette(PaletteConfig()) as palette:
        transport = Transport(Endpoint(palette.endpoint), ApiKey("demo-admin-key"), Limiter())
        async with PaletteClient(transport) as client:
            found = await client.cluster_profiles_in(PROJECT, scope, name, version)

    assert [(profile.name, profile.version) for profile in found] == [(name, version)] * count


def test_a_row_that_lists_its_versions_gives_each_its_own_uid() -> None:
    row = ProfileSummary.model_validate(
        {
            "metadata": {"name": "base", "uid": "new"},
            "specSummary": {"version": "2.0.0", "versions": [{"uid": "old", "version": "1.0.0"}]},
        }
    )

    assert {profile.uid: profile.version for profile in row.profile_versions()} == {"old": "1.0.0", "new": "2.0.0"}
