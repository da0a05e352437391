"""The life of an edge host over HTTP."""

import pytest

from palette_sim.palette import PaletteConfig
from support.palette_api import ADMIN_KEY, PaletteApi, serve_palette

HOST = {
    "metadata": {"uid": "edge-1", "labels": {"site": "1"}},
    "spec": {"archType": "arm64", "hostPairingKey": "pair-me", "tunnelConfig": {"remoteSsh": "enabled"}},
}


async def test_a_registered_host_waits_unpaired_and_without_health(api: PaletteApi) -> None:
    reply = await api.post("/v1/edgehosts", HOST)
    host = await api.json("/v1/edgehosts/edge-1")

    assert (reply.status_code, reply.json()) == (201, {"uid": "edge-1"})
    assert reply.headers["AuditUid"]
    assert host["status"]["state"] == "unpaired"
    assert "health" not in host["status"]
    assert host["metadata"]["name"] == "edge-1"
    assert host["metadata"]["annotations"]["scope"] == "project"
    assert host["metadata"]["deletionTimestamp"] == "0001-01-01T00:00:00.000Z"
    assert host["aclmeta"]["projectUid"] == api.project_uid
    assert host["spec"]["tunnelConfig"] == {"remoteSsh": "enabled", "remoteSshTempUser": "disabled"}


async def test_it_pairs_after_the_configured_time_and_is_ready_and_healthy(api: PaletteApi) -> None:
    await api.post("/v1/edgehosts", HOST)

    api.palette.advance(29)
    before = await api.json("/v1/edgehosts/edge-1")
    api.palette.advance(1)
    after = await api.json("/v1/edgehosts/edge-1")

    assert before["status"]["state"] == "unpaired"
    assert (after["status"]["state"], after["status"]["health"]["state"]) == ("ready", "healthy")
    assert after["spec"]["device"]["memory"]["sizeInMB"] > 0


async def test_pairing_can_wait_for_a_command() -> None:
    config = PaletteConfig.model_validate({"limits": "off", "durations": {"host_pairing_s": None}})
    async with serve_palette(config) as api:
        await api.post("/v1/edgehosts", HOST)
        api.palette.advance(86_400)
        waiting = api.palette.hosts["edge-1"].state
        paired = api.palette.people.pair_hosts()

        assert (waiting, paired, api.palette.hosts["edge-1"].state) == ("unpaired", 1, "ready")


async def test_a_self_registered_host_just_appears(api: PaletteApi) -> None:
    api.ready_hosts(1, prefix="field")

    assert (await api.json("/v1/edgehosts/field-0001"))["status"]["state"] == "ready"


async def test_an_ill_host_is_unhealthy_until_it_recovers(api: PaletteApi) -> None:
    (uid,) = api.ready_hosts(1)

    api.palette.people.make_host_ill(uid, "No power.")
    ill = await api.json(f"/v1/edgehosts/{uid}")
    api.palette.people.cure_host(uid)
    well = await api.json(f"/v1/edgehosts/{uid}")

    assert (ill["status"]["health"]["state"], ill["status"]["health"]["message"]) == ("unhealthy", "No power.")
    assert well["status"]["health"]["state"] == "healthy"


async def test_hosts_fall_ill_by_themselves_when_asked_to_and_the_same_for_the_same_seed() -> None:
    config = {"limits": "off", "illness": {"per_host_and_day": 24, "duration_s": 600}}

    async def ill_after_a_day(random_seed: int) -> list[str]:
        async with serve_palette(PaletteConfig.model_validate({**config, "random_seed": random_seed})) as api:
            api.ready_hosts(40)
            api.palette.advance(86_400)
            return [uid for uid, host in api.palette.hosts.items() if host.illness]

    first, again, other = await ill_after_a_day(1), await ill_after_a_day(1), await ill_after_a_day(2)

    assert first
    assert first == again
    assert first != other


async def test_a_known_uid_is_refused_with_a_code(api: PaletteApi) -> None:
    await api.post("/v1/edgehosts", HOST)

    reply = await api.post("/v1/edgehosts", HOST)

    assert (reply.status_code, reply.json()["code"]) == (500, "EdgeHostDeviceAlreadyRegistered")


async def test_or_it_is_overwritten() -> None:
    async with serve_palette(PaletteConfig.model_validate({"limits": "off", "existing_host": "overwrite"})) as api:
        await api.post("/v1/edgehosts", HOST)
        reply = await api.post("/v1/edgehosts", {"metadata": {"uid": "edge-1", "name": "renamed"}})

        assert reply.status_code == 201
        assert api.palette.hosts["edge-1"].name == "renamed"


async def test_labels_are_replaced_as_a_set(api: PaletteApi) -> None:
    await api.post("/v1/edgehosts", HOST)

    reply = await api.call("PUT", "/v1/edgehosts/edge-1/meta", {"metadata": {"labels": {"owner": "ops"}}})

    assert reply.status_code == 204
    assert (await api.json("/v1/edgehosts/edge-1"))["metadata"]["labels"] == {"owner": "ops"}


