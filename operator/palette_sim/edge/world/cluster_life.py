"""The life of a local cluster: provisioned with a reboot of its hosts, changed, deleted."""

from functools import partial
from uuid import uuid4

from palette_sim.edge.bodies.clusters import ClusterConfiguration, ClusterSettings, Pool, Variable
from palette_sim.edge.world.pools import check_pools, join, leave
from palette_sim.edge.world.power import reboot
from palette_sim.edge.world.records import Archive, Cluster, Host
from palette_sim.edge.world.variables import given_values, judge
from palette_sim.edge.world.world import World, broken

_ILL_AT_FIRST = "The nodes are not ready yet."


def create_cluster(world: World, host: Host, wanted: ClusterConfiguration) -> Cluster:
    """Create a cluster of this host and of linked ones; raises ApiError 500 when that cannot be."""
    if host.cluster is not None:
        raise broken("ClusterAlreadyExists", f"The cluster '{host.cluster.name}' exists on this host already.")
    made = _cluster(world, host, wanted)
    check_pools(world, host, made.pools)
    for pool in made.pools:
        for uid in pool.host_uids:
            join(world, made, world.hosts[uid], pool.name or "")
    durations = world.config.durations
    world.later(durations.installing_s, partial(_reboot_all, world, made))
    world.later(durations.provisioning_s, partial(_run, world, made))
    return made


def replace_cluster(world: World, cluster: Cluster, host: Host, wanted: ClusterConfiguration) -> None:
    """Make a cluster what the configuration says; raises ApiError 500 when that cannot be."""
    made = _cluster(world, host, wanted, cluster)
    if made.name != cluster.name:
        raise broken("ClusterNotFound", f"The cluster '{made.name}' is not found.")
    check_pools(world, host, made.pools, cluster)
    _replace_pools(world, cluster, made.pools)
    cluster.metadata, cluster.config = made.metadata, made.config
    cluster.archive, cluster.variables = made.archive, made.variables
    _apply(world, cluster)


def update_profiles(world: World, cluster: Cluster, host: Host, path: str) -> None:
    """Take the cluster's profiles from another archive; raises ApiError 500 for none, or unsuitable variables."""
    archive = _archive(host, path)
    known = {(profile.uid, variable.name) for profile in archive.profiles for variable in profile.variables}
    kept = {key: value for key, value in cluster.variables.items() if key in known}
    _check_variables(archive, kept)
    cluster.archive, cluster.variables = archive, kept
    if archive is host.update:
        host.update = None
    _apply(world, cluster)


def update_settings(world: World, cluster: Cluster, wanted: ClusterSettings) -> None:
    """Set the NTP servers and SSH keys of a cluster."""
    if wanted.ntp_servers is not None:
        cluster.config.ntp_servers = wanted.ntp_servers
    if wanted.ssh_keys is not None:
        cluster.config.ssh_keys = wanted.ssh_keys
    cluster.modified_s = world.clock.now_s()
    cluster.settings_applied_s = cluster.modified_s + world.config.durations.applying_s


def delete_cluster(world: World, cluster: Cluster) -> None:
    """Have a cluster go; its hosts are free afterwards. Safe to repeat."""
    if cluster.state == "Deleting":
        return
    cluster.state, cluster.state_reason = "Deleting", "The cluster is being deleted."
    cluster.modified_s = world.clock.now_s()
    world.later(world.config.durations.deleting_s, partial(_forget, world, cluster))


def _cluster(world: World, host: Host, wanted: ClusterConfiguration, known: Cluster | None = None) -> Cluster:
    now_s, durations = world.clock.now_s(), world.config.durations
    metadata, spec = wanted.metadata, wanted.spec
    if metadata is None or not metadata.name:
        raise broken("InvalidClusterConfiguration", "metadata.name in body is required")
    if spec is None or spec.cloud_config is None or spec.cloud_config.spec is None:
        raise broken("InvalidClusterConfiguration", "spec.cloudConfig.spec in body is required")
    if known is not None and not spec.archive_upload_path:
        archive = known.archive
    else:
        archive = _archive(host, spec.archive_upload_path or "")
    return Cluster(
        uid=known.uid if known else uuid4().hex[:24],
        metadata=metadata,
        config=spec.cloud_config.spec.cluster_config,
        pools=spec.cloud_config.spec.machine_pool_config,
        archive=archive,
        variables=_values(archive, spec.profile_variables or []),
        created_s=now_s,
        modified_s=now_s,
        certificates_s=now_s,
        profiles_applied_s=now_s + durations.provisioning_s + durations.becoming_healthy_s,
        settings_applied_s=now_s + durations.provisioning_s,
    )


def _archive(host: Host, path: str) -> Archive:
    archive = host.archive_at(path)
    if archive is None:
        raise broken("ArchiveNotFound", "There is no cluster definition at that archiveUploadPath.")
    return archive


def _values(archive: Archive, variables: list[Variable]) -> dict[tuple[str, str], str]:
    values = given_values(variables)
    _check_variables(archive, values)
    return values


def _check_variables(archive: Archive, values: dict[tuple[str, str], str]) -> None:
    wrong = next((verdict for verdict in judge(archive.profiles, values) if verdict.reason), None)
    if wrong is not None:
        raise broken("InvalidProfileVariable", f"The variable '{wrong.name}' is invalid: {wrong.reason}.")


def _replace_pools(world: World, cluster: Cluster, pools: list[Pool]) -> None:
    wanted = {uid: pool.name or "" for pool in pools for uid in pool.host_uids}
    for uid in [uid for uid in cluster.nodes if uid not in wanted]:
        leave(world, cluster, world.hosts[uid])
    for uid, name in wanted.items():
        join(world, cluster, world.hosts[uid], name)
    cluster.pools = pools


def _apply(world: World, cluster: Cluster) -> None:
    cluster.modified_s = world.clock.now_s()
    cluster.profiles_applied_s = cluster.modified_s + world.config.durations.applying_s


def _reboot_all(world: World, cluster: Cluster, at_s: float) -> None:
    if cluster.state == "Provisioning":
        for uid in cluster.nodes:
            reboot(world, world.hosts[uid], at_s)


def _run(world: World, cluster: Cluster, at_s: float) -> None:
    if cluster.state == "Provisioning":
        cluster.state, cluster.state_reason, cluster.illness = "Running", "", _ILL_AT_FIRST
        for node in cluster.nodes.values():
            node.state = "Running"
        world.agenda.plan(at_s + world.config.durations.becoming_healthy_s, partial(_recover, cluster))


def _recover(cluster: Cluster, _: float) -> None:
    if cluster.state == "Running" and cluster.illness == _ILL_AT_FIRST:
        cluster.illness = ""


def _forget(world: World, cluster: Cluster, _: float) -> None:
    for host in world.hosts.values():
        if host.cluster is cluster:
            host.cluster = None
