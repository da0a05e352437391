"""What the credential may do in a project: proven by reads where they can prove it, else by the user's roles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from palette_operator.cli.doctor.findings import Finding, failure, ok, skipped, some, warning
from palette_operator.cli.doctor.observations import ScopeLook, Seen
from palette_operator.domain.errors import ReconcileError, Stalled
from palette_operator.domain.identifiers import ProjectUid
from palette_operator.palette.permissions import NEEDED, NEEDED_TO_DELETE

T = TypeVar("T")

_READ, _WRITE = "read-permissions", "write-permissions"


def clusters(look: ScopeLook) -> Finding:
    """Judge whether all that a PaletteCluster needs can be read."""
    where = f"project {look.project.name}: "
    if refused := _refusal(where, look.clusters, look.cluster, look.profiles):
        return refused
    count = len(look.clusters) if isinstance(look.clusters, Mapping) else 0
    read = "one of them whole" if look.cluster else "none there to read whole"
    listed = f"{count} clusters and {look.profiles} profile versions listed"
    return ok(_READ, f"{where}PaletteClusters: {listed}, {read}")


def hosts(look: ScopeLook) -> Finding:
    """Judge whether all that an EdgeHost needs can be read."""
    where = f"project {look.project.name}: "
    if refused := _refusal(where, look.hosts, look.host):
        return refused
    count = len(look.hosts) if isinstance(look.hosts, Mapping) else 0
    read = "one of them whole" if look.host else "none there to read whole"
    return ok(_READ, f"{where}EdgeHosts: {count} edge hosts listed, {read}")


def writes(look: ScopeLook, granted: Seen[Mapping[ProjectUid, frozenset[str]]], *, may_delete: bool) -> Finding:
    """Judge by the roles of the credential's user what it may write; only a write could prove it."""
    where = f"project {look.project.name}: "
    if isinstance(granted, ReconcileError):
        why = "the roles of its user may not be read, and only a write could prove it"
        return skipped(_WRITE, f"{where}what the credential may write is not known: {why}")
    held = granted.get(look.project.uid, frozenset())
    lacking = {
        kind: sorted((needed | (NEEDED_TO_DELETE[kind] if may_delete else frozenset())) - held)
        for kind, needed in NEEDED.items()
    }
    if not any(lacking.values()):
        return ok(_WRITE, f"{where}the roles of its user permit all that is needed (not proven: only a write could)")
    words = "; ".join(f"{kind}: {some(names, most=6)}" for kind, names in lacking.items() if names)
    return warning(
        _WRITE, f"{where}the roles of its user lack {words}", "give the user a role such as Project Admin there"
    )


def _refusal(where: str, *looks: Seen[T] | None) -> Finding | None:
    """Return the finding for the first look that failed."""
    error = next((look for look in looks if isinstance(look, ReconcileError)), None)
    if error is None:
        return None
    if isinstance(error, Stalled) and error.reason == "Forbidden":
        return failure(_READ, where + error.message, "give the credential's user a role that may, in this project")
    return warning(_READ, where + error.message, "try again; if it stays so, see Palette's own health")
