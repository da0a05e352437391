"""The writes that a plan is made of. Each says in words what it would do; none does it.

The plan shown in status and by the CLI is this list, and what runs is this list.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from palette_operator.domain.desired import (
    DesiredCluster,
    DesiredEdgeNative,
    DesiredHostRegistration,
    DesiredPool,
    DesiredProfile,
)
from palette_operator.domain.identifiers import (
    CloudConfigUid,
    ClusterUid,
    HostUid,
    MachineUid,
    PoolName,
    ProfileUid,
)
from palette_operator.domain.local import HostConfiguration


@dataclass(frozen=True, slots=True)
class Difference:
    """One field on which Palette and the spec disagree. Never holds a secret."""

    path: str
    """A JSON pointer into the resource, such as /spec/tags/site."""
    desired: str
    observed: str


def is_ignored(path: str, ignore: Collection[str]) -> bool:
    """Whether a path, or one above it, is among those that are left alone."""
    return any(path == left or path.startswith(f"{left}/") for left in ignore)


@dataclass(frozen=True, slots=True)
class CreateCluster:
    """Create the cluster. Not safe to repeat: goes through the fence of `pendingOperation`."""

    cluster: DesiredCluster

    def __str__(self) -> str:
        hosts = sum(len(pool.hosts) for pool in self.cluster.pools)
        return f"create cluster {self.cluster.name} with {len(self.cluster.pools)} pools on {hosts} edge hosts"


@dataclass(frozen=True, slots=True)
class SetClusterMetadata:
    """Set our tags, mark and description on a cluster, leaving others' tags alone. Safe to repeat."""

    uid: ClusterUid
    labels: Mapping[str, str]
    remove: tuple[str, ...]
    description: str | None
    """None: leave it."""
    differences: tuple[Difference, ...] = ()
    found: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    """The labels that this follows from."""

    def __str__(self) -> str:
        return _tags_in_words(self.differences)


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """Attach a profile version; `replaces` is the attached version that makes room for it."""

    profile: DesiredProfile
    replaces: ProfileUid | None = None


@dataclass(frozen=True, slots=True)
class ApplyProfiles:
    """Attach, replace or re-send profiles. Safe to repeat; removes none that it does not name."""

    uid: ClusterUid
    changes: tuple[ProfileChange, ...]
    differences: tuple[Difference, ...] = ()

    def __str__(self) -> str:
        return "apply profiles " + ", ".join(f"{c.profile.name} {c.profile.version}" for c in self.changes)


@dataclass(frozen=True, slots=True)
class RemoveProfiles:
    """Detach profiles that we attached and the spec no longer names. Safe to repeat."""

    uid: ClusterUid
    profiles: tuple[ProfileUid, ...]
    differences: tuple[Difference, ...] = ()

    def __str__(self) -> str:
        return "remove profiles " + ", ".join(d.observed for d in self.differences)


@dataclass(frozen=True, slots=True)
class SetVariables:
    """Set the profile variables that the spec gives. Safe to repeat."""

    uid: ClusterUid
    profiles: tuple[DesiredProfile, ...]
    differences: tuple[Difference, ...] = ()

    def __str__(self) -> str:
        return "set variables of " + ", ".join(p.name for p in self.profiles)


@dataclass(frozen=True, slots=True)
class UpdateCloudConfig:
    """Set what may change in an edge-native cloud config: NTP servers and SSH keys. Safe to repeat."""

    config: CloudConfigUid
    cloud: DesiredEdgeNative
    differences: tuple[Difference, ...] = ()

    def __str__(self) -> str:
        return "update " + ", ".join(d.path.rpartition("/")[2] for d in self.differences)


@dataclass(frozen=True, slots=True)
class LinkHost:
    """Make an air-gapped host known to the leader of its cluster. Safe to repeat: linked hosts stay linked."""

    host: HostUid
    leader: HostUid
    differences: tuple[Difference, ...] = ()

    def __str__(self) -> str:
        return f"link edge host {self.host} to its leader {self.leader}"


@dataclass(frozen=True, slots=True)
class ApplyDefinition:
    """Bring a local cluster to another definition, with its variables where the spec gives any. Safe to repeat."""

    cluster: DesiredCluster
    differences: tuple[Difference, ...] = ()

    def __str__(self) -> str:
        return f"apply the cluster definition {self.cluster.definition}"


@dataclass(frozen=True, slots=True)
class CreatePool:
    """Add a machine pool. The pool's name is its key: repeating it is refused by Palette, never doubled."""

    config: CloudConfigUid
    pool: DesiredPool
    differences: tuple[Difference, ...] = ()

    def __str__(self) -> str:
        return f"add pool {self.pool.name} with {len(self.pool.hosts)} edge hosts"


@dataclass(frozen=True, slots=True)
class UpdatePool:
    """Set a pool's hosts and settings. Safe to repeat."""

    config: CloudConfigUid
    pool: DesiredPool
    differences: tuple[Difference, ...] = ()

    def __str__(self) -> str:
        return f"set pool {self.pool.name} to {len(self.pool.hosts)} edge hosts"


