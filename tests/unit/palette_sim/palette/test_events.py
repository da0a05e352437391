"""Component events: one comes by itself when a cluster falls ill or fails, and they are listed as documented."""

from support.palette_api import PaletteApi


async def _cluster(api: PaletteApi) -> str:
    uid = await api.create(api.cluster(control=api.ready_hosts(1)))
    api.palette.people.bring_up_cluster(uid)
    api.palette.advance(60)
    return uid


async def _events(api: PaletteApi, uid: str, query: str = "") -> list[tuple[str, str]]:
    reply = await api.call("GET", f"/v1/events/components/spectrocluster/{uid}{query}")
    assert reply.status_code == 200
    return [(item["severity"], item["reason"]) for item in reply.json()["items"]]


async def test_a_cluster_that_is_well_has_none(api: PaletteApi) -> None:
    assert await _events(api, await _cluster(api)) == []


async def test_illness_recovery_and_failure_are_told_oldest_first(api: PaletteApi) -> None:
    uid = await _cluster(api)
    api.palette.people.make_host_ill("edge-0001")
    api.palette.people.cure_host("edge-0001")
    api.palette.people.fail_cluster(uid, "CloudInfrastructureReady", "no address left")

    told = [("Warning", "NodeUnhealthy"), ("Normal", "ClusterHealthy"), ("Error", "CloudInfrastructureReadyFailed")]
    assert await _events(api, uid) == told
    newest_first = "?orderBy=metadata.lastModifiedTimestamp=-1&limit=2"
    assert await _events(api, uid, newest_first) == [told[2], told[1]]


async def test_an_order_that_is_not_indexed_is_refused(api: PaletteApi) -> None:
    uid = await _cluster(api)
    reply = await api.call("GET", f"/v1/events/components/spectrocluster/{uid}?orderBy=message=1")

    assert reply.status_code == 400


async def test_an_object_that_is_not_there_has_no_events(api: PaletteApi) -> None:
    reply = await api.call("GET", "/v1/events/components/spectrocluster/not-there")

    assert reply.status_code == 404


async def test_a_host_has_events_too(api: PaletteApi) -> None:
    api.ready_hosts(1)
    reply = await api.call("GET", "/v1/events/components/edgehost/edge-0001")

    assert reply.json()["items"] == []
