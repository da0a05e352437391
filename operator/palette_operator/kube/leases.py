"""The Lease by which replicas agree on who leads: what it says, and how it is read and written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from kubernetes.aio import client

from palette_operator.kube.connecting import connected
from palette_operator.kube.errors import Vanished, mapped
from palette_operator.kube.objects import Body

LEASE_NAME = "palette-operator"
"""One for each namespace that an operator runs in; the right to write it is granted by this name."""
_GROUP_VERSION = ("coordination.k8s.io", "v1")
_PLURAL = "leases"


@dataclass(frozen=True, slots=True)
class Lease:
    """What a Lease says, with the body that it was read from: what others wrote into that is kept."""

    holder: str = ""
    """"" when nobody holds it."""
    duration_s: float = 0.0
    """How long after a renewal nobody else may take it."""
    transitions: int = 0
    """How often it went from one holder to another."""
    body: Body = field(default_factory=dict)

    @classmethod
    def of(cls, body: Body) -> Self:
        """Read a Lease; one that lacks what matters is held by nobody."""
        spec = body.get("spec") or {}
        return cls(
            holder=str(spec.get("holderIdentity") or ""),
            duration_s=float(spec.get("leaseDurationSeconds") or 0),
            transitions=int(spec.get("leaseTransitions") or 0),
            body=body,
        )

    @property
    def version(self) -> tuple[str, str]:
        """What changes with every write, also when the Lease is deleted and made anew."""
        metadata = self.body.get("metadata") or {}
        return str(metadata.get("uid") or ""), str(metadata.get("resourceVersion") or "")

    def held_by(self, holder: str, duration_s: int, now: datetime) -> Lease:
        """Return it as taken, or renewed, by a replica at a moment."""
        renewal = {"holderIdentity": holder, "leaseDurationSeconds": duration_s, "renewTime": _micro_time(now)}
        if holder == self.holder:
            return self._with_spec({**(self.body.get("spec") or {}), **renewal})
        transitions = self.transitions + (1 if self.body else 0)
        return self._with_spec({**renewal, "acquireTime": _micro_time(now), "leaseTransitions": transitions})

    def released(self, now: datetime) -> Lease:
        """Return it as nobody's, so that the next one need not wait for its end."""
        at = _micro_time(now)
        # Kubernetes takes neither an empty holder nor a duration of 0.
        return self._with_spec(
            {"leaseDurationSeconds": 1, "acquireTime": at, "renewTime": at, "leaseTransitions": self.transitions}
        )

    def _with_spec(self, spec: Body) -> Lease:
        return Lease.of({**self.body, "spec": spec})


class Leases:
    """Reads and writes one Lease. Every call raises a ReconcileError on failure, and ends within its timeout."""

    def __init__(self, api: client.ApiClient, namespace: str, timeout_s: float, name: str = LEASE_NAME) -> None:
        self._api = client.CustomObjectsApi(api)
        self._namespace = namespace
        self._timeout_s = timeout_s
        self._name = name

    @classmethod
    @asynccontextmanager
    async def connect(cls, namespace: str, timeout_s: float) -> AsyncIterator[Self]:
        """Connect as kubectl would, on connections of its own: a renewal waits behind no other request.

        Raises Stalled where there is no cluster.
        """
        async with connected() as api:
            yield cls(api, namespace, timeout_s)

    async def read(self) -> Lease | None:
        """Return the Lease; None when there is none."""
        try:
            return Lease.of(await self._ask("get", "reading", self._name))
        except Vanished:
            return None

    async def write(self, lease: Lease) -> Lease:
        """Create the Lease, or replace the version that it was read in; return what was stored.

        Raises Conflict when somebody else wrote or created it meanwhile, Vanished when it was deleted.
        """
        if lease.body.get("metadata"):
            return Lease.of(await self._ask("replace", "writing", self._name, lease.body))
        body = {
            "apiVersion": "/".join(_GROUP_VERSION),
            "kind": "Lease",
            "metadata": {"name": self._name},
            "spec": lease.body["spec"],
        }
        return Lease.of(await self._ask("create", "creating", body))

    async def _ask(self, verb: str, doing: str, *arguments: Any) -> Body:  # noqa: ANN401 - a name, a body or both
        call = getattr(self._api, f"{verb}_namespaced_custom_object")
        with mapped(f"{doing} Lease {self._namespace}/{self._name}"):
            async with asyncio.timeout(self._timeout_s):
                answer: Body = await call(*_GROUP_VERSION, self._namespace, _PLURAL, *arguments)
        return answer


def _micro_time(moment: datetime) -> str:
    """Write a moment as Kubernetes' MicroTime, which has six digits of a second even when they are zeros."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
