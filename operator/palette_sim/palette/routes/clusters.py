"""Edge-native clusters: create, show, label, delete."""

from collections import defaultdict

from palette_sim.common.errors import invalid
from palette_sim.common.jsonvalue import Json, JsonObject
from palette_sim.palette.bodies.base import MetadataUpdate
from palette_sim.palette.bodies.clusters import ClusterBody, ClusterSpecBody, EdgeNativeClusterConfig
from palette_sim.palette.call import NO_CONTENT, Call, Endpoint, Reply, created, flag, ok
from palette_sim.palette.errors import Problem, Refused
from palette_sim.palette.routes.edge_hosts import device_of
from palette_sim.palette.views.clusters import spc_apply, spectro_cluster
from palette_sim.palette.world import attachments, cluster_life, rollout, rules
from palette_sim.palette.world.records import Cluster, Pool


def create(call: Call) -> Reply:
    """Create a cluster, exactly as asked or not at all. There is no idempotency key: twice asked is twice made."""
    project = call.project("cluster.create")
    body = call.body(ClusterBody)
    name, spec = _complete(body)
    rules.require_free_name(call.world, project.uid, name)
    rules.refuse_first(list(rules.cluster_problems(call.world, project.uid, spec)))
    cluster = _assemble(call, project.uid, name, body)
    cluster_life.begin(call.world, cluster, call.now_s)
    return created(cluster.uid)


def validate(call: Call) -> Reply:
    """Tell what stands against a cluster, by pool and by profile; a 200 can carry errors."""
    project = call.project("cluster.create")
    _, spec = _complete(call.body(ClusterBody))
    return ok(_validation(spec, list(rules.cluster_problems(call.world, project.uid, spec))))


def validate_name(call: Call) -> Reply:
    """Answer 204 when the name is free."""
    project = call.project("cluster.create")
    name = call.query.get("name", "")
    if not name:
        raise invalid("name in query is required")
    if problem := rules.name_problem(call.world, project.uid, name):
        raise Refused(problem.code, problem.message)
    return NO_CONTENT


def show(call: Call) -> Reply:
    """Show a cluster; just after its creation there is no status yet."""
    cluster = call.cluster("cluster.get")
    body = spectro_cluster(cluster, modified_s=call.last_modified_s(cluster), with_status=_has_status(call, cluster))
    return ok(body)


def show_state(call: Call) -> Reply:
    """Show the state alone."""
    cluster = call.cluster("cluster.get")
    return ok({"status": {"state": cluster.state}} if _has_status(call, cluster) else {})


def show_hosts(call: Call) -> Reply:
    """Show all hosts of a cluster in full; not paged."""
    cluster = call.cluster("cluster.get")
    hosts = [call.world.hosts[uid] for uid in sorted(cluster.host_uids) if uid in call.world.hosts]
    return ok({"items": [device_of(call, host) for host in hosts if host.cluster_uid == cluster.uid]})


def set_metadata(call: Call) -> Reply:
    """Replace the labels or annotations that are given, and the name when one is."""
    cluster = call.cluster("cluster.update")
    metadata = call.body(MetadataUpdate).metadata
    rules.require_alive(cluster)
    cluster.name = metadata.name or cluster.name
    if metadata.labels is not None:
        cluster.labels = dict(metadata.labels)
    if metadata.annotations is not None:
        cluster.annotations = dict(metadata.annotations)
    call.world.touch_cluster(cluster, call.now_s)
    return NO_CONTENT


def delete(call: Call) -> Reply:
    """Begin to delete a cluster, or end a deletion that is stuck by force."""
    cluster = call.cluster("cluster.delete")
    if flag(call.query, "forceDelete"):
        cluster_life.force_delete(call.world, cluster, call.now_s)
    else:
        cluster_life.delete(call.world, cluster, call.now_s)
    return NO_CONTENT


