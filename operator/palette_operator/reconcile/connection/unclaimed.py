"""What carries our mark in Palette and has no resource: found in the listings, told, and left as it is.

Its resource was removed by force, perhaps while no operator ran that could have seen it; or it was let go while the
mark could not be taken off.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from palette_operator.domain.identifiers import ObjectKey
from palette_operator.domain.marks import INSTANCE_LABEL
from palette_operator.kube.objects import Body
from palette_operator.palette.picture import LEAVING
from palette_operator.palette.snapshot import Snapshot
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.findings import Findings
from palette_operator.reconcile.left_behind import REASON
from palette_operator.reconcile.sites import Link

_NAMED = 3


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a pass over one project showed."""

    began_at: datetime
    since: Mapping[str, datetime]
    """By uid, since when it has been known to have no resource."""
    told: tuple[str, ...]


class Unclaimed:
    """Says so on the connection, once no listing can lag that far behind: one shows what was just let go."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._seen: dict[tuple[str, str], _Seen] = {}
        self._owners: dict[ObjectKey, str] = {}

    def note(self, key: ObjectKey, body: Body, link: Link | None, findings: Findings) -> None:
        """Note the condition, or nothing when all has a resource. What was said holds until Palette was looked at."""
        said = _said(body)
        projects = list(link.projects.values()) if link else []
        seen = [(p.project.uid, p.fleet.snapshot) for p in projects if p.fleet.snapshot is not None]
        told = [self._look((key.name, uid), snapshot, was_said=bool(said)) for uid, snapshot in seen]
        is_looked_at = bool(projects) and len(seen) == len(projects)
        message = _message(sorted(chain.from_iterable(told))) if is_looked_at else said
        if message:
            findings.holds(REASON, REASON, message)

    def forget(self, connection: str) -> None:
        """Drop what is known of a connection that is gone."""
        self._seen = {where: seen for where, seen in self._seen.items() if where[0] != connection}

    def _look(self, where: tuple[str, str], snapshot: Snapshot, *, was_said: bool) -> tuple[str, ...]:
        """Return what is to be told of a project, by what a pass showed; each pass is judged once."""
        last = self._seen.get(where)
        if last is not None and last.began_at == snapshot.began_at:
            return last.told
        lag = timedelta(seconds=self._context.settings.search_lag_s)
        # After a restart, what the status says was waited for by the one before.
        first = snapshot.began_at - lag if last is None and was_said else self._context.now()
        found = dict(self._without_resource(snapshot))
        since = {uid: last.since.get(uid, first) if last else first for uid in found}
        told = tuple(name for uid, name in found.items() if snapshot.began_at - since[uid] >= lag)
        self._seen[where] = _Seen(snapshot.began_at, since, told)
        return told

    def _without_resource(self, snapshot: Snapshot) -> Iterator[tuple[str, str]]:
        """Yield uid and name of what this management cluster marked and has no resource for."""
        owners = self._known_owners()
        instance = self._context.identity.instance
        for mark, clusters in snapshot.cluster_listing.by_mark.items():
            for cluster in clusters if mark not in owners else ():
                row = snapshot.clusters[cluster]
                if row.labels.get(INSTANCE_LABEL) == instance and row.state not in LEAVING:
                    yield cluster, f"cluster {row.name!r} ({cluster})"
        for mark, hosts in snapshot.host_listing.by_mark.items():
            for host in hosts if mark not in owners else ():
                if snapshot.hosts[host].labels.get(INSTANCE_LABEL) == instance:
                    yield host, f"edge host {host}"

    def _known_owners(self) -> Collection[str]:
        keys = [key for kind in ("PaletteCluster", "EdgeHost") for key in self._context.objects.keys(kind)]
        self._owners = {key: self._owners.get(key) or self._context.identity.owner(key) for key in keys}
        return set(self._owners.values())


def _said(body: Body) -> str:
    """Return what the status says of it; "" for nothing."""
    conditions = (body.get("status") or {}).get("conditions") or ()
    return next((str(c.get("message") or "") for c in conditions if c.get("type") == REASON), "")


def _message(told: list[str]) -> str:
    if not told:
        return ""
    more = f" and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
    return (
        f"marked by us and without a resource: {', '.join(told[:_NAMED])}{more}; apply their resources again to "
        "take them up, or delete them in Palette"
    )
