"""The guard over deletions: how many objects within an hour, however often each is attempted."""

from dataclasses import dataclass, field

from palette_operator.reconcile.sites import DeletionGuard

HOUR_S = 3_600.0


@dataclass
class Clock:
    """A guard and its time."""

    at_s: float = 0.0
    guard: DeletionGuard = field(init=False)

    def __post_init__(self) -> None:
        self.guard = DeletionGuard(lambda: self.at_s)


def test_so_many_objects_may_be_deleted_and_the_next_one_waits() -> None:
    guard = Clock().guard
    for uid in ("c1", "c2"):
        assert guard.left(2, uid) > 0
        guard.spend(uid)

    assert guard.left(2, "c3") == 0
    assert guard.left(3, "c3") == 1


def test_an_object_that_was_attempted_may_be_attempted_again_and_takes_nothing_from_the_others() -> None:
    guard = Clock().guard
    for _ in range(20):
        assert guard.left(2, "c1") > 0
        guard.spend("c1")

    assert guard.left(2, "c2") == 1
    guard.spend("c2")
    assert guard.left(2, "c1") == 1
    assert guard.left(2, "c3") == 0


def test_none_may_be_deleted_where_none_is_granted_not_even_one_that_was_attempted() -> None:
    guard = Clock().guard
    guard.spend("c1")

    assert guard.left(0, "c1") == 0


def test_an_attempt_counts_for_an_hour_from_the_first_one() -> None:
    clock = Clock()
    clock.guard.spend("c1")
    clock.at_s = HOUR_S - 1
    clock.guard.spend("c1")
    assert clock.guard.left(1, "c2") == 0

    clock.at_s = HOUR_S
    assert clock.guard.left(1, "c2") == 1
