"""How far a demo has come, worked out from its objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from palette_operator.cli.demo.manifests import Body, Manifests
from palette_operator.cli.status.objects import ObjectView, view
from palette_operator.domain.resources import ClusterStatus, parse_status

KIND_NAMES = ("PaletteConnection", "EdgeHost", "PaletteCluster")


@dataclass(frozen=True, slots=True)
class ClusterRow:
    """A PaletteCluster and what the table shows of it."""

    object: ObjectView
    status: ClusterStatus


@dataclass(frozen=True, slots=True)
class Progress:
    """The objects of the demo at one moment, and the requests that Palette has counted."""

    connections: Sequence[ObjectView] = ()
    hosts: Sequence[ObjectView] = ()
    clusters: Sequence[ClusterRow] = ()
    requests: int = 0
    throttled: int = 0
    elapsed_s: float = 0.0

    @property
    def unready(self) -> list[ObjectView]:
        """The objects that are not Ready."""
        return [each for each in self._objects if not each.is_ready]

    @property
    def summary(self) -> str:
        """How many are Ready, in one line that changes only when they do."""
        hosts, clusters = self.hosts, [row.object for row in self.clusters]
        return f"EdgeHosts ready {_share(hosts)}, PaletteClusters ready {_share(clusters)}"

    @property
    def verdict(self) -> str:
        """The last line of a demo that went well."""
        return (
            f"READY palettecluster={len(self.clusters)} edgehost={len(self.hosts)} requests={self.requests} "
            f"throttled={self.throttled} seconds={self.elapsed_s:.1f}"
        )

    def is_complete(self, manifests: Manifests) -> bool:
        """Whether everything that was applied is there and Ready."""
        there = [sum(each.kind == kind for each in self._objects) for kind in KIND_NAMES]
        return there >= [manifests.count(kind) for kind in KIND_NAMES] and not self.unready

    @property
    def _objects(self) -> list[ObjectView]:
        return [*self.connections, *self.hosts, *(row.object for row in self.clusters)]


def progress(bodies: Sequence[Body], *, requests: int, throttled: int, elapsed_s: float) -> Progress:
    """Return how far the objects have come, each kind sorted by namespace and name."""
    ordered = sorted(bodies, key=lambda body: (str(body["metadata"].get("namespace")), str(body["metadata"]["name"])))
    return Progress(
        connections=[view(body) for body in ordered if body["kind"] == "PaletteConnection"],
        hosts=[view(body) for body in ordered if body["kind"] == "EdgeHost"],
        clusters=[
            ClusterRow(view(body), parse_status(ClusterStatus, body.get("status")))
            for body in ordered
            if body["kind"] == "PaletteCluster"
        ],
        requests=requests,
        throttled=throttled,
        elapsed_s=elapsed_s,
    )


def explain(unready: Sequence[ObjectView]) -> str:
    """Name each object that is not Ready, and why, a line each."""
    return "\n".join(f"  {each.title}: {each.reason}: {each.message}" for each in unready)


def _share(objects: Sequence[ObjectView]) -> str:
    return f"{sum(each.is_ready for each in objects)}/{len(objects)}"
