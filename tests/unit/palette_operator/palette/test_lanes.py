from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from palette_operator.palette.lanes import Lane, WeightedQueue


def filled(per_lane: int = 1_600) -> WeightedQueue[str, tuple[Lane, int]]:
    queue: WeightedQueue[str, tuple[Lane, int]] = WeightedQueue()
    for number in range(per_lane):
        for lane in Lane:
            queue.push("/v1/x", lane, (lane, number))
    return queue


def anywhere(_: str) -> bool:
    return True


def taken(queue: WeightedQueue[str, tuple[Lane, int]], count: int) -> list[tuple[Lane, int]]:
    popped = (queue.pop(anywhere) for _ in range(count))
    return [entry[1] for entry in popped if entry]


def test_contended_permits_are_shared_by_weight() -> None:
    shares = Counter(lane for lane, _ in taken(filled(), 1_600))

    assert shares == {Lane.USER_CHANGE: 800, Lane.DELETION: 400, Lane.TRANSITION: 300, Lane.ROUTINE: 100}


def test_a_lane_waits_for_no_more_than_its_share_of_others() -> None:
    order = [lane for lane, _ in taken(filled(), 160)]

    assert all(Lane.ROUTINE in order[start : start + 17] for start in range(len(order) - 17))


def test_within_a_lane_the_first_to_come_is_the_first_to_go() -> None:
    order = taken(filled(50), 200)

    for lane in Lane:
        assert [number for served, number in order if served is lane] == list(range(50))


def test_a_lane_alone_gets_everything() -> None:
    queue: WeightedQueue[str, int] = WeightedQueue()
    for number in range(5):
        queue.push("/v1/x", Lane.ROUTINE, number)

    assert [entry and entry[1] for entry in (queue.pop(anywhere) for _ in range(6))] == [0, 1, 2, 3, 4, None]


def test_a_lane_that_was_idle_has_saved_up_no_claims() -> None:
    queue = filled(100)
    taken(queue, 100)
    lone: WeightedQueue[str, str] = WeightedQueue()
    for _ in range(100):
        lone.push("/v1/x", Lane.USER_CHANGE, "user")
    for _ in range(50):
        lone.pop(anywhere)
    for _ in range(50):
        lone.push("/v1/x", Lane.ROUTINE, "routine")

    following = [entry[1] for entry in (lone.pop(anywhere) for _ in range(18)) if entry]
    assert following.count("routine") == 2


def test_a_route_that_may_not_go_holds_up_nobody() -> None:
    queue: WeightedQueue[str, str] = WeightedQueue()
    queue.push("/v1/paused", Lane.USER_CHANGE, "paused")
    queue.push("/v1/open", Lane.ROUTINE, "open")

    assert queue.pop(lambda route: route == "/v1/open") == ("/v1/open", "open")
    assert queue.pop(lambda route: route == "/v1/open") is None
    assert queue.routes() == {"/v1/paused"}


@given(st.lists(st.tuples(st.sampled_from(list(Lane)), st.sampled_from("abc")), max_size=100))
def test_everyone_who_waits_is_served_exactly_once(arrivals: list[tuple[Lane, str]]) -> None:
    queue: WeightedQueue[str, int] = WeightedQueue()
    for number, (lane, route) in enumerate(arrivals):
        queue.push(route, lane, number)

    served = [entry[1] for entry in (queue.pop(anywhere) for _ in arrivals) if entry]
    assert sorted(served) == list(range(len(arrivals)))
    assert not queue


def test_one_that_waits_no_longer_leaves_its_place_to_the_next_and_is_not_kept() -> None:
    queue: WeightedQueue[str, int] = WeightedQueue()
    tickets = [queue.push("/v1/x", Lane.ROUTINE, number) for number in range(4)]
    for ticket in tickets[:3]:
        queue.remove(ticket)
    queue.remove(tickets[0])

    assert list(queue) == [3]
    assert queue.pop(anywhere) == ("/v1/x", 3)
    assert not queue


def test_callers_of_one_lane_take_turns_however_many_wait() -> None:
    queue: WeightedQueue[str, str] = WeightedQueue()
    for _ in range(1_000):
        queue.push("/v1/x", Lane.ROUTINE, "busy", "busy")
    for _ in range(10):
        queue.pop(anywhere)
    queue.push("/v1/x", Lane.ROUTINE, "lone", "lone")

    assert "lone" in [entry[1] for entry in (queue.pop(anywhere) for _ in range(2)) if entry]


def test_a_caller_that_asks_one_by_one_gets_no_more_than_its_turn() -> None:
    queue: WeightedQueue[str, str] = WeightedQueue()
    for _ in range(100):
        queue.push("/v1/x", Lane.ROUTINE, "busy", "busy")
    served = []
    for _ in range(40):
        if "lone" not in queue:
            queue.push("/v1/x", Lane.ROUTINE, "lone", "lone")
        served += [entry[1] for entry in [queue.pop(anywhere)] if entry]

    assert served.count("lone") == 20


def test_lanes_keep_their_shares_whichever_connection_asks() -> None:
    queue: WeightedQueue[str, Lane] = WeightedQueue()
    for number in range(800):
        queue.push("/v1/x", Lane.ROUTINE, Lane.ROUTINE, f"connection {number % 50}")
    for _ in range(800):
        queue.push("/v1/x", Lane.USER_CHANGE, Lane.USER_CHANGE, "one")

    shares = Counter(entry[1] for entry in (queue.pop(anywhere) for _ in range(450)) if entry)
    assert shares == {Lane.USER_CHANGE: 400, Lane.ROUTINE: 50}


def test_a_lane_held_up_by_a_limit_of_its_own_is_owed_no_more_than_one_round() -> None:
    queue: WeightedQueue[str, Lane] = WeightedQueue()
    for _ in range(200):
        queue.push("/v1/paused", Lane.ROUTINE, Lane.ROUTINE)
    for _ in range(2_000):
        queue.push("/v1/open", Lane.USER_CHANGE, Lane.USER_CHANGE)
    for _ in range(1_000):
        queue.pop(lambda route: route == "/v1/open")

    following = [entry[1] for entry in (queue.pop(anywhere) for _ in range(18)) if entry]
    assert following.count(Lane.ROUTINE) <= 4
