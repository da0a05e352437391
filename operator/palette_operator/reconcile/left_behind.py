"""What stays in Palette when a resource goes without having been let go: it is told, and nothing is done to it.

Somebody took the finalizer off, or the definition of the kind was removed, while what it stood for was still held.
"""

from __future__ import annotations

from palette_operator.domain.event_budget import EventNote
from palette_operator.kube.objects import Body, connection_of, is_local_cluster
from palette_operator.reconcile.finalizer import FINALIZER

REASON = "LeftBehind"


def note_of_removal(body: Body) -> EventNote | None:
    """Return what is to be told of a resource that has gone, by its last body; None where it leaves nothing behind."""
    metadata, status = body["metadata"], body.get("status") or {}
    was_let_go = metadata.get("deletionTimestamp") and FINALIZER not in (metadata.get("finalizers") or ())
    left = _left(body)
    if not left or was_let_go or (status.get("pendingOperation") or {}).get("verb") == "delete":
        return None
    message = (
        f"the resource was removed before it was let go: {left} stays as it is, with our mark; apply the resource "
        "again to take it up, or delete it there"
    )
    return EventNote("Warning", REASON, message)


def _left(body: Body) -> str:
    """Say what a resource stands for, for people; "" for nothing that is ours."""
    spec, status, kind = body.get("spec") or {}, body.get("status") or {}, body["kind"]
    uid, name = status.get("uid"), spec.get("name") or body["metadata"]["name"]
    if not uid or spec.get("mode") == "Observe":
        return ""
    if kind == "PaletteCluster":
        return f"cluster {name!r} ({uid}) {'on its hosts' if is_local_cluster(body) else 'in Palette'}"
    return f"edge host {uid} in Palette" if kind == "EdgeHost" and connection_of(body) else ""
