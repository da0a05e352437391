"""Clusters and edge hosts, desired and observed, with valid defaults: a test names only what it is about."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from palette_operator.domain.desired import (
    DesiredCluster,
    DesiredEdgeNative,
    DesiredHost,
    DesiredHostRegistration,
    DesiredPool,
    DesiredProfile,
    DesiredVariable,
)
from palette_operator.domain.fingerprint import fingerprint
from palette_operator.domain.identifiers import (
    CloudConfigUid,
    ClusterUid,
    HostUid,
    MachineUid,
    ObjectKey,
    PoolName,
    ProfileUid,
)
from palette_operator.domain.marks import Identity
from palette_operator.domain.observed import (
    AttachedProfile,
    ClusterDetail,
    EdgeNativeConfig,
    Machine,
    ObservedCluster,
    ObservedPool,
    PackStatus,
    PoolHost,
)
from palette_operator.domain.plan import Fingerprints, Memory
from support.rows import cluster_row

UID = ClusterUid("c1")
CONFIG = CloudConfigUid("cc1")
NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
IDENTITY = Identity("retail-operator", "management-1")


def key(name: str = "store", kind: str = "PaletteCluster", namespace: str = "retail") -> ObjectKey:
    return ObjectKey(kind, "" if kind == "PaletteConnection" else namespace, name)


def profile(name: str = "edge-base", version: str = "1.4.0", **fields: Any) -> DesiredProfile:  # noqa: ANN401
    return replace(DesiredProfile(ProfileUid(f"{name}-{version}"), name, version), **fields)


def variables(**values: str) -> tuple[DesiredVariable, ...]:
    return tuple(DesiredVariable(name, value) for name, value in values.items())


def host(uid: str, **fields: Any) -> DesiredHost:  # noqa: ANN401 - any field of the host
    return DesiredHost(HostUid(uid), **fields)


def pool(name: str, *hosts: str | DesiredHost, **fields: Any) -> DesiredPool:  # noqa: ANN401 - any field of the pool
    """Return a pool of these hosts; the one named `control` is the control plane."""
    chosen = tuple(host(each) if isinstance(each, str) else each for each in hosts)
    plain = DesiredPool(PoolName(name), name == "control", control_plane_as_worker=False, hosts=chosen)
    return replace(plain, **fields)


def cluster(**fields: Any) -> DesiredCluster:  # noqa: ANN401 - any field of the cluster
    plain = DesiredCluster(
        name="store-42",
        description="",
        labels={},
        profiles=(profile(),),
        cloud=DesiredEdgeNative(endpoint_type="VIP", endpoint_host="10.4.2.10"),
        pools=(pool("control", "h1"),),
    )
    return replace(plain, **fields)


def registration(**fields: Any) -> DesiredHostRegistration:  # noqa: ANN401 - any field of the registration
    return replace(DesiredHostRegistration(HostUid("h1"), "edge-1", "amd64", labels={}), **fields)


def attached(wanted: DesiredProfile, type_: str = "add-on") -> AttachedProfile:
    return AttachedProfile(wanted.uid, wanted.name, wanted.version, type_)


def pack(wanted: DesiredProfile, condition: str = "Ready", **fields: Any) -> PackStatus:  # noqa: ANN401
    return replace(PackStatus("k3s", wanted.uid, "1.32.1", condition, message=""), **fields)


def detail(**fields: Any) -> ClusterDetail:  # noqa: ANN401 - any field of the detail
    plain = ClusterDetail(
        uid=UID,
        name="store-42",
        state="Running",
        labels={},
        description="",
        cloud_type="edge-native",
        cloud_config_uid=CONFIG,
        profiles=(attached(profile()),),
        packs=(pack(profile()),),
        kubernetes_version="1.32.1",
        api_endpoint="10.4.2.10:6443",
        can_be_applied=True,
        failures=(),
    )
    return replace(plain, **fields)


def pool_host(wanted: DesiredHost) -> PoolHost:
    """Return the host as a pool that was sent it lists it."""
    return PoolHost(
        uid=wanted.uid,
        name=wanted.name,
        nic_name=wanted.nic_name,
        ip=wanted.ip,
        subnet=wanted.subnet,
        gateway=wanted.gateway,
        dns=wanted.dns,
        two_node_priority=wanted.two_node_priority,
    )


def observed_pool(wanted: DesiredPool) -> ObservedPool:
    """Return the pool as Palette reads it back."""
    return ObservedPool(
        name=wanted.name,
        control_plane=wanted.control_plane,
        control_plane_as_worker=wanted.control_plane_as_worker,
        size=len(wanted.hosts),
        hosts=tuple(pool_host(each) for each in wanted.hosts),
        labels=wanted.labels,
        taints=wanted.taints,
        arch=wanted.arch,
        update_strategy=wanted.update_strategy,
        node_repave_interval_s=wanted.node_repave_interval_s,
        skip_kubernetes_upgrade=wanted.skip_kubernetes_upgrade,
    )


def config(wanted: DesiredCluster, **fields: Any) -> EdgeNativeConfig:  # noqa: ANN401 - any field of the config
    """Return the cloud config of a cluster that was created as wanted."""
    cloud = wanted.cloud
    plain = EdgeNativeConfig(
        uid=CONFIG,
        endpoint_type=cloud.endpoint_type,
        endpoint_host=cloud.endpoint_host,
        ddns_search_domain=cloud.ddns_search_domain,
        overlay_cidr=cloud.overlay_cidr,
        ntp_servers=cloud.ntp_servers,
        ssh_keys=cloud.ssh_keys,
        static_ip=cloud.static_ip,
        two_node=cloud.two_node,
        pools=tuple(observed_pool(each) for each in wanted.pools),
    )
    return replace(plain, **fields)


def machine(on: str, state: str = "Running", **fields: Any) -> Machine:  # noqa: ANN401 - any field of the machine
    plain = Machine(MachineUid(f"m-{on}"), f"node-{on}", HostUid(on), state, ready=state == "Running")
    return replace(plain, **fields)


def machines(**pools: tuple[Machine, ...]) -> Mapping[PoolName, tuple[Machine, ...]]:
    return {PoolName(name): found for name, found in pools.items()}


def observed(there: DesiredCluster | None = None, **fields: Any) -> ObservedCluster:  # noqa: ANN401
    """Return a running cluster read whole, as it is once everything of `there` has reached Palette."""
    there = there or cluster()
    plain = ObservedCluster(
        row=cluster_row(UID, name=there.name, labels=there.labels, cloud_config_uid=CONFIG),
        detail=detail(
            name=there.name,
            labels=there.labels,
            description=there.description,
            profiles=tuple(attached(each) for each in there.profiles),
            packs=tuple(pack(each) for each in there.profiles),
        ),
        config=config(there),
    )
    return replace(plain, **fields)


def fingerprints(wanted: DesiredCluster) -> Fingerprints:
    """Return stand-ins for the keyed hashes: equal exactly when what is hashed is equal."""
    return Fingerprints(
        variables=repr([(p.name, [(v.name, v.value) for v in p.variables]) for p in wanted.profiles]),
        packs=repr([(p.name, [(each.name, each.values) for each in p.packs]) for p in wanted.profiles]),
        spec=fingerprint(b"key", wanted),
    )


def memory(sent: DesiredCluster | None = None) -> Memory:
    """Return what is remembered once all of `sent` has reached Palette."""
    sent = sent or cluster()
    hashes = fingerprints(sent)
    return Memory(
        tags=frozenset(sent.labels),
        profiles=frozenset(each.name for each in sent.profiles),
        pools=frozenset(each.name for each in sent.pools),
        variables_hash=hashes.variables,
        packs_hash=hashes.packs,
        spec_hash=hashes.spec,
    )
