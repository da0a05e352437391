"""Whatever Palette answers, each call of the client ends in a value, or in an error that says what to do next."""

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings

from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable, Waiting
from palette_operator.palette.client import PaletteClient
from palette_operator.palette.credentials import ApiKey
from palette_operator.palette.limiter import Limiter
from palette_operator.palette.transport import Bounds, Endpoint, Transport
from support.client_calls import CALLS, public_calls
from support.odd_answers import EXTREMES, Answer, answers
from support.virtual_clock import EagerClock

KEY = "planted-key-1"


def test_every_call_of_the_client_is_tried() -> None:
    assert set(CALLS) == public_calls()


class Network(httpx.AsyncBaseTransport):
    """Answers with what is at hand, the last one for ever, up to a number of requests that no sane call needs."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.asked = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        assert self.asked < 5_000, "the call does not come to an end"
        status, headers, content = self.answers[min(self.asked, len(self.answers)) - 1]
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(content), request=request)


class Bench:
    """A client on a network that is made up, whose clock runs only while it waits."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self._runner = runner
        self._network = Network()
        self._transport = Transport(
            Endpoint("https://palette.test"),
            ApiKey(KEY),
            Limiter(clock=EagerClock(), jitter=lambda: 0.0),
            network=self._network,
            sleep=_no_pause,
            bounds=Bounds(answer_bytes=2**20),
        )

    def outcome(self, name: str, *answers: Answer) -> object:
        """Return what a call of the client comes to; any exception but those that it may raise goes through."""
        self._network.answers, self._network.asked = list(answers), 0
        # What was refused or not answered before would hold this call back.
        self._transport.limiter = Limiter(clock=EagerClock(), jitter=lambda: 0.0)
        return self._runner.run(self._outcome(name))

    async def _outcome(self, name: str) -> object:
        client = PaletteClient(self._transport)
        try:
            return await CALLS[name](client)
        except (Waiting, Stalled, Unavailable) as error:
            return error
        finally:
            await client._probe.aclose()

    def close(self) -> None:
        self._runner.run(self._transport.aclose())


async def _no_pause(_: float) -> None:
    return


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with asyncio.Runner() as runner:
        opened = Bench(runner)
        yield opened
        opened.close()


def check(name: str, outcome: object) -> None:
    if not isinstance(outcome, ReconcileError):
        return
    assert re.match(r"^[a-z][\w .'-]+: ", outcome.message), f"{name}: {outcome.message!r} does not name the call"
    assert len(outcome.message) < 1_000
    assert outcome.message.isprintable()
    assert KEY not in f"{outcome} {outcome.answer!r}"
    if isinstance(outcome, Waiting):
        assert 0 <= outcome.retry_after_s <= 3_600


META = {"uid": "c1", "name": "n", "labels": {"site": "1"}, "creationTimestamp": "2026-01-01T00:00:00Z"}
LISTMETA = {"continue": "", "count": 1, "limit": 50, "offset": 1}
HOST = {
    "metadata": META,
    "spec": {"device": {"cpu": {"cores": 4}, "nics": [{"nicName": "e"}]}},
    "status": {"state": "ready"},
}
POOL = {"name": "worker", "size": 1, "hosts": [{"hostUid": "h1", "nic": {"ip": "10.0.0.1"}}], "taints": [{"key": "k"}]}
BODIES: list[Any] = [
    {"userUid": "u", "tenantUid": "t"},
    {"uid": "c1"},
    {"items": [HOST], "listmeta": LISTMETA},
    {"items": [HOST] * 3, "listmeta": {**LISTMETA, "continue": "t", "count": 3}},
    HOST,
    {
        "metadata": META,
        "spec": {"clusterProfileTemplates": [{"uid": "p", "packs": [{"layer": "k8s", "tag": "1.32"}]}]},
        "status": {"state": "Running", "conditions": [{"type": "A", "status": "False"}], "apiEndpoints": [{"port": 1}]},
    },
    {"metadata": META, "spec": {"clusterConfig": {"overlayNetworkConfiguration": {}}, "machinePoolConfig": [POOL]}},
    [{"profileUid": "p", "variables": [{"name": "a", "value": "b"}]}],
    {"items": [{"metadata": META, "severity": "Warning", "reason": "r", "message": "m"}], "listmeta": LISTMETA},
    {"code": "ResourceNotFound", "message": "no", "ref": "r", "details": {}},
    {"machinePools": {"results": [{"errors": [{"code": "c"}]}]}, "profiles": [{"packs": {"results": []}}]},
]
ANSWERS = answers(BODIES)


@pytest.mark.parametrize("name", sorted(CALLS))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given=ANSWERS)
def test_a_random_answer_comes_to_a_value_or_to_what_to_do_next(bench: Bench, name: str, given: list[Answer]) -> None:
    check(name, bench.outcome(name, *given))


@pytest.mark.parametrize("name", sorted(CALLS))
@pytest.mark.parametrize("status", [200, 400, 404, 500])
def test_an_extreme_answer_comes_to_a_value_or_to_what_to_do_next(bench: Bench, name: str, status: int) -> None:
    for content in EXTREMES.values():
        check(name, bench.outcome(name, (status, {}, content)))


WRITES = sorted(name for name in CALLS if re.match("set_|update_|delete_|remove_|patch_|register_", name))
NO_ANSWERS_TO_A_WRITE = ["a page", "nested without end", "two answers", "no text", "more than is read"]


@pytest.mark.parametrize("content", NO_ANSWERS_TO_A_WRITE)
@pytest.mark.parametrize(
    "name", sorted(name for name in CALLS if re.match("set_|update_|delete_|remove_|patch_|regi", name))
)
def test_a_write_is_not_taken_for_done_when_something_else_answered(bench: Bench, name: str, content: str) -> None:
    outcome = bench.outcome(name, (200, {}, EXTREMES[content]))

    assert isinstance(outcome, Unavailable)


@pytest.mark.parametrize("name", ["get_cluster", "get_host", "delete_cluster", "delete_host", "delete_pool"])
@pytest.mark.parametrize("probe", [b"{}", b'{"code": "X"}', b"<html>", b"", b"null", b'{"userUid": ""}', b"[]"])
def test_nothing_is_gone_while_the_proof_of_the_credential_cannot_be_read(
    bench: Bench, name: str, probe: bytes
) -> None:
    absent = json.dumps({"code": "ResourceNotFound", "message": "no"}).encode()

    assert isinstance(bench.outcome(name, (404, {}, absent), (200, {}, probe)), Unavailable)
