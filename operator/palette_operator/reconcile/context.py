"""What every reconciler works with: made once by the app, shared by all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from palette_operator.domain.leadership import Fence
from palette_operator.domain.marks import Identity
from palette_operator.edge.ranges import AllowedRanges
from palette_operator.kube.api import KubeApi
from palette_operator.kube.events import EventRecorder
from palette_operator.kube.objects import ObjectCache
from palette_operator.kube.secrets import Secrets
from palette_operator.reconcile.finalizer import Finalizer
from palette_operator.reconcile.local_hosts.hosts import LocalHosts
from palette_operator.reconcile.local_hosts.transfers import Transfers
from palette_operator.reconcile.remote_events import RemoteEvents
from palette_operator.reconcile.report import Reporter
from palette_operator.reconcile.reservations import Reservations
from palette_operator.reconcile.sites import Sites
from palette_operator.reconcile.waking import WakeIndex
from palette_operator.settings import Settings


@dataclass(frozen=True, slots=True)
class Context:
    """The shared parts of one operator."""

    settings: Settings
    identity: Identity
    hash_key: bytes = field(repr=False)
    leads: Fence
    """Whether this replica still leads: asked right before anything is sent to Palette or to a host."""
    api: KubeApi
    objects: ObjectCache
    secrets: Secrets
    finalizer: Finalizer
    reporter: Reporter
    events: EventRecorder
    """Posts what the reporter tells."""
    remote_events: RemoteEvents
    reservations: Reservations
    wakes: WakeIndex
    sites: Sites
    local_hosts: LocalHosts
    local_ranges: AllowedRanges
    """Where hosts, and the files for them, may be."""
    transfers: Transfers
    now: Callable[[], datetime]
    """Wall clock, UTC."""
    monotonic: Callable[[], float]
    """Seconds that never go back."""
