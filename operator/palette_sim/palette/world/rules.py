"""What a cluster and its pools must satisfy, beyond the schema of the request.

Codes other than `EdgeHostDeviceNotRegistered` and `ResourceNotFound` are our own words: Palette publishes no list.
"""

import ipaddress
from collections.abc import Iterator

from palette_sim.common.errors import invalid
from palette_sim.palette.bodies.clusters import (
    ClusterSpecBody,
    EdgeNativeClusterConfig,
    MachinePoolBody,
    PoolHost,
    ProfileBody,
)
from palette_sim.palette.config import DuplicateNames
from palette_sim.palette.errors import Problem, Refused
from palette_sim.palette.world.attachments import attach_profile, visible_profile
from palette_sim.palette.world.records import Cluster, ClusterState, Pool
from palette_sim.palette.world.world import World

CONTROL_PLANE_SIZES_AT_CREATE = (1, 3, 5)
# Edge may hold four for a while when a host is replaced. Source: Palette docs, "Node Pools".
CONTROL_PLANE_SIZES_LATER = (1, 3, 4, 5)
TWO_NODE_ROLES = ["primary", "secondary"]


def cluster_problems(world: World, project_uid: str, spec: ClusterSpecBody) -> Iterator[Problem]:
    """Yield what stands against creating this cluster."""
    pools = spec.machinepoolconfig or []
    yield from _endpoint_problems(spec.cloud_config)
    yield from _profile_problems(world, project_uid, spec.profiles or [])
    control_planes = [pool for pool in pools if pool.pool_config and pool.pool_config.is_control_plane]
    if len(control_planes) != 1:
        yield Problem("ControlPlanePoolInvalid", "Exactly one machine pool must be the control plane.")
    names = [pool.pool_config.name for pool in pools if pool.pool_config]
    if len(set(names)) != len(names):
        yield Problem("MachinePoolDuplicate", "Machine pool names must differ.")
    seen: set[str] = set()
    two_node = bool(spec.cloud_config and spec.cloud_config.is_two_node_cluster)
    for pool in pools:
        yield from pool_problems(world, project_uid, pool, has=set(), taken=seen)
        yield from _control_plane_problems(pool, two_node, CONTROL_PLANE_SIZES_AT_CREATE)
        seen |= {host.host_uid for host in hosts_of(pool)}


def name_problem(world: World, project_uid: str, name: str) -> Problem | None:
    """Tell whether a live cluster of the project bears the name."""
    taken = any(
        cluster.name == name and cluster.project_uid == project_uid and cluster.state is not ClusterState.DELETED
        for cluster in world.clusters.values()
    )
    return Problem("ClusterNameAlreadyExists", f"A cluster named '{name}' exists in this project.") if taken else None


def require_free_name(world: World, project_uid: str, name: str) -> None:
    """Raise Refused when the name is taken and the settings refuse duplicates."""
    if world.config.duplicate_names is DuplicateNames.REFUSE and (problem := name_problem(world, project_uid, name)):
        raise Refused(problem.code, problem.message)


def require_settled(cluster: Cluster) -> None:
    """Raise Refused unless the cluster may be updated now.

    Source: Palette docs, "Cluster Updates" (not while it is being provisioned).
    """
    if cluster.state in (ClusterState.PENDING, ClusterState.PROVISIONING):
        raise Refused("ClusterUpdateNotAllowed", f"The cluster cannot be updated in state {cluster.state}.")
    require_alive(cluster)


def require_alive(cluster: Cluster) -> None:
    """Raise Refused when the cluster is Deleting or Deleted."""
    if cluster.is_going:
        raise Refused("ClusterUpdateNotAllowed", f"The cluster cannot be updated in state {cluster.state}.")


def require_pool_change(world: World, cluster: Cluster, body: MachinePoolBody, pool: Pool | None) -> None:
    """Raise Refused unless `body` may become a pool of the cluster, in place of `pool` if given."""
    has = pool.host_uids() if pool else set()
    problems = list(pool_problems(world, cluster.project_uid, body, has=has, taken=set()))
    if body.pool_config and pool and body.pool_config.name != pool.name:
        problems.append(Problem("MachinePoolImmutable", "The name of a machine pool cannot be changed."))
    if body.pool_config and pool and bool(body.pool_config.is_control_plane) != pool.is_control_plane:
        problems.append(Problem("MachinePoolImmutable", "The role of a machine pool cannot be changed."))
    if body.pool_config and not pool and body.pool_config.is_control_plane:
        problems.append(Problem("ControlPlanePoolInvalid", "The cluster has a control plane already."))
    problems += _control_plane_problems(body, bool(cluster.cloud.is_two_node_cluster), CONTROL_PLANE_SIZES_LATER)
    refuse_first(problems)


