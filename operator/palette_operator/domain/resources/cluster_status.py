"""What the operator writes back onto a PaletteCluster."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from palette_operator.domain.resources.base import Model
from palette_operator.domain.resources.fields import Many, Timestamp, Word, named
from palette_operator.domain.resources.status import ManagedStatus


class ProfileStatus(Model):
    """How far one profile has come."""

    name: Word
    """Name of the profile."""
    desired: Word = ""
    """Version that the spec asks for."""
    applied: Word = ""
    """Version that runs."""
    uid: Word = ""
    """Its uid in the definition of a local cluster."""


class PoolStatus(Model):
    """How far one machine pool has come."""

    name: Word
    """Name of the pool."""
    desired: int = 0
    """Hosts that the spec asks for."""
    ready: int = 0
    """Nodes that are ready."""
    hosts: Many[Word] = ()
    """Uids of the hosts chosen for it; a choice is kept."""


class ClusterStatus(ManagedStatus):
    """What is known of one cluster."""

    kubernetes_version: Word = ""
    """Kubernetes version."""
    endpoint: Word = ""
    """Address of the cluster's API, host:port."""
    cloud_type: Word = ""
    """Palette's word for the cloud."""
    profiles: Annotated[Many[ProfileStatus], Field(json_schema_extra=named("name"))] = ()
    """Profiles, wanted and applied."""
    machine_pools: Annotated[Many[PoolStatus], Field(json_schema_extra=named("name"))] = ()
    """Machine pools, wanted and ready."""
    console_url: Word = ""
    """Where the cluster is seen in Palette's console."""
    profile_summary: Word = ""
    """Version of the first profile; while it changes, 1.4.0->1.5.0."""
    nodes_summary: Word = ""
    """Ready and wanted nodes, such as 3/3."""
    leader: Word = ""
    """EdgeHost through whose API a local cluster is managed."""
    definition_path: Word = ""
    """Archive on the leader that a local cluster is made of."""
    certificates_expire_at: Timestamp | None = None
    """When the first certificate of a local cluster expires, UTC; absent when its hosts do not say."""
    kubeconfig_secret: Word = ""
    """Secret that holds the cluster's kubeconfig."""
