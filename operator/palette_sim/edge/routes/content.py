"""The host's registry, what its cluster runs, what happened, and what the host can reach."""

from palette_sim.common.clock import timestamp
from palette_sim.common.errors import invalid
from palette_sim.common.jsonvalue import Json, JsonObject
from palette_sim.edge.call import Call, Endpoint, Reply
from palette_sim.edge.seed import ContentSeed
from palette_sim.edge.views.archives import applications
from palette_sim.edge.views.clusters import conditions
from palette_sim.edge.world.records import Cluster

_CLUSTER = "/v1/edge-mgmt/cluster"
_REGISTRY = f"{_CLUSTER}/registry"
_CONNECTIVITY = "/v1/edge-mgmt/edgehosts/connectivity"


def show_content(call: Call) -> Reply:
    """v1HarborContentsDetails."""
    added = timestamp(call.host.created_s)
    return Reply(200, {"status": [{**_content(each), "dateAdded": added} for each in call.host.content]})


def show_synchronisation(call: Call) -> Reply:
    """v1HarborContentsSyncStatus."""
    pending: list[Json] = [
        {
            **_content(each),
            "status": "pending",
            "msg": "",
            "source": "",
            "target": "",
            "creationTimestamp": timestamp(call.now_s),
            "lastSyncTimestamp": timestamp(None),
        }
        for each in call.host.pending_content
    ]
    message = "Content is being synchronised." if pending else "All content is synchronised."
    return Reply(200, {"statusMessage": message, "errors": {}, "pendingItems": pending})


def show_registry(call: Call) -> Reply:
    """v1HarborHealthDetails."""
    return Reply(
        200,
        {
            "State": call.host.seed.registry,
            "Message": "",
            "DiskCapacity": "100GB",
            "DiskUsed": "20GB",
            "DiskAvailable": "80GB",
            "UsagePercentage": "20%",
        },
    )


def show_applications(call: Call) -> Reply:
    """v1ClusterCurrentApplications: the cluster's profiles, their packs and whether these are ready."""
    cluster = call.cluster()
    return Reply(
        200, applications(cluster.archive, cluster.variables, is_ready=call.now_s >= cluster.profiles_applied_s)
    )


def show_events(call: Call) -> Reply:
    """v1Events, of one namespace when one is asked for."""
    cluster, namespace = call.host.cluster, call.query.get("namespace", "")
    events = _events(cluster) if cluster else []
    return Reply(200, {"items": [event for event in events if namespace in ("", "default")]})


def show_lifecycle(call: Call) -> Reply:
    """v1LifecycleEvents."""
    found = conditions(call.host.cluster, call.now_s) if call.host.cluster else []
    return Reply(200, {"clusterEvents": found, "edgeHostEvents": [], "expectedOrder": []})


def ping(call: Call) -> Reply:
    """v1PingResponse."""
    return Reply(200, {"pingHostStatus": _reached(call)})


def trace_route(call: Call) -> Reply:
    """v1TraceRouteResponse."""
    return Reply(200, {"traceRouteStatus": _reached(call)})


def _content(content: ContentSeed) -> JsonObject:
    return {"contentType": content.type, "name": content.name, "version": content.version, "size": content.size}


def _events(cluster: Cluster) -> list[Json]:
    return [
        {
            "involvedObject": {"kind": "Cluster", "name": cluster.name, "namespace": "default", "uid": cluster.uid},
            "message": "The cluster is created.",
            "metadata": {
                "name": cluster.name,
                "namespace": "default",
                "creationTimestamp": timestamp(cluster.created_s),
            },
            "reason": "Created",
            "severity": "Normal",
            "source": {"component": "palette-sim", "host": ""},
        }
    ]


def _reached(call: Call) -> str:
    endpoint = call.query.get("endpoint", "")
    if not endpoint:
        raise invalid("endpoint in query is required")
    is_reached = endpoint not in call.host.seed.unreachable
    return f"{endpoint} is {'reachable' if is_reached else 'unreachable'}"


ENDPOINTS: dict[tuple[str, str], Endpoint] = {
    ("GET", f"{_REGISTRY}/content/details"): show_content,
    ("GET", f"{_REGISTRY}/content/sync-status/details"): show_synchronisation,
    ("GET", f"{_REGISTRY}/health"): show_registry,
    ("GET", f"{_CLUSTER}/applications"): show_applications,
    ("GET", f"{_CLUSTER}/events"): show_events,
    ("GET", "/v1/edge-mgmt/events/lifecycle"): show_lifecycle,
    ("GET", f"{_CONNECTIVITY}/ping"): ping,
    ("GET", f"{_CONNECTIVITY}/traceroute"): trace_route,
}
