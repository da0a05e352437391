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

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeAlias

from palette_operator.domain.errors import Answer, ReconcileError, Stalled, Unavailable, Waiting
from palette_operator.palette.secrets import without_secrets

LONGEST_MESSAGE = 300
LONGEST_WORD = 100
"""Of a code or a correlation id: what is longer is neither."""
LARGEST_EXPLANATION = 256 * 1024
"""Bytes of an error body: what is larger does not come from Palette."""
DEFAULT_RETRY_AFTER_S = 5.0
LONGEST_RETRY_AFTER_S = 300.0
"""Palette's limits free themselves within seconds: whoever names hours is asked again before."""
BUSY_RETRY_AFTER_S = 15.0
_LASTING_CONFLICT = re.compile(r"exist|duplicate", re.IGNORECASE)
"""In the code of a 409. Source: Palette OpenAPI 4.9, the one 409 that it declares: SinkAlreadyExists."""


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
    passes: bool = True
    """It may go better at once: worth another try where one is safe."""


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
    patience_s = retry_after_s(outcome)
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        patience_s = DEFAULT_RETRY_AFTER_S if patience_s is None else patience_s
        return Waiting("Throttled", said, retry_after_s=patience_s, answer=answer)
    if _is_busy(answer):
        patience_s = max(BUSY_RETRY_AFTER_S, patience_s or 0.0)
        return Waiting("RemoteBusy", f"{said}; it is tried again", retry_after_s=patience_s, answer=answer)
    return _judged(said, answer)


def is_routers(reply: Reply) -> bool:
    """Whether Palette's router refused: this server has no such path, or no such method there."""
    if reply.status not in {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}:
        return False
    return _answer(reply, ()).code_is_numeric


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


def is_sign_of_life(outcome: Outcome) -> bool:
    """Tell whether Palette itself was reached, whatever it said: a gateway's word that it was not is no such sign."""
    if isinstance(outcome, NoAnswer):
        return not outcome.passes
    return outcome.status not in {
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }


def retry_after_s(reply: Reply) -> float | None:
    """Read `Retry-After` in seconds, at most LONGEST_RETRY_AFTER_S.

    None when absent or a date, which Palette's clock and ours may disagree on.
    """
    try:
        seconds = float(reply.headers.get("retry-after", ""))
    except ValueError:
        return None
    return min(seconds, LONGEST_RETRY_AFTER_S) if 0 <= seconds < float("inf") else None


def _answer(reply: Reply, secrets: Iterable[str]) -> Answer:
    """Read Palette's error body; code and message stay empty when it is a proxy's page or nothing at all."""
    body = _explanation(reply.content)
    code, message, ref = body.get("code"), body.get("message"), body.get("ref")
    code_text = str(code) if isinstance(code, str | int | float) and not isinstance(code, bool) else ""
    return Answer(
        status=reply.status,
        code=_cleaned(code_text, secrets, LONGEST_WORD),
        message=_cleaned(message, secrets, LONGEST_MESSAGE) if isinstance(message, str) else "",
        ref=_cleaned(ref, secrets, LONGEST_WORD) if isinstance(ref, str) else "",
        code_is_numeric=(not isinstance(code, str) and bool(code_text)) or code_text.strip().isdecimal(),
    )


def _explanation(content: bytes) -> Mapping[str, object]:
    """Read an error body; empty when it is none of Palette's."""
    if len(content) > LARGEST_EXPLANATION:
        return {}
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _cleaned(text: str, secrets: Iterable[str], longest: int) -> str:
    """Make a text fit for a line of a condition or a log: printable, in one line, short, without the secrets."""
    printable = (char if char.isprintable() else " " for char in without_secrets(text, secrets))
    text = " ".join("".join(printable).split())
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _words(answer: Answer) -> str:
    named = f"{answer.status} {answer.code}" if answer.code and not answer.code_is_numeric else str(answer.status)
    message = answer.message.rstrip(".")  # it stands within a sentence of ours
    return f"{named}: {message}" if message else named
