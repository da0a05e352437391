from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from palette_operator.cli.doctor.checks import permissions
from palette_operator.cli.doctor.findings import Finding, Verdict
from palette_operator.cli.doctor.observations import ScopeLook
from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable
from palette_operator.domain.identifiers import ProjectUid
from palette_operator.domain.observed import Project
from palette_operator.palette.permissions import NEEDED, NEEDED_TO_DELETE

FORBIDDEN = Stalled("Forbidden", "Palette answered 403")
BROKEN = Unavailable("PaletteUnreachable", "no answer")
LOOK = ScopeLook(Project(ProjectUid("p1"), "prod"), {}, {}, 3, None, None)
EVERYTHING = frozenset().union(*NEEDED.values())
DELETION = frozenset().union(*NEEDED_TO_DELETE.values())

READS: dict[str, tuple[Finding, Verdict, str]] = {
    "an empty project": (permissions.clusters(LOOK), Verdict.OK, "0 clusters and 3 profile versions listed, none"),
    "a cluster that can be read": (permissions.clusters(replace(LOOK, cluster=True)), Verdict.OK, "one of them whole"),
    "clusters that may not be listed": (
        permissions.clusters(replace(LOOK, clusters=FORBIDDEN)),
        Verdict.FAILURE,
        "project prod: Palette answered 403",
    ),
    "a cluster that may not be read": (
        permissions.clusters(replace(LOOK, cluster=FORBIDDEN)),
        Verdict.FAILURE,
        "answered 403",
    ),
    "profiles that may not be listed": (
        permissions.clusters(replace(LOOK, profiles=FORBIDDEN)),
        Verdict.FAILURE,
        "answered 403",
    ),
    "a hiccup": (permissions.clusters(replace(LOOK, clusters=BROKEN)), Verdict.WARNING, "no answer"),
    "no host": (permissions.hosts(LOOK), Verdict.OK, "0 edge hosts listed, none"),
    "a host that can be read": (permissions.hosts(replace(LOOK, host=True)), Verdict.OK, "one of them whole"),
    "hosts that may not be listed": (permissions.hosts(replace(LOOK, hosts=FORBIDDEN)), Verdict.FAILURE, "403"),
    "a host that may not be read": (permissions.hosts(replace(LOOK, host=FORBIDDEN)), Verdict.FAILURE, "403"),
}


@pytest.mark.parametrize(("found", "verdict", "words"), READS.values(), ids=READS)
def test_reads(found: Finding, verdict: Verdict, words: str) -> None:
    assert (found.verdict, words in found.message) == (verdict, True)


WRITES: dict[str, tuple[frozenset[str] | ReconcileError, bool, Verdict, str]] = {
    "all that is needed": (EVERYTHING, False, Verdict.OK, "not proven"),
    "all but deletion, which is granted here": (EVERYTHING, True, Verdict.WARNING, "EdgeHost: edgehost.delete"),
    "deletion too": (EVERYTHING | DELETION, True, Verdict.OK, "not proven"),
    "all but creating clusters": (EVERYTHING - {"cluster.create"}, False, Verdict.WARNING, "lack PaletteCluster"),
    "roles that may not be read": (FORBIDDEN, False, Verdict.SKIPPED, "only a write could prove it"),
}  # fmt: skip


@pytest.mark.parametrize(("held", "may_delete", "verdict", "words"), WRITES.values(), ids=WRITES)
def test_writes(held: frozenset[str] | ReconcileError, may_delete: bool, verdict: Verdict, words: str) -> None:
    granted: Mapping[ProjectUid, frozenset[str]] | ReconcileError
    granted = held if isinstance(held, ReconcileError) else {ProjectUid("p1"): held}

    found = permissions.writes(LOOK, granted, may_delete=may_delete)

    assert (found.verdict, words in found.message) == (verdict, True)


def test_roles_in_another_project_do_not_count() -> None:
    found = permissions.writes(LOOK, {ProjectUid("p2"): EVERYTHING}, may_delete=False)

    assert found.verdict is Verdict.WARNING
