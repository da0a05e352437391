import json
from dataclasses import dataclass, field

import pytest

from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable, Waiting
from palette_operator.http.replies import LARGEST_EXPLANATION, LONGEST_MESSAGE, NoAnswer, Outcome, Reply
from palette_operator.palette.failures import NotFound, failure, silence, unanswered

DOING = "reading cluster 5f"
HTML = b"<html><body>502 Bad Gateway nginx/1.25</body></html>"


def said(status: int, code: object = "Code", message: object = "words", **headers: str) -> Reply:
    body = {"code": code, "message": message, "details": {}, "ref": "r-123"}
    return Reply(status, headers, json.dumps(body).encode())


def raw(status: int, content: bytes = b"", **headers: str) -> Reply:
    return Reply(status, headers, content)


@dataclass
class Case:
    outcome: Outcome
    kind: type[ReconcileError]
    reason: str
    message: str = field(default="")


UNREACHABLE = (Unavailable, "PaletteUnreachable")
REJECTED = (Stalled, "RemoteRejected")
CASES = {
    "no answer": Case(NoAnswer("timed out"), *UNREACHABLE, f"{DOING}: no answer from Palette (timed out)"),
    "a proxy's page": Case(raw(502, HTML), *UNREACHABLE, f"{DOING}: Palette answered 502; it will be tried again"),
    "a 500 that is a page": Case(raw(500, HTML), *UNREACHABLE),
    "a 500 without a code": Case(said(500, code="", message="oops"), *UNREACHABLE),
    "a 500 with a numeric code": Case(said(500, code=500), *UNREACHABLE),
    "a 500 with Palette's own code": Case(
        said(500, "InternalError", "no route to host"),
        Unavailable,
        "RemoteRejected",
        f"{DOING}: Palette answered 500 InternalError: no route to host",
    ),
    "a 503 without a body": Case(raw(503), *UNREACHABLE),
    "a redirect": Case(
        raw(302, location="https://elsewhere"),
        *UNREACHABLE,
        f"{DOING}: Palette answered 302; redirects are not followed; correct the connection's endpoint",
    ),
    "an interim answer": Case(raw(101), *UNREACHABLE),
    "the router's 404": Case(
        said(404, 404, "page not found"),
        *UNREACHABLE,
        f"{DOING}: Palette answered 404: page not found; the connection's endpoint is wrong, or the server too old for "
        "this call",
    ),
    "the router's 404 with its number as text": Case(said(404, "404"), *UNREACHABLE),
    "the router's 405": Case(said(405, 405), *UNREACHABLE),
    "a 404 that is a page": Case(raw(404, HTML), *UNREACHABLE),
    "an empty 404": Case(raw(404), *UNREACHABLE),
    "an object that is not there": Case(
        said(404, "ResourceNotFound", "no cluster '5f'"),
        NotFound,
        "NotFound",
        f"{DOING}: Palette answered 404 ResourceNotFound: no cluster '5f'",
    ),
    "a 404 with another code": Case(said(404, "EdgeHostDeviceNotRegistered"), *REJECTED),
    "ResourceNotFound with another status": Case(said(400, "ResourceNotFound"), *REJECTED),
    "a refused credential": Case(
        said(401, "UnAuthorizedAccess", "bad key"),
        Stalled,
        "Unauthorized",
        f"{DOING}: Palette answered 401 UnAuthorizedAccess: bad key; check the connection's credentials",
    ),
    "a 401 that is a page": Case(raw(401, HTML), Stalled, "Unauthorized"),
    "a forbidden operation": Case(said(403, "OperationForbidden"), Stalled, "Forbidden"),
    "a 403 that is a page": Case(raw(403, HTML), Stalled, "Forbidden"),
    "a bad request": Case(
        said(400, "InvalidPayload", "name is too long"),
        *REJECTED,
        f"{DOING}: Palette answered 400 InvalidPayload: name is too long",
    ),
    "a bad request without a code": Case(said(400, None, "name is too long"), *REJECTED),
    "a bad request that is a page": Case(raw(400, HTML), *UNREACHABLE),
    "a conflict": Case(said(409, "SinkAlreadyExists"), *REJECTED),
    "a locked object": Case(
        said(423, "Locked", "in use"),
        Waiting,
        "RemoteBusy",
        f"{DOING}: Palette answered 423 Locked: in use; it is tried again",
    ),
    "a conflict with what is under way": Case(said(409, "OperationInProgress"), Waiting, "RemoteBusy"),
    "something that cannot be processed": Case(said(422, "ValidationFailed"), *REJECTED),
    "a request that took the server too long": Case(said(408, "Timeout"), *UNREACHABLE),
    "a status nobody knows, explained": Case(said(451, "NotHere"), *REJECTED),
    "a proxy that wants a password": Case(raw(407, HTML), *UNREACHABLE),
    "too many requests, as text": Case(raw(429, b"slow down"), Waiting, "Throttled"),
    "too many requests, as JSON": Case(said(429, "TooManyRequests"), Waiting, "Throttled"),
    "an error body that is a list": Case(raw(500, b'["no"]'), *UNREACHABLE),
    "an error body that is cut off": Case(raw(500, b'{"code": "Inter'), *UNREACHABLE),
    "an error body with odd types": Case(raw(500, b'{"code": {}, "message": 7, "ref": []}'), *UNREACHABLE),
    "an error body that nests for ever": Case(raw(500, b"[" * 100_000), *UNREACHABLE),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_outcome_becomes_what_to_do_next(case: Case) -> None:
    error = failure(DOING, case.outcome)

    assert type(error) is case.kind
    assert error.reason == case.reason
    assert error.message.startswith(f"{DOING}: ")
    assert case.message in {"", error.message}


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_a_success_is_no_failure(status: int) -> None:
    assert failure(DOING, raw(status)) is None


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_messages_hold_neither_correlation_ids_nor_pages(case: Case) -> None:
    error = failure(DOING, case.outcome)

    assert error is not None
    assert "r-123" not in error.message
    assert "<html>" not in error.message


def test_palettes_own_words_are_kept_for_people_and_tickets() -> None:
    error = failure(DOING, said(500, "InternalError", "no route\n to host"))

    assert error is not None
    assert error.answer is not None
    assert (error.answer.status, error.answer.code, error.answer.message) == (500, "InternalError", "no route to host")
    assert error.answer.ref == "r-123"


def test_a_secret_that_palette_repeats_is_struck_out() -> None:
    error = failure(DOING, said(400, "Invalid", "value 'hunter22' of x is 'on'"), secrets=["hunter22", "on"])

    assert error is not None
    assert error.answer is not None
    assert error.message.endswith("value '***' of x is 'on'")
    assert "hunter22" not in error.answer.message


def test_a_long_message_is_cut() -> None:
    error = failure(DOING, said(400, "Invalid", "x" * 10_000))

    assert error is not None
    assert error.answer is not None
    assert len(error.answer.message) == LONGEST_MESSAGE


@pytest.mark.parametrize(
    ("header", "retry_after_s"),
    {"7": 7.0, "0": 0.0, "-3": 5.0, "inf": 5.0, "nan": 5.0, "Wed, 21 Oct 2026 07:28:00 GMT": 5.0, "soon": 5.0}.items(),
)
def test_retry_after_is_heeded_when_it_is_a_number_of_seconds(header: str, retry_after_s: float) -> None:
    error = failure(DOING, raw(429, **{"retry-after": header}))

    assert isinstance(error, Waiting)
    assert error.retry_after_s == retry_after_s


def test_a_busy_object_is_given_as_long_as_palette_asks_but_some_seconds_at_least() -> None:
    patience = [failure(DOING, said(423, **{"retry-after": text})) for text in ("1", "60", "1e9", "soon")]

    assert [error.retry_after_s for error in patience if isinstance(error, Waiting)] == [15, 60, 300, 15]


def test_what_palette_says_is_made_fit_for_a_line() -> None:
    error = failure(DOING, said(400, "A\x00\x1b[31m", "one\r\ntwo\u2028\ud800 three"))

    assert error is not None
    assert error.message == f"{DOING}: Palette answered 400 A [31m: one two three"


@pytest.mark.parametrize("code", [True, False, None, [], {}, ["X"], ""])
def test_what_is_no_code_is_none(code: object) -> None:
    error = failure(DOING, said(500, code))

    assert error is not None
    assert error.answer is not None
    assert (error.reason, error.answer.code) == ("PaletteUnreachable", "")


def test_a_body_that_is_too_large_to_be_palettes_is_not_read() -> None:
    error = failure(DOING, said(400, "Code", "x" * (LARGEST_EXPLANATION + 1)))

    assert error is not None
    assert (error.reason, error.answer and error.answer.message) == ("PaletteUnreachable", "")


@pytest.mark.parametrize(
    ("outcome", "why"),
    [
        (NoAnswer("timed out"), "timed out"),
        (NoAnswer("its certificate cannot be verified", passes=False), ""),
        (raw(502, HTML), "a 502 came in its place"),
        (said(503), "a 503 came in its place"),
        (said(500), ""),
        (said(429), ""),
        (said(200), ""),
    ],
)
def test_silent_is_a_palette_that_was_not_reached_and_may_be_soon(outcome: Outcome, why: str) -> None:
    assert silence(outcome) == why


def test_whoever_does_not_ask_a_silent_palette_says_the_same_as_who_did() -> None:
    found_out = failure(DOING, NoAnswer("timed out"))

    assert str(unanswered(DOING, silence(NoAnswer("timed out")))) == str(found_out)
