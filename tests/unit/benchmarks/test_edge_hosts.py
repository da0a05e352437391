"""What counts as a miss of the operator's goals with edge hosts, and what the table shows."""

from dataclasses import replace

import pytest
from benchmarks.edge_hosts import NAIVE, OURS, Found, Run, misses, rows
from benchmarks.looks import Looks


def found(gap_s: float = 60, *, poller: str = OURS, dead: int = 10, rss_mb: float = 200, logins: int = 1) -> Found:
    seen = Looks({"a": [0, 1, 1 + gap_s]}, {"a": [7, 3, 3]}, {"a": logins})
    return Found(Run(poller, dead, 2), seen, 100, 1.5, rss_mb)


GOOD = found()
ALONE = found(dead=0)
MISSES = {
    "all is well": ([GOOD, ALONE], []),
    "a host that was not looked at for too long": (
        [found(121), found(121, dead=0)],
        [f"{label}: a host was not looked at for more than 120 s" for label in ("one in 10 dead", "none dead")],
    ),
    "a large resident set": ([found(rss_mb=301), ALONE], ["one in 10 dead: a resident set of 301 MB"]),
    "a token that was not kept": ([GOOD, found(dead=0, logins=2)], ["none dead: 2 logins at a host"]),
    "dead hosts that slow the others": (
        [GOOD, found(40, dead=0)],
        ["dead hosts slow the others: 60.0 s between looks, 40.0 s without them"],
    ),
    "a naive poller that does badly": ([GOOD, ALONE, found(500, poller=NAIVE, logins=99)], []),
}


@pytest.mark.parametrize(("measured", "missed"), MISSES.values(), ids=MISSES)
def test_the_goals(measured: list[Found], missed: list[str]) -> None:
    assert misses(measured, n=2_000) == missed


def test_with_few_hosts_it_is_not_judged_whether_dead_ones_slow_the_others() -> None:
    assert misses([GOOD, found(40, dead=0)], n=40) == []


def test_the_table_tells_figures_beside_their_bounds() -> None:
    figures = {row.metric.partition(": ")[2]: row for row in rows(GOOD, n=2_000)}

    assert (figures["longest time between two looks at a host"].value, figures["RSS, peak"].ratio) == (60, 0.667)
    assert [figures[f"GETs of look {look}"].value for look in (1, 2, 3)] == [7, 3, 3]
    assert figures["CPU"].value == 500


def test_a_poller_that_looked_at_nothing_twice_has_no_time_between_looks() -> None:
    once = replace(GOOD, seen=Looks({"a": [0.0], "b": []}, {"a": [4], "b": []}, {"a": 4, "b": 0}))

    assert not any("between" in row.metric for row in rows(once, n=2_000))
