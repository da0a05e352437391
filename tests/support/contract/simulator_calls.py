"""Every endpoint of the simulated Palette, at several stages of a cluster's life, by a bare HTTP client.

The client of the operator does not use all of them: what it does not ask for must have the documented shape too.
"""

from __future__ import annotations

from palette_sim.palette import PaletteConfig
from palette_sim.palette.config import ApiVersion
from palette_sim.palette.routes.roles import TENANT_ADMIN
from palette_sim.palette.server import endpoints
from support.contract.witness import Witness
from support.palette_api import PaletteApi, serve_palette

STAGES = ("Provisioning", "Running", "Deleting")


async def ask_every_endpoint(version: str, witness: Witness) -> None:
    """Ask every endpoint that this version has once at each stage, and change what can be changed."""
    for stage in STAGES:
        for method, path in sorted(endpoints(ApiVersion(version))):
            settings = PaletteConfig.model_validate({"limits": "off", "version": version, "installed_version": version})
            async with serve_palette(settings, middlewares=[witness.middleware()]) as api:
                await _ask(api, method, path, stage)


async def _edge_token(api: PaletteApi) -> str:
    """Create a registration token; return its uid."""
    body = {"metadata": {"name": "till"}, "spec": {"expiry": "2030-01-01T00:00:00.000Z"}}
    uid: str = (await api.post("/v1/edgehosts/tokens", body)).json()["uid"]
    return uid


async def _ask(api: PaletteApi, method: str, path: str, stage: str) -> None:
    infra, apps = {"uid": api.profile_uid("edge-base", "1.4.0")}, api.store_apps()
    body = api.cluster(control=api.ready_hosts(1), workers=api.ready_hosts(2, prefix="work"), profiles=[infra, apps])
    spare = api.ready_hosts(1, prefix="spare")
    uid = await api.create(body)
    if stage == "Provisioning":
        api.palette.advance(100)
    else:
        api.palette.people.bring_up_cluster(uid)
        api.palette.advance(3_600)
    if stage == "Deleting":
        await api.call("DELETE", f"/v1/spectroclusters/{uid}")
    cluster = api.palette.clusters[uid]
    host = spare[0] if method == "DELETE" or path.endswith("/reset") else "edge-0001"
    user = api.palette.access.accounts.by_email("ops@example.com")
    uids = {
        "edgehosts": host,
        "clusterprofiles": infra["uid"],
        "projects": api.project_uid,
        "users": user.uid,
        "roles": TENANT_ADMIN,
    }
    if path.startswith("/v1/edgehosts/tokens"):
        host = await _edge_token(api)
        uids["edgehosts"] = host
    names = {
        "uid": uids.get(path.split("/")[2], uid),
        "objectKind": "spectrocluster",
        "objectUid": uid,
        "configUid": cluster.cloud_config_uid,
        "token": api.palette.access.tokens.issue(user.uid, api.palette.clock.now_s()),
        "machinePoolName": "control" if method == "GET" else "worker",
    }
    names["machineUid"] = next(iter(cluster.pools[names["machinePoolName"]].machines))
    bodies = {
        ("POST", "/v1/auth/authenticate"): {"emailId": user.email, "password": user.password},
        ("POST", "/v1/edgehosts"): {"metadata": {"uid": "new-1"}, "spec": {"archType": "amd64"}},
        ("POST", "/v1/edgehosts/tokens"): {
            "metadata": {"name": "till"},
            "spec": {"defaultProjectUid": api.project_uid},
        },
        ("PUT", "/v1/edgehosts/tokens/{uid}/state"): {"isActive": False},
        ("PUT", "/v1/edgehosts/{uid}/meta"): {"metadata": {"uid": host, "labels": {"a": "b"}}},
        ("PATCH", "/v1/edgehosts/{uid}/tunnelConfig"): {"remoteSsh": "enabled"},
        ("PATCH", "/v1/edgehosts/{uid}/hostPairingKey"): {"hostPairingKey": "key"},
        ("POST", "/v1/spectroclusters/edge-native"): api.cluster("store-2", control=spare),
        ("POST", "/v1/spectroclusters/edge-native/validate"): body,
        ("PATCH", "/v1/spectroclusters/{uid}/metadata"): {"metadata": {"labels": {"a": "b"}}},
        ("PATCH", "/v1/spectroclusters/{uid}/profiles"): {"profiles": [apps]},
        ("PUT", "/v1/spectroclusters/{uid}/profiles"): {"profiles": [infra]},
        ("DELETE", "/v1/spectroclusters/{uid}/profiles"): {"profileUids": [apps["uid"]]},
        ("PATCH", "/v1/spectroclusters/{uid}/variables"): [{"profileUid": apps["uid"], "variables": apps["variables"]}],
        ("PUT", "/v1/cloudconfigs/edge-native/{configUid}/clusterConfig"): {
            "clusterConfig": {**body["spec"]["cloudConfig"], "ntpServers": ["ntp.example.com"]}
        },
        ("POST", "/v1/cloudconfigs/edge-native/{configUid}/machinePools"): api.pool("extra", spare),
        ("PUT", "/v1/cloudconfigs/edge-native/{configUid}/machinePools/{machinePoolName}"): api.pool(
            "worker", ["work-0001", "work-0002", *spare], skipK8sUpgrade="enabled"
        ),
    }
    queries = {
        "/v1/auth/authenticate": "?setCookie=false",
        "/v1/auth/refresh/{token}": "?setCookie=false",
        "/v1/spectroclusters/validate/name": "?name=free",
        "/v1/edgehosts/metadata": "?type=edge-native",
    }
    default = {} if method == "POST" and path.startswith("/v1/dashboard/") else None
    await api.call(
        method,
        path.format(**names) + queries.get(path, ""),
        bodies.get((method, path), default),
    )
