"""What is known of a fleet at the moment: the last complete pass, and what we learned ourselves since. No I/O."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from palette_operator.domain.errors import ReconcileError
from palette_operator.domain.identifiers import ClusterUid, HostUid
from palette_operator.domain.observed import Absent, ClusterRow, HostRow, Known, Sighting, Unknown
from palette_operator.palette.glance import Glance
from palette_operator.palette.metrics import PassOutcome
from palette_operator.palette.shrinkage import Shrinkage
from palette_operator.palette.snapshot import Listing, Note, Overlay, Row, Snapshot

PASSES_REMEMBERED = 64
LEAVING = frozenset({"Deleting", "Deleted"})

UidT = TypeVar("UidT", bound=str)
RowT = TypeVar("RowT", bound=Row)
AnyT = TypeVar("AnyT")


@dataclass(frozen=True, slots=True)
class PassResult:
    """What a pass found, for those who wait for it."""

    clusters: frozenset[ClusterUid]
    """Those that came, went or changed in what we act upon."""
    hosts: frozenset[HostUid]
    complete: bool
    """A short look is not, though it may succeed."""
    failure: ReconcileError | None
    """Why it failed; Waiting when the list merely moved under it."""

    @property
    def outcome(self) -> PassOutcome:
        """In a word, for a metric."""
        return "incomplete" if self.failure else "complete" if self.complete else "short"


class Picture:
    """Answers what is known of clusters and edge hosts, and how far that can be relied upon."""

    def __init__(
        self, *, stale_after_s: float, settle_s: float, now: Callable[[], datetime], most_vouched_s: float = 0.0
    ) -> None:
        """`settle_s` covers the lag of the search; a snapshot older than `stale_after_s` says nothing any more.

        Short looks that find as much as is known keep it valid, for `most_vouched_s` longer at most.
        """
        self._stale_after_s = stale_after_s
        self._most_vouched_s = most_vouched_s
        self._vouched_at: datetime | None = None
        self._now = now
        self._cluster_notes: Overlay[ClusterUid, ClusterRow] = Overlay(settle_s)
        self._host_notes: Overlay[HostUid, HostRow] = Overlay(settle_s)
        self._missing_clusters: Shrinkage[ClusterUid, ClusterRow] = Shrinkage("clusters")
        self._missing_hosts: Shrinkage[HostUid, HostRow] = Shrinkage("edge hosts")
        self._complete_at: deque[datetime] = deque(maxlen=PASSES_REMEMBERED)
        self.failure: ReconcileError | None = None
        """Why the last pass was not complete; None when it was, or before the first."""
        self.snapshot: Snapshot | None = None
        """The latest complete pass, as listed; None before the first."""
        self._former: Snapshot | None = None

    def go_on_from(self, former: Picture) -> None:
        """Take over from an older picture of the same fleet: the first pass is compared with the last one there.

        What that one could not explain stays unexplained. Nothing else is known before the first pass.
        """
        self._former = former.snapshot or former._former
        self._cluster_notes, self._host_notes = former._cluster_notes, former._host_notes
        self._missing_clusters, self._missing_hosts = former._missing_clusters, former._missing_hosts

    @property
    def doubt(self) -> str | None:
        """Why nothing may be concluded from what is not seen, in words that stay the same; None when all is well."""
        if self.snapshot is None:
            reason = "Palette has not been looked at completely yet"
        elif self._is_stale(self.snapshot):
            reason = "the last complete look at Palette is too old"
        else:
            return None
        return f"{reason}: {self.failure.message}" if self.failure else reason

    @property
    def shrank(self) -> str | None:
        """Why nothing should be created or deleted: too much vanished at once, and it is not explained yet."""
        return self._missing_clusters.message or self._missing_hosts.message

    @property
    def looked_at(self) -> datetime | None:
        """When the latest look began, a short one too."""
        return self._vouched_at or (self.snapshot.began_at if self.snapshot else None)

    def complete_passes_since(self, moment: datetime) -> int:
        """Count the complete passes that began at `moment` or later, up to PASSES_REMEMBERED."""
        return sum(began_at >= moment for began_at in self._complete_at)

    def cluster(self, uid: ClusterUid) -> Sighting[ClusterRow]:
        """Tell what is known of a cluster. Absent is a hint, to be confirmed by a read."""
        return self._sighting(uid, self._listed_clusters, self._cluster_notes)

    def host(self, uid: HostUid) -> Sighting[HostRow]:
        """Tell what is known of an edge host. Absent is a hint, to be confirmed by a read."""
        return self._sighting(uid, self._listed_hosts, self._host_notes)

    def clusters(self) -> Mapping[ClusterUid, ClusterRow]:
        """Return all clusters known now."""
        return self._cluster_notes.merged(self._listed_clusters)

    def hosts(self) -> Mapping[HostUid, HostRow]:
        """Return all edge hosts known now."""
        return self._host_notes.merged(self._listed_hosts)

    def clusters_named(self, name: str) -> tuple[ClusterRow, ...]:
        """Return the clusters of this name. None found means nothing while there is a `doubt`."""
        return self._cluster_notes.named(self._listed_clusters, name)

    def clusters_marked(self, mark: str) -> tuple[ClusterRow, ...]:
        """Return the clusters that carry this owner mark. None found means nothing while there is a `doubt`."""
        return self._cluster_notes.marked(self._listed_clusters, mark)

    def hosts_named(self, name: str) -> tuple[HostRow, ...]:
        """Return the edge hosts of this name. None found means nothing while there is a `doubt`."""
        return self._host_notes.named(self._listed_hosts, name)

    def hosts_marked(self, mark: str) -> tuple[HostRow, ...]:
        """Return the edge hosts that carry this owner mark. None found means nothing while there is a `doubt`."""
        return self._host_notes.marked(self._listed_hosts, mark)

    def hosts_labelled(self, labels: Mapping[str, str]) -> tuple[HostRow, ...]:
        """Return the edge hosts with all of these labels. None found means nothing while there is a `doubt`."""
        return self._host_notes.labelled(self._listed_hosts, labels)

    def note_cluster(self, row: ClusterRow, *, at: datetime | None = None) -> None:
        """Take down a cluster that we created or read ourselves; `at`, by default now, is when that was so."""
        self._cluster_notes.put(row.uid, Note(row, at or self._now()))

    def note_host(self, row: HostRow, *, at: datetime | None = None) -> None:
        """Take down an edge host that we registered or read ourselves; `at`, by default now, is when that was so."""
        self._host_notes.put(row.uid, Note(row, at or self._now()))

    def forget_cluster(self, uid: ClusterUid) -> None:
        """Take down that a cluster is gone, confirmed by a read: a listing that lags is not believed."""
        self._cluster_notes.put(uid, Note(None, self._now()))
        self._missing_clusters.confirm_gone(uid)

    def forget_host(self, uid: HostUid) -> None:
        """Take down that an edge host is gone, confirmed by a read: a listing that lags is not believed."""
        self._host_notes.put(uid, Note(None, self._now()))
        self._missing_hosts.confirm_gone(uid)

    def adopt(self, fresh: Snapshot) -> PassResult:
        """Take over a complete pass; tell what it changed."""
        before = self.snapshot or self._former or Snapshot(fresh.began_at)
        self._former = None
        staying = {uid: row for uid, row in before.clusters.items() if row.state not in LEAVING}
        self._missing_clusters.compare(staying, fresh.clusters, self._cluster_notes.is_gone)
        self._missing_hosts.compare(before.hosts, fresh.hosts, self._host_notes.is_gone)
        cluster_notes = self._cluster_notes.reconcile(fresh.clusters, fresh.began_at)
        host_notes = self._host_notes.reconcile(fresh.hosts, fresh.began_at)
        self._complete_at.append(fresh.began_at)
        self.snapshot = fresh
        self._vouched_at = None
        self.failure = None
        return _difference(before, fresh, cluster_notes, host_notes, complete=True)

    def glance(self, glance: Glance) -> PassResult:
        """Take over what a short look showed over the last complete pass; tell what it changed. It ends nothing."""
        before = self.snapshot or Snapshot(glance.snapshot.began_at)
        cluster_notes = self._cluster_notes.settle_shown(glance.clusters, glance.began_at)
        host_notes = self._host_notes.settle_shown(glance.hosts, glance.began_at)
        self.snapshot = glance.snapshot
        self.failure = None
        if glance.whole:
            self._vouched_at = glance.began_at
        return _difference(before, glance.snapshot, cluster_notes, host_notes, complete=False)

    @property
    def _listed_clusters(self) -> Listing[ClusterUid, ClusterRow]:
        return self.snapshot.cluster_listing if self.snapshot else Listing()

    @property
    def _listed_hosts(self) -> Listing[HostUid, HostRow]:
        return self.snapshot.host_listing if self.snapshot else Listing()

    def _sighting(self, uid: UidT, listing: Listing[UidT, RowT], notes: Overlay[UidT, RowT]) -> Sighting[RowT]:
        doubt = self.doubt
        note = notes.get(uid)
        if note is not None and (doubt is None or self._is_recent(note.at)):
            return Absent(note.at) if note.row is None else Known(note.row, note.at)
        if doubt is not None or self.snapshot is None:
            return Unknown(doubt or "")
        row = listing.rows.get(uid)
        return Absent(self.snapshot.began_at) if row is None else Known(row, self.snapshot.began_at)

    def _is_stale(self, snapshot: Snapshot) -> bool:
        now = self._now()
        age_s = (now - (self._vouched_at or snapshot.began_at)).total_seconds()
        return age_s > self._stale_after_s or snapshot.age_s(now) > self._stale_after_s + self._most_vouched_s

    def _is_recent(self, moment: datetime) -> bool:
        return (self._now() - moment).total_seconds() <= self._stale_after_s


def _difference(
    before: Snapshot,
    after: Snapshot,
    cluster_notes: Mapping[ClusterUid, ClusterRow | None],
    host_notes: Mapping[HostUid, HostRow | None],
    *,
    complete: bool,
) -> PassResult:
    """Tell what one look changed, against the look before and against the notes that it answers."""
    return PassResult(
        clusters=_changed(before.clusters, after.clusters, _cluster_as_acted_upon)
        | _belied(cluster_notes, after.clusters, _cluster_as_acted_upon),
        hosts=_changed(before.hosts, after.hosts, _host_as_acted_upon)
        | _belied(host_notes, after.hosts, _host_as_acted_upon),
        complete=complete,
        failure=None,
    )


def _changed(
    before: Mapping[UidT, AnyT], after: Mapping[UidT, AnyT], projection: Callable[[AnyT], Hashable]
) -> frozenset[UidT]:
    """Name what came, went or looks different."""
    stayed = before.keys() & after.keys()
    differing = {uid for uid in stayed if projection(before[uid]) != projection(after[uid])}
    return frozenset((before.keys() ^ after.keys()) | differing)


def _belied(
    notes: Mapping[UidT, AnyT | None], listed: Mapping[UidT, AnyT], projection: Callable[[AnyT], Hashable]
) -> frozenset[UidT]:
    """Name those of whom a listing says something else than the note that it answers.

    The listing before may have said so already, with nobody heeding it: the note was younger then.
    """

    def seen(row: AnyT | None) -> Hashable:
        return None if row is None else projection(row)

    return frozenset(uid for uid, noted in notes.items() if seen(noted) != seen(listed.get(uid)))


def _cluster_as_acted_upon(row: ClusterRow) -> Hashable:
    return row.projection


def _host_as_acted_upon(row: HostRow) -> Hashable:
    return row
