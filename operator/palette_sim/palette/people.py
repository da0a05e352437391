"""What people and devices do while the operator is not looking: the Palette UI, the field, the profile publisher.

Nothing here passes the limits or the access log.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from palette_sim.common.bodies import ArchType
from palette_sim.palette.bodies.clusters import EdgeNativeClusterConfig, PoolConfig, PoolHost, ProfilesUpdate
from palette_sim.palette.errors import Refused, not_found
from palette_sim.palette.seed import ProfileSeed, VersionSeed
from palette_sim.palette.world import attachments, cluster_life, happenings, host_life, pools, rollout
from palette_sim.palette.world.records import (
    AttachedProfile,
    Cluster,
    ClusterState,
    EdgeHost,
    Labels,
    Pool,
    Profile,
    ProfileVersion,
    Severity,
)
from palette_sim.palette.world.world import World


@dataclass(frozen=True, slots=True)
class HostOrder:
    """Edge hosts to add: `prefix-0001` and so on. Without labels they look like anybody's."""

    project: str
    count: int = 1
    prefix: str = "edge"
    first: int = 1
    arch: ArchType = "amd64"
    labels: Labels = field(default_factory=dict)
    paired: bool = True


@dataclass(frozen=True, slots=True)
class ClusterOrder:
    """A cluster that somebody else makes, Running and Healthy at once, on single hosts of its own making."""

    project: str
    name: str
    labels: Labels = field(default_factory=dict)
    profile_uids: tuple[str, ...] = ()