def refuse_first(problems: list[Problem]) -> None:
    """Raise Refused for the first problem, if there is one."""
    if problems:
        raise Refused(problems[0].code, problems[0].message)


def require_pools_complete(pools: list[MachinePoolBody], where: str) -> None:
    """Raise ApiError 400 when a pool lacks its `poolConfig` or `cloudConfig`, which the schema leaves optional."""
    for number, pool in enumerate(pools):
        prefix = f"{where}.{number}." if where else ""
        if pool.pool_config is None:
            raise invalid(f"{prefix}poolConfig in body is required")
        if pool.cloud_config is None:
            raise invalid(f"{prefix}cloudConfig in body is required")


def hosts_of(pool: MachinePoolBody) -> list[PoolHost]:
    """List the hosts that a pool asks for."""
    return pool.cloud_config.edge_hosts if pool.cloud_config else []


def pool_problems(
    world: World, project_uid: str, body: MachinePoolBody, *, has: set[str], taken: set[str]
) -> Iterator[Problem]:
    """Yield what stands against a pool that `has` some hosts already, when others are `taken` by this very request."""
    if body.pool_config is None:
        return
    name, hosts = body.pool_config.name, hosts_of(body)
    if body.pool_config.size != len(hosts):
        message = f"Machine pool '{name}' has size {body.pool_config.size} and {len(hosts)} edge hosts."
        yield Problem("MachinePoolSizeMismatch", message, pool=name)
    uids = [host.host_uid for host in hosts]
    wanted = body.pool_config.machine_pool_properties
    for uid in uids:
        if uid in taken or uids.count(uid) > 1:
            yield Problem("EdgeHostDeviceInUse", f"The edge host '{uid}' is named twice.", pool=name)
        elif uid not in has:
            yield from _host_problems(world, project_uid, uid, name, wanted.arch_type if wanted else None)


def _host_problems(world: World, project_uid: str, uid: str, pool: str, arch: str | None) -> Iterator[Problem]:
    host = world.hosts.get(uid)
    if host is None or host.project_uid != project_uid:
        message = f"The edge host '{uid}' is not registered in this project."
        yield Problem("EdgeHostDeviceNotRegistered", message, pool=pool)
    elif host.state == "in-use":
        yield Problem("EdgeHostDeviceInUse", f"The edge host '{uid}' is in use by a cluster.", pool=pool)
    elif host.state != "ready" or host.health != "healthy":
        yield Problem("EdgeHostDeviceNotReady", f"The edge host '{uid}' is not ready and healthy.", pool=pool)
    elif arch is not None and host.arch != arch:
        yield Problem("EdgeHostArchMismatch", f"The edge host '{uid}' is {host.arch}, not {arch}.", pool=pool)


def _control_plane_problems(body: MachinePoolBody, two_node: bool, sizes: tuple[int, ...]) -> Iterator[Problem]:
    if body.pool_config is None or not body.pool_config.is_control_plane:
        return
    name, hosts = body.pool_config.name, hosts_of(body)
    roles = sorted(host.two_node_candidate_priority or "" for host in hosts)
    if two_node and roles != TWO_NODE_ROLES:
        yield Problem("TwoNodeCandidatesInvalid", "A two-node cluster needs one primary and one secondary.", pool=name)
    if not two_node and len(hosts) not in sizes:
        yield Problem("ControlPlaneSizeInvalid", f"A control plane cannot have {len(hosts)} edge hosts.", pool=name)


def _profile_problems(world: World, project_uid: str, profiles: list[ProfileBody]) -> Iterator[Problem]:
    versions = [visible_profile(world, project_uid, profile.uid or "") for profile in profiles]
    if sum(version.is_infra for version in versions) != 1:
        yield Problem("InfraProfileInvalid", "Exactly one infrastructure or full cluster profile is needed.")
    for profile in profiles:
        try:
            attach_profile(world, project_uid, profile, None)
        except Refused as refusal:
            yield Problem(refusal.code, refusal.message, profile_uid=profile.uid or "")


def _endpoint_problems(cloud: EdgeNativeClusterConfig | None) -> Iterator[Problem]:
    if cloud is None or cloud.overlay_network_configuration is None or cloud.control_plane_endpoint is None:
        return
    overlay, host = cloud.overlay_network_configuration, cloud.control_plane_endpoint.host
    if not overlay.enable or not host or not overlay.cidr:
        return
    try:
        inside = ipaddress.ip_address(host) in ipaddress.ip_network(overlay.cidr, strict=False)
    except ValueError:
        yield Problem("ControlPlaneEndpointInvalid", "The endpoint or the overlay is not an address range.")
        return
    if not inside:
        yield Problem("ControlPlaneEndpointInvalid", "The endpoint must lie within the overlay network.")
