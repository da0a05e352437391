"""The audit log of a genuine API server: who asked for what, when, and whether it was allowed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


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


def requests(log: Path) -> Iterator[Request]:
    """Read each request about a resource once, a watch from its start; those about no resource are left out."""
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