class People:
    """Everybody but the operator."""

    def __init__(self, world: World) -> None:
        self._world = world

    def add_hosts(self, order: HostOrder) -> list[EdgeHost]:
        """Add hosts that registered themselves; with `paired` they are ready at once."""
        world, now_s = self._world, self._world.settle()
        project = world.project_named(order.project)
        hosts = []
        for number in range(order.first, order.first + order.count):
            uid = f"{order.prefix}-{number:04d}"
            host = EdgeHost(uid, uid, project.uid, order.arch, dict(order.labels), now_s, now_s)
            if order.paired:
                host_life.appear(world, host, now_s)
            else:
                host_life.register(world, host, now_s)
            hosts.append(world.hosts[uid])
        return hosts

    def pair_hosts(self, uids: Iterable[str] | None = None) -> int:
        """Let devices make contact, all that have not by default; tells how many became ready."""
        world, now_s = self._world, self._world.settle()
        hosts = list(world.hosts.values()) if uids is None else [self.host(uid) for uid in uids]
        waiting = [host for host in hosts if host.paired_s is None]
        for host in waiting:
            host_life.pair(world, host, now_s)
        return len(waiting)

    def make_host_ill(self, uid: str, message: str = "The agent has sent no heartbeat.") -> None:
        """Make a host unhealthy, and the cluster that it is in."""
        host_life.fall_ill(self._world, self.host(uid), message, self._world.settle())

    def cure_host(self, uid: str) -> None:
        """Make a host healthy again."""
        host_life.recover(self._world, self.host(uid), self._world.settle())

    def edit_host(self, uid: str, *, name: str | None = None, labels: Labels | None = None) -> None:
        """Rename a host or replace its labels."""
        host = self.host(uid)
        host.name = name or host.name
        host.labels = dict(host.labels if labels is None else labels)
        self._world.touch_host(host, self._world.settle())

    def remove_host(self, uid: str) -> None:
        """Remove a host; raises Refused while a cluster uses it."""
        host_life.unregister(self._world, self.host(uid), self._world.settle())

    def add_profile(self, profile: ProfileSeed) -> Profile:
        """Add a profile with all its versions."""
        return self._world.add_profile(profile, self._world.settle())

    def publish_version(self, name: str, version: VersionSeed, *, copy_from: str = "") -> ProfileVersion:
        """Publish a new version of a profile; packs and variables that it does not name come from `copy_from`."""
        profile = next((profile for profile in self._world.profiles if profile.name == name), None)
        if profile is None:
            raise not_found("cluster profile", name)
        packs, variables = version.packs, version.variables
        if copy_from:
            source = next((known for known in profile.versions if known.version == copy_from), None)
            if source is None:
                raise not_found("cluster profile version", copy_from)
            packs, variables = packs or source.packs, variables or source.variables
        whole = version.model_copy(update={"packs": packs, "variables": variables})
        return self._world.publish_version(profile, whole, self._world.settle())

    def add_cluster(self, order: ClusterOrder) -> Cluster:
        """Add a cluster that runs already; its only host appears with it."""
        world, now_s = self._world, self._world.settle()
        project = world.project_named(order.project)
        versions = [self._profile_version(uid) for uid in order.profile_uids]
        host = self.add_hosts(HostOrder(order.project, prefix=f"{order.name}-host"))[0]
        config = PoolConfig(
            name="control", size=1, labels=["control-plane"], isControlPlane=True, useControlPlaneAsWorker=True
        )
        cluster = Cluster(
            uid=world.mint_uid(),
            cloud_config_uid=world.mint_uid(),
            name=order.name,
            project_uid=project.uid,
            labels=dict(order.labels),
            annotations={},
            cloud=EdgeNativeClusterConfig(),
            cluster_config={},
            profiles=[AttachedProfile(version) for version in versions],
            pools={config.name: Pool(config, [PoolHost(hostUid=host.uid)])},
            created_s=now_s,
            modified_s=now_s,
        )
        cluster_life.begin(world, cluster, now_s)
        cluster_life.bring_up(world, cluster, now_s)
        return cluster

    def bring_up_cluster(self, uid: str) -> None:
        """Let a cluster that is still coming up be Running and Healthy at once."""
        cluster = self.cluster(uid)
        if cluster.state not in (ClusterState.PENDING, ClusterState.PROVISIONING):
            raise Refused("ClusterNotComingUp", f"The cluster is in state {cluster.state}.")
        cluster_life.bring_up(self._world, cluster, self._world.settle())

    def edit_cluster(
        self,
        uid: str,
        *,
        name: str | None = None,
        labels: Labels | None = None,
        repave_state: str | None = None,
    ) -> None:
        """Rename a cluster, replace its labels, or set its repave state."""
        cluster = self.cluster(uid)
        cluster.name = name or cluster.name
        cluster.labels = dict(cluster.labels if labels is None else labels)
        cluster.repave_state = cluster.repave_state if repave_state is None else repave_state
        self._world.touch_cluster(cluster, self._world.settle())

    def edit_cluster_profiles(self, uid: str, update: ProfilesUpdate) -> None:
        """Attach, update or replace profiles of a cluster, as its PATCH does."""
        cluster, now_s = self.cluster(uid), self._world.settle()
        cluster.profiles = attachments.merge_profiles(
            self._world, cluster.project_uid, cluster.profiles, update.profiles
        )
        rollout.begin_rollout(self._world, cluster, rollout.NOW, now_s)

    def delete_cluster(self, uid: str) -> None:
        """Begin to delete a cluster."""
        cluster_life.delete(self._world, self.cluster(uid), self._world.settle())

    def stick_cluster(self, uid: str, *, stuck: bool) -> None:
        """Make deletions of a cluster hang in Deleting, or let them go on."""
        cluster, now_s = self.cluster(uid), self._world.settle()
        if stuck:
            cluster.stuck = True
        else:
            cluster_life.unstick(self._world, cluster, now_s)

    def fail_cluster(self, uid: str, condition: str, message: str) -> None:
        """Put a cluster into state Error."""
        cluster_life.fail(self._world, self.cluster(uid), condition, message, self._world.settle())

    def tell_of_cluster(self, uid: str, severity: Severity, reason: str, message: str) -> None:
        """Add an event about a cluster."""
        now_s = self._world.settle()
        happenings.note(self._world, self.cluster(uid), now_s, severity=severity, reason=reason, message=message)

    def resume_cluster(self, uid: str) -> None:
        """Let a cluster in state Error come up again."""
        cluster_life.resume(self._world, self.cluster(uid), self._world.settle())

    def remove_machine(self, uid: str, pool_name: str, machine_uid: str) -> None:
        """Delete one machine of a cluster."""
        cluster, now_s = self.cluster(uid), self._world.settle()
        pool = cluster.pools.get(pool_name)
        machine = pool.machines.get(machine_uid) if pool else None
        if pool is None or machine is None:
            raise not_found("machine", machine_uid)
        pools.remove_machine(self._world, cluster, pool, machine, now_s)

    def host(self, uid: str) -> EdgeHost:
        """Find a host, whatever its project; raises ApiError 404."""
        self._world.settle()
        if uid not in self._world.hosts:
            raise not_found("edge host", uid)
        return self._world.hosts[uid]

    def cluster(self, uid: str) -> Cluster:
        """Find a cluster, whatever its project and however new; raises ApiError 404."""
        self._world.settle()
        if uid not in self._world.clusters:
            raise not_found("cluster", uid)
        return self._world.clusters[uid]

    def _profile_version(self, uid: str) -> ProfileVersion:
        if uid not in self._world.profile_versions:
            raise not_found("cluster profile", uid)
        return self._world.profile_versions[uid]
