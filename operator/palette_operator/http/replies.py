"""What came back from a request, and what its body explains. Pure.

What an answer means for the operator is judged by each client: Palette and a host do not refuse in the same words.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from palette_operator.domain.errors import Answer
from palette_operator.http.secrets import without_secrets

LONGEST_MESSAGE = 300
LONGEST_WORD = 100
"""Of a code or a correlation id: what is longer is neither."""
LARGEST_EXPLANATION = 256 * 1024
"""Bytes of an error body: what is larger explains nothing."""
DEFAULT_RETRY_AFTER_S = 5.0
LONGEST_RETRY_AFTER_S = 300.0
"""Limits free themselves within seconds: whoever names hours is asked again before."""


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
    """The request failed on the way; whether it arrived is not known."""

    why: str
    """A stable word or two for people, such as `timed out`."""
    took_s: float = 0.0
    passes: bool = True
    """It may go better at once: worth another try where one is safe."""


Outcome: TypeAlias = Reply | NoAnswer


def retry_after_s(reply: Reply) -> float | None:
    """Read `Retry-After` in seconds, at most LONGEST_RETRY_AFTER_S.

    None when absent or a date, which the other side's clock and ours may disagree on.
    """
    try:
        seconds = float(reply.headers.get("retry-after", ""))
    except ValueError:
        return None
    return min(seconds, LONGEST_RETRY_AFTER_S) if 0 <= seconds < float("inf") else None


def read_answer(reply: Reply, secrets: Iterable[str], *, text_explains: bool = False) -> Answer:
    """Read an error body; code and message stay empty when it is a proxy's page or nothing at all.

    With `text_explains`, a body that is a JSON string is a message too.
    """
    body = _explanation(reply.content)
    if isinstance(body, str) and text_explains:
        body = {"message": body}
    fields = body if isinstance(body, dict) else {}
    code, message, ref = fields.get("code"), fields.get("message"), fields.get("ref")
    code_text = str(code) if isinstance(code, str | int | float) and not isinstance(code, bool) else ""
    return Answer(
        status=reply.status,
        code=cleaned(code_text, secrets, LONGEST_WORD),
        message=cleaned(message, secrets, LONGEST_MESSAGE) if isinstance(message, str) else "",
        ref=cleaned(ref, secrets, LONGEST_WORD) if isinstance(ref, str) else "",
        code_is_numeric=(not isinstance(code, str) and bool(code_text)) or code_text.strip().isdecimal(),
    )


def answer_words(answer: Answer) -> str:
    """Say an answer in a few words for a message: status, code and explanation, as far as there are any."""
    named = f"{answer.status} {answer.code}" if answer.code and not answer.code_is_numeric else str(answer.status)
    message = answer.message.rstrip(".")  # it stands within a sentence of ours
    return f"{named}: {message}" if message else named


def cleaned(text: str, secrets: Iterable[str], longest: int = LONGEST_MESSAGE) -> str:
    """Make a text fit for a line of a condition or a log: printable, in one line, short, without the secrets."""
    printable = (char if char.isprintable() else " " for char in without_secrets(text, secrets))
    text = " ".join("".join(printable).split())
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _explanation(content: bytes) -> object:
    if len(content) > LARGEST_EXPLANATION:
        return None
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
