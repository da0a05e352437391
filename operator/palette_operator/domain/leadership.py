"""Who may act: one replica leads, and nothing is sent from the moment on at which another might."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from palette_operator.domain.errors import Unavailable

Fence: TypeAlias = Callable[[], bool]
"""Whether something may be sent now. Asked when all else is done, right before the first byte leaves."""


def always() -> bool:
    """Let everything through: for who shares the work with nobody."""
    return True


class NotLeading(Unavailable):
    """Nothing was sent: another replica may lead by now, and does what is to be done."""

    def __init__(self, doing: str) -> None:
        super().__init__("NotLeading", f"{doing}: not sent, since another replica may lead by now")
