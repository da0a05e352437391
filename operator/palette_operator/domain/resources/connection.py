"""PaletteConnection: endpoint, credentials, projects, who may use it and for what, guards."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StrictInt

from palette_operator.domain.resources.base import Model, Rule
from palette_operator.domain.resources.connection_status import ConnectionStatus
from palette_operator.domain.resources.fields import (
    Count,
    DnsLabel,
    DnsName,
    Endpoint,
    Flag,
    Name,
    Prefix,
    Proxy,
    Share,
    named,
)
from palette_operator.domain.resources.shared import LabelSelector, Metadata, SecretKeyRef, SecretRef

TENANT_SCOPE = "tenant"
"""What spec.project of a connection says for tenant scope; never the name of a project."""

_LOOPBACK = r"^http://(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]{1,5})?/?$"


class AllowedNamespaces(Model):
    """Which namespaces may use the connection; exactly one member."""

    names: Annotated[tuple[DnsLabel, ...], Field(max_length=256)] | None = None
    """Names of namespaces; an empty list allows none."""
    selector: LabelSelector | None = None
    """Selects namespaces by their labels."""
    all: Flag | None = None
    """true: every namespace. It cannot be false: leave it out instead."""

    RULES: ClassVar = (
        Rule(
            "set exactly one of names, selector, all: true",
            holds=lambda self: (
                [self.names is None, self.selector is None, not self.all].count(False) == 1 and self.all is not False
            ),
            cel="[has(self.names), has(self.selector), has(self.all)].filter(set, set).size() == 1"
            " && (!has(self.all) || self.all)",
        ),
    )

    def permit(self, namespace: str, labels: Mapping[str, str]) -> bool:
        """Whether resources of `namespace`, which carries `labels`, may use the connection."""
        if self.names is not None:
            return namespace in self.names
        if self.selector is not None:
            return self.selector.matches(labels)
        return self.all is True


class Allow(Model):
    """What users of the connection may do."""

    delete: Flag = False
    """Whether a resource may ask for deletion in Palette (spec.deletion.policy: Delete). Default: false."""
    adopt_foreign: Flag = False
    """Whether a resource may take over a cluster that carries no ownership mark. Default: false."""


class Auth(Model):
    """The credentials; exactly one member. Secrets are read from the operator's own namespace."""

    api_key_secret_ref: SecretKeyRef | None = None
    """A Palette API key."""
    user_secret_ref: SecretRef | None = None
    """A Palette user: a Secret with the keys emailId, password and, if the user is in several organizations, org."""

    RULES: ClassVar = (
        Rule(
            "set exactly one of apiKeySecretRef, userSecretRef",
            holds=lambda self: (self.api_key_secret_ref is None) != (self.user_secret_ref is None),
            cel="has(self.apiKeySecretRef) != has(self.userSecretRef)",
        ),
    )


class Tls(Model):
    """How Palette's certificate is verified."""

    ca_secret_ref: SecretKeyRef | None = None
    """A PEM bundle of certificate authorities, read from the operator's own namespace. Default: the system's."""
    insecure_skip_verify: Flag = False
    """Whether to accept any certificate. Default: false."""

    RULES: ClassVar = (
        Rule(
            "set caSecretRef or insecureSkipVerify: true, not both",
            holds=lambda self: not (self.ca_secret_ref and self.insecure_skip_verify),
            cel="!(has(self.caSecretRef) && has(self.insecureSkipVerify) && self.insecureSkipVerify)",
        ),
    )


class RateOverride(Model):
    """A rate that your Palette grants for one endpoint prefix."""

    prefix: Prefix
    """Endpoint prefix as Palette documents it, such as /v1/edgehosts."""
    per_second: Annotated[StrictInt, Field(ge=1, le=10_000)]
    """Requests per second, before `share` is applied."""


class RateLimit(Model):
    """How much of Palette's rate limit the operator may use. The limit counts per source address."""

    group: Annotated[str, Field(max_length=63)] = ""
    """Connections of one group share their buckets: same group, same source address. Default: one group for all."""
    share: Share = "0.9"
    """Part of each documented rate to use: a decimal above "0" and at most "1". Default: "0.9"."""
    burst: Annotated[StrictInt, Field(ge=1, le=50)] = 4
    """Requests that may be sent at once from a full bucket. Default: 4, safe under every reading of the limit."""
    global_per_second: Count = 0
    """Requests per second over all prefixes together; 0 sets no such limit. Default: 0."""
    overrides: Annotated[tuple[RateOverride, ...], Field(max_length=64, json_schema_extra=named("prefix"))] = ()
    """Rates that differ from the documented ones. Default: none."""


