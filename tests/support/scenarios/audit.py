"""The audit log of a genuine API server: who asked for what, when, and whether it was allowed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

Span: TypeAlias = tuple[float, float]
"""From one moment to another, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request about a resource."""

    user: str
    verb: str
    group: str
    resource: str
    """Plural, with the subresource behind a slash."""
    namespace: str
    name: str
    allowed: bool
    """What the authorizer decided; what became of the request afterwards is another matter."""
    received_at: float

    def __str__(self) -> str:
        """Say who wanted what, for people."""
        about = "/".join(filter(None, (self.namespace, self.name))) or "the cluster"
        return f"{self.user}: {self.verb} {self.resource} ({self.group or 'core'}) of {about}"


def requests(log: Path, starting: Sequence[Span] = ()) -> Iterator[Request]:
    """Read each request about a resource once, a watch from its start; those about no resource are left out.

    So are those that were denied while the API server was `starting`, which says nothing of anybody's rights.
    """
    for request in _every_request(log):
        if request.allowed or not any(began <= request.received_at <= ended for began, ended in starting):
            yield request


def _every_request(log: Path) -> Iterator[Request]:
    seen: set[str] = set()
    with log.open(encoding="utf-8") as lines:
        for line in lines:
            event = json.loads(line)
            about = event.get("objectRef")
            if about and event["auditID"] not in seen:
                seen.add(event["auditID"])
                yield Request(
                    user=event["user"]["username"],
                    verb=event["verb"],
                    group=about.get("apiGroup", ""),
                    resource="/".join(filter(None, (about["resource"], about.get("subresource")))),
                    namespace=about.get("namespace", ""),
                    name=about.get("name", ""),
                    allowed=event["annotations"]["authorization.k8s.io/decision"] == "allow",
                    received_at=datetime.fromisoformat(event["requestReceivedTimestamp"]).timestamp(),
                )
