"""What an edge host's status says, from what Palette lists of it. Pure."""

from __future__ import annotations

from typing import Any

from palette_operator.domain.conditions import Condition, false, true, unknown
from palette_operator.domain.observed import HostRow
from palette_operator.domain.resources import EdgeHostStatus, HostClusterRef
from palette_operator.reconcile.edge_host.facts import hardware_status, network_status, os_status


def registered(row: HostRow) -> Condition:
    """Return Registered: known to Palette and paired."""
    match row.state:
        case "unpaired" | "":
            return false("Registered", "AwaitingRegistration", "registered; waiting for the device to make contact")
        case "ready" | "in-use":
            return true("Registered", "Paired", "the device is paired")
    return unknown("Registered", "UnknownState", f"Palette reports the state {row.state}, which is not known here")


def connected(row: HostRow) -> Condition:
    """Return Connected: the device is alive, as Palette sees it."""
    match row.state, row.health.lower():
        case (("unpaired" | ""), _):
            return false("Connected", "NeverConnected", "the device has not made contact yet")
        case _, "healthy":
            return true("Connected", "Healthy", "the device reports itself healthy")
        case _, "":
            return false("Connected", "NeverConnected", "the device has not reported its health yet")
        case _, "unhealthy":
            return false("Connected", "Disconnected", row.health_message or "Palette reports the device as unhealthy")
    return unknown("Connected", "UnknownState", f"Palette reports the health {row.health}, which is not known here")


def observed_fields(row: HostRow, user: tuple[str, str] | None, before: EdgeHostStatus | None = None) -> dict[str, Any]:
    """Return the status fields that follow from a row; None removes one.

    `user` names the namespace and pool of the PaletteCluster that uses the host, where there is one; `before` is the
    status as it is.
    """
    return {
        "uid": row.uid,
        "remoteState": row.state or None,
        "state": row.state or None,
        "health": row.health or None,
        "hostName": row.name or None,
        "agentVersion": row.agent_version or None,
        "clusterRef": _cluster_ref(row, user),
        "hostState": row.host_state or None,
        "hostType": row.host_type or None,
        "hardware": hardware_status(row.hardware, before.hardware if before else None),
        "network": network_status(row.hardware, row.address),
        "os": os_status(row.hardware),
    }


def _cluster_ref(row: HostRow, user: tuple[str, str] | None) -> dict[str, Any] | None:
    if row.cluster_uid is None:
        return None
    namespace, pool = user or ("", "")
    return HostClusterRef(name=row.cluster_name, uid=row.cluster_uid, namespace=namespace, pool=pool).to_kubernetes()
