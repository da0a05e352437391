"""The leader is frozen at random points of its work, and wakes when another leads."""

from __future__ import annotations

import signal

import pytest

from support.failover import USUAL_LEASE, Replica, steps_down, takes_over_each_time
from support.scenarios.control_plane import ControlPlane


def freezes(leader: Replica) -> None:
    leader.signal(signal.SIGSTOP)


async def wakes(former: Replica) -> None:
    former.signal(signal.SIGCONT)
    await steps_down(former)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_the_other_takes_over_and_whoever_wakes_sends_nothing_more(
    control_plane: ControlPlane, seed: int
) -> None:
    await takes_over_each_time(control_plane, freezes, wakes, seed=seed)


async def test_with_the_usual_lease_it_takes_less_than_20_seconds(control_plane: ControlPlane) -> None:
    await takes_over_each_time(control_plane, freezes, wakes, seed=4, points=1, options=USUAL_LEASE)
