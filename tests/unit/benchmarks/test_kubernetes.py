from benchmarks.kubernetes import own_writes


def test_an_operators_writes_are_counted_without_refusals_and_without_what_the_bench_creates() -> None:
    requests = [
        {"verb": "create", "resource": "paletteclusters", "code": 201, "count": 1000},
        {"verb": "patch", "resource": "paletteclusters", "code": 200, "count": 10},
        {"verb": "patch", "resource": "paletteclusters/status", "code": 200, "count": 20},
        {"verb": "patch", "resource": "paletteclusters/status", "code": 409, "count": 3},
        {"verb": "create", "resource": "events", "code": 201, "count": 5},
        {"verb": "list", "resource": "edgehosts", "code": 200, "count": 2},
    ]

    assert own_writes(requests) == {"paletteclusters": 10, "paletteclusters/status": 20, "events": 5}
