"""The local fleet: who is looked at when, and who is told. Hosts are stand-ins, and time passes only when told to."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from palette_operator.domain.errors import Stalled, Unavailable
from palette_operator.domain.identifiers import ObjectKey
from palette_operator.domain.observed import Known, Unknown
from palette_operator.reconcile.local_hosts.fleet import ASIDE_LOOKS, LIVELY_LOOKS, THOROUGH_EVERY, LocalFleet
from support.virtual_clock import VirtualClock, VirtualTimer, settle

POLL_S = 60.0
TIMEOUT_S = 10.0
START = datetime(2026, 1, 1, tzinfo=UTC)
DEAD = Unavailable("Unreachable", "cannot connect")
REFUSED = Stalled("Unauthorized", "the host refuses the login")


def key(name: str) -> ObjectKey:
    return ObjectKey("EdgeHost", "retail", name)


class Client:
    """Knows the access that it was opened with; an access is `host` or `host/password`."""

    def __init__(self, access: str) -> None:
        self.access = access
        self.host = access.partition("/")[0]
        self.closed = False

    async def aclose(self) -> None:
        self.closed = True


class Site:
    """A fleet of hosts that show a word, fail, or hang until they time out."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.shows: dict[str, str | BaseException] = {}
        self.looks: list[tuple[float, str]] = []
        self.thorough: list[bool] = []
        self.clients: list[Client] = []
        self.told: list[str] = []
        self.slow_s = 0.0
        self.most_at_once = self._at_once = 0
        self.fleet: LocalFleet[str, Client, str] = LocalFleet(
            self._open,
            self._look,
            poll_s=POLL_S,
            monotonic=self.clock.now,
            now=lambda: START + timedelta(seconds=self.clock.now()),
            jitter=lambda: 1.0,
            call_later=self._call_later,
        )
        self.fleet.on_change = lambda changed: self.told.append(changed.name)

    def _call_later(self, after_s: float, callback: Callable[[], None]) -> VirtualTimer:
        return self.clock.call_at(self.clock.now() + after_s, callback)

    def _open(self, access: str) -> Client:
        self.clients.append(Client(access))
        return self.clients[-1]

    async def _look(self, client: Client, _: str | None, thorough: bool) -> str:
        self.looks.append((self.clock.now(), client.host))
        self.thorough.append(thorough)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            shown = self.shows.get(client.host, "fine")
            if self.slow_s:
                await self.clock.sleep(self.slow_s)
            if isinstance(shown, Unavailable):
                await self.clock.sleep(TIMEOUT_S)
            if isinstance(shown, BaseException):
                raise shown
            return shown
        finally:
            self._at_once -= 1

    def looked_at(self, host: str) -> list[float]:
        return [when for when, name in self.looks if name == host]


@asynccontextmanager
async def running(*hosts: str, **shows: str | BaseException) -> AsyncIterator[Site]:
    site = Site()
    site.shows |= shows
    for host in hosts:
        site.fleet.enroll(key(host), host)
    task = asyncio.create_task(site.fleet.run())
    await settle()
    try:
        yield site
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_host_is_looked_at_at_once_and_then_in_every_round() -> None:
    async with running("a") as site:
        await site.clock.advance(2 * POLL_S)

        assert site.looked_at("a") == [1_000.0, 1_060.0, 1_120.0]
        assert site.fleet.observe(key("a")) == Known("fine", START + timedelta(seconds=1_120))


async def test_those_who_wait_are_told_when_something_else_is_shown_and_not_otherwise() -> None:
    async with running("a") as site:
        await site.clock.advance(3 * POLL_S)
        site.shows["a"] = "rebooted"
        await site.clock.advance(2 * POLL_S)

        assert site.told == ["a", "a"]


