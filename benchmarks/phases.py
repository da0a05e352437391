"""The two phases of the scenario `create`, and the least time that each can take."""

from __future__ import annotations

from dataclasses import dataclass

SHARE = 0.9
"""Of each documented rate that a connection uses by default."""


@dataclass(frozen=True, slots=True)
class Phase:
    """One POST for each of many objects, from one rate limit."""

    name: str
    plural: str
    """Of the custom resource."""
    path: str
    """Of the POST."""
    documented_per_second: float
    """Source: Palette docs, "Endpoint Prefix Rate"."""

    def floor_s(self, posts: int) -> float:
        """Return the least seconds for so many POSTs from an empty bucket: rate and share alone, no latency."""
        return posts / (self.documented_per_second * SHARE)


HOSTS = Phase("hosts", "edgehosts", "/v1/edgehosts", 10)
CLUSTERS = Phase("clusters", "paletteclusters", "/v1/spectroclusters/edge-native", 50)
