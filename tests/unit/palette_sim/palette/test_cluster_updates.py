"""Changing the profiles and variables of a cluster over HTTP."""

from typing import Any

import pytest

from palette_sim.palette.seed import ProfileSeed, VersionSeed
from support.palette_api import PaletteApi


def profiles(api: PaletteApi, uid: str) -> list[tuple[str, str]]:
    return [(known.version.name, known.version.version) for known in api.palette.clusters[uid].profiles]


async def patch(api: PaletteApi, uid: str, *entries: dict[str, Any], action: str = "") -> Any:  # noqa: ANN401 - a reply
    settings = {"spcApplySettings": {"actionType": action}} if action else {}
    return await api.call("PATCH", f"/v1/spectroclusters/{uid}/profiles", {"profiles": entries, **settings})


async def test_replace_with_profile_takes_the_place_of_the_attached_version(api: PaletteApi) -> None:
    uid = await api.running_cluster()
    old, new = api.profile_uid("edge-base", "1.4.0"), api.profile_uid("edge-base", "1.5.0")

    reply = await patch(api, uid, {"uid": new, "replaceWithProfile": old})

    assert reply.status_code == 204
    assert profiles(api, uid) == [("edge-base", "1.5.0")]


async def test_without_it_a_patch_adds_a_second_copy(api: PaletteApi) -> None:
    uid = await api.running_cluster()

    await patch(api, uid, {"uid": api.profile_uid("edge-base", "1.5.0")})

    assert profiles(api, uid) == [("edge-base", "1.4.0"), ("edge-base", "1.5.0")]


async def test_a_patch_never_removes_and_a_put_replaces_the_whole_set(api: PaletteApi) -> None:
    uid = await api.running_cluster()
    infra = {"uid": api.profile_uid("edge-base", "1.4.0")}
    await patch(api, uid, api.store_apps())
    patched = profiles(api, uid)

    reply = await api.call("PUT", f"/v1/spectroclusters/{uid}/profiles", {"profiles": [infra]})

    assert reply.status_code == 204
    assert (patched, profiles(api, uid)) == (
        [("edge-base", "1.4.0"), ("store-apps", "2.1.0")],
        [("edge-base", "1.4.0")],
    )


async def test_a_put_cannot_leave_out_the_infrastructure_profile(api: PaletteApi) -> None:
    uid = await api.running_cluster()

    reply = await api.call("PUT", f"/v1/spectroclusters/{uid}/profiles", {"profiles": [api.store_apps()]})

    assert (reply.status_code, reply.json()["code"]) == (500, "InfraProfileInvalid")
    assert profiles(api, uid) == [("edge-base", "1.4.0")]


async def test_a_profile_of_another_cloud_is_refused(api: PaletteApi) -> None:
    uid = await api.running_cluster()
    seed = ProfileSeed(name="aws-base", cloud_type="aws", versions=[VersionSeed(version="1.0.0")])
    (version,) = api.palette.people.add_profile(seed).versions

    reply = await patch(api, uid, {"uid": version.uid})

    assert (reply.status_code, reply.json()["code"]) == (500, "ProfileCloudTypeMismatch")


async def test_profiles_are_removed_by_a_delete_with_a_body(api: PaletteApi) -> None:
    uid = await api.running_cluster()
    await patch(api, uid, api.store_apps())

    body = {"profileUids": [api.profile_uid("store-apps", "2.1.0")]}
    reply = await api.call("DELETE", f"/v1/spectroclusters/{uid}/profiles", body)
    infra = await api.call(
        "DELETE", f"/v1/spectroclusters/{uid}/profiles", {"profileUids": [api.profile_uid("edge-base", "1.4.0")]}
    )

    assert (reply.status_code, infra.json()["code"]) == (204, "InfraProfileInvalid")
    assert profiles(api, uid) == [("edge-base", "1.4.0")]


