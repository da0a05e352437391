"""The life of an edge-native cluster: Pending, Provisioning, Running and Healthy; Deleting, Deleted, forgotten.

Conditions are those seen in the field; their order and share of the time are ours.
"""

from collections.abc import Callable
from dataclasses import dataclass

from palette_sim.palette.errors import Refused
from palette_sim.palette.world import happenings
from palette_sim.palette.world.cluster_health import assess_health
from palette_sim.palette.world.pools import create_machines, release_host, seize_host, set_machine_states
from palette_sim.palette.world.records import INFRA_TYPES, Cluster, ClusterState
from palette_sim.palette.world.rollout import ADD_ONS_DONE, mark_ready, wanted_packs
from palette_sim.palette.world.world import World

API_PORT = 6443
FALLBACK_ENDPOINT = "10.10.0.10"


@dataclass(frozen=True, slots=True)
class Milestone:
    """A condition that becomes True after `share` of the provisioning time."""

    condition: str
    share: float


CLOUD_INFRASTRUCTURE = "CloudInfrastructureReady"
CONTROL_PLANE = "ControlPlaneNodeAdditionDone"
WORKERS = "WorkerNodeAdditionDone"
PROVISIONING = (
    Milestone("ImageResolutionDone", 0.1),
    Milestone(CLOUD_INFRASTRUCTURE, 0.25),
    Milestone("BootstrappingDone", 0.4),
    Milestone(CONTROL_PLANE, 0.6),
    Milestone("KubeConfigReady", 0.7),
    Milestone(WORKERS, 0.85),
    Milestone("ImagePullSecretPropagationDone", 0.9),
    Milestone("BootstrapReady", 1.0),
)


def begin(world: World, cluster: Cluster, at_s: float) -> None:
    """Accept a new cluster: it takes its hosts at once and comes up in its time."""
    world.clusters[cluster.uid] = cluster
    world.cluster_uid_by_cloud_config[cluster.cloud_config_uid] = cluster.uid
    for uid in sorted(cluster.host_uids):
        seize_host(world, cluster, uid, at_s)
    world.touch_cluster(cluster, at_s)
    _plan(world, cluster, at_s + world.config.durations.pending_s, ClusterState.PENDING, _provision)


def delete(world: World, cluster: Cluster, at_s: float) -> None:
    """Begin to delete a cluster. Repeating it, or deleting what is Deleted, changes nothing."""
    if cluster.is_going:
        return
    cluster.state, cluster.deleting_s, cluster.health = ClusterState.DELETING, at_s, ""
    for pool in cluster.pools.values():
        set_machine_states(pool, "Deleting", at_s)
    world.touch_cluster(cluster, at_s)
    _plan_end(world, cluster, at_s)


def force_delete(world: World, cluster: Cluster, at_s: float) -> None:
    """End a deletion that is stuck; raises Refused before it has lasted long enough.

    Source: Palette docs, "Remove Clusters": only after 15 minutes in Deleting.
    """
    after_s = world.config.durations.force_delete_after_s
    if cluster.state is ClusterState.DELETED:
        return
    if cluster.deleting_s is None or at_s - cluster.deleting_s < after_s:
        raise Refused("ClusterForceDeleteNotAllowed", f"Force delete is possible after {after_s:.0f} s in Deleting.")
    _end(world, cluster, at_s)


def unstick(world: World, cluster: Cluster, at_s: float) -> None:
    """Let a deletion go on that was made to hang."""
    cluster.stuck = False
    if cluster.state is ClusterState.DELETING:
        _plan_end(world, cluster, at_s)


def fail(world: World, cluster: Cluster, condition: str, message: str, at_s: float) -> None:
    """Put a cluster into state Error, with a condition that is False."""
    cluster.state, cluster.health = ClusterState.ERROR, ""
    cluster.set_condition(condition, "False", message, at_s)
    happenings.note(world, cluster, at_s, severity="Error", reason=f"{condition}Failed", message=message)
    world.touch_cluster(cluster, at_s)


def resume(world: World, cluster: Cluster, at_s: float) -> None:
    """Let a cluster in state Error come up again."""
    if cluster.state is ClusterState.ERROR:
        _provision(world, cluster, at_s)


def bring_up(world: World, cluster: Cluster, at_s: float) -> None:
    """Let a new cluster be Running and Healthy at once, as if it had been there for long."""
    durations = world.config.durations
    cluster.created_s -= durations.cluster_absent_s + durations.cluster_statusless_s
    cluster.state, cluster.packs = ClusterState.PROVISIONING, wanted_packs(cluster, at_s)
    cluster.spc_apply.can_be_applied = True
    for pool in cluster.pools.values():
        create_machines(world, pool, at_s)
    for milestone in PROVISIONING:
        _pass_milestone(cluster, milestone, at_s)
    _run(world, cluster, at_s)
    _become_healthy(world, cluster, at_s)


