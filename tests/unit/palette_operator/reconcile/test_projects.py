"""Which project a name stands for, against the simulated Palette."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr

from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable
from palette_operator.domain.observed import Project
from palette_operator.palette.client import PaletteClient
from palette_operator.palette.credentials import ApiKey
from palette_operator.palette.limiter import Limiter
from palette_operator.palette.transport import Endpoint, Transport
from palette_operator.reconcile.projects import default_project, find_project
from palette_sim.palette import SimulatedPalette
from palette_sim.palette.seed import KeySeed, ProjectSeed, default_seed
from support.palette_api import ADMIN_KEY

LAB, LAB_KEY = "retail-lab", "lab-key"
NAMESAKE = ProjectSeed(name="tenant", uid="uid-of-tenant")
TWINS = (ProjectSeed(name="twin", uid="twin-1"), ProjectSeed(name="twin", uid="twin-2"))


@asynccontextmanager
async def client(key: str = ADMIN_KEY) -> AsyncIterator[tuple[SimulatedPalette, PaletteClient]]:
    seed = default_seed()
    seed.projects.extend([NAMESAKE, *TWINS])
    seed.keys.append(KeySeed(name=LAB_KEY, key=SecretStr(LAB_KEY), projects=[LAB]))
    async with SimulatedPalette(seed=seed) as palette:
        transport = Transport(Endpoint(palette.endpoint), ApiKey(key), Limiter())
        async with PaletteClient(transport) as opened:
            yield palette, opened


async def test_the_word_for_tenant_scope_names_no_project_even_where_one_is_called_so() -> None:
    async with client() as (palette, opened):
        assert await default_project(opened, "tenant") is None
        (entry,) = palette.requests.entries
        assert (entry.path, entry.scoped) == ("/v1/dashboard/spectroclusters/search", False)


async def test_a_project_that_is_called_tenant_is_found_by_its_uid() -> None:
    async with client() as (_, opened):
        assert await default_project(opened, NAMESAKE.uid) == Project(NAMESAKE.uid, "tenant")


async def test_a_credential_that_may_not_list_the_tenant_is_told_what_to_do() -> None:
    async with client(LAB_KEY) as (_, opened):
        with pytest.raises(Stalled) as caught:
            await default_project(opened, "tenant")

    assert caught.value.reason == "Forbidden"
    assert caught.value.message == (
        "spec.project is 'tenant', and the credential may not list the whole tenant: name a project there, or use the "
        "credential of a tenant administrator"
    )


FAULTS = {
    "a refused credential": ({"status": 401, "code": "UnAuthorizedAccess"}, Stalled, "Unauthorized"),
    "an error of Palette's own": ({"status": 500}, Unavailable, "RemoteRejected"),
}


@pytest.mark.parametrize(("fault", "kind", "reason"), FAULTS.values(), ids=FAULTS)
async def test_what_else_keeps_the_tenant_from_being_listed_is_said_as_it_is(
    fault: dict[str, object], kind: type[ReconcileError], reason: str
) -> None:
    async with client() as (palette, opened):
        palette.fail_next(**fault)  # type: ignore[arg-type]
        with pytest.raises(kind) as caught:
            await default_project(opened, "tenant")

    assert caught.value.reason == reason
    assert "tenant administrator" not in caught.value.message


MISNAMED = {
    "one that is not there": ("nowhere", ADMIN_KEY, "ProjectNotFound"),
    "one that the key may not see": (NAMESAKE.uid, LAB_KEY, "ProjectNotFound"),
    "one of two": ("twin", ADMIN_KEY, "ProjectAmbiguous"),
}


@pytest.mark.parametrize(("wanted", "key", "reason"), MISNAMED.values(), ids=MISNAMED)
async def test_a_name_that_does_not_stand_for_one_project_is_refused(wanted: str, key: str, reason: str) -> None:
    async with client(key) as (_, opened):
        with pytest.raises(Stalled) as caught:
            await find_project(opened, wanted)

    assert caught.value.reason == reason


async def test_one_of_two_of_the_same_name_is_found_by_its_uid() -> None:
    async with client() as (_, opened):
        assert (await find_project(opened, "twin-2")).uid == "twin-2"
