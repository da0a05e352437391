"""The search index, which may lag behind what was written."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

_ALWAYS = float("-inf")


@dataclass(slots=True)
class _Version(Generic[T]):
    since_s: float
    row: T | None


class LaggingIndex(Generic[T]):
    """Rows by uid, with as much of their past as a reader in the past still needs."""

    def __init__(self) -> None:
        self._versions: dict[str, list[_Version[T]]] = {}

    def record(self, uid: str, at_s: float, row: T | None) -> None:
        """Let `row` be what readers at or after `at_s` see; None removes it."""
        self._versions.setdefault(uid, []).append(_Version(at_s, row))

    def rows(self, as_of_s: float) -> Iterator[T]:
        """Yield what a reader at `as_of_s` sees, oldest uid first; drops the past that is no longer needed."""
        gone: list[str] = []
        for uid, versions in self._versions.items():
            while len(versions) > 1 and versions[1].since_s <= as_of_s:
                versions.pop(0)
            first = versions[0]
            if first.since_s > as_of_s:
                continue
            # Once seen, a row stays seen, also when the lag is raised later.
            first.since_s = _ALWAYS
            if first.row is not None:
                yield first.row
            elif len(versions) == 1:
                gone.append(uid)
        for uid in gone:
            del self._versions[uid]
