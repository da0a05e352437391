"""Secrets that pass through the operator are in nothing that it writes, and in nothing that the doctor prints.

The simulated Palette repeats each of them in what it refuses, and gives out some of its own in replies.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping

from palette_sim.palette import PaletteConfig
from support.scenarios.commands import doctor
from support.scenarios.gossip import GIVEN_OUT, Gossip
from support.scenarios.leaks import all_written, found_in
from support.scenarios.manifests import API_KEY, cluster, connection, control, edge_host, secret, store_apps
from support.scenarios.operator_process import OperatorOptions
from support.scenarios.world import OpenWorld, World, fast_palette

_WRONG_KEY = "planted-wrong-api-key"
_EMAIL, _USER_PASSWORD, _WRONG_USER_PASSWORD = "ops@example.com", "demo-password", "planted-wrong-user-password"
_PASSWORD = "planted-password-value"
_NEW_PASSWORD = 'planted "second" password-value'
_PAIRING_KEY = "planted-pairing-key"
_TOKEN_LIFE_S = 6.0

_BASE = {"name": "edge-base", "version": "1.4.0"}
_SPEAKING = OperatorOptions(log_level="debug", metrics=True)
_WHO = "/v1/users/info"
_IDENTITY = "/v1/(users/(?!info).*|apiKeys|roles/.*)"
_CLUSTERS = "/v1/dashboard/spectroclusters/search"


async def test_no_secret_of_an_api_keys_connection_is_shown(open_own_world: OpenWorld) -> None:
    gossip = Gossip()
    world = await open_own_world(operator=_SPEAKING, middlewares=[gossip.middleware])
    await world.set_api_key(_WRONG_KEY)
    gossip.repeat("GET", _WHO, status=401)
    await world.until("PaletteConnection", world.name, "CredentialsValid=Unauthorized")
    reports = await _doctor(world, gossip, "a wrong key")
    await world.set_api_key(API_KEY)
    await world.until("PaletteConnection", world.name, "Ready")
    await _use_every_secret(world, gossip)
    reports |= await _doctor(world, gossip, "a good key")
    written = {**await all_written(world), **reports}

    _assert_speaking(written)
    hosts = GIVEN_OUT - {"Authorization"}
    assert hosts <= gossip.given_out.keys()
    planted = {API_KEY, _WRONG_KEY, _PASSWORD, _NEW_PASSWORD, _PAIRING_KEY}
    assert found_in(written, planted.union(*gossip.given_out.values())) == []


async def test_no_secret_of_a_users_connection_is_shown(open_own_world: OpenWorld) -> None:
    gossip = Gossip()
    world = await open_own_world(
        palette=_in_real_time(), operator=_SPEAKING, connect=False, middlewares=[gossip.middleware]
    )
    gossip.repeat("POST", "/v1/auth/authenticate", status=401)
    await _connect_as_user(world, _WRONG_USER_PASSWORD)
    await world.until("PaletteConnection", world.name, "CredentialsValid=Unauthorized")
    reports = await _doctor(world, gossip, "a wrong password")
    await _connect_as_user(world, _USER_PASSWORD)
    await world.until("PaletteConnection", world.name, "Ready")
    await _use_every_secret(world, gossip)
    told = gossip.repeated
    gossip.repeat("GET", "/v1/auth/refresh/.*")
    await world.eventually(lambda: gossip.repeated > told, "a token is refused its renewal")
    gossip.repeat("POST", "/v1/dashboard/.*", status=403)
    await world.eventually(lambda: gossip.repeated > told + 1, "a listing is refused")
    reports |= await _doctor(world, gossip, "a good password")
    await world.until("PaletteCluster", "store-1", "Ready")
    written = {**await all_written(world), **reports}

    _assert_speaking(written)
    assert len(gossip.given_out["Authorization"]) > 1
    planted = {_USER_PASSWORD, _WRONG_USER_PASSWORD, _PASSWORD, _NEW_PASSWORD, _PAIRING_KEY}
    assert found_in(written, planted.union(*gossip.given_out.values())) == []


async def _use_every_secret(world: World, gossip: Gossip) -> None:
    """Let each secret of a resource be sent, be refused, and be repeated by Palette in what it refuses."""
    await _keep_a_registration_token(world)
    told = gossip.repeated
    gossip.repeat("POST", "/v1/edgehosts")
    gossip.repeat("POST", "/v1/spectroclusters/edge-native")
    await world.apply(
        secret("store-vars", password=_PASSWORD),
        secret("edge-a", pairingKey=_PAIRING_KEY),
        edge_host(
            "edge-a",
            pairingKeySecretRef={"name": "edge-a", "key": "pairingKey"},
            remoteShell={"ssh": "Enabled", "temporaryUser": "Enabled"},
        ),
        cluster("store-1", control("edge-a"), profiles=[_BASE, store_apps(password_from="store-vars")]),
    )
    await world.until("PaletteCluster", "store-1", "Ready")
    assert world.host("edge-a").pairing_key == _PAIRING_KEY
    await world.until("EdgeHost", "edge-a", lambda host: "remoteShell" in host["status"])
    gossip.repeat("PATCH", "/v1/spectroclusters/.*/variables")
    await world.apply(secret("store-vars", password=_NEW_PASSWORD))
    await world.annotate("PaletteCluster", "store-1", reconcile_requested_at="2026-01-01T00:00:00Z")
    await world.eventually(
        lambda: world.cluster("store-1").profiles[1].variables["password"] == _NEW_PASSWORD, "the new value is there"
    )
    await world.until("PaletteCluster", "store-1", "Ready")
    assert gossip.repeated == told + 3


async def _keep_a_registration_token(world: World) -> None:
    """Let the operator ask Palette for a token, and keep it where it belongs."""
    name = f"{world.name}-token"
    await world.patch("PaletteConnection", world.name, {"spec": {"registrationToken": {"secretName": name}}})
    await world.until("PaletteConnection", world.name, "RegistrationToken")
    kept = await world.kubernetes.get("Secret", name, world.operator.namespace)
    [token] = world.palette.state.edge_tokens.values()
    assert kept is not None
    assert base64.b64decode(kept["data"]["token"]).decode() == token.token


async def _doctor(world: World, gossip: Gossip, when: str) -> dict[str, str]:
    """Return what the doctor prints on either stream, while Palette repeats the credential in much that it refuses."""
    gossip.repeat("POST", "/v1/auth/authenticate" if "wrong" in when else _CLUSTERS, status=403, count=1_000)
    gossip.repeat("GET", _WHO if "wrong" in when else _IDENTITY, status=403, count=1_000)
    asked = (world.plane, world.operator.namespace, world.name, "--share", "1")
    (_, text, said), (_, report, also_said) = await asyncio.gather(doctor(*asked), doctor(*asked, "--json"))
    gossip.hush()
    assert json.loads(report)["sections"]
    found = {"the doctor's text": text, "the doctor's JSON": report, "the doctor's errors": said + also_said}
    return {f"{where}, with {when}": printed for where, printed in found.items()}


def _assert_speaking(written: Mapping[str, str]) -> None:
    """Fail unless each place has something to say, so that nothing found means something."""
    assert "palette_api_requests_total" in written["metrics"]
    assert 'palette_edge_hosts{health="healthy",state="in-use"} 1.0' in written["metrics"]
    assert "store-1" in written["the log"]
    assert "***" in written["the log"]
    assert "Created" in written["events"]
    assert [where for where, text in written.items() if "doctor" in where and "errors" not in where and not text] == []


async def _connect_as_user(world: World, password: str) -> None:
    user = secret(f"{world.name}-user", emailId=_EMAIL, password=password, org="retail")
    user["metadata"]["namespace"] = world.operator.namespace
    await world.kubernetes.apply(user)
    auth = {"userSecretRef": {"name": f"{world.name}-user"}}
    await world.apply(connection(world.name, world.palette.endpoint, [world.name], auth=auth))


def _in_real_time() -> PaletteConfig:
    """Return a Palette whose tokens end by the operator's own clock, and where all else takes no time."""
    absent = dict.fromkeys(("cluster_absent_s", "cluster_statusless_s"), 0.0)
    briefly = dict.fromkeys(("host_pairing_s", "pending_s", "becoming_healthy_s", "resolving_s", "applying_s"), 0.3)
    return fast_palette(speed=1, durations={**absent, **briefly, "provisioning_s": 1.0, "token_life_s": _TOKEN_LIFE_S})
