"""A short look: what was modified lately, newest first. It brings changes early, and never shows that a thing is gone.

Whether it can be relied upon depends on what Palette does with `lastModifiedTimestamp`, which is not documented: a
change may not move it, or each heartbeat may. So it is checked against each full look. Pure but for the reading.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Generic, Protocol, TypeVar, cast

from palette_operator.domain.identifiers import ClusterUid, HostUid, ProjectUid
from palette_operator.domain.observed import ClusterRow, HostRow
from palette_operator.palette.metrics import WhyNotShort
from palette_operator.palette.snapshot import Listing, Snapshot
from palette_operator.palette.wire.search import PAGE_SIZE, Page

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Dated(Protocol):
    """What rows of both kinds say of themselves."""

    @property
    def uid(self) -> str: ...  # noqa: D102 - as the class says
    @property
    def modified_at(self) -> datetime | None: ...  # noqa: D102 - as the class says


DatedT = TypeVar("DatedT", bound=Dated)
UidT = TypeVar("UidT", bound=str)
RowT = TypeVar("RowT", ClusterRow, HostRow)


class Unhelpful(Exception):
    """A short look is of no use here."""

    def __init__(self, why: WhyNotShort) -> None:
        super().__init__(why)
        self.why: WhyNotShort = why


@dataclass(frozen=True, slots=True)
class Recent(Generic[DatedT]):
    """The rows that were modified lately, and how many there are in all."""

    rows: tuple[DatedT, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Marks:
    """The newest `lastModifiedTimestamp` seen of each kind, by Palette's clock."""

    cluster: datetime = LONG_AGO
    host: datetime = LONG_AGO

    @classmethod
    def of(cls, snapshot: Snapshot) -> Marks:
        """Return the marks after a full look."""
        return cls(newest(snapshot.clusters.values()), newest(snapshot.hosts.values()))


@dataclass(frozen=True, slots=True)
class Glance:
    """The last full look with what a short one has shown since laid over it."""

    began_at: datetime
    snapshot: Snapshot
    """It began when the full look did: what it does not show was not there then."""
    clusters: frozenset[ClusterUid]
    """Those that the short look showed."""
    hosts: frozenset[HostUid]
    whole: bool
    """As many are known as Palette says that there are; if not, something left, or came unseen."""

    def part(self, project: ProjectUid) -> Glance:
        """Return what it shows of one project."""
        return replace(self, snapshot=self.snapshot.part(project))


async def recent(
    pages: AsyncGenerator[Page[DatedT], None], known: Mapping[UidT, DatedT], horizon: datetime, most_pages: int
) -> Recent[DatedT]:
    """Read pages, newest first, until one brings nothing new or reaches back beyond `horizon`.

    Raises Unhelpful when that takes more than `most_pages`, or when the rows are not in this order.
    """
    found: list[DatedT] = []
    total, count = 0, 0
    async with aclosing(pages):
        async for page in pages:
            count += 1
            total = (page.total or 0) if count == 1 else total
            times = [_time(row) for row in page.rows]
            # Across pages the order may break: what is modified meanwhile moves to the front.
            if any(later > earlier for earlier, later in pairwise(times)):
                raise Unhelpful("unordered")
            news = [row for row in page.rows if _is_news(row, known.get(cast("UidT", row.uid)))]
            found += news
            if not news or times[-1] < horizon:
                break
            if count >= most_pages and count * PAGE_SIZE < total:
                raise Unhelpful("no-gain")
    return Recent(tuple(found), total)


def lay_over(snapshot: Snapshot, clusters: Recent[ClusterRow], hosts: Recent[HostRow], began_at: datetime) -> Glance:
    """Lay what a short look showed over what was known."""
    known_clusters = {**snapshot.clusters, **{row.uid: row for row in clusters.rows}}
    known_hosts = {**snapshot.hosts, **{row.uid: row for row in hosts.rows}}
    return Glance(
        began_at=began_at,
        snapshot=Snapshot(snapshot.began_at, Listing(known_clusters), Listing(known_hosts)),
        clusters=frozenset(row.uid for row in clusters.rows),
        hosts=frozenset(row.uid for row in hosts.rows),
        whole=len(known_clusters) == clusters.total and len(known_hosts) == hosts.total,
    )


def missed(known: Snapshot, fresh: Snapshot, marks: Marks, margin: timedelta) -> bool:
    """Tell whether a full look shows something that the short ones since the one before should have shown.

    `marks` are those after the last short look, `margin` is how far a search may lag. What left is not theirs to show.
    """
    return any(_hidden(known.clusters, fresh.clusters, marks.cluster - margin)) or any(
        _hidden(known.hosts, fresh.hosts, marks.host - margin)
    )


def newest(rows: Iterable[Dated]) -> datetime:
    """Return the newest time of modification among rows."""
    return max((row.modified_at for row in rows if row.modified_at is not None), default=LONG_AGO)


def _hidden(known: Mapping[UidT, RowT], fresh: Mapping[UidT, RowT], shown_to: datetime) -> Iterator[bool]:
    """Tell of each row that came or changed whether no short look could show it, or the last one failed to."""
    for uid, row in fresh.items():
        before = known.get(uid)
        if before is None or before.projection != row.projection:
            was = (before.modified_at if before else None) or LONG_AGO
            yield row.modified_at is None or row.modified_at < shown_to or row.modified_at <= was


def _is_news(row: DatedT, known: DatedT | None) -> bool:
    return known is None or known.modified_at != row.modified_at


def _time(row: Dated) -> datetime:
    if row.modified_at is None:
        raise Unhelpful("undated")
    return row.modified_at
