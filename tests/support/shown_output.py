"""Whether a command printed what a page shows, apart from what differs each time.

A page shows the whole of an output, in order. Only these may differ: ages and other durations, points in time, uids
and digests, ports on loopback, the width of columns, and whatever stands in place of three dots: a part of a line, or
any number of lines when the dots have a line of their own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_DOTS = "..."
_VARIES = {
    "time": r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?",
    "date": r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d \d{4}",
    "uuid": r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "digest": r"(?<![0-9a-z])(?=[0-9a-f]*\d)[0-9a-f]{12,64}(?![0-9a-z])",
    "port": r"(?<=127\.0\.0\.1:)\d+",
    "age": r"(?<![\w.-])(?:\d+[ydhms])+(?![\w.-])",
    "dots": r"\.\.\.",
    "blank": r"\s+",
}
_IN_ITS_PLACE = {**_VARIES, "dots": ".*", "blank": r"\s+"}
_PART = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _VARIES.items()))


def shows(shown: Sequence[str], printed: str) -> bool:
    """Whether `printed` is what the lines of `shown` say. Blank lines count on neither side."""
    pattern = "".join(_line_pattern(line) for line in shown if line.strip())
    said = "".join(f"{line.strip()}\n" for line in printed.splitlines() if line.strip())
    return re.fullmatch(pattern, said) is not None


def _line_pattern(line: str) -> str:
    text = line.strip()
    if text == _DOTS:
        return r"(?:.*\n)*?"
    pattern, end = "", 0
    for part in _PART.finditer(text):
        pattern += re.escape(text[end : part.start()]) + _IN_ITS_PLACE[str(part.lastgroup)]
        end = part.end()
    return pattern + re.escape(text[end:]) + r"\s*\n"