async def test_a_host_that_ceases_to_answer_is_told_once_and_so_is_its_return() -> None:
    async with running("a") as site:
        site.told.clear()
        site.shows["a"] = DEAD
        await site.clock.advance(10 * POLL_S)

        assert site.told == ["a"]
        assert site.fleet.observe(key("a")) == Unknown("cannot connect")
        assert site.fleet.sighting(key("a")).seen == "fine"
        assert site.fleet.sighting(key("a")).failing_since == 1_000.0 + POLL_S + TIMEOUT_S

        site.shows["a"] = "fine"
        await site.clock.advance(5 * POLL_S)

        assert site.told == ["a", "a"]
        assert site.fleet.sighting(key("a")).failure is None


async def test_a_host_that_does_not_answer_is_looked_at_less_and_less_often_but_never_given_up() -> None:
    async with running("a", a=DEAD) as site:
        await site.clock.advance(20 * POLL_S)

        looks = site.looked_at("a")
        pauses = [later - sooner - TIMEOUT_S for sooner, later in itertools.pairwise(looks)]
        assert pauses[:4] == [POLL_S, 2 * POLL_S, 4 * POLL_S, 4 * POLL_S]


async def test_a_host_that_came_back_is_followed_as_closely_as_before() -> None:
    async with running("a", a=DEAD) as site:
        await site.clock.advance(10 * POLL_S)
        site.shows["a"] = "fine"
        await site.clock.advance(5 * POLL_S)
        site.shows["a"] = DEAD
        begun = len(site.looks)
        await site.clock.advance(3 * POLL_S)

        died, again, *_ = site.looked_at("a")[begun:]
        assert again - died == TIMEOUT_S + POLL_S


async def test_hosts_that_hang_hold_up_nobody_once_they_are_known() -> None:
    dead = [f"dead-{n}" for n in range(20 * ASIDE_LOOKS)]
    async with running("a", *dead, **dict.fromkeys(dead, DEAD)) as site:
        await site.clock.advance(3 * POLL_S)
        begun = len(site.looked_at("a"))
        await site.clock.advance(10 * POLL_S)

        looks = site.looked_at("a")[begun:]
        assert {later - sooner for sooner, later in itertools.pairwise(looks)} == {POLL_S}
        assert site.fleet.rounds.took_s == POLL_S


async def test_no_more_hosts_are_looked_at_at_once_than_there_are_lanes() -> None:
    hosts = [f"host-{n}" for n in range(200)]
    async with running(*hosts, **dict.fromkeys(hosts, DEAD)) as site:
        await site.clock.advance(10 * POLL_S)

        assert LIVELY_LOOKS <= site.most_at_once <= LIVELY_LOOKS + ASIDE_LOOKS
        assert {host for _, host in site.looks} == set(hosts)


async def test_a_login_that_is_refused_is_not_tried_again_within_a_minute() -> None:
    async with running("a", a=REFUSED) as site:
        site.fleet.enroll(key("a"), "a")
        await site.clock.advance(POLL_S - 1)

        assert len(site.looks) == 1
        assert site.fleet.sighting(key("a")).failure is REFUSED


async def test_another_access_makes_a_new_client_and_is_tried_at_once() -> None:
    async with running("a", a=REFUSED) as site:
        site.shows["a"] = "fine"
        site.told.clear()
        site.fleet.enroll(key("a"), "a/new password")
        await settle()

        assert [(client.access, client.closed) for client in site.clients] == [("a", True), ("a/new password", False)]
        assert site.told == ["a"]
        assert isinstance(site.fleet.observe(key("a")), Known)


async def test_a_look_through_an_old_client_is_broken_off() -> None:
    async with running("a", a=DEAD) as site:
        site.shows["a"] = "fine"
        site.fleet.enroll(key("a"), "a/new password")
        await site.clock.advance(1.5 * POLL_S)

        assert site.fleet.sighting(key("a")).failure is None
        assert site.told == ["a"]
        assert site.looked_at("a") == [1_000.0, 1_000.0, 1_060.0]


