"""Turns what a host answered, or that it did not, into an error that says what to do next. Pure.

    Unavailable("Unreachable")      no answer, no JSON, a redirect, a 5xx without an explanation
    PathMissing("Unreachable")      a router's 404 or 405: this host has no such call
    Unavailable("RemoteRejected")   a 500 that explains itself: operational, perhaps lasting
    Waiting("Throttled")            429
    Waiting("RemoteBusy")           423, and a 409 that does not say that something exists: it passes
    Stalled("Unauthorized")         401
    Stalled("Forbidden")            403
    NotFound("NotFound")            404 in the host's own words, or with none
    Stalled("RemoteRejected")       any other refusal that the host explains

A host explains itself with v1Error, with a JSON string (apiError), with `{message}`, or not at all.
Source: Edge Management OpenAPI.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus

from palette_operator.domain.errors import Answer, ReconcileError, Stalled, Unavailable, Waiting
from palette_operator.http.replies import (
    DEFAULT_RETRY_AFTER_S,
    NoAnswer,
    Outcome,
    Reply,
    answer_words,
    read_answer,
    retry_after_s,
)

BUSY_RETRY_AFTER_S = 15.0
_LASTING_CONFLICT = re.compile(r"exist|duplicate", re.IGNORECASE)


class NotFound(Stalled):
    """The host says that there is no such thing, or has no words for it. No proof of absence by itself."""

    @property
    def is_silent(self) -> bool:
        """Whether it said nothing: then it may be the path that is missing."""
        return self.answer is None or not (self.answer.code or self.answer.message)


class PathMissing(Unavailable):
    """The host has no such call: nothing was done, and another spelling may be tried."""


def failure(doing: str, outcome: Outcome, *, secrets: Iterable[str] = ()) -> ReconcileError | None:
    """Say what went wrong with a call, described by `doing` in plain words; None for a success.

    `secrets` are struck out of what the host says, should it repeat them.
    """
    if isinstance(outcome, NoAnswer):
        return Unavailable("Unreachable", f"{doing}: no answer from the host ({outcome.why})")
    if HTTPStatus.OK <= outcome.status < HTTPStatus.MULTIPLE_CHOICES:
        return None
    answer = read_answer(outcome, secrets, text_explains=True)
    said = f"{doing}: the host answered {answer_words(answer)}"
    patience_s = retry_after_s(outcome)
    match answer.status:
        case 429:
            patience_s = DEFAULT_RETRY_AFTER_S if patience_s is None else patience_s
            return Waiting("Throttled", said, retry_after_s=patience_s, answer=answer)
        case 409 | 423 if _is_passing(answer):
            patience_s = max(BUSY_RETRY_AFTER_S, patience_s or 0.0)
            return Waiting("RemoteBusy", f"{said}; it is tried again", retry_after_s=patience_s, answer=answer)
        case 404 | 405:
            return _missing(said, answer, outcome)
    return _judged(said, answer)


def _is_passing(answer: Answer) -> bool:
    explained = answer.code or answer.message
    lasting = _LASTING_CONFLICT.search(f"{answer.code} {answer.message}")
    return answer.status == HTTPStatus.LOCKED or (bool(explained) and not lasting)


def _missing(said: str, answer: Answer, reply: Reply) -> ReconcileError:
    """Tell a thing that is not there from a path that is not: routers number their errors, proxies write pages."""
    is_own = not reply.content.strip() or bool(answer.code or answer.message)
    if answer.status == HTTPStatus.NOT_FOUND and is_own and not answer.code_is_numeric:
        return NotFound("NotFound", said, answer=answer)
    hint = "spec.local.endpoint is wrong, or the host too old for this call"
    return PathMissing("Unreachable", f"{said}; {hint}", answer=answer)


def _judged(said: str, answer: Answer) -> ReconcileError:
    explained = bool(answer.code or answer.message)
    match answer.status:
        case 401:
            return Stalled("Unauthorized", f"{said}; check spec.local.credentialsSecretRef", answer=answer)
        case 403:
            hint = "" if explained else "; the user may not do this, or a proxy refused"
            return Stalled("Forbidden", said + hint, answer=answer)
        case 500 if explained:
            return Unavailable("RemoteRejected", said, answer=answer)
        case status if status in {408, 425} or status >= HTTPStatus.INTERNAL_SERVER_ERROR or not explained:
            return Unavailable("Unreachable", f"{said}; {_way_out(answer)}", answer=answer)
        case status if status < HTTPStatus.BAD_REQUEST:
            return Unavailable("Unreachable", f"{said}; {_way_out(answer)}", answer=answer)
    return Stalled("RemoteRejected", said, answer=answer)


def _way_out(answer: Answer) -> str:
    if answer.status < HTTPStatus.BAD_REQUEST:
        return "redirects are not followed; correct spec.local.endpoint"
    return "it will be tried again"
