"""Turns what Palette answered, or that it did not, into an error that says what to do next. Pure.

    Unavailable("PaletteUnreachable")   no answer, no JSON, a redirect, a 5xx without a code, the router's 404 or 405
    Unavailable("RemoteRejected")       a 500 with Palette's own code: operational, perhaps lasting
    Waiting("Throttled")                429
    Waiting("RemoteBusy")               423, and a 409 that does not say that something exists: it passes
    Stalled("Unauthorized")             401
    Stalled("Forbidden")                403, also for a wrong project: never proof that something is gone
    NotFound("NotFound")                404 with the string code ResourceNotFound
    Stalled("RemoteRejected")           any other refusal that Palette explains

Every case, with what is done about it: docs/reference/palette-answers.md.
Sources: Palette docs, "Response Codes"; Palette OpenAPI 4.9, v1Error.
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
"""In the code of a 409. Source: Palette OpenAPI 4.9, the one 409 that it declares: SinkAlreadyExists."""


class NotFound(Stalled):
    """Palette says that there is no such object. Proof of absence only while the credential works."""


def failure(doing: str, outcome: Outcome, *, secrets: Iterable[str] = ()) -> ReconcileError | None:
    """Say what went wrong with a call, described by `doing` in plain words; None for a success.

    `secrets` are struck out of what Palette says, should it repeat them.
    """
    if isinstance(outcome, NoAnswer):
        return unanswered(doing, outcome.why)
    if HTTPStatus.OK <= outcome.status < HTTPStatus.MULTIPLE_CHOICES:
        return None
    answer = read_answer(outcome, secrets)
    said = f"{doing}: Palette answered {answer_words(answer)}"
    patience_s = retry_after_s(outcome)
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        patience_s = DEFAULT_RETRY_AFTER_S if patience_s is None else patience_s
        return Waiting("Throttled", said, retry_after_s=patience_s, answer=answer)
    if _is_busy(answer):
        patience_s = max(BUSY_RETRY_AFTER_S, patience_s or 0.0)
        return Waiting("RemoteBusy", f"{said}; it is tried again", retry_after_s=patience_s, answer=answer)
    return _judged(said, answer)


def unanswered(doing: str, why: str) -> Unavailable:
    """Say that Palette does not answer: in the same words whether this call found out or another had before it."""
    return Unavailable("PaletteUnreachable", f"{doing}: no answer from Palette ({why})")


def is_routers(reply: Reply) -> bool:
    """Whether Palette's router refused: this server has no such path, or no such method there."""
    if reply.status not in {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}:
        return False
    return read_answer(reply, ()).code_is_numeric


def _judged(said: str, answer: Answer) -> ReconcileError:
    match answer.status:
        case 401 | 403:
            return _refused(said, answer)
        case 404 if answer.code == "ResourceNotFound":
            return NotFound("NotFound", said, answer=answer)
        case 500 if _is_palettes(answer):
            return Unavailable("RemoteRejected", said, answer=answer)
    if _is_on_the_way(answer):
        return Unavailable("PaletteUnreachable", f"{said}; {_way_out(answer)}", answer=answer)
    return Stalled("RemoteRejected", said, answer=answer)


def _refused(said: str, answer: Answer) -> Stalled:
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return Stalled("Unauthorized", f"{said}; check the connection's credentials", answer=answer)
    hint = "the credential may not do this, or the object is in another project"
    if not (answer.code or answer.message):
        hint += "; or a proxy refused"
    return Stalled("Forbidden", f"{said}; {hint}", answer=answer)


def _is_busy(answer: Answer) -> bool:
    """Whether the object cannot be changed at the moment, as Palette itself says."""
    if answer.status == HTTPStatus.CONFLICT:
        return _is_palettes(answer) and not _LASTING_CONFLICT.search(answer.code)
    return answer.status == HTTPStatus.LOCKED


def _is_palettes(answer: Answer) -> bool:
    """Whether a part of Palette that knows the object spoke, rather than its router or something before it."""
    return bool(answer.code) and not answer.code_is_numeric


def _is_on_the_way(answer: Answer) -> bool:
    """Whether the request never came to the part of Palette that could judge it."""
    match answer.status:
        case 404 | 405:
            return not _is_palettes(answer)
        case 400 | 409 | 422:
            return not (answer.code or answer.message)
        case 408 | 425:
            return True
    return not HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR or not _is_palettes(answer)


def _way_out(answer: Answer) -> str:
    match answer.status:
        case 404 | 405:
            return "the connection's endpoint is wrong, or the server too old for this call"
        case status if status < HTTPStatus.BAD_REQUEST:
            return "redirects are not followed; correct the connection's endpoint"
    return "it will be tried again"


def silence(outcome: Outcome) -> str:
    """Say why Palette itself was not reached, as a gateway may tell; nothing when it was, whatever it said."""
    if isinstance(outcome, NoAnswer):
        return outcome.why if outcome.passes else ""
    if outcome.status in {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}:
        return f"a {outcome.status} came in its place"
    return ""
