"""`/v1/edge-mgmt/edgehosts/current/link` and `unlink`."""

from palette_sim.common.errors import ApiError, invalid
from palette_sim.common.jsonvalue import JsonObject
from palette_sim.edge.bodies.hosts import LinkToken
from palette_sim.edge.call import Call, Endpoint, Reply, accepted
from palette_sim.edge.views.hosts import link_peer
from palette_sim.edge.world import links

_CURRENT = "/v1/edge-mgmt/edgehosts/current"
_REFRESH_INTERVAL_S = 30


def offer(call: Call) -> Reply:
    """v1LinkToken."""
    token = links.offer_link(call.world, call.host)
    remaining_s = int(call.world.offers[token].ends_s - call.now_s)
    return Reply(200, {"token": token, "interval": _REFRESH_INTERVAL_S, "remainingTime": remaining_s})


def link(call: Call) -> Reply:
    """Link this host with the one that gave the token."""
    links.join_link(call.world, call.host, call.body(LinkToken).token or "")
    return Reply(200, _status(call))


def status(call: Call) -> Reply:
    """v1LinkStatus; 404 for a host that is not linked."""
    return Reply(200, _status(call))


def unlink(call: Call) -> Reply:
    """Take a peer out of the link."""
    peer_uid = call.query.get("peerId", "")
    if not peer_uid:
        raise invalid("peerId in query is required")
    links.unlink(call.world, call.host, peer_uid)
    return accepted("The edge host is unlinked.", 200)


def _status(call: Call) -> JsonObject:
    found = call.host.link
    if found is None:
        raise ApiError(404, "LinkNotFound", "This edge host is not linked.")
    peers = [link_peer(call.world.hosts[uid], found) for uid in found.host_uids if uid != call.host.uid]
    return {"status": found.state, "errorMessage": "", "peers": [*peers]}


ENDPOINTS: dict[tuple[str, str], Endpoint] = {
    ("POST", f"{_CURRENT}/link/generate-token"): offer,
    ("POST", f"{_CURRENT}/link"): link,
    ("GET", f"{_CURRENT}/link/status"): status,
    ("POST", f"{_CURRENT}/unlink"): unlink,
}
