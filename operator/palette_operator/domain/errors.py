"""Errors, drawn by what the operator should do next rather than by status code.

    ReconcileError
    ├── Waiting       it will pass by itself; look again after `retry_after_s`
    ├── Stalled       a person must act; retrying alone changes nothing
    └── Unavailable   Palette or the network failed; back off

Each carries a condition reason and a message for people. Neither may ever hold a credential, a kubeconfig, a
variable's value or a response body.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """What Palette said when it refused: the HTTP status and its own words, kept for people and support tickets."""

    status: int
    code: str
    """Palette's code, as text; empty when the body carried none."""
    message: str
    """Palette's message, cut to a length fit for a condition."""
    ref: str
    """Palette's correlation id; empty when absent. For logs, never for conditions: it differs on every call."""
    code_is_numeric: bool = False
    """Numeric codes are the router's (unknown path or method), never a statement about an object."""


class ReconcileError(Exception):
    """A reconcile could not do what it was asked to. Raised only through its three subclasses."""

    def __init__(self, reason: str, message: str, *, answer: Answer | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        """A condition reason, CamelCase."""
        self.message = message
        """Names the object, what was tried and the next step; the same until the facts change."""
        self.answer = answer
        """What Palette answered; None when no answer came (or none was asked for)."""


class Waiting(ReconcileError):
    """It will pass by itself; look again after `retry_after_s`."""

    def __init__(self, reason: str, message: str, *, retry_after_s: float, answer: Answer | None = None) -> None:
        super().__init__(reason, message, answer=answer)
        self.retry_after_s = retry_after_s


class Stalled(ReconcileError):
    """A person must act; retrying alone changes nothing."""


class Unavailable(ReconcileError):
    """Palette or the network failed; back off. After a write, whether it took effect is not known."""
