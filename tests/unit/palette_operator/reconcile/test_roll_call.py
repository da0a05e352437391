"""Who has vanished: found after a new listing that lacks somebody, and every five minutes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable

import pytest

from palette_operator.domain.errors import Waiting
from palette_operator.domain.identifiers import ObjectKey
from palette_operator.kube.objects import Body, ObjectCache, key_of
from palette_operator.reconcile.roll_call import RollCall
from support.builders import key
from support.fake_kube import resource_body
from support.virtual_clock import VirtualClock

STORE, OTHER, HOST = key("store"), key("other"), key("edge-a", "EdgeHost")


class Desk:
    """A cache of two clusters and a host, an API server that has them too, and the comparison between both."""

    def __init__(self) -> None:
        self.clock, self.objects = VirtualClock(), ObjectCache()
        self.there = {each: resource_body(each) for each in (STORE, OTHER, HOST)}
        for body in self.there.values():
            self.objects.put(body)
        self.listings: Counter[str] = Counter()
        self.while_listing: Callable[[], object] = lambda: None
        self.fed: list[tuple[str, ObjectKey]] = []
        self.roll_call = RollCall(self.objects, self._list, self._feed, self.clock.now, sleep=self.clock.sleep)

    async def _list(self, kind: str) -> list[Body]:
        self.listings[kind] += 1
        listed = [body for body in self.there.values() if body["kind"] == kind]
        self.while_listing()
        return listed

    def _feed(self, event_type: str, body: Body) -> None:
        self.fed.append((event_type, key_of(body)))
        if event_type == "DELETED":
            self.objects.drop(body)
        else:
            self.objects.put(body)

    def begin_anew(self, *listed: ObjectKey) -> None:
        """Let a watch begin with a listing of these."""
        for each in listed:
            self.roll_call.heard(each, listed=True)

    @property
    def deleted(self) -> list[ObjectKey]:
        return [each for event_type, each in self.fed if event_type == "DELETED"]


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    made = Desk()
    running = asyncio.create_task(made.roll_call.run())
    yield made
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_who_is_not_in_a_new_listing_is_looked_for_soon(desk: Desk) -> None:
    del desk.there[STORE]
    desk.begin_anew(OTHER, HOST)
    await desk.clock.advance(1.9)
    assert desk.listings == {}, "more of the listing may come"
    await desk.clock.advance(0.2)

    assert desk.deleted == [STORE]
    assert desk.listings == {"PaletteCluster": 1}


async def test_a_new_listing_that_lacks_nobody_costs_nothing(desk: Desk) -> None:
    desk.begin_anew(STORE, HOST)
    await desk.clock.advance(1.9)
    desk.begin_anew(OTHER)
    await desk.clock.advance(10)

    assert desk.listings == {}


async def test_who_is_told_of_otherwise_is_not_missed(desk: Desk) -> None:
    desk.begin_anew(OTHER, HOST)
    desk.roll_call.heard(STORE, listed=False)
    await desk.clock.advance(10)

    assert desk.listings == {}


async def test_who_was_not_listed_and_is_there_stays(desk: Desk) -> None:
    desk.begin_anew(STORE, OTHER)
    await desk.clock.advance(3)

    assert desk.listings == {"EdgeHost": 1}
    assert desk.fed == [("MODIFIED", HOST)]


async def test_a_kind_of_which_nobody_is_left_is_compared_too(desk: Desk) -> None:
    del desk.there[HOST]
    desk.begin_anew(STORE, OTHER)
    await desk.clock.advance(3)

    assert desk.deleted == [HOST]


async def test_each_new_listing_counts(desk: Desk) -> None:
    for gone in (STORE, OTHER):
        del desk.there[gone]
        desk.begin_anew(*desk.there)
        await desk.clock.advance(3)

    assert desk.deleted == [STORE, OTHER]


async def test_every_kind_is_compared_every_five_minutes(desk: Desk) -> None:
    del desk.there[STORE], desk.there[HOST]
    await desk.clock.advance(299)
    assert desk.deleted == []
    await desk.clock.advance(1)

    assert set(desk.deleted) == {STORE, HOST}


async def test_who_comes_back_during_the_comparison_stays(desk: Desk) -> None:
    del desk.there[STORE]
    desk.while_listing = lambda: desk.objects.put(resource_body(STORE, version=99, uid="made-anew"))
    desk.begin_anew(OTHER, HOST)
    await desk.clock.advance(3)

    assert desk.listings == {"PaletteCluster": 1}
    assert desk.deleted == []


async def test_who_is_deleted_during_the_comparison_does_not_come_back_with_it(desk: Desk) -> None:
    desk.while_listing = lambda: desk.objects.drop(desk.there[STORE])
    desk.begin_anew(OTHER, HOST)
    await desk.clock.advance(3)

    assert desk.listings == {"PaletteCluster": 1}
    assert desk.objects.get(STORE) is None


async def test_who_is_made_anew_during_the_comparison_is_not_replaced_by_the_one_before(desk: Desk) -> None:
    anew = resource_body(STORE, version=99, uid="made-anew")

    def make_anew() -> None:
        desk.objects.drop(desk.there[STORE])
        desk.objects.put(anew)

    desk.while_listing = make_anew
    desk.begin_anew(OTHER, HOST)
    await desk.clock.advance(3)

    assert desk.objects.get(STORE) is anew


async def test_a_comparison_that_fails_is_made_again(desk: Desk) -> None:
    def fail() -> None:
        desk.while_listing = lambda: None
        raise Waiting("KubernetesUnavailable", "listing: the API server could not be reached", retry_after_s=5)

    del desk.there[STORE]
    desk.while_listing = fail
    desk.begin_anew(OTHER, HOST)
    await desk.clock.advance(3)
    assert desk.deleted == []
    await desk.clock.advance(5)

    assert desk.deleted == [STORE]
