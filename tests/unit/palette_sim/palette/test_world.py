"""The small parts of the world that have rules of their own."""

from pathlib import Path

import pytest

from palette_sim.common.agenda import Agenda
from palette_sim.common.clock import Clock, timestamp
from palette_sim.palette.config import Bumps, PaletteConfig
from palette_sim.palette.seed import Seed, default_seed, load_seed
from palette_sim.palette.world.heartbeats import Heartbeats
from palette_sim.palette.world.lagging import LaggingIndex
from palette_sim.palette.world.world import World
from support.palette_api import FakeTime


def test_the_simulated_clock_runs_as_fast_as_it_is_told_and_jumps_forward_only() -> None:
    time = FakeTime()
    clock = Clock(speed=60, monotonic=time, epoch_s=0)

    time.advance(2)
    clock.jump(5)

    assert clock.now_s() == 125
    with pytest.raises(ValueError, match="forward"):
        clock.jump(-1)


TIMES = {
    "milliseconds, UTC": (1_709_238_702.204, "2024-02-29T20:31:42.204Z"),
    "whole seconds have milliseconds too": (0.0, "1970-01-01T00:00:00.000Z"),
    "unset": (None, "0001-01-01T00:00:00.000Z"),
}


@pytest.mark.parametrize(("at_s", "want"), TIMES.values(), ids=TIMES)
def test_a_time_is_written_as_palette_writes_it(at_s: float | None, want: str) -> None:
    assert timestamp(at_s) == want


def test_the_agenda_runs_what_is_due_in_order_also_what_a_step_plans() -> None:
    agenda, seen = Agenda(), list[tuple[str, float]]()
    agenda.plan(2, lambda at_s: seen.append(("second", at_s)))
    agenda.plan(1, lambda at_s: agenda.plan(at_s + 0.5, lambda later_s: seen.append(("planned", later_s))))
    agenda.plan(2, lambda at_s: seen.append(("third", at_s)))
    agenda.plan(9, lambda at_s: seen.append(("not yet", at_s)))

    agenda.run_until(5)

    assert seen == [("planned", 1.5), ("second", 2), ("third", 2)]


def test_a_lagging_reader_sees_each_row_as_it_was() -> None:
    index = LaggingIndex[str]()
    index.record("a", 10, "a1")
    index.record("b", 15, "b1")
    index.record("a", 20, "a2")
    index.record("b", 25, None)

    assert [list(index.rows(at_s)) for at_s in (5, 10, 15, 20, 25)] == [
        [],
        ["a1"],
        ["a1", "b1"],
        ["a2", "b1"],
        ["a2"],
    ]


def test_the_past_that_nobody_can_read_any_more_is_dropped() -> None:
    index = LaggingIndex[str]()
    for number in range(100):
        index.record("a", number, f"a{number}")

    list(index.rows(98))

    assert list(index.rows(0)) == ["a98"]


def test_heartbeats_come_at_their_period() -> None:
    beats = Heartbeats(30, Bumps.ALWAYS)

    assert [beats.last_beat_s(100, at_s) for at_s in (90, 100, 129, 130, 195)] == [100, 100, 100, 130, 190]


def test_heartbeats_that_move_the_modification_are_the_same_whenever_one_looks() -> None:
    beats = Heartbeats(30, Bumps.SOMETIMES)

    seen = [beats.last_bump_s("uid", 0, 30.0 * beat) for beat in range(200)]

    assert seen == sorted(seen)
    assert 20 < len(set(seen)) < 80


def test_uids_are_the_same_for_the_same_random_seed() -> None:
    def minted(random_seed: int) -> list[str]:
        world = World(PaletteConfig(random_seed=random_seed), default_seed(), Clock(monotonic=FakeTime()))
        return [world.mint_uid() for _ in range(3)]

    assert minted(1) == minted(1)
    assert not set(minted(1)) & set(minted(2))


def test_a_seed_that_names_a_project_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="no such project in the seed: nowhere"):
        Seed.model_validate({"hosts": [{"uid": "h", "project": "nowhere"}]})


def test_a_seed_is_read_from_json_too(tmp_path: Path) -> None:
    file = tmp_path / "seed.json"
    file.write_text('{"projects": [{"name": "only"}], "hosts": [{"uid": "h", "project": "only", "state": "unpaired"}]}')

    world = World(PaletteConfig(), load_seed(file), Clock(monotonic=FakeTime()))

    assert [(host.uid, host.state) for host in world.hosts.values()] == [("h", "unpaired")]
