"""The fleet: what it takes to look at it, through keys that may see more or less of a tenant."""

from __future__ import annotations

from pydantic import SecretStr

from palette_sim.palette.access_log import Entry
from palette_sim.palette.seed import KeySeed
from support.scenarios.manifests import PROJECT, edge_host
from support.scenarios.world import World

OTHER_PROJECT = "retail-lab"
BOTH = (PROJECT, OTHER_PROJECT)
ENOUGH = 6
"""Listings in a row, of clusters and of hosts, that are taken for how it is done."""


def listings(world: World) -> list[Entry]:
    return [entry for entry in world.requests() if entry.path.endswith("/search")]


def add_key(world: World, key: str, *projects: str) -> None:
    """Let Palette accept a key that may see these projects, and nothing in tenant scope."""
    uids = {name: world.palette.state.project_named(name).uid for name in BOTH}
    world.palette.keys.add(KeySeed(name=key, key=SecretStr(key), projects=list(projects)), uids)


async def until_listed(world: World, *, by_project: bool) -> None:
    """Return when the latest listings were all of one kind."""

    def holds() -> bool:
        latest = listings(world)[-ENOUGH:]
        return len(latest) == ENOUGH and all(entry.scoped is by_project for entry in latest)

    await world.eventually(holds, "listings by project" if by_project else "listings of the tenant")


async def test_two_projects_are_served_by_one_listing_until_a_key_may_not_list_the_tenant(world: World) -> None:
    await world.connect(allowedProjects=[OTHER_PROJECT])
    await world.apply(edge_host("edge-a"), edge_host("edge-b", project=OTHER_PROJECT))
    for name in ("edge-a", "edge-b"):
        await world.until("EdgeHost", name, "Ready")
    await until_listed(world, by_project=False)
    since = len(world.requests())

    world.palette.people.make_host_ill("edge-b", "The agent is silent.")
    await world.until("EdgeHost", "edge-b", "Connected=Disconnected")
    world.palette.people.make_host_ill("edge-a", "The agent is silent.")
    await world.until("EdgeHost", "edge-a", "Connected=Disconnected")
    assert not any(entry.scoped for entry in world.requests(since) if entry.path.endswith("/search"))

    add_key(world, "editor-key", *BOTH)
    await world.set_api_key("editor-key")
    await until_listed(world, by_project=True)
    world.palette.people.cure_host("edge-b")
    await world.until("EdgeHost", "edge-b", "Connected")
    await world.until("PaletteConnection", world.name, "Ready")
    assert [entry.status for entry in listings(world) if entry.status != 200] == [403]
    assert world.traces() == []