@dataclass(frozen=True, slots=True)
class DeleteMachine:
    """Take one host's machine out of a pool; the pool is updated once it has gone. Safe to repeat."""

    config: CloudConfigUid
    pool: PoolName
    machine: MachineUid
    host: HostUid
    differences: tuple[Difference, ...] = ()

    def __str__(self) -> str:
        return f"remove the machine of edge host {self.host} from pool {self.pool}"


@dataclass(frozen=True, slots=True)
class DeletePool:
    """Delete a pool whose machines have gone. Safe to repeat."""

    config: CloudConfigUid
    pool: PoolName
    differences: tuple[Difference, ...] = ()

    def __str__(self) -> str:
        return f"delete pool {self.pool}"


@dataclass(frozen=True, slots=True)
class Await:
    """Nothing to write yet: an earlier step has to finish in Palette first."""

    reason: str
    message: str
    differences: tuple[Difference, ...] = ()

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class DeleteCluster:
    """Delete the cluster; `force` orphans what Palette could not remove. Safe to repeat."""

    uid: ClusterUid
    force: bool = False

    def __str__(self) -> str:
        return f"{'force-delete' if self.force else 'delete'} cluster {self.uid}"


@dataclass(frozen=True, slots=True)
class RegisterHost:
    """Register the device before it makes contact. The uid is its key: repeating it makes no second host."""

    host: DesiredHostRegistration

    def __str__(self) -> str:
        return f"register edge host {self.host.uid}"


@dataclass(frozen=True, slots=True)
class SetHostMetadata:
    """Set our tags and mark on an edge host, leaving others' tags alone. Safe to repeat."""

    uid: HostUid
    name: str
    labels: Mapping[str, str]
    remove: tuple[str, ...]
    differences: tuple[Difference, ...] = ()
    found: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    """The labels that this follows from."""

    def __str__(self) -> str:
        return _tags_in_words(self.differences)


@dataclass(frozen=True, slots=True)
class SetHostTunnel:
    """Switch the remote shell. Safe to repeat."""

    uid: HostUid
    remote_shell: bool
    temporary_user: bool
    differences: tuple[Difference, ...] = ()

    def __str__(self) -> str:
        return f"{'enable' if self.remote_shell else 'disable'} the remote shell"


@dataclass(frozen=True, slots=True)
class SetHostPairingKey:
    """Send a changed pairing key. Safe to repeat."""

    uid: HostUid
    pairing_key: str = field(repr=False)
    differences: tuple[Difference, ...] = ()

    def __str__(self) -> str:
        return "set the pairing key"


@dataclass(frozen=True, slots=True)
class SetHostConfiguration:
    """Set proxies and CAs of a host through its own API. Safe to repeat."""

    uid: HostUid
    configuration: HostConfiguration = field(repr=False)
    """All of it; a proxy's address may hold a login."""
    differences: tuple[Difference, ...] = ()

    def __str__(self) -> str:
        return "set " + ", ".join(difference.path.rpartition("/")[2] for difference in self.differences)


@dataclass(frozen=True, slots=True)
class UploadToHost:
    """Bring a file onto a host through its own API. Safe to repeat: the same file is put in its own place."""

    uid: HostUid
    name: str
    kind: str
    hash: str
    """Keyed hash of what is sent."""

    def __str__(self) -> str:
        return f"upload {self.name} ({self.kind})"


@dataclass(frozen=True, slots=True)
class DeleteHost:
    """Delete the registration of an edge host that no cluster uses. Safe to repeat."""

    uid: HostUid

    def __str__(self) -> str:
        return f"delete edge host {self.uid}"


ClusterAction: TypeAlias = (
    CreateCluster
    | SetClusterMetadata
    | ApplyProfiles
    | RemoveProfiles
    | SetVariables
    | UpdateCloudConfig
    | LinkHost
    | ApplyDefinition
    | CreatePool
    | UpdatePool
    | DeleteMachine
    | DeletePool
    | DeleteCluster
    | Await
)
HostAction: TypeAlias = (
    RegisterHost
    | SetHostMetadata
    | SetHostTunnel
    | SetHostPairingKey
    | SetHostConfiguration
    | UploadToHost
    | DeleteHost
    | Await
)
Action: TypeAlias = ClusterAction | HostAction


def _tags_in_words(differences: tuple[Difference, ...]) -> str:
    """Say what happens to tags; without a difference from the spec it is our mark that goes."""
    changed = ", ".join(difference.path.rpartition("/")[2] for difference in differences)
    return f"set tags {changed}" if changed else "remove the ownership mark"


def differences_of(action: Action) -> tuple[Difference, ...]:
    """Return the fields on which the action would change Palette; none for creates, deletes and uploads."""
    match action:
        case CreateCluster() | DeleteCluster() | RegisterHost() | UploadToHost() | DeleteHost():
            return ()
        case _:
            return action.differences
