"""What one full look at Palette showed, and what is known beyond it. Pure.

Searches lag behind writes: what we have just created or read ourselves is laid over the listing until a listing can
be expected to show it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Generic, Protocol, TypeVar

from palette_operator.domain.identifiers import ClusterUid, HostUid, ProjectUid
from palette_operator.domain.marks import OWNER_LABEL
from palette_operator.domain.observed import ClusterRow, HostRow
from palette_operator.palette.wire.search import PAGE_SIZE


class Row(Protocol):
    """What cluster rows and host rows have in common."""

    @property
    def name(self) -> str: ...  # noqa: D102 - as the class says
    @property
    def labels(self) -> Mapping[str, str]: ...  # noqa: D102 - as the class says


UidT = TypeVar("UidT", bound=str)
RowT = TypeVar("RowT", bound=Row)


@dataclass(frozen=True)
class Listing(Generic[UidT, RowT]):
    """The rows of one kind, as listed."""

    rows: Mapping[UidT, RowT] = field(default_factory=dict)

    @cached_property
    def by_name(self) -> Mapping[str, tuple[UidT, ...]]:
        """Uids by name; names are not declared unique."""
        return _grouped((row.name, uid) for uid, row in self.rows.items())

    @cached_property
    def by_mark(self) -> Mapping[str, tuple[UidT, ...]]:
        """Uids by owner mark, of the rows that carry one."""
        return _grouped((row.labels[OWNER_LABEL], uid) for uid, row in self.rows.items() if OWNER_LABEL in row.labels)

    @cached_property
    def by_label(self) -> Mapping[tuple[str, str], tuple[UidT, ...]]:
        """Uids by label and value."""
        return _grouped((label, uid) for uid, row in self.rows.items() for label in row.labels.items())


@dataclass(frozen=True)
class Snapshot:
    """What a complete pass over one scope showed."""

    began_at: datetime
    cluster_listing: Listing[ClusterUid, ClusterRow] = field(default_factory=Listing)
    host_listing: Listing[HostUid, HostRow] = field(default_factory=Listing)

    @property
    def clusters(self) -> Mapping[ClusterUid, ClusterRow]:
        """The clusters as listed."""
        return self.cluster_listing.rows

    @property
    def hosts(self) -> Mapping[HostUid, HostRow]:
        """The edge hosts as listed."""
        return self.host_listing.rows

    def age_s(self, now: datetime) -> float:
        """Tell how long ago the pass began."""
        return (now - self.began_at).total_seconds()

    @property
    def pages(self) -> int:
        """How many requests such a pass takes: an empty list takes one too."""
        return page_count(len(self.clusters)) + page_count(len(self.hosts))

    def part(self, project: ProjectUid) -> Snapshot:
        """Return what it showed of one project; rows that name no project belong to none."""
        return self._parts.get(project) or Snapshot(self.began_at)

    @cached_property
    def _parts(self) -> Mapping[ProjectUid, Snapshot]:
        clusters: defaultdict[ProjectUid, dict[ClusterUid, ClusterRow]] = defaultdict(dict)
        hosts: defaultdict[ProjectUid, dict[HostUid, HostRow]] = defaultdict(dict)
        for cluster in self.clusters.values():
            if cluster.project:
                clusters[cluster.project][cluster.uid] = cluster
        for host in self.hosts.values():
            if host.project:
                hosts[host.project][host.uid] = host
        return {
            project: Snapshot(self.began_at, Listing(clusters[project]), Listing(hosts[project]))
            for project in [*clusters.keys(), *hosts.keys()]
        }


def page_count(rows: int) -> int:
    """Return how many pages a list of so many rows has."""
    return max(1, -(-rows // PAGE_SIZE))


@dataclass(frozen=True, slots=True)
class Note(Generic[RowT]):
    """What we know of one object from elsewhere than a listing; `row` is None when it is gone for certain."""

    row: RowT | None
    at: datetime


class Overlay(Generic[UidT, RowT]):
    """Notes that hold until a listing that began later shows the same, or must by then."""

    def __init__(self, settle_s: float) -> None:
        """`settle_s` covers the search's lag: a pass that began so long after a note knows better than it."""
        self._settle = timedelta(seconds=settle_s)
        self._notes: dict[UidT, Note[RowT]] = {}

    def put(self, uid: UidT, note: Note[RowT]) -> None:
        """Take down what is known as of `note.at`; an older note gives way."""
        held = self._notes.get(uid)
        if held is None or held.at <= note.at:
            self._notes[uid] = note

    def get(self, uid: UidT) -> Note[RowT] | None:
        """Return the note on `uid`, if one holds."""
        return self._notes.get(uid)

    def reconcile(self, listed: Mapping[UidT, RowT], began_at: datetime) -> dict[UidT, RowT | None]:
        """Drop the notes that a pass begun at `began_at` has answered; return what they said."""
        dropped: dict[UidT, RowT | None] = {}
        for uid, note in list(self._notes.items()):
            if (uid in listed and _is_answered(note, began_at)) or began_at >= note.at + self._settle:
                dropped[uid] = self._notes.pop(uid).row
        return dropped

    def settle_shown(self, shown: Iterable[UidT], began_at: datetime) -> dict[UidT, RowT | None]:
        """Drop the notes that a short look begun at `began_at` has answered by showing the object; return these."""
        answered = [uid for uid in shown if uid in self._notes and _is_answered(self._notes[uid], began_at)]
        return {uid: self._notes.pop(uid).row for uid in answered}

    def is_gone(self, uid: UidT) -> bool:
        """Whether it is known to be gone for certain."""
        note = self._notes.get(uid)
        return note is not None and note.row is None

    def merged(self, listing: Listing[UidT, RowT]) -> dict[UidT, RowT]:
        """Return the listing's rows with the notes laid over them."""
        rows = {uid: row for uid, row in listing.rows.items() if uid not in self._notes}
        return rows | {uid: note.row for uid, note in self._notes.items() if note.row is not None}

    def named(self, listing: Listing[UidT, RowT], name: str) -> tuple[RowT, ...]:
        """Return the rows of this name, notes included."""
        noted = [note.row for note in self._notes.values() if note.row is not None and note.row.name == name]
        return self._unnoted(listing, listing.by_name.get(name, ())) + tuple(noted)

    def marked(self, listing: Listing[UidT, RowT], mark: str) -> tuple[RowT, ...]:
        """Return the rows with this owner mark, notes included."""
        rows = [note.row for note in self._notes.values() if note.row is not None]
        noted = [row for row in rows if row.labels.get(OWNER_LABEL) == mark]
        return self._unnoted(listing, listing.by_mark.get(mark, ())) + tuple(noted)

    def labelled(self, listing: Listing[UidT, RowT], labels: Mapping[str, str]) -> tuple[RowT, ...]:
        """Return the rows with all of these labels, notes included; none for no labels."""
        rarest = min((listing.by_label.get(label, ()) for label in labels.items()), key=len, default=())
        noted = tuple(note.row for note in self._notes.values() if note.row is not None)
        candidates = self._unnoted(listing, rarest) + noted if labels else ()
        return tuple(row for row in candidates if labels.items() <= row.labels.items())

    def _unnoted(self, listing: Listing[UidT, RowT], uids: Iterable[UidT]) -> tuple[RowT, ...]:
        return tuple(listing.rows[uid] for uid in uids if uid not in self._notes)


def _is_answered(note: Note[RowT], began_at: datetime) -> bool:
    """Whether a look that began then, and shows the object, knows better."""
    return note.row is not None and began_at >= note.at


KeyT = TypeVar("KeyT")


def _grouped(pairs: Iterable[tuple[KeyT, UidT]]) -> Mapping[KeyT, tuple[UidT, ...]]:
    groups: defaultdict[KeyT, list[UidT]] = defaultdict(list)
    for key, uid in pairs:
        groups[key].append(uid)
    return {key: tuple(uids) for key, uids in groups.items()}
