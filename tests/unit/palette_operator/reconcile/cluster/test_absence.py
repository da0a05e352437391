"""When a cluster that may have been created is known not to be there: counted by the clock of whoever looks."""

from datetime import datetime, timedelta
from typing import cast

import pytest

from palette_operator.domain.errors import Waiting
from palette_operator.domain.resources.status import PendingOperation
from palette_operator.palette.fleet import Fleet
from palette_operator.reconcile.cluster.absence import Absence
from support.builders import NOW, key

STORE = key("store")
LAG_S = 60.0
SETTLES_S = 2 * LAG_S
PENDING = PendingOperation(verb="create", started_at=NOW, request_hash="1234")


class Looks:
    """One process that looks at a resource, and the complete passes that it has made: seconds since its first look."""

    def __init__(self) -> None:
        self.at_s = 0.0
        self.passes: list[float] = []
        self.asked_for = 0
        self.absence = Absence(LAG_S, lambda: NOW + timedelta(seconds=self.at_s), lambda: 5_000 + self.at_s)

    def complete_passes_since(self, moment: datetime) -> int:
        return sum(NOW + timedelta(seconds=began_s) >= moment for began_s in self.passes)

    def request_pass(self) -> None:
        self.asked_for += 1

    def waits_s(self, pending: PendingOperation | None = PENDING) -> float:
        """Return how long the proof takes yet; 0 when it is there."""
        try:
            self.absence.check_proven(STORE, pending, cast("Fleet", self))
        except Waiting as waiting:
            return waiting.retry_after_s
        return 0.0


PROOF: dict[str, tuple[float, list[float], float]] = {
    "the POST may only be about to leave": (0, [-20, -10], SETTLES_S),
    "one that left at the last moment, and was slow to be taken on, is not shown before": (119, [70, 90, 110], 1),
    "passes that began before may not show it": (SETTLES_S, [100, 119], 5),
    "one pass may hide a row": (125, [119, 120], 5),
    "two complete passes that began after all that have not shown it": (130, [120, 125], 0),
    "so have more of them": (140, [120, 125, 130], 0),
}


@pytest.mark.parametrize(("at_s", "passes", "waits_s"), PROOF.values(), ids=PROOF)
def test_absence_is_proven_when(at_s: float, passes: list[float], waits_s: float) -> None:
    looks = Looks()
    looks.absence.note(STORE, PENDING)
    looks.at_s, looks.passes = at_s, passes

    assert looks.waits_s() == waits_s
    assert looks.asked_for == (waits_s == 5)


@pytest.mark.parametrize("off", [timedelta(hours=-1), timedelta(hours=1)], ids=["an hour slow", "an hour fast"])
def test_the_clock_of_the_node_that_wrote_the_fence_does_not_count(off: timedelta) -> None:
    pending = PENDING.model_copy(update={"started_at": NOW + off})
    looks = Looks()

    assert looks.waits_s(pending) == SETTLES_S
    looks.at_s, looks.passes = 130, [120, 125]
    assert looks.waits_s(pending) == 0


def test_the_time_begins_anew_with_another_create_and_not_with_another_look() -> None:
    looks = Looks()
    looks.absence.note(STORE, PENDING)
    looks.at_s = 100
    looks.absence.note(STORE, PENDING.model_copy())
    assert looks.waits_s() == 20

    again = PENDING.model_copy(update={"started_at": NOW + timedelta(seconds=100)})
    assert looks.waits_s(again) == SETTLES_S


def test_what_was_settled_is_forgotten() -> None:
    looks = Looks()
    looks.absence.note(STORE, PENDING)
    looks.at_s = 130
    looks.absence.note(STORE, None)

    assert looks.waits_s() == SETTLES_S


@pytest.mark.parametrize(
    "pending", [None, PENDING.model_copy(update={"verb": "delete"})], ids=["nothing", "a deletion"]
)
def test_there_is_nothing_to_prove_while_what_is_pending_is(pending: PendingOperation | None) -> None:
    assert Looks().waits_s(pending) == 0


def test_of_a_host_that_is_read_only_the_time_counts() -> None:
    looks = Looks()
    with pytest.raises(Waiting) as caught:
        looks.absence.check_settled(STORE, PENDING)
    assert (caught.value.reason, caught.value.retry_after_s) == ("CreateResultUnknown", SETTLES_S)

    looks.at_s = SETTLES_S
    looks.absence.check_settled(STORE, PENDING)