def show_spc_apply(call: Call) -> Reply:
    """Show how the hand-over of changes to the agent stands."""
    return ok(spc_apply(call.cluster("cluster.get")))


def release_spc_apply(call: Call) -> Reply:
    """Let changes go on that were held back by DownloadAndInstallLater."""
    cluster = call.cluster("cluster.update")
    rules.require_settled(cluster)
    rollout.release_rollout(call.world, cluster, call.now_s)
    return Reply(202)


def _has_status(call: Call, cluster: Cluster) -> bool:
    durations = call.world.config.durations
    return call.now_s >= cluster.created_s + durations.cluster_absent_s + durations.cluster_statusless_s


def _complete(body: ClusterBody) -> tuple[str, ClusterSpecBody]:
    name = body.metadata.name if body.metadata else None
    if not name:
        raise invalid("metadata.name in body is required")
    if body.spec is None:
        raise invalid("spec in body is required")
    rules.require_pools_complete(body.spec.machinepoolconfig or [], "spec.machinepoolconfig")
    return name, body.spec


def _assemble(call: Call, project_uid: str, name: str, body: ClusterBody) -> Cluster:
    spec, metadata = body.spec or ClusterSpecBody(), body.metadata
    config: JsonObject = spec.cluster_config.model_dump(by_alias=True, exclude_none=True) if spec.cluster_config else {}
    pools = [Pool(pool.pool_config, rules.hosts_of(pool)) for pool in spec.machinepoolconfig or [] if pool.pool_config]
    return Cluster(
        uid=call.world.mint_uid(),
        cloud_config_uid=call.world.mint_uid(),
        name=name,
        project_uid=project_uid,
        labels=dict((metadata and metadata.labels) or {}),
        annotations=dict((metadata and metadata.annotations) or {}),
        cloud=spec.cloud_config or EdgeNativeClusterConfig(),
        cluster_config=config,
        profiles=[
            attachments.attach_profile(call.world, project_uid, profile, None) for profile in spec.profiles or []
        ],
        pools={pool.name: pool for pool in pools},
        created_s=call.now_s,
        modified_s=call.now_s,
    )


def _validation(spec: ClusterSpecBody, problems: list[Problem]) -> JsonObject:
    errors: defaultdict[tuple[str, str], list[Json]] = defaultdict(list)
    for problem in problems:
        errors[problem.pool, problem.profile_uid].append({"code": problem.code, "message": problem.message})
    names = [pool.pool_config.name for pool in spec.machinepoolconfig or [] if pool.pool_config]
    # What belongs to no pool and no profile is told with the pools, under no name.
    pools = [_result(name, errors[name, ""]) for name in [*names, *([""] if errors["", ""] else [])]]
    profiles: list[Json] = [
        {"uid": profile.uid, "packs": {"results": [_result("", errors["", profile.uid or ""])]}}
        for profile in spec.profiles or []
    ]
    return {"machinePools": {"results": [*pools]}, "profiles": profiles}


def _result(name: str, errors: list[Json]) -> JsonObject:
    return {"displayName": name, "errors": errors, "name": name}


ENDPOINTS: dict[tuple[str, str], Endpoint] = {
    ("POST", "/v1/spectroclusters/edge-native"): create,
    ("POST", "/v1/spectroclusters/edge-native/validate"): validate,
    ("GET", "/v1/spectroclusters/validate/name"): validate_name,
    ("GET", "/v1/spectroclusters/{uid}"): show,
    ("DELETE", "/v1/spectroclusters/{uid}"): delete,
    ("GET", "/v1/spectroclusters/{uid}/status"): show_state,
    ("PATCH", "/v1/spectroclusters/{uid}/metadata"): set_metadata,
    ("GET", "/v1/spectroclusters/{uid}/edge-native/edgeHosts"): show_hosts,
    ("GET", "/v1/spectroclusters/{uid}/status/spcApply"): show_spc_apply,
    ("POST", "/v1/spectroclusters/{uid}/status/spcApply"): release_spc_apply,
}
