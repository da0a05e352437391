"""Whatever a host answers, each call of its client ends in a value, or in an error that says what to do next."""

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings

from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable, Waiting
from palette_operator.edge.client import EdgeClient, EdgeClock, LocalEndpoint
from palette_operator.edge.operations import LOG_IN, LOG_OUT, RENEW_TOKEN
from palette_operator.edge.transport import Bounds
from support.edge_calls import CALLS, public_calls
from support.edge_host import HOST, PASSWORD, RANGES, SETTINGS, THIS_HOST, URL, USER
from support.odd_answers import EXTREMES, Answer, answers

TOKEN = "planted-key-1"  # as one of the extremes repeats it
LOGIN_ANSWER: Answer = (200, {}, json.dumps({"Token": {"Authorization": TOKEN, "RefreshToken": TOKEN}}).encode())
AIRGAP: Answer = (200, {}, b'{"installationMode": "airgap"}')


def test_every_call_of_the_client_is_tried() -> None:
    assert set(CALLS) == public_calls()


class Network(httpx.AsyncBaseTransport):
    """Answers with what is at hand, the last one for ever, up to a number of requests that no sane call needs.

    What is in `fixed`, by path, is answered with always.
    """

    def __init__(self, answers: list[Answer], fixed: dict[str, Answer]) -> None:
        self.answers = answers
        self.fixed = fixed
        self.asked = 0
        self.writes = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        answer = self.fixed.get(request.url.path)
        if answer is None:
            self.asked += 1
            self.writes += request.method != "GET"
            assert self.asked < 100, "the call does not come to an end"
            answer = self.answers[min(self.asked, len(self.answers)) - 1]
        status, headers, content = answer
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(content), request=request)


