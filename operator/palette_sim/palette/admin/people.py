"""Devices, profiles and clusters, as people in the field and in the Palette UI change them; and what there is."""

from collections import Counter

from pydantic import Field

from palette_sim.common.bodies import ArchType
from palette_sim.common.clock import timestamp
from palette_sim.common.jsonvalue import JsonObject
from palette_sim.common.settings import Settings
from palette_sim.palette.admin.call import AdminCall, AdminEndpoint
from palette_sim.palette.bodies.clusters import ProfilesUpdate
from palette_sim.palette.call import NO_CONTENT, Reply, created, ok
from palette_sim.palette.people import ClusterOrder, HostOrder
from palette_sim.palette.seed import PackSeed, ProfileSeed, VariableSeed, VersionSeed
from palette_sim.palette.world.records import Cluster, EdgeHost, Severity


class HostsBody(Settings):
    """Hosts to add: `prefix-0001` and so on."""

    project: str
    count: int = Field(default=1, ge=1)
    prefix: str = "edge"
    first: int = Field(default=1, ge=0)
    arch: ArchType = "amd64"
    labels: dict[str, str] = Field(default_factory=dict)
    paired: bool = True


class PairBody(Settings):
    """Hosts that make contact; null: all that have not yet."""

    uids: list[str] | None = None


class IllnessBody(Settings):
    """Why a host is ill."""

    message: str = "The agent has sent no heartbeat."


class EditBody(Settings):
    """What somebody changes in the UI; `labels` replaces them all."""

    name: str | None = None
    labels: dict[str, str] | None = None


class ClusterEditBody(EditBody):
    """The same of a cluster; `repave_state` is empty for none."""

    repave_state: str | None = Field(default=None, pattern="^(Pending|Approved|Reverted|)$")


class VersionBody(Settings):
    """A new version of a profile; what it does not name is copied from another version."""

    version: str
    copy_from: str = ""
    packs: list[PackSeed] = Field(default_factory=list)
    variables: list[VariableSeed] = Field(default_factory=list)


class ClusterAddBody(Settings):
    """A cluster that somebody else makes."""

    project: str
    name: str
    labels: dict[str, str] = Field(default_factory=dict)
    profile_uids: list[str] = Field(default_factory=list)


class FailBody(Settings):
    """Why a cluster is in Error."""

    condition: str = "CloudInfrastructureReady"
    message: str = "Something failed."


class EventBody(Settings):
    """An event about a cluster."""

    severity: Severity = "Warning"
    reason: str = Field(default="NodeUnhealthy", max_length=500)
    message: str = "A node does not answer."


class StuckBody(Settings):
    """Whether deletions of a cluster hang."""

    stuck: bool


def show_state(call: AdminCall) -> Reply:
    """Show all that there is, without values, keys and tokens."""
    world = call.levers.world
    world.settle()
    return ok(
        {
            "projects": [{"uid": project.uid, "name": project.name} for project in world.projects.values()],
            "profiles": [
                {"uid": version.uid, "name": version.name, "version": version.version, "type": version.profile.type}
                for version in world.profile_versions.values()
            ],
            "hosts": [_host_view(host) for host in world.hosts.values()],
            "clusters": [_cluster_view(cluster) for cluster in world.clusters.values()],
        }
    )


def show_counts(call: AdminCall) -> Reply:
    """Count hosts by state and clusters by state and health."""
    world = call.levers.world
    world.settle()
    hosts = Counter(host.state for host in world.hosts.values())
    clusters = Counter(cluster.state.value for cluster in world.clusters.values())
    healthy = sum(cluster.health == "Healthy" for cluster in world.clusters.values())
    return ok({"hosts": {**hosts}, "clusters": {**clusters}, "healthy_clusters": healthy})


def add_hosts(call: AdminCall) -> Reply:
    """Add hosts that registered themselves."""
    body = call.body(HostsBody)
    hosts = call.levers.people.add_hosts(HostOrder(**body.model_dump()))
    return Reply(201, {"uids": [host.uid for host in hosts]})


def pair_hosts(call: AdminCall) -> Reply:
    """Let hosts make contact."""
    return ok({"paired": call.levers.people.pair_hosts(call.body(PairBody).uids)})


def edit_host(call: AdminCall) -> Reply:
    """Rename or relabel a host."""
    body = call.body(EditBody)
    call.levers.people.edit_host(call.params["uid"], name=body.name, labels=body.labels)
    return NO_CONTENT


def remove_host(call: AdminCall) -> Reply:
    """Remove a host."""
    call.levers.people.remove_host(call.params["uid"])
    return NO_CONTENT


def make_host_ill(call: AdminCall) -> Reply:
    """Make a host ill."""
    call.levers.people.make_host_ill(call.params["uid"], call.body(IllnessBody).message)
    return NO_CONTENT


def cure_host(call: AdminCall) -> Reply:
    """Make a host well."""
    call.levers.people.cure_host(call.params["uid"])
    return NO_CONTENT


def add_profile(call: AdminCall) -> Reply:
    """Add a profile, in the shape of the seed; answers with the uid of its first version."""
    profile = call.levers.people.add_profile(call.body(ProfileSeed))
    return Reply(201, {"uids": [version.uid for version in profile.versions]})


