"""What was asked of the simulated Palette: counters and entries, never secrets, bodies or queries."""

import json
from collections import Counter, deque
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

from palette_sim.common.injection import Fate
from palette_sim.common.jsonvalue import JsonObject

KEPT_ENTRIES = 100_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One request.

    `arrived_s` is real time since 1970, `prefix` the limit that it was charged to first, `agent` what the client calls
    itself.
    """

    arrived_s: float
    method: str
    path: str
    prefix: str
    status: int
    source: str
    agent: str
    throttled: bool
    scoped: bool
    fate: Fate


class AccessLog:
    """Counts every request since the last reset and keeps the latest entries."""

    def __init__(self, file: Path | None = None) -> None:
        self.entries: deque[Entry] = deque(maxlen=KEPT_ENTRIES)
        self.total = 0
        self.throttled = 0
        self.by_method_and_prefix: Counter[tuple[str, str]] = Counter()
        self.by_status: Counter[int] = Counter()
        self._path = file
        self._file: TextIO | None = None

    def open(self) -> None:
        """Begin to append to the file, if there is one."""
        if self._path is not None:
            self._file = self._path.open("a", encoding="utf-8", buffering=1)

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def add(self, entry: Entry) -> None:
        """Count one request."""
        self.entries.append(entry)
        self.total += 1
        self.throttled += entry.throttled
        self.by_method_and_prefix[entry.method, entry.prefix] += 1
        self.by_status[entry.status] += 1
        if self._file is not None:
            self._file.write(json.dumps(asdict(entry)) + "\n")

    def reset(self) -> None:
        """Forget everything so far; the file is left as it is."""
        self.entries.clear()
        self.total = self.throttled = 0
        self.by_method_and_prefix.clear()
        self.by_status.clear()

    def count(self, method: str, prefix: str = "") -> int:
        """Tell how many requests of `method` there were, of one prefix as the limits table spells it or of all."""
        return sum(
            number
            for (counted_method, counted_prefix), number in self.by_method_and_prefix.items()
            if counted_method == method and prefix in ("", counted_prefix)
        )

    def summary(self) -> JsonObject:
        """Write the counters as JSON."""
        return {
            "total": self.total,
            "throttled": self.throttled,
            "by_method_and_prefix": [
                {"method": method, "prefix": prefix, "count": count}
                for (method, prefix), count in sorted(self.by_method_and_prefix.items())
            ],
            "by_status": {str(status): count for status, count in sorted(self.by_status.items())},
        }