class Poll(Model):
    """How often Palette is looked at when nothing is known to change."""

    fleet_seconds: Annotated[StrictInt, Field(ge=1, le=86_400)] = 60
    """Seconds within which a change in Palette is to be noticed. Default: 60."""
    deep_minutes: Annotated[StrictInt, Field(ge=1, le=43_200)] = 360
    """Minutes between two whole reads of an unchanged cluster. Default: 360."""
    disconnected_grace_seconds: Annotated[StrictInt, Field(ge=0, le=86_400)] = 0
    """Seconds for which a device that was Connected may be unhealthy in Palette before it is Disconnected: a flap is no
    news. Default: 0, as soon as Palette says so, which itself waits for several heartbeats."""


class Guard(Model):
    """Limits on what may go wrong at once."""

    max_deletes_per_hour: Annotated[StrictInt, Field(ge=0, le=100_000)] = 10
    """Clusters and hosts that may be deleted in Palette within an hour; 0 holds every deletion. Default: 10."""


class RegistrationTokenSpec(Model):
    """A token by which devices register themselves into the connection's project, kept in a Secret."""

    secret_name: DnsName
    """A Secret in the operator's own namespace, made and kept by the operator: the token is its key `token`."""
    state: Literal["Present", "Absent"] = "Present"
    """Present: there is always a token that works, renewed at two thirds of its life; the one before works until it
    expires. Absent: our tokens are deleted in Palette, and the Secret with them. Default: Present."""
    valid_days: Annotated[StrictInt, Field(ge=1, le=365)] = 30
    """Days for which a new token works. Default: 30."""


class ConnectionSpec(Model):
    """What an administrator grants: where Palette is, as whom, and for whom."""

    endpoint: Endpoint
    """URL of Palette, such as https://api.spectrocloud.com; http is accepted for loopback addresses alone."""
    project: Name
    """Default project: its name or uid. The word `tenant` means tenant scope: the credential must be allowed to list
    the whole tenant, and each resource names one of `allowedProjects`. A project of that name is given by its uid."""
    allowed_projects: Annotated[tuple[Name, ...], Field(max_length=256)] = ()
    """Further projects, by name or uid, that a resource may name. Default: none."""
    allowed_namespaces: AllowedNamespaces
    """Namespaces whose resources may use the connection."""
    allow: Allow = Field(default_factory=Allow)
    """What these may do."""
    auth: Auth
    """The credentials; exactly one member."""
    tls: Tls = Field(default_factory=Tls)
    """How Palette's certificate is verified."""
    proxy: Proxy = ""
    """URL of an HTTP proxy to go through. Default: none."""
    rate_limit: RateLimit = Field(default_factory=RateLimit)
    """How much of Palette's rate limit to use."""
    poll: Poll = Field(default_factory=Poll)
    """How often Palette is looked at."""
    guard: Guard = Field(default_factory=Guard)
    """Limits on what may go wrong at once."""

    registration_token: RegistrationTokenSpec | None = None
    """A token by which devices register themselves. Left out, or taken out, nothing is made and nothing deleted: set
    state: Absent before. Default: none."""

    RULES: ClassVar = (
        Rule(
            "registrationToken needs a project to register into: tenant scope has none",
            holds=lambda self: self.registration_token is None or self.project != TENANT_SCOPE,
            cel=f"!has(self.registrationToken) || self.project != '{TENANT_SCOPE}'",
            at="registrationToken",
        ),
        Rule(
            "endpoint must be https; http is accepted for loopback addresses alone",
            holds=lambda self: self.endpoint.startswith("https://") or bool(re.match(_LOOPBACK, self.endpoint)),
            cel=f"self.endpoint.startsWith('https://') || self.endpoint.matches(r'{_LOOPBACK}')",
            at="endpoint",
        ),
        Rule(
            "allowedProjects names projects: give the uid of one that is called tenant",
            holds=lambda self: TENANT_SCOPE not in self.allowed_projects,
            cel=f"!has(self.allowedProjects) || !('{TENANT_SCOPE}' in self.allowedProjects)",
            at="allowedProjects",
        ),
    )


class PaletteConnection(Model):
    """A way into one Palette, and the fleet's dashboard."""

    metadata: Metadata
    spec: ConnectionSpec
    status: ConnectionStatus = Field(default_factory=ConnectionStatus)
    unknown_fields: tuple[str, ...] = ()
    """Paths in spec that this version does not know, and therefore ignores."""