LifeStep = Callable[[World, Cluster, float], None]


def _plan(world: World, cluster: Cluster, due_s: float, while_in: ClusterState, step: LifeStep) -> None:
    def run(at_s: float) -> None:
        if cluster.state is while_in:
            step(world, cluster, at_s)

    world.agenda.plan(due_s, run)


def _provision(world: World, cluster: Cluster, at_s: float) -> None:
    cluster.state = ClusterState.PROVISIONING
    cluster.spc_apply.can_be_applied = True
    cluster.spc_apply.modified_s = at_s
    cluster.packs = wanted_packs(cluster, at_s)
    for pool in cluster.pools.values():
        create_machines(world, pool, at_s)
    world.touch_cluster(cluster, at_s)
    _plan_milestone(world, cluster, at_s, 0)


def _plan_milestone(world: World, cluster: Cluster, started_s: float, number: int) -> None:
    milestone = PROVISIONING[number]

    def reach(world: World, cluster: Cluster, at_s: float) -> None:
        _pass_milestone(cluster, milestone, at_s)
        if number + 1 < len(PROVISIONING):
            _plan_milestone(world, cluster, started_s, number + 1)
        else:
            _run(world, cluster, at_s)
        world.touch_cluster(cluster, at_s)

    due_s = started_s + milestone.share * world.config.durations.provisioning_s
    _plan(world, cluster, due_s, ClusterState.PROVISIONING, reach)


def _pass_milestone(cluster: Cluster, milestone: Milestone, at_s: float) -> None:
    workers = [pool for pool in cluster.pools.values() if not pool.is_control_plane]
    if milestone.condition == WORKERS and not workers:
        return
    cluster.set_condition(milestone.condition, "True", "", at_s)
    if milestone.condition == CLOUD_INFRASTRUCTURE:
        for pool in cluster.pools.values():
            set_machine_states(pool, "Provisioning", at_s)
    elif milestone.condition == CONTROL_PLANE:
        for pool in cluster.pools.values():
            if pool.is_control_plane:
                set_machine_states(pool, "Running", at_s)
        cluster.api_endpoints = [(_endpoint_host(cluster), API_PORT)]
    elif milestone.condition == WORKERS:
        for pool in workers:
            set_machine_states(pool, "Running", at_s)


def _endpoint_host(cluster: Cluster) -> str:
    endpoint = cluster.cloud.control_plane_endpoint
    return (endpoint.host if endpoint else None) or FALLBACK_ENDPOINT


def _run(world: World, cluster: Cluster, at_s: float) -> None:
    cluster.state, cluster.running_s = ClusterState.RUNNING, at_s
    mark_ready(cluster, at_s, profile_types=INFRA_TYPES)
    healthy_s = at_s + world.config.durations.becoming_healthy_s
    _plan(world, cluster, healthy_s, ClusterState.RUNNING, _become_healthy)


def _become_healthy(world: World, cluster: Cluster, at_s: float) -> None:
    if cluster.health:
        return
    if not cluster.rollout:
        mark_ready(cluster, at_s)
        cluster.spc_apply.applied_s = at_s
        cluster.set_condition(ADD_ONS_DONE, "True", "", at_s)
    cluster.health = "Healthy"
    assess_health(world, cluster, at_s)


def _plan_end(world: World, cluster: Cluster, at_s: float) -> None:
    if not cluster.stuck:
        _plan(world, cluster, at_s + world.config.durations.deleting_s, ClusterState.DELETING, _end_unless_stuck)


def _end_unless_stuck(world: World, cluster: Cluster, at_s: float) -> None:
    if not cluster.stuck:
        _end(world, cluster, at_s)


def _end(world: World, cluster: Cluster, at_s: float) -> None:
    cluster.state = ClusterState.DELETED
    leaving = {machine.host_uid for pool in cluster.pools.values() for machine in pool.machines.values()}
    for uid in sorted(cluster.host_uids | leaving):
        release_host(world, cluster, uid, at_s)
    for pool in cluster.pools.values():
        pool.machines.clear()
    world.touch_cluster(cluster, at_s)
    forgotten_s = at_s + world.config.durations.deleted_record_s
    _plan(world, cluster, forgotten_s, ClusterState.DELETED, lambda w, c, at: w.drop_cluster(c, at))
