"""Hosts link by a token that one of them gives out."""

from collections.abc import AsyncIterator

import pytest

from support.edge_api import CLUSTER, CURRENT, PEER, UID, WORKER, EdgeApi, configuration, host_seed, serve_site

_LINK = f"{CURRENT}/link"


@pytest.fixture
async def strangers() -> AsyncIterator[EdgeApi]:
    async with serve_site(*[host_seed(uid) for uid in (UID, PEER, WORKER)]) as served:
        yield served


async def _offer(api: EdgeApi) -> str:
    response = await api.call("POST", f"{_LINK}/generate-token")
    token: str = response.json()["token"]
    return token


async def test_a_host_links_by_the_token_of_another(strangers: EdgeApi) -> None:
    reply = (await strangers.call("POST", _LINK, {"token": await _offer(strangers)}, uid=PEER)).json()

    assert (reply["status"], [peer["id"] for peer in reply["peers"]]) == ("InProgress", [UID])
    await strangers.advance(10)
    status = await strangers.get(f"{_LINK}/status")
    assert (status["status"], [peer["id"] for peer in status["peers"]]) == ("Completed", [PEER])
    assert status["peers"][0]["role"] == "follower"
    assert status["peers"][0]["config"]["metadata"]["id"] == PEER


async def test_a_host_that_is_not_linked_says_so(strangers: EdgeApi) -> None:
    assert (await strangers.call("GET", f"{_LINK}/status")).status_code == 404


async def test_a_link_token_expires(strangers: EdgeApi) -> None:
    token = await _offer(strangers)
    await strangers.advance(300)

    assert (await strangers.call("POST", _LINK, {"token": token}, uid=PEER)).status_code == 400


async def test_a_newer_token_takes_the_place_of_an_older_one(strangers: EdgeApi) -> None:
    old = await _offer(strangers)
    await _offer(strangers)

    assert (await strangers.call("POST", _LINK, {"token": old}, uid=PEER)).status_code == 400


async def test_a_host_does_not_link_with_itself_nor_twice(linked: EdgeApi) -> None:
    token = await _offer(linked)

    assert (await linked.call("POST", _LINK, {"token": token})).status_code == 400
    assert (await linked.call("POST", _LINK, {"token": token}, uid=PEER)).status_code == 400


async def test_an_unlinked_peer_is_gone_and_the_last_two_part(linked: EdgeApi) -> None:
    for peer in (WORKER, PEER):
        assert (await linked.call("POST", f"{CURRENT}/unlink", params={"peerId": peer})).status_code == 200

    assert (await linked.call("GET", f"{_LINK}/status")).status_code == 404
    assert (await linked.call("GET", f"{_LINK}/status", uid=PEER)).status_code == 404


async def test_a_peer_in_a_cluster_stays_linked(linked: EdgeApi) -> None:
    await linked.call("POST", CLUSTER, configuration(UID, PEER))

    response = await linked.call("POST", f"{CURRENT}/unlink", params={"peerId": PEER})

    assert (response.status_code, response.json()["code"]) == (400, "EdgeHostInUse")
