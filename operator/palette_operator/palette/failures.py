"""Turns what Palette answered, or that it did not, into an error that says what to do next. Pure.

    Unavailable("PaletteUnreachable")   no answer, no JSON, a redirect, a 5xx without a code, the router's 404 or 405
    Unavailable("RemoteRejected")       a 500 with Palette's own code: operational, perhaps lasting
    Waiting("Throttled")                429
    Stalled("Unauthorized")             401
    Stalled("Forbidden")                403, also for a wrong project: never proof that something is gone
    NotFound("NotFound")                404 with the string code ResourceNotFound
    Stalled("RemoteRejected")           any other refusal that Palette explains

Sources: Palette docs, "Response Codes"; Palette OpenAPI 4.9, v1Error.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeAlias

from palette_operator.domain.errors import Answer, ReconcileError, Stalled, Unavailable, Waiting

LONGEST_MESSAGE = 300
SHORTEST_SECRET = 4
"""Shorter values are too common to be struck out of a message without spoiling it, and no secrets worth the name."""
DEFAULT_RETRY_AFTER_S = 5.0


class NotFound(Stalled):
    """Palette says that there is no such object. Proof of absence only while the credential works."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer, whatever its status."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    took_s: float = 0.0
    """Time on the network, without the wait for the permit."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The request failed on the way; whether Palette saw it is not known."""

    why: str
    """A stable word or two for people, such as `timed out`."""
    took_s: float = 0.0


Outcome: TypeAlias = Reply | NoAnswer


def failure(doing: str, outcome: Outcome, *, secrets: Iterable[str] = ()) -> ReconcileError | None:
    """Say what went wrong with a call, described by `doing` in plain words; None for a success.

    `secrets` are struck out of what Palette says, should it repeat them.
    """
    if isinstance(outcome, NoAnswer):
        return Unavailable("PaletteUnreachable", f"{doing}: no answer from Palette ({outcome.why})")
    if HTTPStatus.OK <= outcome.status < HTTPStatus.MULTIPLE_CHOICES:
        return None
    answer = _answer(outcome, secrets)
    said = f"{doing}: Palette answered {_words(answer)}"
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        asked_s = retry_after_s(outcome)
        patience_s = DEFAULT_RETRY_AFTER_S if asked_s is None else asked_s
        return Waiting("Throttled", said, retry_after_s=patience_s, answer=answer)
    return _judged(said, answer)


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
    return Stalled("Forbidden", f"{said}; {hint}", answer=answer)


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
        case 408:
            return True
    return not HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR or not _is_palettes(answer)


def _way_out(answer: Answer) -> str:
    match answer.status:
        case 404 | 405:
            return "the connection's endpoint is wrong, or the server too old for this call"
        case status if status < HTTPStatus.BAD_REQUEST:
            return "redirects are not followed; correct the connection's endpoint"
    return "it will be tried again"


def retry_after_s(reply: Reply) -> float | None:
    """Read `Retry-After` in seconds; None when absent or a date, which Palette's clock and ours may disagree on."""
    try:
        seconds = float(reply.headers.get("retry-after", ""))
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None


def _answer(reply: Reply, secrets: Iterable[str]) -> Answer:
    """Read Palette's error body; code and message stay empty when it is a proxy's page or nothing at all."""
    try:
        body = json.loads(reply.content)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        body = {}
    code = body.get("code")
    code_text = "" if code is None or isinstance(code, (dict, list)) else str(code)
    message, ref = body.get("message"), body.get("ref")
    return Answer(
        status=reply.status,
        code=_cleaned(code_text, secrets),
        message=_cleaned(message if isinstance(message, str) else "", secrets),
        ref=ref if isinstance(ref, str) else "",
        code_is_numeric=code_text.isdigit(),
    )


def _cleaned(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        if len(secret) >= SHORTEST_SECRET:
            text = text.replace(secret, "***")
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…"


def _words(answer: Answer) -> str:
    named = f"{answer.status} {answer.code}" if answer.code and not answer.code_is_numeric else str(answer.status)
    message = answer.message.rstrip(".")  # it stands within a sentence of ours
    return f"{named}: {message}" if message else named
