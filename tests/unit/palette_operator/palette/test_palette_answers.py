"""The page of Palette's answers says what the code does: a row for each case, a case for each row."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable, Waiting
from palette_operator.domain.identifiers import ClusterUid, ProjectUid
from palette_operator.http.replies import Reply
from palette_operator.palette.client import PaletteClient, ProjectScope
from palette_operator.palette.credentials import ApiKey
from palette_operator.palette.failures import failure
from palette_operator.palette.limiter import Limiter
from palette_operator.palette.transport import MAX_TRIES, Bounds, Endpoint, Transport
from support.virtual_clock import EagerClock

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "palette-answers.md"
SCOPE, CLUSTER = ProjectScope(ProjectUid("p1")), ClusterUid("c1")
PAGE_OF_A_PROXY = b"<html><body>nginx</body></html>"
CLUSTER_BODY = b'{"metadata": {"uid": "c1", "name": "n"}}'


@dataclass(frozen=True)
class Row:
    becomes: str
    reason: str
    repeated: str
    next: str


def documented() -> dict[str, Row]:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {first: Row(*rest) for first, *rest in cells if first != "answer"}


def said(status: int, code: object = "SomeCode", message: str = "words") -> httpx.Response:
    return httpx.Response(status, json={"code": code, "message": message, "details": {}, "ref": "r-1"})


def bare(status: int, content: bytes = b"") -> httpx.Response:
    return httpx.Response(status, content=content)


READ, CREATE, WRITE = "read", "create", "write"
Answers = list[httpx.Response | Exception]
CASES: dict[str, tuple[str, Answers]] = {
    "200 with what was asked for": (READ, [bare(200, CLUSTER_BODY)]),
    "200 with JSON of another shape": (READ, [bare(200, b'["c1"]'), bare(200, b'"c1"'), bare(200, b'{"metadata": 1}')]),
    "200 with a page, as a proxy's sign-in": (WRITE, [bare(200, PAGE_OF_A_PROXY)]),
    "200 cut off": (READ, [bare(200, CLUSTER_BODY[:-3])]),
    "200 without a body, where one is due": (READ, [bare(200), bare(202), bare(204)]),
    "201 with the uid": (CREATE, [bare(201, b'{"uid": "c9"}')]),
    "201 without a uid": (CREATE, [bare(201), bare(201, b"{}"), bare(201, b'{"uid": ""}'), bare(202), bare(204)]),
    "202 without a body": (WRITE, [bare(202)]),
    "204": (WRITE, [bare(204)]),
    "302, or another redirect": (READ, [bare(code) for code in (300, 301, 302, 303, 304, 307, 308)]),
    "400 with Palette's code or message": (READ, [said(400), said(400, None), said(400, 7)]),
    "400 without one": (READ, [bare(400), bare(400, PAGE_OF_A_PROXY), bare(400, b'{"error": "no"}')]),
    "401": (READ, [said(401, "UnAuthorizedAccess"), bare(401), bare(401, PAGE_OF_A_PROXY)]),
    "403": (READ, [said(403, "OperationForbidden"), bare(403), bare(403, PAGE_OF_A_PROXY), said(403, 403)]),
    "404 ResourceNotFound": (CREATE, [said(404, "ResourceNotFound")]),
    "404 with another code": (READ, [said(404, "EdgeHostDeviceNotRegistered")]),
    "404 or 405 with a number for a code": (READ, [said(404, 404), said(404, "404"), said(405, 405), said(404, -1)]),
    "404 as a page": (READ, [bare(404), bare(404, PAGE_OF_A_PROXY)]),
    "408 or 425": (READ, [said(408), bare(408), said(425)]),
    "409 that says that something exists": (CREATE, [said(409, "SinkAlreadyExists"), said(409, "DuplicateName")]),
    "409 with another code": (WRITE, [said(409, "OperationInProgress"), said(409, "Conflict")]),
    "409 without Palette's code or message": (READ, [bare(409), bare(409, PAGE_OF_A_PROXY)]),
    "418, 451 or another refusal that Palette explains": (READ, [said(402), said(410), said(418), said(451)]),
    "418, 451 or another refusal without a code": (READ, [bare(402), bare(407), bare(418), bare(451)]),
    "422 with Palette's code or message": (READ, [said(422), said(422, None)]),
    "423": (WRITE, [said(423), bare(423), said(423, 423)]),
    "429": (READ, [said(429, "TooManyRequests"), bare(429, b"Too Many Requests"), bare(429)]),
    "500 with Palette's code": (READ, [said(500, "InternalError")]),
    "500 with a number for a code, or none": (READ, [said(500, 500), said(500, 5.5), said(500, None), bare(500)]),
    "502, 503 or 504": (READ, [bare(502, PAGE_OF_A_PROXY), said(503), bare(504)]),
    "507, 599 or another failure": (READ, [bare(501), said(505), bare(507), said(599), bare(599)]),
    'an error that is a list, a text, or `{"error": ...}`': (
        READ,
        [bare(500, b'["no"]'), bare(500, b'"no"'), bare(500, b'{"error": {"code": "X", "message": "y"}}')],
    ),
    "no connection, or one that broke": (READ, [httpx.ConnectError("x"), httpx.ReadError("x")]),
    "more than 64 MiB": (READ, [bare(200, b" " * 5_000)]),
    "an answer that takes more than a minute": (READ, [httpx.ReadTimeout("x")]),
}
ANSWERS = [(row, index) for row, (_, answers) in CASES.items() for index in range(len(answers))]


def test_there_is_a_case_for_each_row_and_a_row_for_each_case() -> None:
    assert list(documented()) == list(CASES)


@pytest.mark.parametrize(("row", "index"), ANSWERS)
async def test_an_answer_comes_to_what_the_page_says(row: str, index: int) -> None:
    kind, answers = CASES[row]
    requests = 0

    def answer(_: httpx.Request) -> httpx.Response:
        nonlocal requests
        requests += 1
        given = answers[index]
        if isinstance(given, Exception):
            raise given
        return httpx.Response(given.status_code, headers=given.headers, content=given.content)

    outcome = await _outcome(kind, answer)

    wanted = documented()[row]
    assert wanted.becomes == (type(outcome).__name__ if outcome is not None else "result")
    assert wanted.reason == (outcome.reason if outcome is not None else "")
    assert requests == (MAX_TRIES if wanted.repeated == "yes" else 1)
    assert wanted.next


async def _outcome(kind: str, answer: Callable[[httpx.Request], httpx.Response]) -> ReconcileError | None:
    transport = Transport(
        Endpoint("https://palette.test"),
        ApiKey("key"),
        Limiter(clock=EagerClock(), jitter=lambda: 0.0),
        network=httpx.MockTransport(answer),
        sleep=_no_pause,
        bounds=Bounds(answer_bytes=4_000),
    )
    async with PaletteClient(transport) as client:
        try:
            match kind:
                case "create":
                    await client.create_edge_native_cluster(SCOPE, {})
                case "write":
                    await client.set_cluster_metadata(SCOPE, CLUSTER, name="n", labels={})
                case _:
                    await client.get_cluster(SCOPE, CLUSTER)
        except ReconcileError as error:
            return error
    return None


async def _no_pause(_: float) -> None:
    return


@pytest.mark.parametrize("content", [b"", PAGE_OF_A_PROXY, json.dumps({"code": "X", "message": "y"}).encode()])
def test_no_status_is_beyond_the_table(content: bytes) -> None:
    for status in range(100, 1000):
        error = failure("d", Reply(status, {}, content))

        assert (error is None) == (200 <= status < 300), status
        assert isinstance(error, Waiting | Unavailable | Stalled | None), status
