from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from palette_operator.domain.errors import Unavailable
from palette_operator.domain.identifiers import ProjectUid
from palette_operator.domain.observed import ClusterRow, HostRow
from palette_operator.palette.glance import Glance
from palette_operator.palette.lanes import Lane
from palette_operator.palette.scope import ProjectScope
from palette_operator.palette.snapshot import Snapshot
from palette_operator.palette.watch import TRY_AGAIN, ScopeWatch
from palette_operator.palette.wire.search import PAGE_SIZE
from support.listings import START, ListingClient
from support.rows import cluster_row, host_row

LARGE = 7 * PAGE_SIZE
SETTLE_S = 60.0


class Watched:
    """A fleet in one project, with a hand on what becomes of it; looked at every minute."""

    def __init__(self, hosts: int = LARGE) -> None:
        rows: list[ClusterRow | HostRow] = [cluster_row("c1", modified_at=START)]
        rows += [host_row(f"h{n}", modified_at=START + timedelta(seconds=10 * n)) for n in range(hosts)]
        self.client = ListingClient(*rows)
        self.client.page_size = PAGE_SIZE
        self.now_s = 3600.0
        scope = ProjectScope(ProjectUid("p1"))
        self.watch = ScopeWatch(
            self.client,  # type: ignore[arg-type]
            scope,
            name="watched",
            settle_s=SETTLE_S,
            now=self.now,
        )

    def now(self) -> datetime:
        return START + timedelta(seconds=self.now_s)

    def change(self, index: int, *, bump: bool = True, **fields: object) -> None:
        """Change a host; its time is moved unless told otherwise."""
        row = self.client.host_rows[index]
        stamp = self.now() if bump else row.modified_at
        changed = {"address": f"10.0.0.{self.now_s}", **fields, "modified_at": stamp}
        self.client.host_rows[index] = host_row(row.uid, **changed)

    async def look(self, *, whole: bool = False) -> Snapshot | Glance:
        self.now_s += 60.0
        return await self.watch.look(Lane.ROUTINE, whole=whole)

    async def kinds(self, looks: int) -> str:
        """Look so often; tell of each look whether it was whole (W) or short (s)."""
        return "".join(["s" if isinstance(await self.look(), Glance) else "W" for _ in range(looks)])


def ended(why: str) -> float:
    labels = {"fleet": "watched", "why": why}
    return REGISTRY.get_sample_value("palette_fleet_short_looks_ended_total", labels) or 0.0


async def test_short_looks_earn_their_place_one_by_one_up_to_four_between_whole_ones() -> None:
    assert await Watched().kinds(22) == "WsWssWsssWssssWssssWss"


async def test_a_small_fleet_is_looked_at_whole_each_time() -> None:
    assert await Watched(hosts=4 * PAGE_SIZE).kinds(5) == "WWWWW"


async def test_a_short_look_takes_two_pages_and_shows_what_changed() -> None:
    watched = Watched()
    await watched.look()
    assert watched.client.pages == 8

    watched.change(LARGE - 1, health="unhealthy")
    glance = await watched.look()
    assert watched.client.pages == 10
    assert isinstance(glance, Glance)
    assert glance.hosts == {f"h{LARGE - 1}"}
    assert glance.whole


async def test_a_look_that_must_be_whole_is() -> None:
    watched = Watched()
    await watched.look()

    assert isinstance(await watched.look(whole=True), Snapshot)


async def test_after_a_short_look_that_counts_less_than_is_known_the_next_one_is_whole() -> None:
    watched = Watched()
    assert await watched.kinds(3) == "WsW"  # two short ones may follow

    del watched.client.host_rows[3]
    glance = await watched.look()
    assert isinstance(glance, Glance)
    assert not glance.whole
    assert await watched.kinds(3) == "Wss"


async def test_a_change_that_does_not_move_its_time_ends_short_looks_for_good_and_is_counted_once() -> None:
    watched, before = Watched(), ended("missed")
    assert await watched.kinds(2) == "Ws"
    watched.change(5, bump=False)
    watched.now_s += 10 * TRY_AGAIN.total_seconds()

    assert await watched.kinds(5) == "WWWWW"
    assert ended("missed") == before + 1


async def test_heartbeats_that_move_every_time_end_short_looks_for_an_hour() -> None:
    watched, before = Watched(), ended("no-gain")
    await watched.look()
    for index in range(LARGE):
        watched.change(index, address="")
    assert await watched.kinds(3) == "WWW"
    assert ended("no-gain") == before + 1

    watched.now_s += TRY_AGAIN.total_seconds()
    assert await watched.kinds(3) == "sWs"


async def test_a_search_that_lags_as_far_as_it_may_is_no_reason_to_give_up() -> None:
    watched = Watched()
    await watched.look()
    for index in range(20):
        watched.now_s += 1.0
        watched.change(index)
    late = watched.client.host_rows[:10]
    watched.client.host_rows[:10] = [host_row(row.uid, modified_at=START) for row in late]
    assert await watched.kinds(1) == "s"  # it shows those of the last ten seconds first

    watched.client.host_rows[:10] = late
    assert await watched.kinds(4) == "WssW"


async def test_what_changed_while_a_whole_look_was_made_is_not_held_against_short_ones() -> None:
    watched, before = Watched(), ended("missed")
    read = 0

    def pass_time() -> None:
        nonlocal read
        read += 1
        watched.now_s += 20.0
        if read == 2:
            watched.change(0)  # it was read already
        if read == 6:
            for index in range(250, 310):
                watched.change(index)  # these are read later

    watched.client.between_pages = pass_time
    await watched.look()
    watched.client.between_pages = lambda: None

    assert await watched.kinds(2) == "sW"
    assert ended("missed") == before


async def test_a_failed_short_look_raises_and_costs_no_trust() -> None:
    watched = Watched()
    await watched.look()
    watched.client.error = Unavailable("PaletteUnreachable", "no")
    with pytest.raises(Unavailable):
        await watched.look()

    watched.client.error = None
    assert await watched.kinds(2) == "sW"


STEPS = st.lists(
    st.tuples(st.sampled_from(["change", "come", "leave", "wait"]), st.integers(0, LARGE - 1)), max_size=25
)


@settings(max_examples=40, deadline=None)
@given(steps=STEPS)
async def test_where_each_change_moves_its_time_short_looks_miss_nothing_and_invent_nothing(
    steps: list[tuple[str, int]],
) -> None:
    watched, before = Watched(), ended("missed")
    rows = watched.client.host_rows
    await watched.look()
    for step, index in steps:
        watched.now_s += 1.0
        if step == "change":
            watched.change(index % len(rows))
        elif step == "come":
            rows.append(host_row(f"new-{watched.now_s}", modified_at=watched.now()))
        elif step == "leave":
            del rows[index % len(rows)]
        else:
            outcome = await watched.look()
            shown = (outcome.snapshot if isinstance(outcome, Glance) else outcome).hosts
            there = {row.uid: row for row in rows}
            assert {uid: shown[uid] for uid in there} == there
            assert len(shown) > len(there) or shown == there
            assert shown == there or (isinstance(outcome, Glance) and not outcome.whole)
    await watched.look(whole=True)
    assert ended("missed") == before
