"""Notices when too much of a fleet vanishes at once, and when that is explained. Pure.

A filter that changed, a project that was emptied by mistake and a broken index look the same from here: like many
objects that are gone. Until it is known which, nothing should be created again or deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

UidT = TypeVar("UidT", bound=str)
RowT = TypeVar("RowT")

MOST_UNREMARKABLE = 2
"""So many may go in one pass, however small the fleet is."""
REMARKABLE_FRACTION = 0.1
SAMPLE = 10
"""So many of the missing, all confirmed gone by a read, explain the rest."""


class Shrinkage(Generic[UidT, RowT]):
    """Watches one kind of object."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._missing: dict[UidT, RowT] = {}
        self._confirmed = 0
        self._contradicted = False

    @property
    def message(self) -> str | None:
        """What is wrong, in words that stay the same while it lasts; None when nothing is."""
        if not self._missing:
            return None
        return (
            f"more than a tenth of the {self._what} vanished from Palette's listing at once; nothing is created or "
            "deleted until they are back or confirmed gone"
        )

    def compare(
        self, before: Mapping[UidT, RowT], after: Mapping[UidT, RowT], is_explained: Callable[[UidT], bool]
    ) -> None:
        """Compare two complete passes; what `is_explained` is known to be gone and misses nobody."""
        self._keep({uid: row for uid, row in self._missing.items() if uid not in after})
        vanished = {uid: row for uid, row in before.items() if uid not in after and not is_explained(uid)}
        if len(vanished) > MOST_UNREMARKABLE and len(vanished) > REMARKABLE_FRACTION * len(before):
            self._confirmed = 0
            self._keep(self._missing | vanished)

    def sample(self) -> list[tuple[UidT, RowT]]:
        """Name some of the missing, as last seen, to look for one by one; empty when nothing is missing.

        They are spread over all of the missing: the oldest may be gone for a reason of their own.
        """
        missing = list(self._missing.items())
        return missing[:: max(1, len(missing) // SAMPLE)][:SAMPLE]

    def confirm_gone(self, uid: UidT) -> None:
        """Take down that a read did not find it either."""
        if uid not in self._missing:
            return
        self._confirmed += 1
        enough = self._confirmed >= SAMPLE and not self._contradicted
        self._keep({} if enough else {other: row for other, row in self._missing.items() if other != uid})

    def contradict(self) -> None:
        """Take down that one of the missing is there after all: the listing is wrong, and no sample explains it."""
        self._contradicted = True

    def _keep(self, missing: dict[UidT, RowT]) -> None:
        self._missing = missing
        if not missing:
            self._confirmed = 0
            self._contradicted = False
