"""What a test or a benchmark may do to the server from outside: count, freeze, make fail."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from palette_sim.kube_api.errors import bad_request
from palette_sim.kube_api.json_types import JsonObject

LACKS: Final[Mapping[str, str]] = {
    "CEL": "x-kubernetes-validations rules are not evaluated",
    "field ownership": "managedFields are not kept: server-side apply never conflicts and never removes a field",
    "RBAC": "the one token may do everything",
    "admission": "there are no webhooks and no admission plugins",
    "validation ratcheting": "an update is checked whole, unchanged fields too",
    "structural schema checks": "a CRD's schema is refused only if it cannot be compiled",
    "garbage collection": "ownerReferences are stored; owners take nothing with them",
    "strategic merge patch": "lists are replaced, except finalizers, ownerReferences and a service account's secrets",
    "conversion": "versions of a resource differ in apiVersion alone; conversion webhooks are not called",
    "encodings": "answers are JSON; protobuf is read for what kubectl creates, CBOR is not known, OpenAPI v2 is empty",
    "durability": "all is in memory and gone at exit",
}


@dataclass(slots=True)
class Fault:
    """A refusal to come: which requests it meets, what they get, and how many of them."""

    verb: str = ""
    """get, list, watch, create, update, patch, delete, deletecollection; empty for any."""
    resource: str = ""
    """Plural, with `/status` for the subresource; empty for any."""
    status: int = 500
    """HTTP status; 0 breaks the connection without an answer."""
    count: int = 1
    delay_s: float = 0.0
    message: str = "injected fault"
    retry_after_s: int = 0
    after_effect: bool = False
    """Let the request take effect first, and lose the answer."""

    def meets(self, verb: str, resource: str) -> bool:
        """Whether this fault is for such a request."""
        return self.count > 0 and self.verb in {"", verb} and self.resource in {"", resource}


def parse_fault(body: Mapping[str, Any]) -> Fault:
    """Read a fault from JSON; 400 for unknown members."""
    unknown = set(body) - {field.name for field in fields(Fault)}
    if unknown:
        raise bad_request(f"a fault has no {', '.join(sorted(unknown))}")
    return Fault(**body)


class Switchboard:
    """Counts of requests, the freeze and the faults."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, int]] = Counter()
        self._thaw: asyncio.TimerHandle | None = None
        self._thawed = asyncio.Event()
        self._thawed.set()
        self.faults: list[Fault] = []

    def count(self, verb: str, resource: str, status: int) -> None:
        """Count an answered request."""
        self._counts[verb, resource, status] += 1

    def counts(self) -> JsonObject:
        """Return the requests by verb, resource and HTTP status, and the writes by resource."""
        writes: Counter[str] = Counter()
        for (verb, resource, status), number in self._counts.items():
            if verb in _WRITES and status < _FIRST_REFUSAL:
                writes[resource] += number
        requests = [
            {"verb": verb, "resource": resource, "code": status, "count": number}
            for (verb, resource, status), number in sorted(self._counts.items())
        ]
        return {"requests": requests, "writes": dict(sorted(writes.items()))}

    def reset_counts(self) -> None:
        """Start counting from nought."""
        self._counts.clear()

    def freeze(self, seconds: float) -> None:
        """Answer nothing and send nothing on watches for so long; 0 thaws at once."""
        if self._thaw is not None:
            self._thaw.cancel()
            self._thaw = None
        if seconds <= 0:
            self._thawed.set()
            return
        self._thawed.clear()
        self._thaw = asyncio.get_running_loop().call_later(seconds, self._thawed.set)

    async def thawed(self) -> None:
        """Wait until the server is not frozen."""
        await self._thawed.wait()

    def take_fault(self, verb: str, resource: str) -> Fault | None:
        """Return the first fault for such a request, used up by one."""
        for fault in self.faults:
            if fault.meets(verb, resource):
                fault.count -= 1
                self.faults = [left for left in self.faults if left.count > 0]
                return fault
        return None


_WRITES: Final = frozenset({"create", "update", "patch", "delete", "deletecollection"})
_FIRST_REFUSAL: Final = 400
