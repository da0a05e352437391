"""Whether a cluster is healthy: it is when it came up and none of its hosts is ill."""

from palette_sim.palette.world.records import Cluster, ClusterState
from palette_sim.palette.world.world import World


def assess_health(world: World, cluster: Cluster, at_s: float) -> None:
    """Set the cluster's health from its hosts'. Before it came up, and once it is going, it has none."""
    if cluster.state is not ClusterState.RUNNING or not cluster.health:
        return
    cluster.health = "UnHealthy" if ill_hosts(world, cluster) else "Healthy"
    world.touch_cluster(cluster, at_s)


def ill_hosts(world: World, cluster: Cluster) -> list[str]:
    """Name the hosts of the cluster that are ill."""
    return [uid for uid in sorted(cluster.host_uids) if uid in world.hosts and world.hosts[uid].illness]