async def test_a_look_that_was_asked_for_begins_at_once_and_is_told_of() -> None:
    async with running("a") as site:
        site.told.clear()
        site.fleet.look_now(key("a"))
        await settle()

        assert site.looked_at("a") == [1_000.0, 1_000.0]
        assert site.told == ["a"]


async def test_what_was_seen_is_stale_until_a_look_that_was_asked_for_ends_well() -> None:
    async with running("a") as site:
        site.shows["a"] = DEAD
        site.fleet.look_now(key("a"))
        stale = [site.fleet.sighting(key("a")).is_stale]
        await site.clock.advance(TIMEOUT_S)
        stale.append(site.fleet.sighting(key("a")).is_stale)
        site.shows["a"] = "fine"
        await site.clock.advance(POLL_S)
        stale.append(site.fleet.sighting(key("a")).is_stale)

        assert stale == [True, True, False]
        assert site.thorough == [True, True, True]


async def test_a_look_that_began_before_it_was_asked_for_leaves_what_was_seen_stale() -> None:
    async with running("a") as site:
        site.slow_s = 5.0
        await site.clock.advance(POLL_S + 1)
        site.fleet.look_now(key("a"))
        await site.clock.advance(4.5)
        between = site.fleet.sighting(key("a")).is_stale
        await site.clock.advance(5)

        assert between
        assert not site.fleet.sighting(key("a")).is_stale


async def test_a_look_that_was_asked_for_during_another_begins_after_it() -> None:
    async with running("a", a=DEAD) as site:
        await site.clock.advance(1)
        site.fleet.look_now(key("a"))
        await site.clock.advance(TIMEOUT_S)

        assert site.looked_at("a") == [1_000.0, 1_000.0 + TIMEOUT_S]


async def test_a_host_that_is_withdrawn_is_logged_out_of_and_looked_at_no_more() -> None:
    async with running("a", "b") as site:
        site.fleet.withdraw(key("a"))
        await site.clock.advance(2 * POLL_S)

        assert len(site.looked_at("a")) == 1
        assert site.clients[0].closed
        assert site.fleet.sighting(key("a")).is_new
        assert site.fleet.rounds.took_s == POLL_S


async def test_what_rarely_changes_is_asked_for_first_and_then_now_and_then() -> None:
    async with running("a") as site:
        await site.clock.advance(THOROUGH_EVERY * POLL_S)

        assert site.thorough == [True, *[False] * (THOROUGH_EVERY - 1), True]


async def test_at_its_end_the_fleet_logs_out_of_every_host() -> None:
    async with running("a", "b", b=DEAD) as site:
        pass

    assert [client.closed for client in site.clients] == [True, True]


async def test_a_defect_in_one_look_stops_no_other() -> None:
    async with running("a") as site:
        site.shows["a"] = ValueError("a defect")
        await site.clock.advance(POLL_S)
        failure = site.fleet.sighting(key("a")).failure

        assert failure is not None
        assert failure.reason == "InternalError"


async def test_a_look_that_somebody_else_broke_off_is_taken_again() -> None:
    async with running("a", a=asyncio.CancelledError()) as site:
        assert site.fleet.sighting(key("a")).failure is not None

        site.shows["a"] = "fine"
        await site.clock.advance(POLL_S)

        assert site.fleet.sighting(key("a")).seen == "fine"


async def test_a_fleet_ends_although_a_host_was_withdrawn_that_very_moment() -> None:
    site = Site()
    site.slow_s = 5.0
    site.fleet.enroll(key("a"), "a")
    task = asyncio.create_task(site.fleet.run())
    await settle()

    site.fleet.withdraw(key("a"))
    task.cancel()
    await settle()

    assert task.cancelled()


async def test_hosts_are_counted_by_whether_they_answer() -> None:
    async with running("a", "b", "c", c=DEAD) as site:
        await site.clock.advance(TIMEOUT_S)

        assert (site.fleet.count(answering=True), site.fleet.count(answering=False)) == (2, 1)
