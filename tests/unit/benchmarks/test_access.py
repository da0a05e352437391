import json
from pathlib import Path

import pytest
from benchmarks import access
from benchmarks.access import AccessLog, Request


def request(arrived_s: float, path: str = "/v1/edgehosts", **facts: object) -> Request:
    usual = {"method": "POST", "prefix": path, "status": 201, "throttled": False}
    return Request(arrived_s=arrived_s, path=path, **(usual | facts))  # type: ignore[arg-type]  # a table of facts


def line(arrived_s: float) -> str:
    entry = {"method": "GET", "path": "/v1/edgehosts/a", "prefix": "/v1/edgehosts", "status": 429, "throttled": True}
    return json.dumps({"arrived_s": arrived_s, "source": "127.0.0.1", "fate": "answered", **entry})


def test_a_line_is_read_once_and_only_when_it_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "access.jsonl"
    log = AccessLog(file)

    before = list(log.follow())
    file.write_text(line(1) + "\n" + line(2)[:20])
    half = [r.arrived_s for r in log.follow()]
    file.write_text(line(1) + "\n" + line(2) + "\n")
    whole = [r.arrived_s for r in log.follow()]

    assert (before, half, whole) == ([], [1], [1, 2])


def test_only_accepted_posts_to_the_very_path_are_creations() -> None:
    requests = [
        request(3),
        request(1),
        request(2, status=429, throttled=True),
        request(4, method="GET", status=200),
        request(5, path="/v1/edgehosts/edge-1/meta"),
    ]

    assert access.creations(requests, "/v1/edgehosts") == [1, 3]


def test_the_first_pass_is_over_with_the_first_listing_of_hosts() -> None:
    clusters, hosts = "/v1/dashboard/spectroclusters/search", "/v1/dashboard/edgehosts/search"

    assert access.first_pass_s([request(1, clusters)]) is None
    assert access.first_pass_s([request(1, clusters), request(2, hosts), request(9, hosts)]) == 2


def test_requests_are_counted_by_verb_and_limit_and_by_whether_they_list() -> None:
    requests = [
        request(1, "/v1/dashboard/edgehosts/search", prefix="/v1/dashboard", status=200),
        request(2),
        request(3, "/v1/edgehosts/a", method="GET", prefix="/v1/edgehosts", status=429, throttled=True),
    ]

    assert access.by_verb_and_prefix(requests) == {
        ("POST", "/v1/dashboard"): 1,
        ("POST", "/v1/edgehosts"): 1,
        ("GET", "/v1/edgehosts"): 1,
    }
    assert (access.not_listing(requests), access.throttled(requests)) == (2, 1)


@pytest.mark.parametrize(("begin", "end", "found"), [(2, 3, [2]), (2, 9, [2, 3]), (4, 9, [])])
def test_a_stretch_holds_its_beginning_and_not_its_end(begin: float, end: float, found: list[float]) -> None:
    requests = [request(1), request(2), request(3)]

    assert [r.arrived_s for r in access.since(requests, begin, end)] == found
