"""Work in the background: in turn for a host, bounded over all, told of at its end, and not begun again too soon."""

from __future__ import annotations

import asyncio

import pytest

from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable
from palette_operator.domain.identifiers import ObjectKey
from palette_operator.reconcile.local_hosts.transfers import Transfers
from support.builders import key

A, B, C = (key(name, "EdgeHost") for name in "abc")


class Desk:
    """Transfers that end when they are told to, and notes which run."""

    def __init__(self, at_once: int = 4) -> None:
        self.now_s = 0.0
        self.transfers = Transfers(lambda: self.now_s, at_once=at_once)
        self.ended: list[ObjectKey] = []
        self.transfers.on_end = self.ended.append
        self.running: dict[str, asyncio.Future[str]] = {}

    def begin(self, host: ObjectKey, mark: str) -> None:
        async def work() -> str:
            self.running[mark] = asyncio.get_running_loop().create_future()
            try:
                return await self.running[mark]
            finally:
                del self.running[mark]

        self.transfers.begin(host, mark, work)

    async def end(self, mark: str, outcome: str | Exception) -> None:
        await settled()
        if isinstance(outcome, str):
            self.running[mark].set_result(outcome)
        else:
            self.running[mark].set_exception(outcome)
        await settled()


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_what_a_transfer_returned_is_kept_and_the_host_is_woken() -> None:
    desk = Desk()
    desk.begin(A, "one")
    assert desk.transfers.state(A, "one").under_way

    await desk.end("one", "/opt/one")

    state = desk.transfers.state(A, "one")
    assert (state.under_way, state.arrived, state.failure) == (False, "/opt/one", None)
    assert desk.ended == [A]
    assert desk.transfers.state(B, "one").arrived is None


async def test_a_transfer_that_is_under_way_is_not_begun_twice() -> None:
    desk = Desk()
    desk.begin(A, "one")
    await settled()
    first = desk.running["one"]
    desk.begin(A, "one")
    await settled()

    assert desk.running == {"one": first}
    await desk.transfers.aclose()


async def test_a_host_gets_one_file_after_the_other() -> None:
    desk = Desk()
    desk.begin(A, "one")
    desk.begin(A, "two")
    await settled()
    assert list(desk.running) == ["one"]

    await desk.end("one", "")
    assert list(desk.running) == ["two"]
    await desk.transfers.aclose()


async def test_only_so_many_hosts_get_files_at_once() -> None:
    desk = Desk(at_once=2)
    for host in (A, B, C):
        desk.begin(host, host.name)
    await settled()
    assert set(desk.running) == {"a", "b"}

    await desk.end("a", "")
    assert set(desk.running) == {"b", "c"}
    await desk.transfers.aclose()


FAILURES: dict[str, tuple[Exception, str, float]] = {
    "one that passes": (Unavailable("Unreachable", "gone"), "Unreachable", 2.0),
    "one on which a person must act": (Stalled("ChecksumMismatch", "differs"), "ChecksumMismatch", 10.0),
    "a defect": (ValueError("x"), "InternalError", 2.0),
}


@pytest.mark.parametrize(("failure", "reason", "rests_s"), FAILURES.values(), ids=FAILURES)
async def test_a_transfer_rests_after_a_failure(failure: Exception, reason: str, rests_s: float) -> None:
    desk = Desk()
    desk.begin(A, "one")
    await desk.end("one", failure)

    state = desk.transfers.state(A, "one")
    assert isinstance(state.failure, ReconcileError)
    assert (state.failure.reason, state.rests_s, state.under_way) == (reason, rests_s, False)
    assert desk.ended == [A]


async def test_a_transfer_that_fails_again_rests_for_longer_until_somebody_says_that_the_cause_is_gone() -> None:
    desk = Desk()
    for _ in range(2):
        desk.begin(A, "one")
        await desk.end("one", Stalled("ChecksumMismatch", "differs"))
    assert desk.transfers.state(A, "one").rests_s == 20.0

    desk.transfers.hurry(A)
    assert desk.transfers.state(A, "one").rests_s == 0.0


async def test_what_is_wanted_no_more_is_broken_off_and_forgotten() -> None:
    desk = Desk()
    desk.begin(A, "one")
    await desk.end("one", "/opt/one")
    desk.begin(A, "two")
    desk.begin(A, "three")
    await settled()

    desk.transfers.retain(A, {"three"})
    await settled()

    assert list(desk.running) == ["three"]
    assert desk.transfers.state(A, "one").arrived is None
    assert not desk.transfers.state(A, "two").under_way
    assert desk.ended == [A]
    await desk.transfers.aclose()


async def test_at_the_end_nothing_is_under_way_any_more() -> None:
    desk = Desk()
    desk.begin(A, "one")
    desk.begin(A, "two")
    await settled()

    await desk.transfers.aclose()

    assert desk.running == {}
    assert not desk.transfers.state(A, "two").under_way
