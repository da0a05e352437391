"""Looks at edge hosts are found in what the hosts wrote."""

import json
from pathlib import Path

from benchmarks.looks import FACTS, LOGIN, LookLog

_CLUSTER = "/v1/edge-mgmt/cluster/details"


def _line(at_s: float, uid: str, path: str, method: str = "GET") -> str:
    return json.dumps({"answered_s": at_s, "uid": uid, "method": method, "path": path, "status": 200}) + "\n"


def test_a_look_begins_with_the_facts_after_a_rest_and_goes_on_until_the_next(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_text(
        _line(1, "a", LOGIN, "POST")
        + _line(2, "a", FACTS)
        + _line(3, "a", _CLUSTER)
        + _line(3.5, "a", FACTS)
        + _line(4, "b", FACTS)
        + _line(10, "a", FACTS)
        + _line(15, "a", FACTS)
        + _line(5, "stranger", FACTS)
    )

    seen = LookLog(file, ["a", "b"], rest_s=2).follow()

    assert seen.times == {"a": [2, 10, 15], "b": [4]}
    assert seen.gets == {"a": [3, 1, 1], "b": [1]}
    assert (seen.fewest, seen.first_round_s, seen.longest_gap_s, seen.most_logins) == (1, 2, 5, 1)
    assert seen.gets_of_look(0) == 2


def test_half_a_line_is_read_once_it_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "log"
    line = _line(1, "a", FACTS)
    file.write_text(line + line[:9])
    log = LookLog(file, ["a"], rest_s=0)
    assert log.follow().fewest == 1

    file.write_text(line + line)

    assert log.follow().fewest == 2


def test_a_host_that_was_never_looked_at_counts(tmp_path: Path) -> None:
    seen = LookLog(tmp_path / "none", ["a"], rest_s=1).follow()

    assert (seen.fewest, seen.longest_gap_s) == (0, float("inf"))
