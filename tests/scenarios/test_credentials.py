"""Credentials that end, change and are replaced, under an operator that runs on."""

from __future__ import annotations

from typing import Any

from palette_sim.palette import PaletteConfig
from support.scenarios.control_plane import ControlPlane
from support.scenarios.kubernetes import Body, condition
from support.scenarios.manifests import cluster, connection, control, edge_host, secret
from support.scenarios.operator_process import OperatorProcess
from support.scenarios.world import World, fast_palette, open_world

_EMAIL, _PASSWORD = "ops@example.com", "demo-password"
_LOGIN, _REFRESH = "/v1/auth/authenticate", "/v1/auth/refresh/{token}"
_TOKEN_LIFE_S = 15.0
"""It is renewed after two thirds. What is left must outlast any standstill of the machine between two requests."""


def _in_real_time() -> PaletteConfig:
    """Return a Palette whose tokens end by the operator's own clock, and where all else takes no time."""
    absent = dict.fromkeys(("cluster_absent_s", "cluster_statusless_s"), 0.0)
    briefly = dict.fromkeys(("host_pairing_s", "pending_s", "becoming_healthy_s", "resolving_s", "applying_s"), 0.3)
    return fast_palette(speed=1, durations={**absent, **briefly, "provisioning_s": 1.0, "token_life_s": _TOKEN_LIFE_S})


async def _set_user(world: World, password: str = _PASSWORD) -> None:
    user = secret(f"{world.name}-user", emailId=_EMAIL, password=password, org="retail")
    user["metadata"]["namespace"] = world.operator.namespace
    await world.kubernetes.apply(user)


async def _connect_as_user(world: World) -> None:
    await _set_user(world)
    auth = {"userSecretRef": {"name": f"{world.name}-user"}}
    await world.apply(connection(world.name, world.palette.endpoint, [world.name], auth=auth))


async def test_a_user_serves_a_fleet_through_several_lives_of_a_token(
    control_plane: ControlPlane, shared_operator: OperatorProcess
) -> None:
    async with open_world(control_plane, shared_operator, palette=_in_real_time(), connect=False) as world:
        await _connect_as_user(world)
        await world.bring_up(cluster("store-1", control("edge-a")))
        await world.eventually(lambda: world.requests_to("GET", _REFRESH) >= 2, "two lives of a token have passed")
        await world.apply(edge_host("edge-b"), cluster("store-2", control("edge-b"), cloud=_cloud()))
        await world.until("PaletteCluster", "store-2", "Ready")
        await world.apply(cluster("store-1", control("edge-a"), tags={"site": "42"}))
        await world.eventually(lambda: world.tags("store-1") == {"site": "42"}, "the new tag is there")

        assert world.requests_to("POST", _LOGIN) == 1
        assert [entry.path for entry in world.requests() if entry.status == 401] == []
        status = ((await world.get("PaletteConnection", world.name)) or {})["status"]
        assert status["user"] == _EMAIL
        assert (status["credential"]["type"], status["credential"].get("expiresAt")) == ("User", None)


async def test_tokens_that_end_sooner_than_they_say_cost_a_login_and_no_call(world: World) -> None:
    await _connect_as_user(world)
    await world.bring_up(cluster("store-1", control("edge-a")))
    logins = world.requests_to("POST", _LOGIN)
    world.palette.advance(world.palette.config.durations.token_life_s)
    await world.eventually(lambda: world.requests_to("POST", _LOGIN) == logins + 1, "the user logs in again")
    await world.passes()

    assert (await world.until("PaletteCluster", "store-1", "Ready"))["status"]["uid"]
    assert condition(await _connection(world), "CredentialsValid")["status"] == "True"


async def test_a_password_that_was_changed_in_palette_is_said_and_heals_with_the_secret(world: World) -> None:
    await _connect_as_user(world)
    await world.bring_up(cluster("store-1", control("edge-a")))
    access = world.palette.access
    access.set_password(access.accounts.by_email(_EMAIL), "changed-password")
    refused = await world.until("PaletteConnection", world.name, "CredentialsValid=Unauthorized")
    said = condition(refused, "CredentialsValid")["message"]
    assert f"Secret '{world.name}-user' in namespace '{world.operator.namespace}'" in said
    await world.until("PaletteCluster", "store-1", "Ready=Unauthorized")
    refused_logins = world.requests_to("POST", _LOGIN)
    await _set_user(world, "changed-password")
    await world.until("PaletteCluster", "store-1", "Ready")

    assert refused_logins <= 3  # the account is not locked
    assert "changed-password" not in world.log


async def test_a_connection_changes_from_a_key_to_a_user_and_nothing_is_made_anew(world: World) -> None:
    begun = await world.bring_up(cluster("store-1", control("edge-a")))
    uid = world.cluster("store-1").uid
    await _connect_as_user(world)
    await world.until("PaletteConnection", world.name, _uses_a_user)
    assert world.palette.access.keys.set_revoked("admin", revoked=True)
    await world.passes()
    await world.apply(cluster("store-1", control("edge-a"), tags={"site": "42"}))
    await world.eventually(lambda: world.tags("store-1") == {"site": "42"}, "the new tag is there")

    assert world.cluster("store-1").uid == uid
    assert [entry.path for entry in world.requests(begun) if entry.status == 401] == []


async def test_a_key_that_expires_soon_is_told_while_it_works(world: World) -> None:
    world.palette.access.keys.named("admin")[0].expires_s = world.palette.clock.now_s() + 3 * 86_400
    # The listing of keys is read once a day: a connection that is made anew reads it at once.
    await world.delete("PaletteConnection", world.name)
    await world.until_gone("PaletteConnection", world.name)
    await world.connect()
    body = await world.until("PaletteConnection", world.name, "CredentialsValid=Expiring")
    told = await world.until_event(world.name, "Expiring")

    assert condition(body, "Ready")["status"] == "True"
    assert body["status"]["user"] == _EMAIL
    assert body["status"]["credential"]["keyName"] == "admin"
    assert body["status"]["credential"]["expiresAt"]
    assert told["type"] == "Warning"


async def test_a_namespace_may_use_a_connection_for_as_long_as_it_has_the_labels_that_are_asked_for(
    world: World,
) -> None:
    async def label(value: str | None) -> None:
        """Set the label; namespaces are not watched, so a look is asked for."""
        await world.patch("Namespace", world.name, {"metadata": {"labels": {"palette": value}}})
        await world.annotate("EdgeHost", "edge-a", reconcile_requested_at=f"{value} is set")

    selecting = {"selector": {"matchLabels": {"palette": "allowed"}}}
    await world.apply(
        connection(world.name, world.palette.endpoint, [], allowedNamespaces=selecting), edge_host("edge-a")
    )
    await world.until("EdgeHost", "edge-a", "CredentialsValid=NamespaceNotAllowed")
    assert world.palette.hosts == {}

    await label("allowed")
    await world.until("EdgeHost", "edge-a", "Ready")
    await label(None)
    await world.until("EdgeHost", "edge-a", "Ready=NamespaceNotAllowed")
    assert set(world.palette.hosts) == {"edge-a"}
    await label("allowed")
    await world.until("EdgeHost", "edge-a", "Ready")


async def _connection(world: World) -> Body:
    return await world.get("PaletteConnection", world.name) or {}


def _uses_a_user(body: Body) -> bool:
    return bool(body["status"].get("credential", {}).get("type") == "User")


def _cloud() -> dict[str, Any]:
    return {"edgeNative": {"controlPlaneEndpoint": {"type": "VIP", "host": "10.4.2.11"}}}
