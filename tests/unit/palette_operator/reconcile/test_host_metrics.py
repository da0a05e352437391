"""How many edge hosts are how: bounded words, and since when the silent ones are silent."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from palette_operator.kube.objects import Body
from palette_operator.reconcile.host_metrics import OFFLINE_FOR, HostMetrics, count_by_state, count_offline
from support.builders import NOW, key
from support.fake_kube import resource_body


def host(state: str = "ready", health: str = "healthy", **status: Any) -> Body:  # noqa: ANN401 - any status field
    return resource_body(key("edge-1", "EdgeHost"), status={"state": state, "health": health, **status})


def at(seconds_ago: float) -> str:
    return (NOW - timedelta(seconds=seconds_ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


def silent(seconds: float = 0.0, *, reason: str = "Disconnected", status: str = "False", since: str = "") -> Body:
    connected = {"type": "Connected", "status": status, "reason": reason, "lastTransitionTime": since or at(seconds)}
    return host(health="unhealthy", conditions=[{"type": "Ready", "status": "False"}, connected])


def test_hosts_are_counted_by_state_and_health() -> None:
    hosts = [host(), host(), host("in-use"), host("in-use", "unhealthy"), host("unpaired", "")]

    assert count_by_state(hosts) == {
        ("ready", "healthy"): 2,
        ("in-use", "healthy"): 1,
        ("in-use", "unhealthy"): 1,
        ("unpaired", "none"): 1,
    }


def test_words_that_nobody_has_heard_of_make_no_labels_of_their_own() -> None:
    hosts = [host("quarantined", "Healthy"), host("lost", "odd"), resource_body(key("new", "EdgeHost"), status={})]

    assert count_by_state(hosts) == {("other", "healthy"): 1, ("other", "other"): 1, ("none", "none"): 1}


BUCKETS: dict[str, tuple[Body, str | None]] = {
    "just now": (silent(0), "under_5m"),
    "almost five minutes ago": (silent(299), "under_5m"),
    "five minutes ago": (silent(300), "5m_to_1h"),
    "an hour ago": (silent(3_600), "1h_to_1d"),
    "a day ago": (silent(86_400), "1d_to_7d"),
    "a year ago": (silent(31_536_000), "over_7d"),
    "by a clock that is ahead of ours": (silent(-30), "under_5m"),
    "before an outage of Palette, which moved the condition": (
        {**silent(10), "status": {**silent(10)["status"], "silentSince": at(90_000)}},
        "1d_to_7d",
    ),
    "by its own API": (silent(10, reason="Unreachable"), "under_5m"),
    "never, for it has not come yet": (silent(10, reason="NeverConnected"), None),
    "never, for it is connected": (silent(10, status="True"), None),
    "at a time that cannot be told": (silent(since="yesterday"), None),
    "never, for nothing is known of it": (resource_body(key("new", "EdgeHost"), status={}), None),
}


@pytest.mark.parametrize(("body", "want"), BUCKETS.values(), ids=[f"silent since {name}" for name in BUCKETS])
def test_offline(body: Body, want: str | None) -> None:
    counts = count_offline([body], NOW)

    assert {bucket for bucket, count in counts.items() if count} == ({want} if want else set())
    assert set(counts) == set(OFFLINE_FOR)


def test_a_scrape_counts_what_is_there_then() -> None:
    registry, hosts, now = CollectorRegistry(), [silent(0)], [NOW]
    metrics = HostMetrics()
    registry.register(metrics)
    nothing = generate_latest(registry).decode()

    def clock() -> datetime:
        return now[0]

    metrics.watch(lambda: hosts, clock)
    now[0] += timedelta(hours=2)
    hosts.append(host())
    told = generate_latest(registry).decode()

    assert "palette_edge_hosts{" not in nothing
    assert 'palette_edge_hosts{health="healthy",state="ready"} 1.0' in told
    assert 'palette_edge_hosts_offline{for="1h_to_1d"} 1.0' in told
    assert 'palette_edge_hosts_offline{for="under_5m"} 0.0' in told
