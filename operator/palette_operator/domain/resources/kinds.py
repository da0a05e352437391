"""The three kinds as the API server knows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from palette_operator.domain.resources.base import Immutable, Model
from palette_operator.domain.resources.cluster import ClusterSpec, PaletteCluster
from palette_operator.domain.resources.cluster_status import ClusterStatus
from palette_operator.domain.resources.connection import ConnectionSpec, PaletteConnection
from palette_operator.domain.resources.connection_status import ConnectionStatus
from palette_operator.domain.resources.edge_host import EdgeHost, EdgeHostSpec
from palette_operator.domain.resources.edge_host_status import EdgeHostStatus
from palette_operator.domain.resources.status import Status

GROUP = "palette.spectrocloud.com"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"

Resource: TypeAlias = PaletteConnection | EdgeHost | PaletteCluster


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: its names, scope and models."""

    kind: str
    plural: str
    short_name: str
    scope: Literal["Cluster", "Namespaced"]
    resource: type[PaletteConnection | EdgeHost | PaletteCluster]
    spec: type[Model]
    status: type[Status]
    immutable: tuple[Immutable, ...] = ()

    @property
    def singular(self) -> str:
        """The name in lower case."""
        return self.kind.lower()


PALETTE_CONNECTION = Kind(
    "PaletteConnection", "paletteconnections", "pcon", "Cluster", PaletteConnection, ConnectionSpec, ConnectionStatus
)
EDGE_HOST = Kind(
    "EdgeHost", "edgehosts", "eh", "Namespaced", EdgeHost, EdgeHostSpec, EdgeHostStatus, EdgeHost.IMMUTABLE
)
PALETTE_CLUSTER = Kind(
    "PaletteCluster",
    "paletteclusters",
    "pcl",
    "Namespaced",
    PaletteCluster,
    ClusterSpec,
    ClusterStatus,
    PaletteCluster.IMMUTABLE,
)
KINDS = (PALETTE_CONNECTION, EDGE_HOST, PALETTE_CLUSTER)
