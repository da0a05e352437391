"""Whether a cluster is healthy: it is when it came up and none of its hosts is ill."""

from palette_sim.palette.world import happenings
from palette_sim.palette.world.records import Cluster, ClusterState
from palette_sim.palette.world.world import World


def assess_health(world: World, cluster: Cluster, at_s: float) -> None:
    """Set the cluster's health from its hosts'. Before it came up, and once it is going, it has none."""
    if cluster.state is not ClusterState.RUNNING or not cluster.health:
        return
    ill, before = ill_hosts(world, cluster), cluster.health
    cluster.health = "UnHealthy" if ill else "Healthy"
    if ill and cluster.health != before:
        message = f"{', '.join(ill)}: no heartbeat"
        happenings.note(world, cluster, at_s, severity="Warning", reason="NodeUnhealthy", message=message)
    elif cluster.health != before:
        message = "every node is healthy"
        happenings.note(world, cluster, at_s, severity="Normal", reason="ClusterHealthy", message=message)
    world.touch_cluster(cluster, at_s)


def ill_hosts(world: World, cluster: Cluster) -> list[str]:
    """Name the hosts of the cluster that are ill."""
    return [uid for uid in sorted(cluster.host_uids) if uid in world.hosts and world.hosts[uid].illness]
