from __future__ import annotations

from typing import NamedTuple

import pytest

from support.shown_output import shows

_TABLE = """\
NAME      READY   REASON   AGE
store-1   True    Ready    7s
store-2   False   Updating 12m5s
"""


class Case(NamedTuple):
    shown: str
    printed: str
    want: bool


CASES = {
    "the same is shown": Case("secret/a created", "secret/a created\n", True),
    "another word is not": Case("secret/a created", "secret/a configured\n", False),
    "ages and widths differ": Case(
        "NAME READY REASON AGE\nstore-1 True Ready 3d\nstore-2 False Updating 1h2m", _TABLE, True
    ),
    "another state is not shown": Case(
        "NAME READY REASON AGE\nstore-1 True Ready 3d\nstore-2 True Updating 1h2m", _TABLE, False
    ),
    "a line that the page leaves out is missed": Case("NAME READY REASON AGE\nstore-1 True Ready 7s", _TABLE, False),
    "a line that was not printed is missed": Case("one\ntwo\nthree", "one\nthree\n", False),
    "three dots stand for lines": Case("NAME READY REASON AGE\n...\nstore-2 False Updating 1s", _TABLE, True),
    "three dots stand for no line, too": Case("one\n...\ntwo", "one\ntwo\n", True),
    "three dots do not hide what comes behind them": Case("...\nstore-3 True Ready 1s", _TABLE, False),
    "three dots stand for a part of a line": Case("Kubernetes ..., ready", "Kubernetes 1.33.1 (edge), ready\n", True),
    "points in time differ": Case("at 2025-01-02T03:04:05Z", "at 2026-11-24T05:20:19.123456Z\n", True),
    "Helm's dates differ": Case(
        "LAST DEPLOYED: Tue Nov 24 05:20:19 2026", "LAST DEPLOYED: Wed Jan  6 11:20:19 2027", True
    ),
    "uids differ": Case("uid 6620c1a3f0e1b2a3c4d5e6f7", "uid 000000000000000000000001\n", True),
    "uuids differ": Case(
        "uid 0f8fad5b-d9cb-469f-a165-70867728950e", "uid 7c9e6679-7425-40de-944b-e07fc1f90ae7\n", True
    ),
    "ports on loopback differ": Case("https://127.0.0.1:36301/v1", "https://127.0.0.1:45001/v1\n", True),
    "other ports do not": Case("https://palette.example:443/v1", "https://palette.example:444/v1\n", False),
    "a version is no age": Case("1.4.0 -> 1.5.0", "1.4.0 -> 1.6.0\n", False),
    "a count is no age": Case("3/3", "2/3\n", False),
    "blank lines and indentation do not count": Case("one\n\n  two", "  one\ntwo\n\n", True),
    "what looks like a pattern is text": Case("a.c (x|y)*", "abc (x|y)*\n", False),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_shows(case: Case) -> None:
    assert shows(case.shown.splitlines(), case.printed) is case.want
