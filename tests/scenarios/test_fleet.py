"""The fleet: what it takes to look at it, through keys that may see more or less of a tenant."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from palette_sim.common.injection import LatencySpec
from palette_sim.palette import HostOrder
from palette_sim.palette.access_log import Entry
from palette_sim.palette.config import Bumps
from palette_sim.palette.seed import KeySeed
from support.scenarios.control_plane import ControlPlane
from support.scenarios.kubernetes import Body, condition
from support.scenarios.manifests import PROJECT, edge_host
from support.scenarios.operator_process import OperatorProcess
from support.scenarios.world import World, fast_palette, open_world

OTHER_PROJECT = "retail-lab"
BOTH = (PROJECT, OTHER_PROJECT)
ENOUGH = 6
"""Listings in a row, of clusters and of hosts, that are taken for how it is done."""


def listings(world: World) -> list[Entry]:
    return [entry for entry in world.requests() if entry.path.endswith("/search")]


def add_key(world: World, key: str, *projects: str) -> None:
    """Let Palette accept a key that may see these projects, and nothing in tenant scope."""
    uids = {name: world.palette.state.project_named(name).uid for name in BOTH}
    world.palette.access.add_key(KeySeed(name=key, key=SecretStr(key), projects=list(projects)), uids)


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


@pytest.mark.parametrize(
    ("bumps", "helps"), [(Bumps.NEVER, True), (Bumps.SOMETIMES, False), (Bumps.ALWAYS, False)], ids=[*Bumps]
)
async def test_a_change_in_a_large_fleet_is_noticed_whether_heartbeats_count_as_modifications_or_not(
    control_plane: ControlPlane, shared_operator: OperatorProcess, bumps: Bumps, helps: bool
) -> None:
    beating = fast_palette(speed=1, bumps=bumps, durations={"heartbeat_s": 0.5})
    async with open_world(control_plane, shared_operator, palette=beating, connect=False) as world:
        world.palette.people.add_hosts(HostOrder(PROJECT, count=340))
        await world.connect()
        await world.apply(edge_host("edge-0007"))
        await world.until("EdgeHost", "edge-0007", "Ready")
        await world.passes(2)
        since = len(world.requests())

        world.palette.people.make_host_ill("edge-0007", "The agent is silent.")
        await world.until("EdgeHost", "edge-0007", "Connected=Disconnected")
        await world.passes(5)
        looks = world.requests_to("POST", "/v1/dashboard/spectroclusters/search", since)
        pages = world.requests_to("POST", "/v1/dashboard/edgehosts/search", since)

        # A full look takes seven pages of hosts, a short one no more than two.
        assert (pages < 4 * looks) is helps
        assert ("short looks are given up" in world.log) is not helps
        assert world.traces() == []


async def test_answers_that_are_too_slow_for_the_fleet_to_be_seen_as_asked_are_said_and_unsaid(world: World) -> None:
    await world.apply(edge_host("edge-a"))
    await world.until("EdgeHost", "edge-a", "Ready")
    await world.passes()

    # Two listings make a pass: of 8 s, where one a second is asked for and 6.5 s are put up with.
    world.palette.injections.latency = LatencySpec(min_s=4, max_s=4)
    slow = await world.until("PaletteConnection", world.name, _is_known_to_be_slow)
    assert "less often than every 1 seconds" in condition(slow, "StaleFleet")["message"]
    assert condition(slow, "Ready")["status"] == "True"

    world.palette.injections.latency = LatencySpec()
    await world.until("PaletteConnection", world.name, _is_seen_as_asked)
    await world.until("EdgeHost", "edge-a", "Ready")
    assert world.traces() == []


def _is_known_to_be_slow(connection: Body) -> bool:
    return condition(connection, "StaleFleet").get("status") == "True" and _sweep_seconds(connection) > 1


def _is_seen_as_asked(connection: Body) -> bool:
    return not condition(connection, "StaleFleet") and _sweep_seconds(connection) == 1


def _sweep_seconds(connection: Body) -> int:
    seconds: int = connection.get("status", {}).get("sweepSeconds", 0)
    return seconds
