"""What an admin sets on the operator itself, from flags or `PALETTE_OPERATOR_*` variables; the rest is on resources."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one operator process."""

    operator_id: str
    """Chosen by the admin and kept: with namespace and name it makes the ownership mark, so that a rebuilt
    management cluster finds its own again from Git alone."""
    namespace: str = "palette-system"
    """Where the operator runs; the Secrets of connections are read from here only."""
    watch_namespaces: tuple[str, ...] = ()
    """Namespaces to watch; empty means all."""
    replica: str = "palette-operator"
    """What this process is called among the replicas, of which one leads; no two that run are called the same."""
    lease_duration_s: int = 12
    """How long the leader is waited for that is silent. It stops by itself after three fifths of that."""
    takeover: bool = False
    """Accept objects that the same operator id marked from another management cluster."""
    search_lag_s: float = 60.0
    """How long Palette's search may lag behind writes; a create whose answer was lost is repeated after twice that."""
    unreachable_after_s: float = 90.0
    """How long Palette may be out of reach before conditions about it become Unknown."""
    resync_s: float = 600.0
    """Each object is looked at again after about this long, whatever happened."""
    local_endpoint_cidrs: tuple[str, ...] = ()
    """Networks in which hosts may be reached through their own API; empty means that none may: `spec.local` is off."""
    service_cidrs: tuple[str, ...] = ()
    """Networks in which the management cluster's Services are, where no host is reached; empty means that the API
    server is asked."""
    local_loopback: bool = False
    """Hosts may also be on this machine: for those that are simulated on it."""
    local_poll_s: float = 60.0
    """How often each of these hosts is looked at."""
    metrics_port: int = 8080
    """Port of /metrics; 0 means none."""
    probe_port: int = 8081
    """Port of /healthz and /readyz; 0 means none."""
    cluster_workers: int = 64
    """How many PaletteClusters are reconciled at once. Most of them wait for a permit, which costs next to nothing."""
    host_workers: int = 16
    """How many EdgeHosts are reconciled at once: enough for their limit of requests. More only slow the clusters down
    when a pass over the fleet wakes a thousand hosts in the middle of a rollout."""
    log_format: str = "json"
    """json or text."""
    log_level: str = "info"
    """debug, info, warning or error."""