class Bench:
    """Clients on a network that is made up, whose clock runs only while they wait."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self._runner = runner
        self.network = Network([], {})

    def outcome(self, name: str, *answers: Answer, fixed: dict[str, Answer] | None = None) -> object:
        """Return what a call of the client comes to; any exception but those that it may raise goes through."""
        session = {LOG_IN.template: LOGIN_ANSWER, RENEW_TOKEN.template: LOGIN_ANSWER, LOG_OUT.template: (200, {}, b"")}
        self.network = Network(list(answers), session if fixed is None else fixed)
        return self._runner.run(self._outcome(name))

    async def _outcome(self, name: str) -> object:
        async def no_pause(_: float) -> None:
            nonlocal now
            now += 3_600

        now = 0.0
        clock = EdgeClock(lambda: now, lambda: now, no_pause, lambda: 0.0)
        bounds = Bounds(answer_bytes=2**20)
        async with EdgeClient(LocalEndpoint(URL), USER, RANGES, clock=clock, bounds=bounds, network=self.network) as c:
            try:
                return await CALLS[name](c)
            except (Waiting, Stalled, Unavailable) as error:
                return error


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with asyncio.Runner() as runner:
        yield Bench(runner)


def check(name: str, outcome: object) -> None:
    if not isinstance(outcome, ReconcileError):
        return
    assert outcome.message.startswith(f"{URL}: "), f"{name}: {outcome.message!r} does not name the host"
    assert len(outcome.message) < 1_000
    assert outcome.message.isprintable()
    shown = f"{outcome} {outcome.answer!r}"
    assert TOKEN not in shown
    assert PASSWORD not in shown
    if isinstance(outcome, Waiting):
        assert 0 <= outcome.retry_after_s <= 3_600


BODIES: list[Any] = [
    THIS_HOST,
    {"installationMode": "airgap"},
    {"installationMode": "connected"},
    {"Token": {"Authorization": "t", "RefreshToken": "r"}, "IsFirstLogin": True},
    {
        "metadata": {"id": "c", "name": "shop"},
        "status": {"clusterState": "Running", "kubeconfig": "YQ==", "health": {}},
    },
    {"metadata": {"name": "shop"}, "spec": {"cloudConfig": {"spec": {"clusterConfig": {}, "machinePoolConfig": []}}}},
    {"items": [{"name": "worker", "size": 1, "hosts": [{"hostUid": "e", "networkInfo": [{"nicName": "e"}]}]}]},
    {"nodes": [{"nodeName": "n", "nodeStatus": {"conditionType": "Ready"}, "nodeHealth": []}]},
    {"certificates": [{"name": "ca", "childCerts": [{"name": "c"}]}], "needsRenewal": True},
    {"archiveUploadPath": "/a", "clusterProfileDetails": [{"variables": [{"name": "v", "options": [{"value": "x"}]}]}]},
    {"variables": [{"name": "v", "isValid": False, "validationFailureReason": "no"}]},
    {"status": [{"contentType": "image", "name": "nginx", "size": 7}]},
    {"State": "Healthy", "DiskUsed": "1", "errors": {"a": "b"}, "pendingItems": [{"name": "x"}]},
    {"status": "Completed", "peers": [{"id": "e", "health": {"status": "Healthy"}, "config": {"metadata": {}}}]},
    {"token": "x", "interval": 1, "uploadPath": "/a", "pingHostStatus": "ok", "traceRouteStatus": "ok"},
    {"code": "ClusterNotFound", "message": "no", "ref": "r", "details": {}},
    "a text",
    {"message": "accepted"},
]


@pytest.mark.parametrize("name", sorted(CALLS))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given=answers(BODIES))
def test_a_random_answer_comes_to_a_value_or_to_what_to_do_next(bench: Bench, name: str, given: list[Answer]) -> None:
    check(name, bench.outcome(name, *given))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given=answers(BODIES))
def test_a_random_answer_to_the_login_too(bench: Bench, given: list[Answer]) -> None:
    check("host", bench.outcome("host", *given, fixed={}))


@pytest.mark.parametrize("name", sorted(CALLS))
@pytest.mark.parametrize("status", [200, 400, 401, 404, 500])
def test_an_extreme_answer_comes_to_a_value_or_to_what_to_do_next(bench: Bench, name: str, status: int) -> None:
    for content in EXTREMES.values():
        check(name, bench.outcome(name, (status, {}, content)))


WRITES = sorted(name for name in CALLS if re.match("set_|re[bsn]|shut|up|link$|unlink|create_|patch_|delete_", name))
NO_ANSWERS_TO_A_WRITE = ["a page", "nested without end", "two answers", "no text", "more than is read"]


@pytest.mark.parametrize("content", NO_ANSWERS_TO_A_WRITE)
@pytest.mark.parametrize("name", [name for name in WRITES if name not in {"uploaded_content", "registry_health"}])
def test_a_write_is_sent_once_and_not_taken_for_done_when_something_else_answered(
    bench: Bench, name: str, content: str
) -> None:
    fixed = {LOG_IN.template: LOGIN_ANSWER, LOG_OUT.template: (200, {}, b""), SETTINGS: AIRGAP}

    outcome = bench.outcome(name, (200, {}, EXTREMES[content]), fixed=fixed)

    assert isinstance(outcome, Unavailable)
    assert bench.network.writes == 1


ABSENT = json.dumps({"code": "ClusterNotFound", "message": "no"}).encode()
PROBES = [b"{}", b'{"code": "X"}', b"<html>", b"", b"null", b'{"metadata": {}}', b'{"metadata": {"id": ""}}', b"[]"]


@pytest.mark.parametrize(
    "name", ["cluster", "kubeconfig", "cluster_config", "delete_cluster", "delete_pool", "archive"]
)
@pytest.mark.parametrize("probe", PROBES)
def test_nothing_is_gone_while_it_is_not_the_host_that_answers(bench: Bench, name: str, probe: bytes) -> None:
    fixed = {LOG_IN.template: LOGIN_ANSWER, LOG_OUT.template: (200, {}, b""), HOST: (200, {}, probe)}

    assert isinstance(bench.outcome(name, (404, {}, ABSENT), fixed=fixed), Unavailable)
