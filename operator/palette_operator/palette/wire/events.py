"""Component events. Source: Palette OpenAPI 4.9, v1Event; 4.8 has the same."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import Field

from palette_operator.domain.remote_event import RemoteEvent
from palette_operator.palette.wire.base import Time, Wire, with_zone


class EventMetadata(Wire):
    """v1ObjectMeta, of which the times count alone."""

    creation_timestamp: Time = None
    last_modified_timestamp: Time = None


class ComponentEvent(Wire):
    """v1Event."""

    metadata: EventMetadata = Field(default_factory=EventMetadata)
    severity: str = ""
    reason: str = ""
    message: str = ""

    def event(self, strike: Callable[[str], str]) -> RemoteEvent:
        """Return the event, with its words as `strike` leaves them; it happened last when it was modified last."""
        at = self.metadata.last_modified_timestamp or self.metadata.creation_timestamp
        return RemoteEvent(self.severity, strike(self.reason), strike(self.message), with_zone(at))
