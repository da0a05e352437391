"""`/v1/edge-mgmt/clusters/archive`: the definitions of clusters on the host's disk."""

from palette_sim.common.errors import ApiError
from palette_sim.edge.call import Call, Endpoint, Reply, accepted
from palette_sim.edge.views.archives import archive_details
from palette_sim.edge.world.records import Archive

PREFIX = "/v1/edge-mgmt/clusters/archive"


def show_embedded(call: Call) -> Reply:
    """Show the definition that the host was delivered with."""
    return _shown(call.host.embedded)


def show_overridden(call: Call) -> Reply:
    """Show the definition that was uploaded by itself."""
    return _shown(call.host.overridden)


def show_update(call: Call) -> Reply:
    """Show the definition that came with a content bundle."""
    return _shown(call.host.update)


def reject_update(call: Call) -> Reply:
    """Forget the definition that came with a content bundle. Safe to repeat."""
    call.host.update = None
    return accepted("The cluster update is rejected.")


def _shown(archive: Archive | None) -> Reply:
    if archive is None:
        raise ApiError(404, "ArchiveNotFound", "There is no such cluster definition on this host.")
    return Reply(200, archive_details(archive))


ENDPOINTS: dict[tuple[str, str], Endpoint] = {
    ("GET", f"{PREFIX}/embedded/details"): show_embedded,
    ("GET", f"{PREFIX}/overridden/details"): show_overridden,
    ("GET", f"{PREFIX}/update/details"): show_update,
    ("DELETE", f"{PREFIX}/update"): reject_update,
}
