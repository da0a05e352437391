"""Edge hosts in full: what is asked of a device once, how it is found, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from palette_sim.palette import HostOrder
from support.scenarios.kubernetes import Body, condition, secret_values
from support.scenarios.manifests import cluster, control, edge_host, secret
from support.scenarios.world import World


def _this_moment() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def _ask_for_reset(world: World, name: str) -> str:
    """Ask at a time that is later than the resource's own, by the whole seconds that Kubernetes writes."""
    created = (await world.get("EdgeHost", name) or {})["metadata"]["creationTimestamp"]
    await world.eventually(lambda: _this_moment() > created, "the clock has moved on")
    asked = _this_moment()
    await world.annotate("EdgeHost", name, reset_requested_at=asked)
    return asked


async def test_a_free_device_is_reset_once_and_a_used_one_never(world: World) -> None:
    await world.apply(edge_host("edge-a"), edge_host("edge-b"), cluster("store-1", control("edge-b")))
    await world.until("PaletteCluster", "store-1", "Ready")
    await world.until("EdgeHost", "edge-a", "Ready")

    asked = await _ask_for_reset(world, "edge-a")
    await _ask_for_reset(world, "edge-b")
    await world.until_event("edge-a", "ResetRequested")
    refused = await world.until_event("edge-b", "RequestRefused")
    await world.patch("EdgeHost", "edge-a", {"spec": {"tags": {"site": "42"}}})
    await world.eventually(lambda: world.host("edge-a").labels.get("site") == "42", "it was looked at again")

    assert "used by cluster store-1" in refused["message"]
    assert (world.host("edge-a").resets, world.host("edge-b").resets) == (1, 0)
    found = await world.until("EdgeHost", "edge-a", "Ready")
    assert found["status"]["lastHandledRequests"] == {"reset": asked}


async def test_a_device_that_registered_itself_is_found_by_its_tags_once_there_is_one(world: World) -> None:
    matching = {"match": {"tags": {"site": "42"}}}
    await world.apply(edge_host("till", adoption=matching, tags={"role": "till"}))
    await world.until("EdgeHost", "till", "Registered=AwaitingRegistration")

    theirs, ours = world.palette.people.add_hosts(HostOrder("retail-prod", count=2, prefix="device"))
    world.palette.people.edit_host(ours.uid, labels={"site": "42"})
    found = await world.until("EdgeHost", "till", "Ready")
    await world.apply(edge_host("late", adoption=matching))
    late = await world.until("EdgeHost", "late", "Stalled")

    assert found["status"]["uid"] == ours.uid
    assert world.host(ours.uid).labels["role"] == "till"
    assert theirs.labels == {}
    assert f"{ours.uid} of EdgeHost {world.name}/till" in condition(late, "Stalled")["message"]
    assert world.requests_to("POST", "/v1/edgehosts") == 0


async def test_of_several_devices_that_match_none_is_guessed(world: World) -> None:
    devices = world.palette.people.add_hosts(HostOrder("retail-prod", count=2, prefix="device"))
    for device in devices:
        world.palette.people.edit_host(device.uid, labels={"site": "42"})
    await world.passes(1)

    await world.apply(edge_host("till", adoption={"match": {"tags": {"site": "42"}}}))
    stalled = await world.until("EdgeHost", "till", "Stalled=AmbiguousMatch")
    world.palette.people.edit_host(devices[0].uid, labels={"site": "43"})
    found = await world.until("EdgeHost", "till", "Ready")

    assert all(device.uid in condition(stalled, "Stalled")["message"] for device in devices)
    assert found["status"]["uid"] == devices[1].uid


async def test_a_registration_token_is_kept_in_a_secret_until_it_is_to_go(world: World) -> None:
    name, namespace = f"{world.name}-token", world.operator.namespace

    async def ask(**spec: str) -> None:
        wanted = {"registrationToken": {"secretName": name, **spec}}
        await world.patch("PaletteConnection", world.name, {"spec": wanted})

    await ask()
    found = await world.until("PaletteConnection", world.name, "RegistrationToken=Valid")
    [token] = world.palette.state.edge_tokens.values()
    kept = await world.kubernetes.get("Secret", name, namespace)
    assert kept is not None
    assert found["status"]["registrationToken"]["uid"] == token.uid

    await ask(state="Absent")
    await world.until("PaletteConnection", world.name, "RegistrationToken=Removed")

    assert world.palette.state.edge_tokens == {}
    assert await world.kubernetes.get("Secret", name, namespace) is None
    assert condition(await world.until("PaletteConnection", world.name, "Ready"), "Ready")["status"] == "True"


