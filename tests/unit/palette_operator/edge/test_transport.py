"""How a request to a host travels: repeated where that is safe, one write at a time, within bounds."""

import asyncio

import httpx
import pytest

from palette_operator.domain.errors import ReconcileError, Unavailable, Waiting
from palette_operator.domain.local import HostConfiguration
from palette_operator.edge.client import EdgeClient
from palette_operator.edge.transport import MAX_TRIES, Bounds
from support.edge_host import HOST, SETTINGS, THIS_HOST, EdgeHost, answer
from support.virtual_clock import settle

READ, REBOOT = f"GET {HOST}", "POST /v1/edge-mgmt/edgehosts/current/actions/reboot"
CONFIGURE = "PUT /v1/edge-mgmt/edgehosts/current/configurations"
VALIDATE = "POST /v1/edge-mgmt/cluster/profiles/variables/validate"
OK = answer(200, THIS_HOST)
PASSING = {
    "a gateway that fails": answer(502),
    "a host that starts": answer(503),
    "a connection that breaks": httpx.ReadError("x"),
    "a connection that cannot be made": httpx.ConnectError("x"),
    "an answer that does not come": httpx.ReadTimeout("x"),
}


@pytest.mark.parametrize("trouble", PASSING.values(), ids=PASSING)
async def test_a_read_is_repeated_with_growing_pauses(trouble: httpx.Response | Exception) -> None:
    host = EdgeHost({READ: [trouble, trouble, OK]})

    assert (await host.client().host()).uid == "edge-1"

    assert host.asked() == [READ] * 3
    assert host.time.slept == [0.5, 1.0]


@pytest.mark.parametrize("trouble", PASSING.values(), ids=PASSING)
async def test_a_read_is_given_up_after_a_few_tries(trouble: httpx.Response | Exception) -> None:
    host = EdgeHost({READ: trouble})

    with pytest.raises(Unavailable):
        await host.client().host()

    assert host.asked() == [READ] * MAX_TRIES


@pytest.mark.parametrize("status", [400, 403, 404, 405, 500])
async def test_a_read_is_not_repeated_where_that_would_change_nothing(status: int) -> None:
    host = EdgeHost({READ: answer(status)})

    with pytest.raises(ReconcileError):
        await host.client().host()

    assert host.asked() == [READ]


@pytest.mark.parametrize("trouble", [*PASSING.values(), answer(429)], ids=[*PASSING, "too many requests"])
@pytest.mark.parametrize("call", [REBOOT, CONFIGURE])
async def test_a_write_is_sent_once(call: str, trouble: httpx.Response | Exception) -> None:
    host = EdgeHost({call: trouble})
    client = host.client()

    with pytest.raises(ReconcileError):
        await (client.reboot() if call == REBOOT else client.set_configuration(HostConfiguration()))

    assert host.asked().count(call) == 1


async def test_writes_to_a_host_go_one_at_a_time_and_reads_go_beside_them() -> None:
    host = EdgeHost({REBOOT: answer(202, {"message": "ok"})})
    under_way, most, go = 0, 0, asyncio.Event()

    async def hold(request: httpx.Request) -> None:
        nonlocal under_way, most
        if f"{request.method} {request.url.path}" == REBOOT:
            under_way += 1
            most = max(most, under_way)
            await go.wait()
            under_way -= 1

    host.before = hold
    client = host.client()
    writes = [asyncio.create_task(client.reboot()) for _ in range(3)]
    await settle()
    assert (await client.host()).uid == "edge-1"
    assert host.asked().count(REBOOT) == 1

    go.set()
    await asyncio.gather(*writes)
    assert most == 1
    assert host.asked().count(REBOOT) == 3


async def test_a_pause_that_the_host_asks_for_is_kept_by_all_calls() -> None:
    host = EdgeHost({READ: [answer(429, None, **{"Retry-After": "7"}), OK]})
    client = host.client()

    await asyncio.gather(client.host(), client.settings())

    assert host.time.now == 1_007.0
    assert host.asked().count(READ) == 2


async def test_a_long_pause_is_not_waited_for_and_nothing_is_sent_meanwhile() -> None:
    host = EdgeHost({READ: [answer(429, None, **{"Retry-After": "60"}), OK]})
    client = host.client()

    for patience_s in (60.0, 60.0):
        with pytest.raises(Waiting) as caught:
            await client.host()
        assert caught.value.retry_after_s == patience_s
    with pytest.raises(Waiting):
        await client.settings()
    assert host.asked() == [READ]

    host.time.now += 60
    assert (await client.host()).uid == "edge-1"
    assert host.asked() == [READ, READ]


async def test_a_host_that_dribbles_is_given_up_in_time() -> None:
    host = EdgeHost()

    async def forever(request: httpx.Request) -> None:
        if request.url.path == HOST:
            await asyncio.Event().wait()

    host.before = forever

    with pytest.raises(Unavailable, match="timed out"):
        await host.client(bounds=Bounds(total_s=0.01)).host()


async def test_an_answer_that_is_too_large_is_not_read_to_its_end() -> None:
    host = EdgeHost({READ: httpx.Response(200, content=b"[" + b" " * 2_000 + b"]")})

    with pytest.raises(Unavailable, match="too large"):
        await host.client(bounds=Bounds(answer_bytes=1_000)).host()

    assert host.asked() == [READ]


async def test_a_cookie_is_not_kept() -> None:
    host = EdgeHost({SETTINGS_CALL: answer(200, {"installationMode": "airgap"}, **{"Set-Cookie": "a=b"})})
    client = host.client()

    await client.settings()
    await client.settings()

    assert "cookie" not in host.requests[-1].headers


SETTINGS_CALL = f"GET {SETTINGS}"


async def test_every_message_names_the_host_and_the_call() -> None:
    host = EdgeHost({READ: answer(500)})

    with pytest.raises(Unavailable, match=r"^https://10\.0\.0\.7:5080: reading the host: "):
        await host.client().host()


async def validated(client: EdgeClient) -> None:
    await client.validate_variables("/a", [])


async def test_what_only_asks_is_repeated_also_as_a_post() -> None:
    host = EdgeHost({VALIDATE: [answer(503), answer(200, {"variables": []})]})

    await validated(host.client())

    assert host.asked().count(VALIDATE) == 2
