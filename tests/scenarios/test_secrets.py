"""Secrets that pass through the operator are in nothing that it writes."""

from __future__ import annotations

import json

import httpx

from support.scenarios.manifests import API_KEY, cluster, control, edge_host, secret, store_apps
from support.scenarios.operator_process import OperatorOptions
from support.scenarios.world import KINDS, OpenWorld, World

_WRONG_KEY = "planted-wrong-api-key"
_PASSWORD = "planted-password-value"
_NEW_PASSWORD = "planted-second-password-value"
_PAIRING_KEY = "planted-pairing-key"
_PLANTED = (API_KEY, _WRONG_KEY, _PASSWORD, _NEW_PASSWORD, _PAIRING_KEY)

_BASE = {"name": "edge-base", "version": "1.4.0"}


async def test_no_secret_is_in_logs_events_statuses_or_metrics(open_own_world: OpenWorld) -> None:
    world = await open_own_world(operator=OperatorOptions(log_level="debug", metrics=True))
    await _use_every_secret(world)
    written = {
        "the log": world.operator.log,
        "events": json.dumps(await world.kubernetes.list("Event", world.name)),
        "events of connections": json.dumps(await world.kubernetes.list("Event", "default")),
        "resources": json.dumps([await world.get(kind, name) for kind in KINDS for name in _names(world, kind)]),
        "metrics": await _metrics(world),
    }

    assert "palette_api_requests_total" in written["metrics"]
    assert "store-1" in written["the log"]
    assert "Created" in written["events"]
    found = [f"{planted} in {where}" for where, text in written.items() for planted in _PLANTED if planted in text]
    assert found == []


async def _use_every_secret(world: World) -> None:
    """Let each secret be sent, be refused, and be repeated by Palette in what it refuses."""
    await world.set_api_key(_WRONG_KEY)
    await world.until("PaletteConnection", world.name, "CredentialsValid=Unauthorized")
    await world.set_api_key(API_KEY)
    await world.until("PaletteConnection", world.name, "Ready")
    _echo(world, "POST", "/v1/edgehosts", f"pairing key {_PAIRING_KEY} is not welcome")
    _echo(world, "POST", "/v1/spectroclusters/edge-native", f"the value {_PASSWORD} is not welcome")
    await world.apply(
        secret("store-vars", password=_PASSWORD),
        secret("edge-a", pairingKey=_PAIRING_KEY),
        edge_host("edge-a", pairingKeySecretRef={"name": "edge-a", "key": "pairingKey"}),
        cluster("store-1", control("edge-a"), profiles=[_BASE, store_apps(password_from="store-vars")]),
    )
    await world.until("PaletteCluster", "store-1", "Ready")
    assert world.host("edge-a").pairing_key == _PAIRING_KEY
    _echo(world, "PATCH", "/v1/spectroclusters/.*/variables", f"the value {_NEW_PASSWORD} is not welcome")
    await world.apply(secret("store-vars", password=_NEW_PASSWORD))
    await world.annotate("PaletteCluster", "store-1", reconcile_requested_at="2026-01-01T00:00:00Z")
    await world.eventually(
        lambda: world.cluster("store-1").profiles[1].variables["password"] == _NEW_PASSWORD, "the new value is there"
    )
    await world.until("PaletteCluster", "store-1", "Ready")


def _echo(world: World, method: str, path: str, message: str) -> None:
    world.palette.fail_next(method, path, status=500, code="VariableInvalid", message=message)


def _names(world: World, kind: str) -> list[str]:
    return {"PaletteConnection": [world.name], "EdgeHost": ["edge-a"], "PaletteCluster": ["store-1"]}[kind]


async def _metrics(world: World) -> str:
    async with httpx.AsyncClient(trust_env=False) as client:
        reply = await client.get(f"http://127.0.0.1:{world.operator.metrics_port}/metrics")
    return reply.raise_for_status().text