async def test_a_change_is_resolved_then_installed_then_ready(api: PaletteApi) -> None:
    uid = await api.running_cluster()
    old, new = api.profile_uid("edge-base", "1.4.0"), api.profile_uid("edge-base", "1.5.0")
    await patch(api, uid, {"uid": new, "replaceWithProfile": old})

    steps = []
    for seconds in (0, 15, 45, 45):
        api.palette.advance(seconds)
        status = (await api.json(f"/v1/spectroclusters/{uid}"))["status"]
        k8s = {pack["version"]: pack["condition"]["type"] for pack in status["packs"] if pack["name"] == "edge-k3s"}
        steps.append((status["spcApply"]["canBeApplied"], k8s))

    assert steps == [
        (False, {"1.32.4": "Ready"}),
        (True, {"1.32.4": "Ready", "1.33.1": "ReadyForInstall"}),
        (True, {"1.33.1": "Installed"}),
        (True, {"1.33.1": "Ready"}),
    ]


async def test_a_later_change_overtakes_an_earlier_one(api: PaletteApi) -> None:
    uid = await api.running_cluster()
    old, new = api.profile_uid("edge-base", "1.4.0"), api.profile_uid("edge-base", "1.5.0")
    await patch(api, uid, {"uid": new, "replaceWithProfile": old})
    api.palette.advance(10)

    await patch(api, uid, {"uid": old, "replaceWithProfile": new})
    api.palette.advance(200)

    packs = {pack.name: (pack.version, pack.condition) for pack in api.palette.clusters[uid].packs}
    assert packs["edge-k3s"] == ("1.32.4", "Ready")


async def test_a_change_for_later_waits_until_it_is_released(api: PaletteApi) -> None:
    uid = await api.running_cluster()
    await patch(api, uid, api.store_apps(), action="DownloadAndInstallLater")
    api.palette.advance(3600)
    held = await api.json(f"/v1/spectroclusters/{uid}/status/spcApply")

    reply = await api.post(f"/v1/spectroclusters/{uid}/status/spcApply")
    api.palette.advance(90)

    assert (held["actionType"], held["canBeApplied"]) == ("DownloadAndInstallLater", False)
    assert reply.status_code == 202
    assert {pack.condition for pack in api.palette.clusters[uid].packs} == {"Ready"}


async def test_changed_pack_values_roll_out_too(api: PaletteApi) -> None:
    uid = await api.running_cluster()
    values = [{"name": "edge-k3s", "values": "cluster: {}\n"}]
    await patch(api, uid, {"uid": api.profile_uid("edge-base", "1.4.0"), "packValues": values})

    api.palette.advance(15)
    packs = (await api.json(f"/v1/spectroclusters/{uid}"))["spec"]["clusterProfileTemplates"][0]["packs"]

    assert [pack["values"] for pack in packs if pack["name"] == "edge-k3s"] == ["cluster: {}\n"]
    assert [pack.name for pack in api.palette.clusters[uid].packs if pack.condition != "Ready"] == ["edge-k3s"]


REFUSED = {
    "an unknown profile": ({"uid": "none"}, 404, "ResourceNotFound"),
    "a replaced profile that is not attached": ({"replaceWithProfile": "none"}, 404, "ResourceNotFound"),
    "an unknown pack": ({"packValues": [{"name": "none"}]}, 500, "PackNotFound"),
    "no uid": ({"uid": None}, 400, "InvalidRequestPayload"),
}


@pytest.mark.parametrize(("change", "status", "code"), REFUSED.values(), ids=REFUSED)
async def test_a_change_is_refused_and_nothing_changes(
    api: PaletteApi, change: dict[str, Any], status: int, code: str
) -> None:
    uid = await api.running_cluster()

    reply = await patch(api, uid, {"uid": api.profile_uid("edge-base", "1.5.0"), **change})

    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert profiles(api, uid) == [("edge-base", "1.4.0")]
    assert api.palette.clusters[uid].spc_apply.can_be_applied


