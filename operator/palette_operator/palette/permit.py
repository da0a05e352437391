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

    def __init__(self, left: Callable[[], None], heard: Callable[[str | None], None]) -> None:
        self._left: Callable[[], None] | None = left
        self._heard: Callable[[str | None], None] | None = heard

    def sent(self) -> None:
        """Say that the request has left for the network; safe to repeat."""
        if self._left is not None:
            left, self._left = self._left, None
            left()

    def heard(self, *, silence: str = "") -> None:
        """Say that Palette answered, in whatever words, or why not: its `silence`. Only the first time counts."""
        self._tell(silence)

    def done(self) -> None:
        """Say that there is nothing more to be heard."""
        self.sent()
        self._tell(None)

    def _tell(self, silence: str | None) -> None:
        if self._heard is not None:
            heard, self._heard = self._heard, None
            heard(silence)
