"""The guards over deletions: they outlive links, and even the process as far as statuses tell.

Neither an edit of a connection, nor its being applied anew, nor a restart grants an hour's deletions once more.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from palette_operator.domain.resources import ClusterStatus, parse_status
from palette_operator.kube.objects import Body, connection_of
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.sites import DeletionGuard


class Guards:
    """One guard for each connection and the Palette that it leads to."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._guards: dict[tuple[str, str], DeletionGuard] = {}

    def guard(self, connection: str, endpoint: str) -> DeletionGuard:
        """Return the guard of a connection, the same for as long as its endpoint is; a new one knows what was begun."""
        where = connection, endpoint
        if where not in self._guards:
            self._guards[where] = self._from_statuses(connection)
        return self._guards[where]

    def _from_statuses(self, connection: str) -> DeletionGuard:
        guard = DeletionGuard(self._context.monotonic)
        now = self._context.now()
        for uid, started_at in _begun(self._context.objects.of_kind("PaletteCluster"), connection):
            guard.spend(uid, ago_s=max(0.0, (now - started_at).total_seconds()))
        return guard


def _begun(bodies: Iterator[Body], connection: str) -> Iterator[tuple[str, datetime]]:
    """Yield the uid of each cluster whose deletion was begun through a connection, and when."""
    for body in bodies:
        status = parse_status(ClusterStatus, body.get("status"))
        through = status.pinned.get("spec.connectionRef.name") or connection_of(body)
        pending = status.pending_operation
        if through == connection and pending is not None and pending.verb == "delete" and status.uid:
            yield status.uid, pending.started_at