UPDATES: dict[str, tuple[str, str, Any]] = {
    "profiles": ("PATCH", "/v1/spectroclusters/{uid}/profiles", {"profiles": []}),
    "the set of profiles": ("PUT", "/v1/spectroclusters/{uid}/profiles", {"profiles": []}),
    "variables": ("PATCH", "/v1/spectroclusters/{uid}/variables", []),
    "cluster settings": ("PUT", "/v1/cloudconfigs/edge-native/{config}/clusterConfig", {"clusterConfig": {}}),
    "new pools": ("POST", "/v1/cloudconfigs/edge-native/{config}/machinePools", {}),
    "pools": ("PUT", "/v1/cloudconfigs/edge-native/{config}/machinePools/control", {}),
}


@pytest.mark.parametrize(("method", "path", "body"), UPDATES.values(), ids=UPDATES)
@pytest.mark.parametrize("state", ["Provisioning", "Deleting"])
async def test_a_cluster_is_not_updated_while_it_comes_or_goes(
    api: PaletteApi, state: str, method: str, path: str, body: object
) -> None:
    uid = await api.create(api.cluster(control=api.ready_hosts(1)))
    api.palette.advance(20)
    if state == "Deleting":
        await api.call("DELETE", f"/v1/spectroclusters/{uid}")
    config = api.palette.clusters[uid].cloud_config_uid

    reply = await api.call(method, path.format(uid=uid, config=config), body)

    assert (reply.status_code, reply.json()["code"]) == (500, "ClusterUpdateNotAllowed")
    assert state in reply.json()["message"]


async def test_variables_are_read_with_sensitive_values_masked(api: PaletteApi) -> None:
    uid = await api.running_cluster(
        profiles=[{"uid": api.profile_uid("edge-base", "1.4.0")}, api.store_apps(password="hunter2")]
    )

    reply = await api.get(f"/v1/spectroclusters/{uid}/variables")

    (group,) = reply.json()
    values = {variable["name"]: variable["value"] for variable in group["variables"]}
    assert values == {"registry": "registry.example.com", "storeId": "1", "password": "********"}
    assert "hunter2" not in repr(api.palette.clusters[uid])


async def test_variables_are_set_one_by_one_and_roll_out(api: PaletteApi) -> None:
    uid = await api.running_cluster(profiles=[{"uid": api.profile_uid("edge-base", "1.4.0")}, api.store_apps()])
    apps = api.profile_uid("store-apps", "2.1.0")

    body = [{"profileUid": apps, "variables": [{"name": "storeId", "value": "2"}]}]
    reply = await api.call("PATCH", f"/v1/spectroclusters/{uid}/variables", body)
    api.palette.advance(15)

    assert reply.status_code == 204
    assert api.palette.clusters[uid].profiles[1].variables == {"storeId": "2", "password": "hidden"}
    assert {pack.profile_uid for pack in api.palette.clusters[uid].packs if pack.condition != "Ready"} == {apps}


async def test_variables_wait_until_a_profile_change_is_resolved(api: PaletteApi) -> None:
    uid = await api.running_cluster()
    await patch(api, uid, api.store_apps())
    path = f"/v1/spectroclusters/{uid}/variables"
    body = [{"profileUid": api.profile_uid("store-apps", "2.1.0"), "variables": [{"name": "storeId", "value": "2"}]}]

    early = await api.call("PATCH", path, body)
    api.palette.advance(15)
    late = await api.call("PATCH", path, body)

    assert (early.status_code, early.json()["code"]) == (500, "ClusterSpcApplyPending")
    assert late.status_code == 204


async def test_values_survive_a_patch_of_the_same_version_that_gives_none(api: PaletteApi) -> None:
    uid = await api.running_cluster(profiles=[{"uid": api.profile_uid("edge-base", "1.4.0")}, api.store_apps()])

    await patch(api, uid, {"uid": api.profile_uid("store-apps", "2.1.0")})

    assert api.palette.clusters[uid].profiles[1].variables == {"storeId": "1", "password": "hidden"}