def publish_version(call: AdminCall) -> Reply:
    """Publish a version of a profile."""
    body = call.body(VersionBody)
    version = VersionSeed(version=body.version, packs=body.packs, variables=body.variables)
    published = call.levers.people.publish_version(call.params["name"], version, copy_from=body.copy_from)
    return created(published.uid)


def add_cluster(call: AdminCall) -> Reply:
    """Add a cluster that runs already."""
    body = call.body(ClusterAddBody)
    order = ClusterOrder(body.project, body.name, body.labels, tuple(body.profile_uids))
    return created(call.levers.people.add_cluster(order).uid)


def edit_cluster(call: AdminCall) -> Reply:
    """Rename or relabel a cluster, or set its repave state."""
    body = call.body(ClusterEditBody)
    call.levers.people.edit_cluster(
        call.params["uid"], name=body.name, labels=body.labels, repave_state=body.repave_state
    )
    return NO_CONTENT


def edit_cluster_profiles(call: AdminCall) -> Reply:
    """Change the profiles of a cluster; the body is that of Palette's own PATCH."""
    call.levers.people.edit_cluster_profiles(call.params["uid"], call.body(ProfilesUpdate))
    return NO_CONTENT


def delete_cluster(call: AdminCall) -> Reply:
    """Delete a cluster."""
    call.levers.people.delete_cluster(call.params["uid"])
    return NO_CONTENT


def bring_up_cluster(call: AdminCall) -> Reply:
    """Let a cluster be Running and Healthy at once."""
    call.levers.people.bring_up_cluster(call.params["uid"])
    return NO_CONTENT


def fail_cluster(call: AdminCall) -> Reply:
    """Put a cluster into Error."""
    body = call.body(FailBody)
    call.levers.people.fail_cluster(call.params["uid"], body.condition, body.message)
    return NO_CONTENT


def tell_of_cluster(call: AdminCall) -> Reply:
    """Add an event about a cluster."""
    body = call.body(EventBody)
    call.levers.people.tell_of_cluster(call.params["uid"], body.severity, body.reason, body.message)
    return NO_CONTENT


def resume_cluster(call: AdminCall) -> Reply:
    """Let a cluster in Error come up again."""
    call.levers.people.resume_cluster(call.params["uid"])
    return NO_CONTENT


def stick_cluster(call: AdminCall) -> Reply:
    """Make deletions of a cluster hang, or let them go on."""
    call.levers.people.stick_cluster(call.params["uid"], stuck=call.body(StuckBody).stuck)
    return NO_CONTENT


def remove_machine(call: AdminCall) -> Reply:
    """Delete one machine of a cluster."""
    call.levers.people.remove_machine(call.params["uid"], call.params["pool"], call.params["machine"])
    return NO_CONTENT


def _host_view(host: EdgeHost) -> JsonObject:
    return {
        "uid": host.uid,
        "name": host.name,
        "project_uid": host.project_uid,
        "labels": dict(host.labels),
        "state": host.state,
        "health": host.health,
        "cluster_uid": host.cluster_uid,
    }


def _cluster_view(cluster: Cluster) -> JsonObject:
    return {
        "uid": cluster.uid,
        "cloud_config_uid": cluster.cloud_config_uid,
        "name": cluster.name,
        "project_uid": cluster.project_uid,
        "labels": dict(cluster.labels),
        "state": cluster.state.value,
        "health": cluster.health,
        "created": timestamp(cluster.created_s),
        "profiles": [
            {
                "uid": attached.version.uid,
                "name": attached.version.name,
                "version": attached.version.version,
                "variables": [*sorted(attached.variables)],
            }
            for attached in cluster.profiles
        ],
        "pools": {
            pool.name: {
                "hosts": [*sorted(pool.host_uids())],
                "machines": {machine.name: machine.state for machine in pool.machines.values()},
            }
            for pool in cluster.pools.values()
        },
    }


ENDPOINTS: dict[tuple[str, str], AdminEndpoint] = {
    ("GET", "/_sim/state"): show_state,
    ("GET", "/_sim/state/counts"): show_counts,
    ("POST", "/_sim/hosts"): add_hosts,
    ("POST", "/_sim/hosts/pair"): pair_hosts,
    ("PATCH", "/_sim/hosts/{uid}"): edit_host,
    ("DELETE", "/_sim/hosts/{uid}"): remove_host,
    ("PUT", "/_sim/hosts/{uid}/illness"): make_host_ill,
    ("DELETE", "/_sim/hosts/{uid}/illness"): cure_host,
    ("POST", "/_sim/profiles"): add_profile,
    ("POST", "/_sim/profiles/{name}/versions"): publish_version,
    ("POST", "/_sim/clusters"): add_cluster,
    ("PATCH", "/_sim/clusters/{uid}"): edit_cluster,
    ("DELETE", "/_sim/clusters/{uid}"): delete_cluster,
    ("PATCH", "/_sim/clusters/{uid}/profiles"): edit_cluster_profiles,
    ("POST", "/_sim/clusters/{uid}/bring-up"): bring_up_cluster,
    ("POST", "/_sim/clusters/{uid}/fail"): fail_cluster,
    ("POST", "/_sim/clusters/{uid}/resume"): resume_cluster,
    ("POST", "/_sim/clusters/{uid}/events"): tell_of_cluster,
    ("PUT", "/_sim/clusters/{uid}/stuck"): stick_cluster,
    ("DELETE", "/_sim/clusters/{uid}/pools/{pool}/machines/{machine}"): remove_machine,
}
