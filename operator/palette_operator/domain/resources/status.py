"""What the operator writes back: the parts that kinds share; each kind's own model is in a file of its own.

Every field may be absent: what a newer version or a person wrote must never stop anything. Texts and lists are
shortened to their limits rather than refused.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from palette_operator.domain.resources.base import Model
from palette_operator.domain.resources.fields import Few, Many, Message, Timestamp, Word, named


class StatusCondition(Model):
    """One condition, as Kubernetes writes them."""

    type: Word
    """Name of the condition, such as Ready."""
    status: Literal["True", "False", "Unknown"]
    """Whether it holds."""
    reason: Word = ""
    """Why, in one CamelCase word."""
    message: Message = ""
    """Why, for people."""
    last_transition_time: Timestamp | None = None
    """When `status` last changed, UTC."""
    observed_generation: int | None = None
    """The metadata.generation that it speaks of."""


class Managed(Model):
    """What the operator put into Palette, so that what left the spec is removed and what others added is not."""

    tags: Many[Word] = ()
    """Keys of tags."""
    profiles: Many[Word] = ()
    """Names of profiles."""
    pools: Many[Word] = ()
    """Names of machine pools."""
    upgrade_skipping_pools: Many[Word] = ()
    """Names of machine pools told to skip Kubernetes upgrades: Palette 4.8 takes this setting and never shows it."""


class DriftField(Model):
    """One field that differs."""

    path: Word
    """Path in the object, such as /spec/tags/owner."""
    desired: Word = ""
    """What the spec says."""
    observed: Word = ""
    """What Palette holds."""


class DriftReport(Model):
    """Where Palette differs from the spec."""

    count: int = 0
    """Number of fields that differ."""
    fields: Few[DriftField] = ()
    """The first 10 of them."""
    hash: Word = ""
    """Hash over all of them."""


class PlanReport(Model):
    """What would be written to Palette."""

    hash: Word = ""
    """Hash of the actions, to approve them by."""
    actions: Many[Message] = ()
    """The actions in order, for people."""


class PendingOperation(Model):
    """A write that was begun and whose result is not known yet."""

    verb: Word
    """What is being done, such as create."""
    started_at: Timestamp
    """When it was begun, UTC."""
    request_hash: Word = ""
    """Hash of the request."""


class LastSync(Model):
    """Hashes of what was last brought into agreement."""

    spec_hash: Word = ""
    """Hash of what was asked for; keyed where a secret went in."""
    variables_hash: Word = ""
    """Keyed hash of the profile variables last sent: Palette shows sensitive ones masked."""
    packs_hash: Word = ""
    """Keyed hash of the pack values last sent."""
    settings_hash: Word = ""
    """Keyed hash of an edge host's remote shell settings and pairing key last sent: listings carry neither."""


Conditions = Annotated[Many[StatusCondition], Field(json_schema_extra=named("type"))]


class Status(Model):
    """What every kind reports."""

    observed_generation: int = -1
    """The metadata.generation that this status speaks of; -1 before the first look."""
    conditions: Conditions = ()
    """What is true of the resource now."""


class ManagedStatus(Status):
    """What every kind that stands for something in Palette reports."""

    uid: Word = ""
    """Uid in Palette."""
    project_uid: Word = ""
    """Uid of its project in Palette."""
    remote_state: Word = ""
    """Palette's own word for its state."""
    managed: Managed = Field(default_factory=Managed)
    """What the operator put into Palette."""
    drift: DriftReport | None = None
    """Where Palette differs from the spec; absent when nowhere."""
    plan: PlanReport | None = None
    """What would be written; absent when nothing."""
    pending_operation: PendingOperation | None = None
    """A write whose result is not known yet."""
    last_sync: LastSync | None = None
    """Hashes of what was last brought into agreement."""
    last_handled_reconcile_at: Word = ""
    """Value of the annotation palette.spectrocloud.com/reconcile-requested-at that was last acted upon."""
    last_handled_requests: Annotated[dict[str, Word], Field(max_length=16)] = Field(default_factory=dict)
    """One-shot actions, such as reset, with the time in the annotation that last asked for each."""
    pinned: Annotated[dict[str, Word], Field(max_length=64)] = Field(default_factory=dict)
    """Immutable fields, by path, with the values used when the object was created in Palette."""
    health: Word = ""
    """Palette's own word for its health."""
