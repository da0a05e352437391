"""Who asks for leave to send a request, and the leave itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """On whose behalf a request is made."""

    connection: str = ""
    """Connections of one group take turns."""
    endpoint: str = ""
    """Where the request goes: one Palette may be down while another is not."""


ANYONE = Caller()


class Permit:
    """Leave to send one request."""

    def __init__(self, left: Callable[[], None], heard: Callable[[bool | None], None]) -> None:
        self._left: Callable[[], None] | None = left
        self._heard: Callable[[bool | None], None] | None = heard

    def sent(self) -> None:
        """Say that the request has left for the network; safe to repeat."""
        if self._left is not None:
            left, self._left = self._left, None
            left()

    def heard(self, *, answered: bool) -> None:
        """Say whether Palette answered, in whatever words; only the first time counts."""
        self._tell(answered)

    def done(self) -> None:
        """Say that there is nothing more to be heard."""
        self.sent()
        self._tell(None)

    def _tell(self, answered: bool | None) -> None:
        if self._heard is not None:
            heard, self._heard = self._heard, None
            heard(answered)
