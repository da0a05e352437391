"""Whether the tenant is listed, or each project in use by itself; and whether the two agree. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from palette_operator.palette.snapshot import Snapshot

WORTH_IT = 0.75
"""The tenant is listed when that takes at most this part of the pages: a switch costs a round of both."""


class Reach(Enum):
    """How far a listing reaches."""

    PROJECT = "project"
    """Each project in use is listed by itself."""
    TENANT = "tenant"
    """The tenant is listed once for all of them."""


def choose(present: Reach, *, tenant_pages: int, project_pages: int) -> Reach:
    """Choose the reach that takes fewer pages in all; what is in use stays until it takes more than the other.

    The tenant may hold far more than the projects in use.
    """
    if present is Reach.TENANT:
        return Reach.PROJECT if tenant_pages > project_pages else Reach.TENANT
    return Reach.TENANT if tenant_pages <= WORTH_IT * project_pages else Reach.PROJECT


def agree(before: Snapshot, between: Snapshot, after: Snapshot) -> bool:
    """Tell whether three looks at one project, the one `between` of another reach than the others, can all be right.

    What both outer looks show was there all the time, so the one between shows it too; what that one shows, one of the
    others shows as well, unless it came and went again. Only then is it wrongly said that they disagree.
    """
    triples = (
        (before.clusters.keys(), between.clusters.keys(), after.clusters.keys()),
        (before.hosts.keys(), between.hosts.keys(), after.hosts.keys()),
    )
    return all(_fits(set(first), set(middle), set(last)) for first, middle, last in triples)


def pages_of(snapshots: Iterable[Snapshot]) -> int:
    """Count the pages that looks like these take."""
    return sum(snapshot.pages for snapshot in snapshots)


def _fits(first: set[str], middle: set[str], last: set[str]) -> bool:
    return first & last <= middle <= first | last
