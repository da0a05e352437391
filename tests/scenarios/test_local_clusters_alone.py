"""Clusters on air-gapped hosts, each under an operator of its own: killed around the create, or listened to closely."""

from __future__ import annotations

import json
from typing import Literal

import httpx
import pytest

from palette_sim.edge import HostSeed, PauseSpec, SimulatedSite
from support.scenarios.kubernetes import Body
from support.scenarios.local_site import PASSWORD, definition, fast_site, local_cluster, local_host, login
from support.scenarios.manifests import control, pool, secret
from support.scenarios.operator_process import OperatorOptions
from support.scenarios.world import KINDS, OpenWorld, World

_CLUSTER = "/v1/edge-mgmt/cluster"
_OPTIONS = OperatorOptions(local_loopback=True)
_LOUD = OperatorOptions(local_loopback=True, log_level="debug", metrics=True, kubeconfig_secrets=True)
_PLANTED = "planted-password-value"
_OTHER = "planted-second-value"


async def _site(*uids: str) -> SimulatedSite:
    site = SimulatedSite([HostSeed(uid=uid, embedded=definition("1.4.0", PASSWORD)) for uid in uids], fast_site())
    await site.start()
    return site


def _variables() -> list[Body]:
    reference = {"secretKeyRef": {"name": "ship-vars", "key": "password"}}
    return [{"name": "edge-base", "version": "1.4.0", "variables": [{"name": "password", "valueFrom": reference}]}]


@pytest.mark.parametrize("point", ["before", "after"])
async def test_an_operator_that_is_killed_around_the_create_makes_no_second_one(
    open_own_world: OpenWorld, point: Literal["before", "after"]
) -> None:
    world = await open_own_world(operator=_OPTIONS)
    site = await _site("edge-a")
    try:
        host = site.host("edge-a")
        pause = host.pause(PauseSpec(method="POST", path=_CLUSTER, point=point))
        await world.apply(secret("ship-vars", password=_PLANTED), login("edge-a", host), local_host("edge-a", host))
        await world.apply(local_cluster("ship-7", control("edge-a"), profiles=_variables()))
        await pause.reached()
        await world.kill_operator()
        pause.release()
        await world.start_operator()
        body = await world.until("PaletteCluster", "ship-7", "Ready")

        assert host.requests.count("POST", _CLUSTER) <= 2
        assert host.cluster is not None
        assert body["status"]["uid"] == host.cluster.uid
        assert [each.status for each in host.requests.writes if each.path == _CLUSTER].count(202) == 1
        assert "pendingOperation" not in body["status"]
    finally:
        await site.stop()


async def test_no_secret_of_a_local_cluster_is_shown(open_own_world: OpenWorld) -> None:
    world = await open_own_world(operator=_LOUD)
    site = await _site("edge-a", "edge-b")
    try:
        leader = site.host("edge-a")
        leader.fail_next("POST", _CLUSTER, message=f"cannot use {_PLANTED}")
        leader.fail_next("PUT", f"{_CLUSTER}/.*", message=f"cannot use {_OTHER}")
        for name in ("edge-a", "edge-b"):
            await world.apply(login(name, site.host(name)), local_host(name, site.host(name)))
        await world.apply(secret("ship-vars", password=_PLANTED))
        await world.apply(
            local_cluster(
                "ship-7",
                control("edge-a"),
                pool("worker", ["edge-b"]),
                profiles=_variables(),
                kubeconfig={"kind": "Admin"},
            )
        )
        await world.until("PaletteCluster", "ship-7", "Ready")
        await world.apply(secret("ship-vars", password=_OTHER))
        await world.annotate("PaletteCluster", "ship-7", reconcile_requested_at="now")
        assert leader.cluster is not None
        made = leader.cluster
        await world.eventually(lambda: _OTHER in made.variables.values(), "the new value is there")
        await world.until("PaletteCluster", "ship-7", "Ready")
        handed_out = await world.get("Secret", "ship-7-kubeconfig")
        written = await _written(world)

        assert handed_out is not None
        assert "Created" in written["events"]
        assert "***" in written["events"], "a host repeated a value, and was struck out"
        planted = (_PLANTED, _OTHER, f"simulated-{made.uid}")
        assert [f"{each} in {where}" for each in planted for where, text in written.items() if each in text] == []
    finally:
        await site.stop()


async def _written(world: World) -> dict[str, str]:
    """Return all that the operator wrote, but the Secret, by place."""
    async with httpx.AsyncClient(trust_env=False) as client:
        metrics = await client.get(f"http://127.0.0.1:{world.operator.metrics_port}/metrics")
    resources = [await world.kubernetes.list(kind, world.name) for kind in KINDS if kind != "PaletteConnection"]
    return {
        "the log": world.operator.log,
        "events": json.dumps(await world.kubernetes.list("Event", world.name)),
        "resources": json.dumps(resources),
        "metrics": metrics.text,
    }
