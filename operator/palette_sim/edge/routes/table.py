"""All that a host of one generation serves."""

from palette_sim.edge.call import Endpoint
from palette_sim.edge.routes import archives, clusters, content, hosts, links, pools, uploads, users
from palette_sim.edge.seed import Generation

ENDPOINTS = (
    users.ENDPOINTS
    | hosts.ENDPOINTS
    | links.ENDPOINTS
    | archives.ENDPOINTS
    | clusters.ENDPOINTS
    | pools.ENDPOINTS
    | uploads.ENDPOINTS
    | content.ENDPOINTS
)
_ONLY = hosts.ONLY | clusters.ONLY
WITHOUT_TOKEN = users.WITHOUT_TOKEN
AIRGAP_ONLY = clusters.AIRGAP_ONLY


def endpoints(generation: Generation) -> dict[tuple[str, str], Endpoint]:
    """Return the endpoints of a generation, by method and path; all else is the router's 404 or 405."""
    return {call: found for call, found in ENDPOINTS.items() if _ONLY.get(call, generation) is generation}
