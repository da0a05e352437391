"""Leader election on a virtual clock: at most one replica acts, and another takes over in time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palette_operator.kube.election import Election, LeaseLost, Sighting, Timing, sighting
from palette_operator.kube.leases import Lease
from support.lease_store import LeaseStore, Way
from support.virtual_clock import VirtualClock

TIMING = Timing(12)


@dataclass(eq=False)
class Replica:
    """A replica whose work is to last until it is told to end, started again by its kubelet when it ends."""

    name: str
    store: LeaseStore
    clock: VirtualClock
    task: asyncio.Task[None] = field(init=False)

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.way = Way(self.store)
        self.election = Election(
            self.way, self.name, TIMING, monotonic=self.clock.now, sleep=self.clock.sleep, now=self.store.wall
        )
        self.finish = asyncio.Event()
        self.is_working = False
        self.task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        await self.election.win()
        await self.election.hold(self._work())

    async def _work(self) -> None:
        self.is_working = True
        try:
            await self.finish.wait()
        finally:
            self.is_working = False

    async def kill(self) -> None:
        """End it as a lost node does: it says nothing to anybody."""
        self.way.is_cut = True
        self.election.leads = lambda: False  # type: ignore[method-assign]
        self.task.cancel()


@asynccontextmanager
async def replicas(*names: str) -> AsyncIterator[tuple[VirtualClock, LeaseStore, list[Replica]]]:
    clock = VirtualClock()
    store = LeaseStore(clock)
    started = []
    try:
        for name in names:
            started.append(Replica(name, store, clock))
            await clock.advance(0.1)
        yield clock, store, started
    finally:
        for replica in started:
            replica.task.cancel()
        await clock.advance(60)
        await asyncio.gather(*(replica.task for replica in started), return_exceptions=True)


async def test_the_first_leads_and_the_second_stands_by() -> None:
    async with replicas("a", "b") as (clock, store, (first, second)):
        await clock.advance(600)

        assert (first.is_working, second.is_working) == (True, False)
        assert (first.election.leads(), second.election.leads()) == (True, False)
        assert (first.election.can_lead(), second.election.can_lead()) == (True, True)
        assert store.holder == "a"


async def test_a_leader_that_ends_its_work_hands_over_at_once() -> None:
    async with replicas("a", "b") as (clock, store, (first, second)):
        await clock.advance(60)
        first.finish.set()
        await clock.advance(TIMING.retry_s * 1.1)

        assert first.task.done()
        assert first.task.exception() is None
        assert second.is_working
        assert store.holder == "b"


async def test_after_a_leader_was_killed_the_other_takes_over_within_the_duration_and_one_look() -> None:
    async with replicas("a", "b") as (clock, _, (first, second)):
        await clock.advance(60)
        await first.kill()
        await clock.advance(TIMING.duration_s * 0.7)
        assert not second.is_working
        await clock.advance(TIMING.duration_s * 0.3 + TIMING.retry_s)

        assert second.is_working


async def test_a_leader_that_is_cut_off_stops_before_another_begins() -> None:
    async with replicas("a", "b") as (clock, _, (first, second)):
        await clock.advance(60)
        first.way.is_cut = True
        while not second.is_working:
            await clock.advance(0.1)
            assert not (first.election.leads() and second.election.leads())
            assert not (first.is_working and second.is_working)

        with pytest.raises(LeaseLost, match="could not be reached"):
            await first.task
        assert not first.election.can_lead()


async def test_a_leader_wakes_from_a_freeze_and_knows_that_its_time_is_over() -> None:
    async with replicas("a", "b") as (clock, _, (first, second)):
        await clock.advance(60)

        clock.stand_still(TIMING.renew_within_s)

        assert not first.election.leads(), "without a look at the Lease, nor any task of its own having run"
        await clock.advance(TIMING.duration_s)
        with pytest.raises(LeaseLost):
            await first.task
        assert second.is_working


async def test_answers_of_the_api_server_that_are_lost_cost_no_lead() -> None:
    async with replicas("a", "b") as (clock, store, (first, second)):
        await clock.advance(60)
        first.way.loses_answers = True
        await clock.advance(TIMING.request_s)
        first.way.loses_answers = False
        await clock.advance(TIMING.renew_within_s)

        assert (first.is_working, second.is_working, store.holder) == (True, False, "a")


async def test_somebody_who_labels_the_lease_takes_no_lead_away_and_the_label_stays() -> None:
    async with replicas("a") as (clock, store, (first,)):
        assert store.body is not None
        store.put({**store.body, "metadata": {**store.body["metadata"], "labels": {"team": "retail"}}})
        await clock.advance(60)

        assert first.is_working
        assert store.body["metadata"]["labels"] == {"team": "retail"}


async def test_a_lease_that_was_deleted_is_made_anew_by_its_holder_and_by_nobody_else() -> None:
    async with replicas("a", "b") as (clock, store, (first, second)):
        await clock.advance(60)
        store.body = None
        await clock.advance(60)

        assert (first.is_working, second.is_working, store.holder) == (True, False, "a")


async def test_a_lease_that_another_took_by_force_is_given_up_at_the_next_renewal() -> None:
    async with replicas("a") as (clock, store, (first,)):
        store.put({**(store.body or {}), "spec": {"holderIdentity": "b", "leaseDurationSeconds": 12}})
        await clock.advance(TIMING.retry_s)

        assert not first.is_working
        with pytest.raises(LeaseLost, match="another replica holds the Lease"):
            await first.task


async def test_a_container_that_is_started_anew_in_its_pod_need_not_wait() -> None:
    async with replicas("a") as (clock, store, (first,)):
        await first.kill()
        first.begin()
        await clock.advance(0.1)

        assert first.is_working
        assert store.body is not None
        assert store.body["spec"]["leaseTransitions"] == 0


async def test_what_the_work_raises_is_raised_and_the_lease_handed_over() -> None:
    async def fails() -> None:
        raise ValueError("a defect")

    clock = VirtualClock()
    store = LeaseStore(clock)
    election = Election(Way(store), "a", TIMING, monotonic=clock.now, sleep=clock.sleep, now=store.wall)
    await election.win()
    with pytest.raises(ValueError, match="a defect"):
        await election.hold(fails())

    assert (store.holder, election.leads()) == ("", False)


async def test_who_is_called_off_while_standing_by_leaves_the_lease_alone() -> None:
    async with replicas("a", "b") as (clock, store, (_, second)):
        second.task.cancel()
        await clock.advance(TIMING.duration_s)

        assert store.holder == "a"


async def test_a_renewal_costs_one_request_and_each_look_one() -> None:
    async with replicas("a") as (clock, store, _):
        before = store.writes
        await clock.advance(120)

        assert store.writes - before == pytest.approx(120 / TIMING.retry_s, abs=1)


def test_the_times_leave_room_for_one_more_try_and_for_what_is_under_way() -> None:
    assert TIMING.retry_s + TIMING.renew_within_s + TIMING.request_s < TIMING.duration_s
    assert 2 * TIMING.retry_s + TIMING.request_s < TIMING.renew_within_s


LEASE = Lease.of({"metadata": {"uid": "1", "resourceVersion": "7"}, "spec": {"holderIdentity": "a"}})


def test_a_lease_that_did_not_change_is_known_since_it_was_first_seen() -> None:
    assert sighting(Sighting(LEASE, 5.0), LEASE, 9.0) == Sighting(LEASE, 5.0)


def test_a_lease_that_is_gone_is_known_as_it_was() -> None:
    assert sighting(Sighting(LEASE, 5.0), None, 9.0) == Sighting(LEASE, 5.0)
    assert sighting(None, None, 9.0) is None


MISHAPS = ("kill", "cut", "mend", "slow", "lose", "freeze", "finish")


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(MISHAPS), st.integers(0, 2), st.floats(0.0, 9.0)), max_size=25))
async def test_whatever_happens_no_two_replicas_may_act_and_in_the_end_one_does(
    happenings: list[tuple[str, int, float]],
) -> None:
    async with replicas("a", "b", "c") as (clock, _, all_three):
        for what, which, passing_s in happenings:
            await _happen(what, all_three[which], clock)
            await _pass(clock, all_three, passing_s)
        for replica in all_three:
            replica.way.is_cut, replica.way.takes_s, replica.way.loses_answers = False, 0.0, False
        await _pass(clock, all_three, 3 * TIMING.duration_s)

        assert [replica.is_working for replica in all_three].count(True) == 1


async def _happen(what: str, replica: Replica, clock: VirtualClock) -> None:
    match what:
        case "kill":
            await replica.kill()
        case "cut" | "mend":
            replica.way.is_cut = what == "cut"
        case "slow":
            replica.way.takes_s = 0.8
        case "lose":
            replica.way.loses_answers = True
        case "freeze":
            clock.stand_still(5.0)
        case "finish":
            replica.finish.set()


async def _pass(clock: VirtualClock, all_three: list[Replica], seconds: float) -> None:
    """Let time pass in small steps; who ended is started again, as its kubelet would."""
    for _ in range(int(seconds * 4)):
        await clock.advance(0.25)
        assert [replica.election.leads() for replica in all_three].count(True) <= 1
        for replica in all_three:
            if replica.task.done():
                with contextlib.suppress(LeaseLost, asyncio.CancelledError):
                    replica.task.result()
                replica.begin()
