"""What the operator writes back onto a PaletteConnection: the fleet's dashboard."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from palette_operator.domain.resources.base import Model
from palette_operator.domain.resources.fields import Many, Timestamp, Word, named
from palette_operator.domain.resources.status import Status


class ProjectStatus(Model):
    """A project that may be used through the connection."""

    name: Word
    """Name of the project."""
    uid: Word = ""
    """Uid of the project."""


class ClusterCounts(Model):
    """PaletteClusters that use the connection, by state."""

    total: int = 0
    """All of them."""
    ready: int = 0
    """Those that are Ready."""
    running: int = 0
    """Those in state Running."""
    provisioning: int = 0
    """Those in state Pending or Provisioning."""
    deleting: int = 0
    """Those in state Deleting."""
    failed: int = 0
    """Those in state Error."""


class HostCounts(Model):
    """EdgeHosts that use the connection, by state."""

    total: int = 0
    """All of them."""
    ready: int = 0
    """Those that are free."""
    in_use: int = 0
    """Those in a cluster."""
    unpaired: int = 0
    """Those still waiting for their device."""
    offline: int = 0
    """Those that are unhealthy."""


class BucketStatus(Model):
    """The rate at which one endpoint prefix is called at most."""

    prefix: Word
    """Endpoint prefix."""
    per_second: Word = ""
    """Requests per second that the operator grants itself, a decimal."""
    documented_per_second: int = 0
    """Requests per second that Palette documents."""


class CredentialStatus(Model):
    """What is known of the credentials. Parts that Palette does not tell are absent."""

    type: Word = ""
    """ApiKey, or User for a login with e-mail address and password."""
    user_uid: Word = ""
    """Uid of the user."""
    organization: Word = ""
    """The user's organization."""
    key_name: Word = ""
    """Name of the API key, where it is certain which of the user's keys it is."""
    expires_at: Timestamp | None = None
    """When the API key expires, UTC; absent when never, or when it is not certain which of the user's keys it is."""


class RegistrationTokenStatus(Model):
    """The token by which devices register themselves; never the token itself."""

    secret_name: Word = ""
    """The Secret in the operator's namespace that holds it, in the key `token`."""
    uid: Word = ""
    """Its uid in Palette."""
    project_uid: Word = ""
    """Uid of the project into which it registers."""
    expires_at: Timestamp | None = None
    """When it expires, UTC; its successor is made long before."""


class ConnectionStatus(Status):
    """What is known of one connection: the fleet's dashboard."""

    user: Word = ""
    """Whose credentials these are: the user's e-mail address, else name, else uid."""
    credential: CredentialStatus | None = None
    """What is known of the credentials."""
    project_uid: Word = ""
    """Uid of the default project; absent in tenant scope."""
    registration_token: RegistrationTokenStatus | None = None
    """The token by which devices register themselves; absent where none is asked for."""
    projects: Annotated[Many[ProjectStatus], Field(json_schema_extra=named("name"))] = ()
    """Projects in use: the default one, and those that resources name."""
    clusters: ClusterCounts = Field(default_factory=ClusterCounts)
    """PaletteClusters by state."""
    edge_hosts: HostCounts = Field(default_factory=HostCounts)
    """EdgeHosts by state."""
    budget: Annotated[Many[BucketStatus], Field(json_schema_extra=named("prefix"))] = ()
    """Rates at which Palette is called at most."""
    offline: int = 0
    """Edge hosts that are unhealthy."""
    held: int = 0
    """Resources whose changes or deletion a guard, a permission or a person holds back."""
    sweep_seconds: int | None = None
    """Seconds between two looks at the fleet as they are achieved now."""
    last_handled_reconcile_at: Word = ""
    """Value of the annotation palette.spectrocloud.com/reconcile-requested-at that was last acted upon."""
