"""What a host answered, and what to do next."""

from dataclasses import dataclass

import pytest

from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable, Waiting
from palette_operator.edge.failures import NotFound, PathMissing, failure
from palette_operator.http.replies import NoAnswer, Outcome, Reply

ERROR = b'{"code": "ClusterBusy", "message": "not now", "ref": "r1"}'
ROUTERS = b'{"code": 404, "message": "path /v1/x was not found"}'


@dataclass(frozen=True)
class Case:
    outcome: Outcome
    kind: type[ReconcileError]
    reason: str
    told: str = ""


def reply(status: int, content: bytes = b"", **headers: str) -> Reply:
    return Reply(status, headers, content)


CASES = {
    "no answer": Case(NoAnswer("timed out"), Unavailable, "Unreachable", "timed out"),
    "a redirect": Case(reply(302), Unavailable, "Unreachable", "not followed"),
    "a login that is needed": Case(reply(401), Stalled, "Unauthorized", "credentialsSecretRef"),
    "a refusal": Case(reply(403, b'{"code": "Forbidden", "message": "no"}'), Stalled, "Forbidden", "403 Forbidden: no"),
    "a refusal without a word": Case(reply(403), Stalled, "Forbidden", "a proxy refused"),
    "nothing there, without a word": Case(reply(404), NotFound, "NotFound"),
    "nothing there, in words": Case(
        reply(404, b'{"code": "ClusterNotFound", "message": "none"}'), NotFound, "NotFound"
    ),
    "nothing there, as a message": Case(reply(404, b'{"message": "none"}'), NotFound, "NotFound", "404: none"),
    "nothing there, as a text": Case(reply(404, b'"no cluster"'), NotFound, "NotFound", "404: no cluster"),
    "a path that the router does not know": Case(reply(404, ROUTERS), PathMissing, "Unreachable", "too old"),
    "a path that Go's router does not know": Case(reply(404, b"404 page not found\n"), PathMissing, "Unreachable"),
    "a proxy's page of what is not there": Case(reply(404, b"<html>nginx</html>"), PathMissing, "Unreachable"),
    "a method that the router does not know": Case(reply(405, ROUTERS), PathMissing, "Unreachable"),
    "a conflict that passes": Case(reply(409, ERROR), Waiting, "RemoteBusy", "tried again"),
    "a conflict that lasts": Case(reply(409, b'{"code": "ClusterExists", "message": "x"}'), Stalled, "RemoteRejected"),
    "a conflict that lasts, in words": Case(reply(409, b'"it already exists"'), Stalled, "RemoteRejected"),
    "a conflict without a word": Case(reply(409), Unavailable, "Unreachable"),
    "a locked host": Case(reply(423), Waiting, "RemoteBusy"),
    "a bad request in words": Case(reply(400, b'"name is required"'), Stalled, "RemoteRejected", "name is required"),
    "a bad request without a word": Case(reply(400), Unavailable, "Unreachable"),
    "a bad request with a page": Case(reply(400, b"<html>"), Unavailable, "Unreachable"),
    "what cannot be processed": Case(reply(422, ERROR), Stalled, "RemoteRejected", "422 ClusterBusy: not now"),
    "too many requests": Case(reply(429, b"", **{"retry-after": "7"}), Waiting, "Throttled"),
    "a 500 in words": Case(reply(500, ERROR), Unavailable, "RemoteRejected", "ClusterBusy"),
    "a 500 as a text": Case(reply(500, b'"disk is full"'), Unavailable, "RemoteRejected", "disk is full"),
    "a 500 without a word": Case(reply(500), Unavailable, "Unreachable", "tried again"),
    "a gateway": Case(reply(502, b"<html>"), Unavailable, "Unreachable"),
    "a host that starts": Case(reply(503, ERROR), Unavailable, "Unreachable"),
    "a status of its own": Case(reply(999), Unavailable, "Unreachable"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_an_answer_means(case: Case) -> None:
    error = failure("https://h:5080: reading the cluster", case.outcome)

    assert type(error) is case.kind
    assert error.reason == case.reason
    assert error.message.startswith("https://h:5080: reading the cluster: ")
    assert case.told in error.message
    assert "r1" not in error.message


def test_a_success_is_no_failure() -> None:
    assert failure("x", reply(202)) is None


def test_a_pause_that_is_asked_for_is_kept() -> None:
    error = failure("x", reply(429, b"", **{"retry-after": "7"}))

    assert isinstance(error, Waiting)
    assert error.retry_after_s == 7.0


def test_secrets_are_struck_out_of_what_the_host_says() -> None:
    error = failure("x", reply(400, b'{"message": "hunter22 is wrong"}'), secrets=["hunter22"])

    assert error is not None
    assert "hunter22" not in f"{error} {error.answer}"
