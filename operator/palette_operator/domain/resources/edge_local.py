"""`cloud.edgeLocal`: a cluster on air-gapped edge hosts, managed through the API of one of them.

Source: Palette docs, "Edge Management API" and "Create Local Cluster".
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from palette_operator.domain.resources.base import Model
from palette_operator.domain.resources.edge_native import EdgeCloud


class ClusterDefinition(Model):
    """The archive that says which profiles, packs and variables the cluster has."""

    archive_path: Annotated[str, Field(max_length=1024)] = ""
    """Path, on the leader, of an archive that was uploaded to it; another path updates the cluster.
    Default: the definition embedded in the host's image; a cluster that has another one by then keeps it."""


class EdgeLocal(EdgeCloud):
    """A cluster on one or several linked air-gapped hosts. The first host of the control plane is its leader."""

    definition: ClusterDefinition = Field(default_factory=ClusterDefinition)
    """What the cluster is made of."""
