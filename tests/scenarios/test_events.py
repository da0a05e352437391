"""Kubernetes events: told once, on a transition, never without bound; Palette's own of a cluster that is not well."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from palette_sim.palette import FaultSpec, OutageMode
from support.killing_ground import scaled_palette
from support.scenarios.kubectl import Kubectl
from support.scenarios.manifests import cluster, control, edge_host, secret, store_apps
from support.scenarios.operator_process import OperatorOptions
from support.scenarios.waiting import eventually
from support.scenarios.world import Body, OpenWorld, World

_CLUSTERS = [f"store-{number}" for number in range(20)]
_OUTAGES = 2
_PASSWORD = "planted-password-value"


async def test_an_outage_of_palette_is_told_once_of_each_resource_however_often_it_comes(
    open_own_world: OpenWorld, tmp_path: Path
) -> None:
    world = await open_own_world(palette=scaled_palette())
    await world.apply(*(edge_host(f"edge-{name}") for name in _CLUSTERS))
    await world.apply(*(cluster(name, control(f"edge-{name}")) for name in _CLUSTERS))
    for name in _CLUSTERS:
        await world.until("PaletteCluster", name, "Ready", within_s=120)
    for _ in range(_OUTAGES):
        await _outage(world)
    await _until_told(world)
    told = await _events_of(world)

    away = [event for event in told if event["reason"] == "PaletteUnreachable"]
    assert Counter(event["involvedObject"]["name"] for event in away if _is_cluster(event)) == Counter(_CLUSTERS)
    assert {event["type"] for event in away} == {"Warning"}
    assert _repeated(told) == [], "what is the same is counted, and posted once"
    described = await Kubectl(world.plane.kubeconfig, world.name, tmp_path)("describe", "palettecluster", "store-0")
    assert f"(x{_OUTAGES} over" in described

    await world.stop_operator()
    before = _versions(await _events_of(world))
    await world.start_operator()
    await world.passes(3)

    assert _versions(await _events_of(world)) == before, "a restart tells nothing that was told"


async def _outage(world: World) -> None:
    """Let Palette be away until every resource says so, and come back."""
    world.palette.injections.outage = OutageMode.DROP
    for name in _CLUSTERS:
        await world.until("PaletteCluster", name, "Ready=PaletteUnreachable")
    await world.until("PaletteConnection", world.name, "Ready=PaletteUnreachable")
    world.palette.injections.outage = None
    for name in _CLUSTERS:
        await world.until("EdgeHost", f"edge-{name}", "Ready")
        await world.until("PaletteCluster", name, "Ready")
    await world.until("PaletteConnection", world.name, "Ready")


async def _until_told(world: World) -> None:
    """Wait until the last return of Palette, and each outage, is told: events are posted beside the work."""

    expected = Counter({(name, "PaletteUnreachable"): _OUTAGES for name in (*_CLUSTERS, world.name)})
    expected |= Counter({(name, "Ready"): 1 + _OUTAGES for name in (*_CLUSTERS, world.name)})
    counts: Counter[tuple[str, str]] = Counter()

    async def told() -> bool:
        counts.clear()
        for event in await _events_of(world) + await world.events(world.name):
            told_of = event["involvedObject"]["name"], event["reason"]
            if told_of in expected:
                counts[told_of] += event["count"]
        return counts == expected

    async def explain() -> str:
        wrong = {each: (counts[each], expected[each]) for each in counts | expected if counts[each] != expected[each]}
        return f"told, and how often it happened: {wrong}\n{await world.show_log()}"

    await eventually(told, "every outage is told", explain=explain)


async def _events_of(world: World) -> list[Body]:
    return await world.kubernetes.list("Event", world.name)


def _is_cluster(event: Body) -> bool:
    return bool(event["involvedObject"]["kind"] == "PaletteCluster")


def _repeated(events: list[Body]) -> list[tuple[str, ...]]:
    """Return what was posted more than once, by resource, type, reason and message."""
    said = Counter(
        (event["involvedObject"]["uid"], event["type"], event["reason"], event["message"]) for event in events
    )
    return [each for each, count in said.items() if count > 1]


def _versions(events: list[Body]) -> dict[str, str]:
    return {event["metadata"]["name"]: event["metadata"]["resourceVersion"] for event in events}


async def test_what_palette_says_of_an_ill_cluster_is_told_once(open_own_world: OpenWorld, tmp_path: Path) -> None:
    world = await open_own_world(operator=OperatorOptions(resync_s=2.0))
    variables = store_apps(password_from="store-vars")
    await world.apply(secret("store-vars", password=_PASSWORD))
    profiles = [{"name": "edge-base", "version": "1.4.0"}, variables]
    await world.bring_up(cluster("store-1", control("edge-a"), profiles=profiles))
    since = len(world.requests())
    uid = world.cluster("store-1").uid
    world.palette.people.tell_of_cluster(uid, "Warning", "disk pressure", f"edge-a:\n\tcannot log in with {_PASSWORD}")
    world.palette.people.tell_of_cluster(uid, "Normal", "Upgraded", "all went well")
    await world.passes(2)
    assert _asked(world, uid, since) == 0, "a cluster that is well costs nothing"

    world.palette.people.make_host_ill("edge-a")

    told = await world.until_event("store-1", "NodeUnhealthy")
    assert (told["type"], told["message"], told["count"]) == ("Warning", "Palette: edge-a: no heartbeat", 1)
    assert (await world.until_event("store-1", "DiskPressure"))["message"] == "Palette: edge-a: cannot log in with ***"
    await world.until_event("store-1", "Unhealthy")
    await world.passes(5)
    assert _asked(world, uid, since) == 1, "it is asked about rarely, however often it is looked at"
    told_of = [event["reason"] for event in await world.events("store-1") if event["message"].startswith("Palette: ")]
    assert sorted(told_of) == ["DiskPressure", "NodeUnhealthy"]
    described = await Kubectl(world.plane.kubeconfig, world.name, tmp_path)("describe", "palettecluster", "store-1")
    assert "Palette: edge-a: no heartbeat" in described
    assert _PASSWORD not in described


@pytest.mark.parametrize("status", [403, 404, 500])
async def test_events_that_palette_does_not_hand_out_disturb_nothing(open_own_world: OpenWorld, status: int) -> None:
    world = await open_own_world()
    fault = {"path": "/v1/events/.*", "count": None, "status": status, "code": "OperationForbidden"}
    world.palette.injections.add_fault(FaultSpec.model_validate(fault))
    await world.bring_up(cluster("store-1", control("edge-a")))
    since, uid = len(world.requests()), world.cluster("store-1").uid

    world.palette.people.make_host_ill("edge-a")

    await world.until("PaletteCluster", "store-1", "Ready=Unhealthy")
    await world.eventually(lambda: _asked(world, uid, since) > 0, "Palette is asked")
    world.palette.people.cure_host("edge-a")
    await world.until("PaletteCluster", "store-1", "Ready")
    assert world.traces() == []


def _asked(world: World, uid: str, since: int) -> int:
    return world.requests_to("GET", f"/v1/events/components/spectrocluster/{uid}", since)
