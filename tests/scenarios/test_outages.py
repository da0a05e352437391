"""Outages: while Palette is away, refuses or lies, nothing is created or deleted, and all goes on by itself after."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest
import pytest_asyncio

from palette_sim.common.injection import Fate
from palette_sim.palette import FaultSpec, OutageMode, SimulatedPalette
from support.create_points import SEARCH
from support.fault_proxy import Canned, Matcher
from support.killing_ground import KillingGround, cluster_on, killing_ground, scaled_palette
from support.scenarios.control_plane import ControlPlane
from support.scenarios.kubernetes import Body, condition
from support.scenarios.manifests import edge_host
from support.scenarios.world import Wanted

HOST_SEARCH = "/v1/dashboard/edgehosts/search"
NOTHING = Canned(200, json.dumps({"items": [], "listmeta": {"count": 0, "limit": 50, "offset": 0, "continue": ""}}))


@dataclass(frozen=True, slots=True)
class Outage:
    """What goes wrong, and what the conditions say meanwhile."""

    begin: Callable[[KillingGround], None]
    settled: str
    """Of a cluster that was ready before."""
    new: Wanted
    """Of a cluster that was applied meanwhile."""
    connection: str


def _mode(mode: OutageMode) -> Callable[[KillingGround], None]:
    def begin(ground: KillingGround) -> None:
        ground.world.palette.injections.outage = mode

    return begin


def _always(path: str = ".*", **fault: object) -> Callable[[KillingGround], None]:
    def begin(ground: KillingGround) -> None:
        spec = FaultSpec.model_validate({"path": path, "count": None, **fault})
        ground.world.palette.injections.add_fault(spec)

    return begin


def _dead_key(ground: KillingGround) -> None:
    _revoke(ground.world.palette, revoked=True)
    _always(r"/v1/spectroclusters/.*|/v1/edgehosts/.*", status=404, code="ResourceNotFound")(ground)


def _revoked(ground: KillingGround) -> None:
    _revoke(ground.world.palette, revoked=True)


def _revoke(palette: SimulatedPalette, *, revoked: bool) -> None:
    assert palette.access.keys.set_revoked("admin", revoked)


def _is_rejected_or_unreachable(body: Body) -> bool:
    """Whichever comes first: its first look, or the end of the grace in which Palette may be silent."""
    return condition(body, "Ready").get("reason") in {"RemoteRejected", "PaletteUnreachable"}


SETTLED = ("settled", "settled-2", "settled-3")
AWAY = ("Ready=PaletteUnreachable", "Ready=PaletteUnreachable", "Ready=PaletteUnreachable")
OUTAGES = {
    "connections break": Outage(_mode(OutageMode.DROP), *AWAY),
    "a gateway says 503": Outage(_mode(OutageMode.UNAVAILABLE), *AWAY),
    "Palette says 404 with a number": Outage(_always(status=404, code=404), *AWAY),
    "Palette says 500 with a code": Outage(
        _always(status=500, code="InternalError"),
        "Ready=PaletteUnreachable",
        _is_rejected_or_unreachable,
        "Ready=RemoteRejected",
    ),
    "the key loses its project": Outage(
        _always(status=403, code="OperationForbidden"), "Ready=Forbidden", "Ready=Forbidden", "Ready=Forbidden"
    ),
    "the key is revoked": Outage(_revoked, "Ready=Unauthorized", "Ready=Unauthorized", "Ready=Unauthorized"),
    "the key is revoked, and reads say that nothing is there": Outage(
        _dead_key, "Ready=Unauthorized", "Ready=Unauthorized", "Ready=Unauthorized"
    ),
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ground(control_plane: ControlPlane) -> AsyncIterator[KillingGround]:
    """A world with clusters that are ready."""
    async with killing_ground(control_plane, palette=scaled_palette()) as opened:
        hosts = await opened.add_hosts(len(SETTLED))
        for name, host in zip(SETTLED, hosts, strict=True):
            await opened.world.apply(cluster_on(name, host, deletion={"policy": "Delete"}))
        for name in SETTLED:
            await opened.until_created(name)
        yield opened


@pytest.mark.parametrize("outage", OUTAGES.values(), ids=OUTAGES)
async def test_nothing_is_created_or_deleted_in_an_outage_and_all_goes_on_after_it(
    ground: KillingGround, outage: Outage
) -> None:
    world, number = ground.world, len(ground.world.palette.hosts)
    [host] = await ground.add_hosts(1)
    await world.passes(1)
    since = len(world.requests())

    outage.begin(ground)
    try:
        await world.apply(cluster_on(f"new-{number}", host), edge_host(f"device-{number}"))
        await world.until("PaletteConnection", world.name, outage.connection)
        await world.until("PaletteCluster", "settled", outage.settled)
        await world.until("PaletteCluster", f"new-{number}", outage.new)
        assert effects(ground, since) == []
    finally:
        world.palette.injections.clear()
        _revoke(world.palette, revoked=False)

    await ground.until_created(f"new-{number}")
    await ground.until_created("settled")
    await world.until("EdgeHost", f"device-{number}", "Ready")
    await world.until("PaletteConnection", world.name, "Ready")


async def test_nothing_is_created_or_deleted_while_every_search_finds_nothing_and_all_goes_on_after_it(
    ground: KillingGround,
) -> None:
    world = ground.world
    [host] = await ground.add_hosts(1)
    await world.passes(1)
    ground.palette.lies += [(Matcher("POST", path), NOTHING) for path in (SEARCH, HOST_SEARCH)]
    try:
        await world.until("PaletteConnection", world.name, "FleetShrank")
        since = len(world.requests())

        await world.apply(cluster_on("doubtful", host), edge_host("doubtful"))
        await world.delete("PaletteCluster", "settled-3")

        await world.until("EdgeHost", "doubtful", "Synced=HeldByGuard")
        await world.until("PaletteCluster", "settled-3", "Deleting")
        told = ground.palette.lies_told
        await world.eventually(lambda: ground.palette.lies_told >= told + 4, "two more passes")
        assert effects(ground, since) == []
    finally:
        ground.palette.lies.clear()

    await ground.until_created("doubtful")
    await ground.until_created("settled")
    await world.until("EdgeHost", "doubtful", "Ready")
    await world.until_gone("PaletteCluster", "settled-3")


def effects(ground: KillingGround, since: int) -> list[str]:
    """Return the writes that took effect in Palette."""
    return [
        f"{entry.method} {entry.path}"
        for entry in ground.world.requests(since)
        if entry.method != "GET"
        and not entry.path.startswith("/v1/dashboard/")
        and entry.status < 300
        and entry.fate is not Fate.DROPPED
    ]
