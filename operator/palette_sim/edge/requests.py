"""What was asked of one host: never secrets, bodies or queries."""

import json
import time
from collections import Counter, deque
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from palette_sim.common.injection import Fate


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `at_s` is simulated time since 1970."""

    at_s: float
    method: str
    path: str
    status: int
    fate: Fate


class RequestLog:
    """Counts every request since the last reset and keeps the latest entries."""

    def __init__(self, kept: int) -> None:
        self.entries: deque[Request] = deque(maxlen=kept)
        self.counts: Counter[tuple[str, str]] = Counter()
        """By method and path."""

    def add(self, request: Request) -> None:
        """Count one request."""
        self.entries.append(request)
        self.counts[request.method, request.path] += 1

    def count(self, method: str = "", path: str = "") -> int:
        """Tell how many requests there were, of one method and of one path or of all."""
        return sum(
            number
            for (counted_method, counted_path), number in self.counts.items()
            if method in ("", counted_method) and path in ("", counted_path)
        )

    @property
    def writes(self) -> list[Request]:
        """Those kept that are no reading, nor about the login."""
        return [each for each in self.entries if each.method != "GET" and not each.path.startswith("/v1/users/")]

    def reset(self) -> None:
        """Forget everything so far."""
        self.entries.clear()
        self.counts.clear()


class AccessFile:
    """Appends the requests to all hosts of a site to one file, as JSON lines, once it is open."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: TextIO | None = None

    def open(self) -> None:
        """Begin to append, if there is a file."""
        if self._path is not None:
            self._file = self._path.open("a", encoding="utf-8", buffering=1)

    def close(self) -> None:
        """Close the file. Safe to repeat."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def add(self, uid: str, request: Request) -> None:
        """Append one request, with the real time of its answer in seconds since 1970."""
        if self._file is not None:
            line = {"answered_s": time.time(), "uid": uid, "method": request.method, "path": request.path}
            self._file.write(json.dumps({**line, "status": request.status, "fate": request.fate}) + "\n")
