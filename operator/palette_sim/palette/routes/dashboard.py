"""The searches: clusters and edge hosts of a scope, in pages, as of some time ago when the search lags."""

from palette_sim.common.clock import timestamp
from palette_sim.common.jsonvalue import JsonObject
from palette_sim.palette.bodies.filters import SearchBody
from palette_sim.palette.call import Call, Endpoint, Reply, ok
from palette_sim.palette.search import CLUSTER_TEXTS, HOST_TEXTS, search
from palette_sim.palette.views.rows import SearchRow, light_row
from palette_sim.palette.world.lagging import LaggingIndex


def search_clusters(call: Call) -> Reply:
    """Search clusters, Deleted ones included unless they are filtered out."""
    page = call.page(_find_clusters(call))
    return ok({"items": [_as_of(call, row) for row in page.items], "listmeta": page.listmeta})


def search_cluster_metadata(call: Call) -> Reply:
    """Search clusters in their lighter form; not paged."""
    projects = call.world.projects
    return ok({"items": [light_row(row, projects[row.project_uid]) for row in _find_clusters(call)]})


def search_hosts(call: Call) -> Reply:
    """Search edge hosts."""
    body = call.body(SearchBody)
    found = search(_seen(call, call.world.host_index), body, HOST_TEXTS, lambda row: _last_modified_s(call, row))
    page = call.page(found)
    return ok({"items": [_as_of(call, row) for row in page.items], "listmeta": page.listmeta})


def _find_clusters(call: Call) -> list[SearchRow]:
    body = call.body(SearchBody)
    return search(_seen(call, call.world.cluster_index), body, CLUSTER_TEXTS, lambda row: _last_modified_s(call, row))


def _seen(call: Call, index: LaggingIndex[SearchRow]) -> list[SearchRow]:
    return [row for row in index.rows(_as_of_s(call)) if call.sees(row.project_uid)]


def _as_of_s(call: Call) -> float:
    return call.now_s - call.world.search_lag_s


def _last_modified_s(call: Call, row: SearchRow) -> float:
    return call.world.last_modified_s(row.uid, row.modified_s, row.beating_since_s, _as_of_s(call))


def _as_of(call: Call, row: SearchRow) -> JsonObject:
    """Put into a row what heartbeats changed since it was written; the rest is shared, not copied."""
    if row.beating_since_s is None:
        return row.body
    metadata, status = row.body["metadata"], row.body["status"]
    body = dict(row.body)
    if isinstance(metadata, dict):
        body["metadata"] = {**metadata, "lastModifiedTimestamp": timestamp(_last_modified_s(call, row))}
    if isinstance(status, dict) and "specSummary" in body and isinstance(health := status.get("health"), dict):
        beat_s = call.world.heartbeats.last_beat_s(row.beating_since_s, _as_of_s(call))
        body["status"] = {**status, "health": {**health, "lastHeartBeatTimestamp": timestamp(beat_s)}}
    return body


ENDPOINTS: dict[tuple[str, str], Endpoint] = {
    ("POST", "/v1/dashboard/spectroclusters/search"): search_clusters,
    ("POST", "/v1/dashboard/spectroclusters/metadata/search"): search_cluster_metadata,
    ("POST", "/v1/dashboard/edgehosts/search"): search_hosts,
}
