"""The dashboard's queries, run by a genuine Prometheus that scrapes a genuine operator."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from palette_sim.controlplane.leash import leashed
from palette_sim.controlplane.process import choose_free_port
from palette_sim.edge import HostSeed, SimulatedSite, SiteConfig
from palette_sim.palette.seed import KeySeed
from support.prometheus import dashboard
from support.prometheus.provide import Prometheus
from support.prometheus.server import PrometheusServer, running_prometheus
from support.scenarios.control_plane import running_control_plane
from support.scenarios.local_site import local_host, login
from support.scenarios.manifests import cluster, control, edge_host
from support.scenarios.operator_process import OperatorOptions, OperatorProcess
from support.scenarios.waiting import eventually
from support.scenarios.world import World, open_world, start_operator

_OTHER_PROJECT = "retail-lab"
_KEY_THAT_ENDS = "a-key-that-ends"
_LISTING = "/v1/dashboard/spectroclusters/search"
_NEW_BASE = [{"name": "edge-base", "version": "1.5.0"}]
_CLUSTERS = ("upgraded", "planned", "drifted", "held")

_DEMO_OBJECTS = 1 + 5 + 13
"""Connections, clusters and hosts of examples/demo."""

# It takes a defect, or somebody who writes at the same moment; or a crowd at the moment of a scrape.
_MAY_STAY_AT_ZERO = {"Failed looks", "Looks that failed", "Longest wait", "Waiting for a worker"}


@dataclass(frozen=True, slots=True)
class Stage:
    """An operator that has not been asked for anything, and a Prometheus that has scraped it."""

    operator: OperatorProcess
    server: PrometheusServer


@asynccontextmanager
async def open_stage(prometheus: Prometheus, folder: Path) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        plane = await stack.enter_async_context(running_control_plane("embedded", folder))
        operator, _ = await start_operator(plane, OperatorOptions(metrics=True, local_loopback=True))
        stack.push_async_callback(operator.stop)
        # As after a takeover, when the replica that led before and the one that leads now tell of the same fleet.
        targets = [f"{replica}:{operator.metrics_port}" for replica in ("127.0.0.1", "localhost")]
        scrape_configs = [{"job_name": "palette-operator", "static_configs": [{"targets": targets}]}]
        server = await stack.enter_async_context(running_prometheus(prometheus, folder, scrape_configs))
        await server.scraped(3)
        yield Stage(operator, server)


async def test_where_all_is_calm_every_panel_shows_a_zero_or_says_why_there_is_nothing(
    prometheus: Prometheus, tmp_path: Path
) -> None:
    async with open_stage(prometheus, tmp_path) as stage:
        at = await stage.server.scraped()
        shown = await dashboard.shown(dashboard.load(), stage.server, at)

    assert len(shown) >= len(list(dashboard.panels(dashboard.load())))
    assert [each.query for each in shown if each.is_empty and not dashboard.says_why(each.panel)] == []


async def test_where_much_happens_no_panel_is_empty_and_each_has_something_to_show(
    prometheus: Prometheus, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(open_stage(prometheus, tmp_path))
        world = await stack.enter_async_context(open_world(stage.operator.plane, stage.operator, connect=False))
        site = await stack.enter_async_context(SimulatedSite([HostSeed(uid="edge-1")], SiteConfig(speed=60)))
        await world.apply(login("edge-local", site.host("edge-1")), local_host("edge-local", site.host("edge-1")))
        await bring_up_a_fleet(world)
        await let_things_happen(world)
        await until_they_show(world)
        at = await stage.server.scraped(3)
        shown = await dashboard.shown(dashboard.load(), stage.server, at)

    assert [each.query for each in shown if each.is_empty] == []
    at_work = {each.panel["title"] for each in shown if not each.is_zero}
    assert {each.panel["title"] for each in shown} - at_work <= _MAY_STAY_AT_ZERO
    numbers = {each.panel["title"]: each.series[0].values[-1] for each in shown if each.panel["type"] == "stat"}
    assert (numbers["Connections"], numbers["Clusters"], numbers["Edge hosts"]) == (1, len(_CLUSTERS), 40)


async def test_of_the_demo_every_panel_shows_numbers_or_says_why_there_are_none(
    prometheus: Prometheus, tmp_path: Path
) -> None:
    port = choose_free_port()
    scrape_configs = [{"job_name": "palette-operator", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}]
    async with running_prometheus(prometheus, tmp_path, scrape_configs) as server, demo(tmp_path, port):

        async def all_is_ready() -> bool:
            ready = await server.instant('sum(palette_operator_objects{condition="Ready", status="True"})')
            return [each.values[-1] for each in ready] == [_DEMO_OBJECTS]

        await eventually(all_is_ready, "every object of the demo is Ready")
        at = await server.scraped(2)
        shown = await dashboard.shown(dashboard.load(), server, at)

    assert [each.query for each in shown if each.is_empty and not dashboard.says_why(each.panel)] == []
    counts = {each.panel["title"]: each.series[0].values[-1] for each in shown if not each.is_empty}
    assert [counts[title] for title in ("Leaders", "Connections", "Clusters", "Edge hosts")] == [1, 1, 5, 13]


@asynccontextmanager
async def demo(folder: Path, metrics_port: int) -> AsyncIterator[None]:
    """Run the demo as in a terminal, where it stays until Ctrl-C."""
    ours, terminal = os.openpty()
    arguments = ("--directory", str(folder / "demo"), "--metrics-port", str(metrics_port))
    process = await asyncio.create_subprocess_exec(
        *leashed([sys.executable, "-m", "palette_operator", "demo", *arguments]),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    reading = asyncio.create_task(asyncio.to_thread(_read_to_the_end, ours))
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        await process.wait()
        await reading
        os.close(ours)


def _read_to_the_end(terminal: int) -> None:
    """Take what is written to a terminal, so that it never fills up."""
    with contextlib.suppress(OSError):  # the other side is closed
        while os.read(terminal, 65_536):
            pass


async def bring_up_a_fleet(world: World) -> None:
    """Bring up clusters and hosts of two projects, which one listing serves, under a credential that ends."""
    seed = KeySeed(name="ends", key=SecretStr(_KEY_THAT_ENDS), user="careful@example.com", tenant_admin=True)
    world.palette.access.add_key(seed.model_copy(update={"expires_in_days": 30.0}), {})
    await world.connect(api_key=_KEY_THAT_ENDS, allowedProjects=[_OTHER_PROJECT])
    hosts = (*_CLUSTERS, "silent")
    await world.apply(edge_host("edge-other", project=_OTHER_PROJECT))
    await world.apply(*(edge_host(f"edge-{name}", deletion={"policy": "Delete"}) for name in hosts))
    for name in _CLUSTERS:
        pool = control(f"edge-{name}")
        await world.apply(cluster(name, pool, tags={"site": "42"}, drift={"policy": "Report"}))
    for name in _CLUSTERS:
        await world.until("PaletteCluster", name, "Ready")
    await world.until("EdgeHost", "edge-silent", "Ready")
    await world.until("EdgeHost", "edge-local", "Ready")
    await world.eventually(
        lambda: not [entry for entry in world.requests() if entry.path == _LISTING][-1].scoped,
        "one listing serves both projects",
    )


async def let_things_happen(world: World) -> None:
    """Have people, Palette and devices do what a platform team looks at a dashboard for."""
    await world.patch("PaletteCluster", "upgraded", {"spec": {"profiles": _NEW_BASE}})
    await world.patch("PaletteCluster", "planned", {"spec": {"mode": "Plan", "profiles": _NEW_BASE}})
    await world.apply(edge_host("edge-stalled", project="nobody-allowed-this"))
    await world.delete("EdgeHost", "edge-held")
    drifted = world.cluster("drifted")
    world.palette.people.edit_cluster(drifted.uid, labels={**drifted.labels, "site": "7"})
    world.palette.people.make_host_ill("edge-silent")
    world.palette.fail_next("POST", _LISTING, status=403, code="OperationForbidden")
    world.palette.announce({"Deprecation": "true"}, path=_LISTING)
    world.palette.fail_next("GET", "/v1/spectroclusters/.*", status=429, retry_after_s=1)
    # More than may be sent to Palette at once, and than there are workers.
    await world.apply(*(edge_host(f"edge-{number}") for number in range(32)))


async def until_they_show(world: World) -> None:
    await world.until("PaletteCluster", "drifted", "Drifted")
    await world.until("PaletteCluster", "planned", "Synced=PlanAwaitingApproval")
    await world.until("EdgeHost", "edge-stalled", "Stalled")
    await world.until("EdgeHost", "edge-silent", "Connected=Disconnected")
    await world.until("EdgeHost", "edge-held", "DeletionHeld=HostInUse")
    await world.until("PaletteCluster", "upgraded", "Ready")
    await world.until("EdgeHost", "edge-31", "Ready")