async def test_a_token_that_somebody_revoked_is_followed_by_another_in_its_secret(world: World) -> None:
    name, namespace = f"{world.name}-token", world.operator.namespace
    wanted = {"registrationToken": {"secretName": name}}
    await world.patch("PaletteConnection", world.name, {"spec": wanted})
    first = await world.until("PaletteConnection", world.name, "RegistrationToken=Valid")
    revoked = first["status"]["registrationToken"]["uid"]
    world.palette.state.edge_tokens[revoked].active = False

    # By itself it is looked at every five minutes.
    await world.annotate("PaletteConnection", world.name, reconcile_requested_at="now")
    found = await world.until(
        "PaletteConnection", world.name, lambda body: body["status"]["registrationToken"]["uid"] != revoked
    )

    [token] = [each for each in world.palette.state.edge_tokens.values() if each.active]
    assert found["status"]["registrationToken"]["uid"] == token.uid
    kept = await world.kubernetes.get("Secret", name, namespace)
    assert secret_values(kept) == {"token": token.token, "tokenUid": token.uid}


async def test_no_token_is_put_into_a_secret_of_somebody_else(world: World) -> None:
    theirs = secret(f"{world.name}-token", password="theirs")
    theirs["metadata"]["namespace"] = world.operator.namespace
    await world.kubernetes.apply(theirs)

    wanted = {"registrationToken": {"secretName": f"{world.name}-token"}}
    await world.patch("PaletteConnection", world.name, {"spec": wanted})
    await world.until("PaletteConnection", world.name, "RegistrationToken=SecretNotOurs")

    assert world.palette.state.edge_tokens == {}
    kept = await world.kubernetes.get("Secret", f"{world.name}-token", world.operator.namespace)
    assert list((kept or {})["data"]) == ["password"]


async def test_how_far_the_remote_shell_has_come_is_told(world: World) -> None:
    def shell(state: str, user: str) -> Callable[[Body], bool]:
        def is_told(host: Body) -> bool:
            told = host["status"].get("remoteShell") or {}
            return (told.get("ssh", {}).get("state"), told.get("temporaryUser", {}).get("state")) == (state, user)

        return is_told

    await world.apply(edge_host("edge-a", remoteShell={"ssh": "Enabled", "temporaryUser": "Enabled"}))
    await world.until("EdgeHost", "edge-a", shell("Created", "Created"))
    await world.passes(1)
    before = world.requests_to("GET", "/v1/edgehosts/edge-a")
    await world.passes(1)
    assert world.requests_to("GET", "/v1/edgehosts/edge-a") == before, "what is there is not read again"

    await world.patch("EdgeHost", "edge-a", {"spec": {"remoteShell": {"ssh": "Disabled", "temporaryUser": None}}})
    await world.until("EdgeHost", "edge-a", shell("Absent", "Absent"))
    assert world.host("edge-a").remote_ssh == "disabled"

    await world.patch("EdgeHost", "edge-a", {"spec": {"remoteShell": None}})
    await world.until("EdgeHost", "edge-a", lambda host: "remoteShell" not in host["status"])


async def test_a_device_that_falls_silent_is_given_the_grace_that_the_connection_says(world: World) -> None:
    async def give(grace_s: int) -> None:
        await world.patch("PaletteConnection", world.name, {"spec": {"poll": {"disconnectedGraceSeconds": grace_s}}})

    await give(3_600)
    await world.apply(edge_host("edge-a"))
    await world.until("EdgeHost", "edge-a", "Ready")

    world.palette.people.make_host_ill("edge-a")
    silent = await world.until("EdgeHost", "edge-a", "Connected=Silent")
    assert (condition(silent, "Ready")["status"], silent["status"]["health"]) == ("True", "unhealthy")

    await give(1)
    gone = await world.until("EdgeHost", "edge-a", "Connected=Disconnected")
    assert gone["status"]["silentSince"] == silent["status"]["silentSince"]

    world.palette.people.cure_host("edge-a")
    well = await world.until("EdgeHost", "edge-a", "Connected=Healthy")
    assert "silentSince" not in well["status"]


async def test_a_device_that_was_found_by_its_tags_is_waited_for_again_once_it_is_gone(world: World) -> None:
    first, second = world.palette.people.add_hosts(HostOrder("retail-prod", count=2, prefix="device"))
    world.palette.people.edit_host(first.uid, labels={"site": "42"})
    await world.apply(edge_host("till", adoption={"match": {"tags": {"site": "42"}}}, deletion={"policy": "Delete"}))
    await world.until("EdgeHost", "till", "Ready")

    world.palette.people.remove_host(first.uid)
    gone = await world.until("EdgeHost", "till", "Registered=AwaitingRegistration")
    assert "uid" not in gone["status"]
    world.palette.people.edit_host(second.uid, labels={"site": "42"})
    found = await world.until("EdgeHost", "till", "Ready")
    assert found["status"]["uid"] == second.uid

    await world.delete("EdgeHost", "till")
    await world.until_gone("EdgeHost", "till")
    assert second.uid not in world.palette.hosts
    assert world.requests_to("POST", "/v1/edgehosts") == 0
