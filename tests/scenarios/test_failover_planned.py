"""A leader that is told to end hands over; the one that stands by is healthy, ready and observed, and asks nothing."""

from __future__ import annotations

import signal

import httpx

from support.failover import USUAL_LEASE, Failover, Replica, two_replicas
from support.scenarios.control_plane import ControlPlane
from support.scenarios.waiting import eventually


async def answer(port: int, path: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.get(f"http://127.0.0.1:{port}{path}")


async def leads(replica: Replica) -> float:
    """Return what its metric says."""
    page = (await answer(replica.process.metrics_port, "/metrics")).text
    (line,) = (line for line in page.splitlines() if line.startswith("palette_operator_leader "))
    return float(line.split()[1])


async def test_a_leader_that_is_told_to_end_hands_over_at_once(control_plane: ControlPlane) -> None:
    async with two_replicas(control_plane, USUAL_LEASE) as failover:
        former, other = failover.replicas
        await eventually(other.is_ready, "the other is ready")
        assert [await leads(each) for each in failover.replicas] == [1.0, 0.0]
        assert (await answer(other.process.probe_port, "/healthz")).is_success
        assert failover.requests_of(other.name) == []

        former.has_node.clear()
        former.signal(signal.SIGTERM)
        await _is_succeeded_by(failover, former, other)

        assert await leads(other) == 1.0
        await eventually(lambda: former.exits == [0], "the former leader has ended")
        assert f"{former.name} has handed the Lease over" in former.process.log
        await failover.apply_clusters(["store"])
        await failover.until_created("store")
        assert failover.out_of_turn() == []


async def _is_succeeded_by(failover: Failover, former: Replica, other: Replica) -> None:
    """Within less than the lease's duration: nobody waits for its end."""
    within_s = USUAL_LEASE.lease_duration_s * 0.75
    await eventually(lambda: failover.tenures[-1][1] == other.name, "the other leads", within_s=within_s)
    assert await failover.leader(other_than=former) is other


async def test_a_replica_that_stands_by_ends_when_it_is_told_to(control_plane: ControlPlane) -> None:
    async with two_replicas(control_plane, USUAL_LEASE) as failover:
        leader, other = failover.replicas
        await eventually(other.is_ready, "the other is ready")
        other.has_node.clear()
        other.signal(signal.SIGTERM)
        await eventually(lambda: other.exits == [0], "it has ended")

        assert failover.tenures[-1][1] == leader.name
