"""The places around the creation of a cluster at which the operator may die, each before and after it took effect."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from support.fault_proxy import Matcher, Phase

_CLUSTERS = r"/apis/palette\.spectrocloud\.com/v1alpha1/namespaces/[^/]+/paletteclusters"
SEARCH = "/v1/dashboard/spectroclusters/search"
CREATE = "/v1/spectroclusters/edge-native"


@dataclass(frozen=True, slots=True)
class CreatePoint:
    """One request on the way to a cluster, and whether the operator dies before or after it took effect."""

    step: str
    side: Literal["kubernetes", "palette"]
    phase: Phase

    def __str__(self) -> str:
        return f"{self.phase.value} {self.step}"

    def of(self, cluster: str) -> Matcher:
        """Return what the request of this step looks like for one cluster."""
        return _matcher(self.step, cluster)


def _matcher(step: str, cluster: str) -> Matcher:
    resource = f"{_CLUSTERS}/{cluster}"
    match step:
        case "the search by name":
            return Matcher("POST", SEARCH, lambda body: json.dumps(cluster) in json.dumps(body))
        case "the finalizer":
            return Matcher("PATCH", resource, lambda body: bool(body["metadata"].get("finalizers")))
        case "the fence":
            return Matcher("PATCH", f"{resource}/status", lambda body: _begins_create(body["status"]))
        case "the POST":
            return Matcher("POST", CREATE, lambda body: bool(body["metadata"]["name"] == cluster))
        case "the uid":
            return Matcher("PATCH", f"{resource}/status", lambda body: bool(body["status"].get("uid")))
    raise ValueError(step)


def _begins_create(status: dict[str, Any]) -> bool:
    return (status.get("pendingOperation") or {}).get("verb") == "create"


STEPS: tuple[tuple[str, Literal["kubernetes", "palette"]], ...] = (
    ("the search by name", "palette"),
    ("the finalizer", "kubernetes"),
    ("the fence", "kubernetes"),
    ("the POST", "palette"),
    ("the uid", "kubernetes"),
)
"""In the order in which the operator takes them."""

POINTS = tuple(CreatePoint(step, side, phase) for step, side in STEPS for phase in Phase)
