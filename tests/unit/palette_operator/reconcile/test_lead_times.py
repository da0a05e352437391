"""How long a change takes is measured once, from when it is seen until the resource is Ready for it."""

from typing import Any

import pytest

from palette_operator.kube.objects import Body
from palette_operator.reconcile.lead_times import LeadTimes
from support.builders import key

STORE = key("store")


def body(generation: int, *, ready_for: int | None = None, looked_at: int = -1, **metadata: str) -> Body:
    conditions = [{"type": "Ready", "status": "True", "observedGeneration": ready_for}] if ready_for else []
    return {
        "kind": STORE.kind,
        "metadata": {"name": STORE.name, "namespace": STORE.namespace, "generation": generation, **metadata},
        "status": {"observedGeneration": looked_at, "conditions": conditions},
    }


GONE = None
# What is seen, a second apart, and what is measured.
CASES: dict[str, tuple[list[Body | None], list[float]]] = {
    "a new resource, from its first sight": ([body(1), body(1, looked_at=1), body(1, ready_for=1, looked_at=1)], [2]),
    "a change of a resource that was ready": ([body(1, ready_for=1, looked_at=1), body(2), body(2, ready_for=2)], [1]),
    "once, though it is unhealthy later and ready again": (
        [body(1), body(1, ready_for=1), body(1, looked_at=1), body(1, ready_for=1, looked_at=1)],
        [1],
    ),
    "the last of two changes, if the first never got through": ([body(1), body(2), body(2, ready_for=2)], [1]),
    "not one that is ready at first sight": ([body(1, ready_for=1, looked_at=1)] * 2, []),
    "not one that was under way before the operator started": (
        [body(3, looked_at=3), body(3, ready_for=3, looked_at=3)],
        [],
    ),
    "not by a Ready that is about an older generation": ([body(1, ready_for=1), body(2, ready_for=1)], [0]),
    "not one that is being deleted": ([body(1), body(1, deletionTimestamp="2026-03-01T02:00:00Z")], []),
    "anew where a resource of that name comes again": ([body(1), GONE, body(1), body(1, ready_for=1)], [1]),
}


@pytest.mark.parametrize(("seen", "want"), CASES.values(), ids=[f"measured: {name}" for name in CASES])
def test_lead_times(seen: list[Body | None], want: list[float]) -> None:
    measured: list[Any] = []
    now = [100.0]
    times = LeadTimes(lambda: now[0], lambda kind, seconds: measured.append((kind, seconds)))
    for each in seen:
        times.see(STORE, each)
        now[0] += 1

    assert measured == [(STORE.kind, seconds) for seconds in want]
