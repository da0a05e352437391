"""The leader is cut off from the API server, but not from Palette, at random points of its work."""

from __future__ import annotations

import pytest

from support.failover import USUAL_LEASE, Mishap, Replica, steps_down, takes_over_each_time
from support.scenarios.control_plane import ControlPlane


def loses_its_connections(leader: Replica) -> None:
    leader.way.cut()


def gets_no_answer(leader: Replica) -> None:
    leader.way.stall()


async def can_be_reached_again(former: Replica) -> None:
    """Not before it has stepped down: it knows by itself that its time is over."""
    await steps_down(former)
    former.way.mend()


@pytest.mark.parametrize(
    ("mishap", "seed"),
    [(loses_its_connections, 1), (gets_no_answer, 2), (gets_no_answer, 3)],
    ids=["connections break", "nothing is answered", "nothing is answered, elsewhere"],
)
async def test_it_stops_by_itself_before_the_other_begins(
    control_plane: ControlPlane, mishap: Mishap, seed: int
) -> None:
    await takes_over_each_time(control_plane, mishap, can_be_reached_again, seed=seed)


async def test_with_the_usual_lease_it_takes_less_than_20_seconds(control_plane: ControlPlane) -> None:
    await takes_over_each_time(
        control_plane, loses_its_connections, can_be_reached_again, seed=4, points=1, options=USUAL_LEASE
    )
