"""Everything that goes wrong on purpose, by the Python names and by the admin API."""

import asyncio
from typing import Any

import httpx
import pytest

from palette_sim.palette import FaultBody, PauseSpec
from support.palette_api import ADMIN_KEY, PROJECT, PaletteApi

PING = "/v1/health/ping"
HOST = {"metadata": {"uid": "h"}}


async def admin(api: PaletteApi, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
    reply = await api.client.request(method, f"/_sim{path}", json=body)
    assert reply.status_code < 300, reply.text
    return reply.json() if reply.content else None


async def test_a_fault_meets_the_requests_that_match_and_as_many_as_it_says(api: PaletteApi) -> None:
    api.palette.fail_next("POST", "/v1/edgehosts", status=500, code="DbDown", count=2)

    statuses = [(await api.get(PING)).status_code]
    statuses += [(await api.post("/v1/edgehosts", HOST)).status_code for _ in range(3)]

    assert statuses == [200, 500, 500, 201]


async def test_an_injected_429_can_carry_retry_after_and_nothing_is_processed(api: PaletteApi) -> None:
    api.palette.fail_next("POST", status=429, code="TooManyRequests", retry_after_s=7)

    reply = await api.post("/v1/edgehosts", HOST)

    assert (reply.status_code, reply.headers["Retry-After"]) == (429, "7")
    assert api.palette.hosts == {}


BODIES = {
    "JSON with a code": (FaultBody.JSON, "application/json", '"code":404'),
    "HTML": (FaultBody.HTML, "text/html", "<h1>404</h1>"),
    "nothing": (FaultBody.EMPTY, "", ""),
}


@pytest.mark.parametrize(("body", "content_type", "want"), BODIES.values(), ids=BODIES)
async def test_a_fault_can_have_a_body_of(api: PaletteApi, body: FaultBody, content_type: str, want: str) -> None:
    api.palette.fail_next(status=404, code=404, body=body)

    reply = await api.get(PING)

    assert reply.headers.get("Content-Type", "").startswith(content_type)
    assert want in reply.text
    assert bool(want) is bool(reply.content)


async def test_a_fault_can_have_a_body_that_is_cut(api: PaletteApi) -> None:
    api.palette.fail_next(body=FaultBody.TRUNCATED)

    reply = await api.get(PING)

    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        reply.json()


async def test_a_dropped_request_was_not_processed_and_a_lost_one_was(api: PaletteApi) -> None:
    api.palette.drop_next("POST")
    with pytest.raises(httpx.RemoteProtocolError):
        await api.post("/v1/edgehosts", HOST)
    dropped = dict(api.palette.hosts)

    api.palette.lose_next("POST")
    with pytest.raises(httpx.RemoteProtocolError):
        await api.post("/v1/edgehosts", HOST)

    assert (list(dropped), list(api.palette.hosts)) == ([], ["h"])
    assert [entry.fate for entry in api.palette.requests.entries] == ["dropped", "lost"]


POINTS = {"before it is processed": ("before", []), "after it was processed": ("after", ["h"])}


@pytest.mark.parametrize(("point", "hosts"), POINTS.values(), ids=POINTS)
async def test_a_request_is_stopped(api: PaletteApi, point: str, hosts: list[str]) -> None:
    pause = api.palette.pause(PauseSpec.model_validate({"method": "POST", "point": point}))
    request = asyncio.create_task(api.post("/v1/edgehosts", HOST))
    await asyncio.wait_for(pause.reached(), 5)

    seen, waiting = list(api.palette.hosts), pause.waiting
    pause.release()
    reply = await request

    assert (seen, waiting, reply.status_code) == (hosts, 1, 201)
    assert list(api.palette.hosts) == ["h"]


async def test_a_stopped_request_can_be_abandoned_so_that_it_is_never_processed(api: PaletteApi) -> None:
    pause = api.palette.pause(PauseSpec(method="POST"))
    request = asyncio.create_task(api.post("/v1/edgehosts", HOST))
    await asyncio.wait_for(pause.reached(), 5)

    pause.abandon()

    with pytest.raises(httpx.RemoteProtocolError):
        await request
    assert api.palette.hosts == {}


async def test_a_pause_is_handled_from_outside_too(api: PaletteApi) -> None:
    uid = (await admin(api, "POST", "/pauses", {"method": "POST", "point": "after"}))["uid"]
    request = asyncio.create_task(api.post("/v1/edgehosts", HOST))
    await asyncio.wait_for(api.palette.injections.pauses[int(uid)].reached(), 5)
    (listed,) = await admin(api, "GET", "/pauses")

    await admin(api, "POST", f"/pauses/{uid}/release")

    assert (listed["waiting"], (await request).status_code) == (1, 201)
    assert await admin(api, "GET", "/pauses") == []


OUTAGES = {"closed connections": ("drop", None), "a gateway that says 503": ("unavailable", 503)}


@pytest.mark.parametrize(("mode", "status"), OUTAGES.values(), ids=OUTAGES)
async def test_an_outage_shows_as(api: PaletteApi, mode: str, status: int | None) -> None:
    await admin(api, "PUT", "/outage", {"mode": mode})
    try:
        seen: int | None = (await api.get(PING)).status_code
    except httpx.RemoteProtocolError:
        seen = None
    await admin(api, "PUT", "/outage", {"mode": "off"})

    assert seen == status
    assert (await api.get(PING)).status_code == 200


async def test_faults_are_added_listed_and_removed_from_outside(api: PaletteApi) -> None:
    fault = {"method": "GET", "path": "/v1/health/.*", "status": 503, "body": "html", "count": None}
    uid = (await admin(api, "POST", "/faults", fault))["uid"]
    during, listed = (await api.get(PING)).status_code, await admin(api, "GET", "/faults")
    await admin(api, "DELETE", f"/faults/{uid}")

    assert (during, listed[0]["path"], listed[0]["left"]) == (503, "/v1/health/.*", None)
    assert (await api.get(PING)).status_code == 200


async def test_all_injections_are_cleared_at_once(api: PaletteApi) -> None:
    await admin(api, "POST", "/faults", {"count": None})
    await admin(api, "PUT", "/latency", {"min_s": 60, "max_s": 60})

    await admin(api, "DELETE", "/injections")

    assert (await api.get(PING)).status_code == 200


async def test_latency_delays_a_request(api: PaletteApi) -> None:
    await admin(api, "PUT", "/latency", {"min_s": 0.05, "max_s": 0.05})
    loop = asyncio.get_running_loop()

    started = loop.time()
    await api.get(PING)

    assert loop.time() - started >= 0.05


async def test_requests_are_counted_from_outside_and_the_admin_api_is_not_counted(api: PaletteApi) -> None:
    await api.get(PING)
    await api.post("/v1/edgehosts", HOST)
    await api.post("/v1/dashboard/edgehosts/search", {})

    counted = await admin(api, "GET", "/requests")
    entries = await admin(api, "GET", "/requests/entries?limit=1")
    await admin(api, "DELETE", "/requests")

    assert counted == {
        "total": 3,
        "throttled": 0,
        "by_method_and_prefix": [
            {"method": "GET", "prefix": "/v1/health", "count": 1},
            {"method": "POST", "prefix": "/v1/dashboard", "count": 1},
            {"method": "POST", "prefix": "/v1/edgehosts", "count": 1},
        ],
        "by_status": {"200": 2, "201": 1},
    }
    assert [entry["path"] for entry in entries] == ["/v1/dashboard/edgehosts/search"]
    assert (await admin(api, "GET", "/requests"))["total"] == 0


async def test_keys_are_revoked_by_name_and_never_shown(api: PaletteApi) -> None:
    await admin(api, "PUT", "/keys/admin", {"revoked": True})

    assert (await api.get("/v1/users/info")).status_code == 401
    listed = await api.client.get("/_sim/keys")
    assert {"name": "admin", "revoked": True} in listed.json()
    assert ADMIN_KEY not in listed.text


async def test_the_simulated_time_can_be_moved(api: PaletteApi) -> None:
    before = (await admin(api, "GET", "/clock"))["now_s"]

    await admin(api, "POST", "/clock/advance", {"seconds": 3600})

    assert (await admin(api, "GET", "/clock"))["now_s"] - before == pytest.approx(3600)


async def test_hosts_are_added_paired_made_ill_and_cured_in_the_field(api: PaletteApi) -> None:
    order = {"project": PROJECT, "count": 3, "prefix": "f", "paired": False, "labels": {"site": "9"}}
    added = (await admin(api, "POST", "/hosts", order))["uids"]
    paired = await admin(api, "POST", "/hosts/pair", {})
    await admin(api, "PUT", "/hosts/f-0001/illness", {"message": "Wet."})
    ill = api.palette.hosts["f-0001"].illness
    await admin(api, "DELETE", "/hosts/f-0001/illness")
    counts = await admin(api, "GET", "/state/counts")

    assert (added, paired, ill) == (["f-0001", "f-0002", "f-0003"], {"paired": 3}, "Wet.")
    assert counts == {"hosts": {"ready": 3}, "clusters": {}, "healthy_clusters": 0}


async def test_somebody_changes_things_in_the_ui(api: PaletteApi) -> None:
    base = api.profile_uid("edge-base", "1.4.0")
    order = {"project": PROJECT, "name": "foreign", "labels": {"team": "b"}, "profile_uids": [base]}
    uid = (await admin(api, "POST", "/clusters", order))["uid"]
    version = {"version": "1.6.0", "copy_from": "1.5.0"}
    newer = (await admin(api, "POST", "/profiles/edge-base/versions", version))["uid"]

    await admin(api, "PATCH", f"/clusters/{uid}", {"name": "renamed", "labels": {}, "repave_state": "Pending"})
    entry = {"uid": newer, "replaceWithProfile": base}
    await admin(api, "PATCH", f"/clusters/{uid}/profiles", {"profiles": [entry]})
    cluster = await api.json(f"/v1/spectroclusters/{uid}")
    await admin(api, "DELETE", f"/clusters/{uid}")

    assert (cluster["metadata"]["name"], cluster["metadata"]["labels"]) == ("renamed", {})
    assert cluster["status"]["repave"] == {"state": "Pending"}
    assert [known["profileVersion"] for known in cluster["spec"]["clusterProfileTemplates"]] == ["1.6.0"]
    assert api.palette.clusters[uid].state == "Deleting"


async def test_the_state_is_dumped_without_values(api: PaletteApi) -> None:
    uid = await api.running_cluster(
        profiles=[{"uid": api.profile_uid("edge-base", "1.4.0")}, api.store_apps(password="hunter2")]
    )

    dump = await api.client.get("/_sim/state")

    (cluster,) = dump.json()["clusters"]
    assert (cluster["uid"], cluster["pools"]["control"]["hosts"]) == (uid, ["store-1-control-0001"])
    assert cluster["profiles"][1]["variables"] == ["password", "storeId"]
    assert "hunter2" not in dump.text


BAD_ORDERS = {
    "an unknown field": ("POST", "/faults", {"colour": "red"}, 400),
    "a pattern that is none": ("POST", "/faults", {"path": "("}, 400),
    "an unknown fault": ("DELETE", "/faults/99", None, 404),
    "an unknown project": ("POST", "/hosts", {"project": "nowhere"}, 404),
    "an unknown cluster": ("DELETE", "/clusters/none", None, 404),
    "an unknown key": ("PUT", "/keys/none", {"revoked": True}, 404),
}


@pytest.mark.parametrize(("method", "path", "body", "want"), BAD_ORDERS.values(), ids=BAD_ORDERS)
async def test_a_bad_order_is_refused(api: PaletteApi, method: str, path: str, body: object, want: int) -> None:
    assert (await api.client.request(method, f"/_sim{path}", json=body)).status_code == want
