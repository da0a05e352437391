"""What was seen, for the checks to judge. What could not be seen is the error that says why."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from palette_operator.domain.errors import ReconcileError
from palette_operator.domain.holder import ListedKey, User
from palette_operator.domain.identifiers import ProjectUid
from palette_operator.domain.observed import ClusterRow, HostRow, Project, WhoAmI
from palette_operator.kube.rights import Right
from palette_operator.palette.contact import Attempt

T = TypeVar("T")

Body = Mapping[str, Any]
Seen: TypeAlias = T | ReconcileError


async def seen(look: Awaitable[T]) -> Seen[T]:
    """Return what `look` brings, or the error with which it fails."""
    try:
        return await look
    except ReconcileError as error:
        return error


@dataclass(frozen=True, slots=True)
class Review:
    """Whether something is allowed."""

    right: Right
    verb: str
    namespace: str
    """Where; "" for everywhere, and for what belongs to no namespace."""
    granted: Seen[bool]


@dataclass(frozen=True, slots=True)
class Resources:
    """The PaletteClusters and EdgeHosts of the watched namespaces, as far as they may be listed."""

    bodies: Sequence[Body] = ()
    unread: Mapping[str, ReconcileError] = field(default_factory=dict)
    """Listings that failed, by what they are of, for people."""


@dataclass(frozen=True, slots=True)
class Management:
    """The management cluster."""

    server: str
    version: str
    namespace: str
    """Where the operator is taken to run."""
    subject: str
    """Whose rights were reviewed, for people: `you`, or a user."""
    speaks_for_operator: bool
    """Whether that is the operator's own ServiceAccount, as far as can be told."""
    definitions: Mapping[str, Seen[Body | None]]
    """CustomResourceDefinitions by kind."""
    watched: tuple[str, ...] | None
    """The namespaces that the operator watches, empty for all; None where that is not known, and all are looked at."""
    rights: Sequence[Review]
    """Each right, with each of its verbs, in each place where it must hold."""
    leases: Seen[Sequence[Body]]
    deployments: Seen[Sequence[Body]]
    connections: Seen[Sequence[Body]]
    resources: Resources


@dataclass(frozen=True, slots=True)
class SecretLook:
    """A Secret that a connection names, without its values."""

    name: str
    needed: tuple[str, ...]
    """Keys that it must have."""
    namespace: str
    keys: Seen[tuple[str, ...] | None]
    """Names of its keys; None when there is no such Secret."""
    elsewhere: tuple[str, ...] = ()
    """Namespaces that hold a Secret of this name although the operator does not look there."""


@dataclass(frozen=True, slots=True)
class ScopeLook:
    """One project, through the connection's credential."""

    project: Project
    clusters: Seen[Mapping[str, ClusterRow]]
    hosts: Seen[Mapping[str, HostRow]]
    profiles: Seen[int]
    cluster: Seen[bool] | None
    """Whether one of the clusters could be read whole, with its cloud config; None without a cluster."""
    host: Seen[bool] | None
    """Whether one of the hosts could be read whole; None without a host."""
    missing: Mapping[str, Seen[bool]] = field(default_factory=dict)
    """Some of what resources stand for and the listing does not show: whether a read finds it."""


@dataclass(frozen=True, slots=True)
class TenantLook:
    """The tenant, through a credential that works."""

    projects: Seen[Sequence[Project]]
    sees_tenant: Seen[bool]
    """Whether the credential sees the whole tenant rather than single projects."""
    version: Seen[str]
    granted: Seen[Mapping[ProjectUid, frozenset[str]]]
    """Permissions by project, those of the tenant included."""
    user: Seen[User]
    keys: Seen[Sequence[ListedKey]]
    """The API keys that the credential may see."""
    scopes: Sequence[ScopeLook] = ()


@dataclass(frozen=True, slots=True)
class PaletteLook:
    """Palette, through one connection. What could not be looked at any more is None."""

    contact: Seen[Attempt]
    who: Seen[WhoAmI] | None = None
    tenant: TenantLook | None = None
    throttled: bool = False
    """Whether Palette answered 429 while we looked."""
