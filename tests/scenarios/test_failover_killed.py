"""The leader is killed, as a lost node does it, at random points of its work."""

from __future__ import annotations

import signal

import pytest

from support.failover import USUAL_LEASE, Replica, takes_over_each_time
from support.scenarios.control_plane import ControlPlane


def loses_its_node(leader: Replica) -> None:
    leader.has_node.clear()
    leader.signal(signal.SIGKILL)


async def gets_another_node(former: Replica) -> None:
    former.has_node.set()


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_the_other_takes_over_and_nothing_is_done_twice(control_plane: ControlPlane, seed: int) -> None:
    await takes_over_each_time(control_plane, loses_its_node, gets_another_node, seed=seed)


async def test_with_the_usual_lease_it_takes_less_than_20_seconds(control_plane: ControlPlane) -> None:
    await takes_over_each_time(control_plane, loses_its_node, gets_another_node, seed=4, points=1, options=USUAL_LEASE)