async def test_a_temporary_user_needs_remote_ssh(api: PaletteApi) -> None:
    await api.post("/v1/edgehosts", HOST)

    refused = await api.call("PATCH", "/v1/edgehosts/edge-1/tunnelConfig", {"remoteSshTempUser": "enabled"})
    off = await api.call("PATCH", "/v1/edgehosts/edge-1/tunnelConfig", {"remoteSsh": "disabled"})

    assert (refused.status_code, refused.json()["code"]) == (500, "RemoteSshDisabled")
    assert off.status_code == 204
    assert api.palette.hosts["edge-1"].remote_ssh == "disabled"


async def test_the_pairing_key_can_be_set_and_never_shows_in_a_repr(api: PaletteApi) -> None:
    await api.post("/v1/edgehosts", HOST)

    reply = await api.call("PATCH", "/v1/edgehosts/edge-1/hostPairingKey", {"hostPairingKey": "other"})

    assert reply.status_code == 204
    assert api.palette.hosts["edge-1"].pairing_key == "other"
    assert "other" not in repr(api.palette.hosts["edge-1"])


async def test_a_host_in_use_is_not_removed_and_a_free_one_is(api: PaletteApi) -> None:
    await api.running_cluster()
    api.ready_hosts(1, prefix="free")

    used = await api.call("DELETE", "/v1/edgehosts/store-1-control-0001")
    free = await api.call("DELETE", "/v1/edgehosts/free-0001")
    gone = await api.get("/v1/edgehosts/free-0001")

    assert (used.status_code, used.json()["code"]) == (500, "EdgeHostDeviceInUse")
    assert (free.status_code, gone.status_code) == (204, 404)


async def test_the_light_list_is_not_paged_and_can_leave_out_hosts_in_use(api: PaletteApi) -> None:
    await api.running_cluster()
    api.ready_hosts(60, prefix="free")

    everything = (await api.json("/v1/edgehosts/metadata"))["edgeHosts"]
    unused = (await api.json("/v1/edgehosts/metadata?quickFilter=unusedEdgeHosts"))["edgeHosts"]

    assert (len(everything), len(unused)) == (61, 60)
    assert set(everything[0]) == {"archType", "edgeHostType", "healthState", "name", "state", "uid"}


BAD = {
    "a uid is needed": ({"metadata": {}}, "metadata.uid in body is required"),
    "an architecture is one of two": (
        {"metadata": {"uid": "h"}, "spec": {"archType": "mips"}},
        "spec.archType in body",
    ),
    "a label is a string": ({"metadata": {"uid": "h", "labels": {"site": 1}}}, "metadata.labels.site in body"),
}


@pytest.mark.parametrize(("body", "want"), BAD.values(), ids=BAD)
async def test_a_bad_registration_is_refused_by_the_name_of_the_field(api: PaletteApi, body: object, want: str) -> None:
    reply = await api.post("/v1/edgehosts", body)

    assert reply.status_code == 400
    assert reply.json()["message"].startswith(want)


async def test_a_body_that_is_not_json_is_refused(api: PaletteApi) -> None:
    headers = {"ApiKey": ADMIN_KEY, "ProjectUid": api.project_uid}

    reply = await api.client.post("/v1/edgehosts", content=b'{"metadata":', headers=headers)

    assert (reply.status_code, reply.json()["message"]) == (400, "body is not valid JSON")


async def test_null_counts_as_absent(api: PaletteApi) -> None:
    reply = await api.post("/v1/edgehosts", {"metadata": {"uid": "h", "labels": None}, "spec": None})

    assert reply.status_code == 201
    assert api.palette.hosts["h"].arch == "amd64"


async def test_a_field_that_the_definition_does_not_know_is_refused_by_name(api: PaletteApi) -> None:
    reply = await api.post("/v1/edgehosts", {"metadata": {"uid": "h", "colour": "red"}})

    assert (reply.status_code, reply.json()["code"]) == (400, "InvalidRequestPayload")
    assert reply.json()["message"] == "metadata.colour in body is not known"
    assert "h" not in api.palette.hosts


async def test_a_host_that_is_reset_pairs_anew(api: PaletteApi) -> None:
    (uid,) = api.ready_hosts(1)

    reply = await api.call("PUT", f"/v1/edgehosts/{uid}/reset")
    before = api.palette.hosts[uid].state
    api.palette.advance(30)

    assert (reply.status_code, before, api.palette.hosts[uid].state) == (204, "unpaired", "ready")
    assert api.palette.hosts[uid].resets == 1


async def test_a_host_in_use_is_not_reset(api: PaletteApi) -> None:
    (uid,) = api.ready_hosts(1)
    await api.create(api.cluster(control=[uid]))

    reply = await api.call("PUT", f"/v1/edgehosts/{uid}/reset")

    assert (reply.status_code, reply.json()["code"]) == (500, "EdgeHostDeviceInUse")
    assert api.palette.hosts[uid].resets == 0
