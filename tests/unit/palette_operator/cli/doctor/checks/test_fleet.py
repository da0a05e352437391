from __future__ import annotations

from typing import Any

import pytest

from palette_operator.cli.doctor.checks import fleet
from palette_operator.cli.doctor.checks.fleet import Load
from palette_operator.cli.doctor.findings import Verdict
from palette_operator.cli.doctor.observations import ScopeLook
from palette_operator.domain.errors import Stalled
from palette_operator.domain.identifiers import ProjectUid
from palette_operator.domain.observed import Project
from palette_operator.domain.resources import RateLimit
from support.rows import cluster_row, host_row

PROD = Project(ProjectUid("p1"), "prod")
FORBIDDEN = Stalled("Forbidden", "403")


def scope(clusters: int = 1, hosts: int = 1, **more: Any) -> ScopeLook:  # noqa: ANN401 - any field
    given: dict[str, Any] = {
        "clusters": {f"c{n}": cluster_row(f"c{n}") for n in range(clusters)},
        "hosts": {f"h{n}": host_row(f"h{n}") for n in range(hosts)},
        **more,
    }
    return ScopeLook(project=PROD, profiles=0, cluster=None, host=None, **given)


CLAIMED = {"c0": "PaletteCluster a/c0", "h0": "EdgeHost a/h0"}
GONE = {**CLAIMED, "c9": "PaletteCluster a/c9"}
CLAIMS: dict[str, tuple[ScopeLook, dict[str, str], Verdict, str]] = {
    "all are seen": (scope(), CLAIMED, Verdict.OK, "sees all 2"),
    "nothing is claimed": (scope(), {}, Verdict.OK, "1 clusters and 1 edge hosts"),
    "one is gone": (scope(missing={"c9": False}), GONE, Verdict.WARNING, "Palette says that they are gone"),
    "one may not be read": (scope(missing={"c9": FORBIDDEN}), GONE, Verdict.FAILURE, "a/c9; the credential may not"),
    "one is there but not listed": (scope(missing={"c9": True}), GONE, Verdict.FAILURE, "yet a read finds them"),
    "some are gone and some forbidden": (
        scope(missing={"c8": False, "c9": FORBIDDEN}),
        {**GONE, "c8": "PaletteCluster a/c8"},
        Verdict.FAILURE,
        "2 of 4",
    ),
    "a listing failed": (scope(hosts=0, clusters=0) , {}, Verdict.OK, "0 clusters"),
    "clusters could not be listed": (
        ScopeLook(PROD, FORBIDDEN, {}, 0, None, None), CLAIMED, Verdict.SKIPPED, "could not be listed",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("look", "claimed", "verdict", "words"), CLAIMS.values(), ids=CLAIMS)
def test_what_resources_stand_for_is_looked_for(
    look: ScopeLook, claimed: dict[str, str], verdict: Verdict, words: str
) -> None:
    found = fleet.claims(look, claimed, {})

    assert found.verdict is verdict
    assert words in found.message


UNREAD = {"EdgeHosts in namespace retail": Stalled("KubernetesForbidden", "not allowed")}
PARTLY: dict[str, tuple[dict[str, str], Verdict, str]] = {
    "nothing is known to be claimed": ({}, Verdict.SKIPPED, "EdgeHosts in namespace retail cannot be listed; not all"),
    "what is known is seen": (CLAIMED, Verdict.SKIPPED, "is not known"),
    "of what is known one is gone": (GONE, Verdict.WARNING, "Palette says that they are gone"),
}


@pytest.mark.parametrize(("claimed", "verdict", "words"), PARTLY.values(), ids=PARTLY)
def test_resources_that_cannot_be_listed_are_never_well(claimed: dict[str, str], verdict: Verdict, words: str) -> None:
    found = fleet.claims(scope(missing={"c9": False}), claimed, UNREAD)

    assert found.verdict is verdict
    assert words in found.message


def test_resources_of_a_project_that_is_not_seen_are_a_failure() -> None:
    found = fleet.claimed_elsewhere(7, "p7")

    assert found.verdict is Verdict.FAILURE
    assert "7 resources are of project p7" in found.message


LOADS: dict[str, tuple[RateLimit, list[ScopeLook], int, float]] = {
    "an empty project takes a page of each": (RateLimit(), [scope(0, 0)], 2, 9),
    "fifty rows are a page": (RateLimit(), [scope(50, 51)], 3, 9),
    "each project is listed": (RateLimit(), [scope(), scope()], 4, 9),
    "less of the limit": (RateLimit(share="0.5"), [scope()], 2, 5),
    "a limit over all": (RateLimit(global_per_second=2), [scope()], 2, 2),
    "another rate": (
        RateLimit.model_validate({"overrides": [{"prefix": "/v1/dashboard", "perSecond": 100}]}),
        [scope()],
        2,
        90,
    ),
}


@pytest.mark.parametrize(("limit", "scopes", "requests", "per_second"), LOADS.values(), ids=LOADS)
def test_the_load_of_a_pass(limit: RateLimit, scopes: list[ScopeLook], requests: int, per_second: float) -> None:
    load = fleet.load("default", "g", limit, 60, scopes)

    assert (load.requests, load.per_second) == (requests, per_second)


def asks(requests: int, *, group: str = "g", name: str = "a", per_second: float = 10.0) -> Load:
    return Load(name, group, requests, 10.0, per_second)


HEADROOM = {
    "room": (asks(50), [], Verdict.OK, "50%"),
    "no room": (asks(51), [], Verdict.WARNING, "51%"),
    "another of the group": (asks(50), [asks(10, name="b")], Verdict.WARNING, "that it may use, with b"),
    "another of another group": (asks(50), [asks(10, name="b", group="h")], Verdict.OK, "50%"),
    "a stricter one of the group": (asks(20), [asks(1, name="b", per_second=4)], Verdict.WARNING, "52% of the 4"),
}  # fmt: skip


@pytest.mark.parametrize(("own", "others", "verdict", "words"), HEADROOM.values(), ids=HEADROOM)
def test_headroom(own: Load, others: list[Load], verdict: Verdict, words: str) -> None:
    found = fleet.headroom(own, [own, *others])

    assert found.verdict is verdict
    assert words in found.message


def test_the_remedy_is_a_pause_that_leaves_half() -> None:
    assert "raise spec.poll.fleetSeconds to 20 or more" in fleet.headroom(asks(100), [asks(100)]).remedy


@pytest.mark.parametrize("met", [True, False])
def test_a_429_is_told(met: bool) -> None:
    assert [each.verdict for each in fleet.throttling(met)] == [Verdict.WARNING] * met
