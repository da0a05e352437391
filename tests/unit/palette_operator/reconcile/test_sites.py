"""What a resource may use of a connection, and what it is told when it may not."""

import asyncio
from collections.abc import Mapping
from typing import cast

import pytest

from palette_operator.domain.errors import Stalled
from palette_operator.domain.identifiers import ProjectUid
from palette_operator.domain.observed import Project
from palette_operator.domain.resources import ConnectionSpec
from palette_operator.palette.client import PaletteClient
from palette_operator.palette.scope import ProjectScope
from palette_operator.reconcile.sites import DeletionGuard, Link, ProjectLink, Sites
from support.builders import key

PROD, LAB = Project(ProjectUid("uid-prod"), "retail-prod"), Project(ProjectUid("uid-lab"), "retail-lab")


class _Projects:
    """Stands for the client: it lists projects and nothing else."""

    async def projects_named(self, wanted: str) -> list[Project]:
        return [project for project in (PROD, LAB) if wanted in {project.name, project.uid}]


def _opened(project: Project) -> ProjectLink:
    """Open a project without a fleet: whoever is told its site looks at none here."""
    absent = cast("asyncio.Task[None]", None)
    return ProjectLink(project, ProjectScope(project.uid), *[absent] * 5)  # type: ignore[arg-type]


async def _no_labels(_: str) -> Mapping[str, str]:
    return {}


def sites(default: Project | None) -> Sites:
    spec = ConnectionSpec.model_validate(
        {
            "endpoint": "https://palette.test",
            "project": "tenant" if default is None else default.name,
            "allowedProjects": [LAB.name],
            "allowedNamespaces": {"all": True},
            "auth": {"apiKeySecretRef": {"name": "key", "key": "apiKey"}},
        }
    )
    offered = Sites(lambda _: True, _no_labels, lambda: 0.0, unreachable_after_s=60)
    client = cast("PaletteClient", _Projects())
    offered.open("default", Link(spec, client, default, _opened, DeletionGuard(lambda: 0.0)))
    return offered


FOUND: dict[str, tuple[Project | None, str, bool, Project]] = {
    "the default project, when none is named": (PROD, "", False, PROD),
    "the default project, by its uid": (PROD, PROD.uid, False, PROD),
    "an allowed project beside a default": (PROD, LAB.name, False, LAB),
    "an allowed project in tenant scope": (None, LAB.name, False, LAB),
    "a project that was allowed once, for one that leaves in tenant scope": (None, PROD.uid, True, PROD),
}


@pytest.mark.parametrize(("default", "wanted", "leaving", "found"), FOUND.values(), ids=FOUND)
async def test_a_resource_gets(default: Project | None, wanted: str, leaving: bool, found: Project) -> None:
    site = await sites(default).site("default", key(), wanted, leaving=leaving)

    assert site.project == found


REFUSED: dict[str, tuple[Project | None, str, bool, str, str]] = {
    "one that names none, in tenant scope": (
        None,
        "",
        False,
        "ProjectNotFound",
        "names no project, and PaletteConnection 'default' has no default: set spec.project to one of its",
    ),
    "one that leaves and never was in a project, in tenant scope": (
        None,
        "",
        True,
        "ProjectNotFound",
        "names no project",
    ),
    "one that names what is not allowed, in tenant scope": (
        None,
        PROD.name,
        False,
        "NotAllowed",
        "'retail-prod' may not",
    ),
    "one that names the scope instead of a project": (None, "tenant", False, "NotAllowed", "'tenant' may not"),
}


@pytest.mark.parametrize(("default", "wanted", "leaving", "reason", "said"), REFUSED.values(), ids=REFUSED)
async def test_a_resource_is_refused(
    default: Project | None, wanted: str, leaving: bool, reason: str, said: str
) -> None:
    with pytest.raises(Stalled) as caught:
        await sites(default).site("default", key(), wanted, leaving=leaving)

    assert caught.value.reason == reason
    assert said in caught.value.message
