"""What a connection's status tells of its fleet, and of its share of the limits."""

from types import SimpleNamespace
from typing import cast

import pytest

from palette_operator.kube.objects import ObjectCache
from palette_operator.palette.limiter import PrefixBudget
from palette_operator.reconcile.connection.status import fleet_fields, told_per_second
from palette_operator.reconcile.sites import Link
from support.builders import key
from support.fake_kube import resource_body

TOLD = {
    "the whole share is told as it is": (8.5, False, 8.5),
    "what a rival leaves is told in tenths of the documented rate": (4.87, True, 4.0),
    "a little more or less is no news": (4.02, True, 4.0),
    "next to nothing is still a tenth": (0.9, True, 1.0),
}


@pytest.mark.parametrize(("steady", "has_rival", "told"), TOLD.values(), ids=TOLD)
def test_the_rate_that_is_told(steady: float, has_rival: bool, told: float) -> None:
    budget = PrefixBudget("/v1/edgehosts", 10.0, steady * 1.2, steady, has_rival, tokens=0.0, waiting=0, paused_s=0.0)

    assert told_per_second(budget) == told


LIMITER = SimpleNamespace(budget=list)
CLIENT = SimpleNamespace(transport=SimpleNamespace(limiter=LIMITER))
LINK = cast(Link, SimpleNamespace(projects={}, holder=None, client=CLIENT))


def test_what_holds_a_resource_back_counts_once_whether_it_is_a_change_or_the_deletion() -> None:
    objects = ObjectCache()
    conditions = {
        "held": [("Synced", "False", "HeldByGuard")],
        "kept": [("Synced", "Unknown", "Progressing"), ("DeletionHeld", "True", "NotAllowed")],
        "both": [("Synced", "False", "Suspended"), ("DeletionHeld", "True", "HeldByGuard")],
        "under-way": [("Synced", "False", "Updating")],
    }
    for name, told in conditions.items():
        status = {"conditions": [{"type": type_, "status": value, "reason": reason} for type_, value, reason in told]}
        for connection in ("default", "another"):
            body = resource_body(key(f"{name}-{connection}"), status=status)
            objects.put(body | {"spec": {"connectionRef": {"name": connection}}})

    assert fleet_fields(LINK, objects, "default")["held"] == 3
