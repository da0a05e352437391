"""The Kubernetes API server that scenarios run on: the embedded one or a genuine one, as a process of its own."""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml

from palette_sim.controlplane import GenuineControlPlane
from support.scenarios.accounts import Account, write_kubeconfig
from support.scenarios.audit import Span
from support.scenarios.kubernetes import Body, Kubernetes, Refused
from support.scenarios.processes import announced
from support.scenarios.waiting import eventually

CRDS = Path(__file__).parents[3] / "deploy" / "crds"
_READY_WITHIN_S = 60.0
_AWAY_S = 1.0
"""How long the embedded one is gone; a genuine one takes about two seconds to start."""

PLANES: list[ControlPlane] = []
"""The genuine ones that ran in this process: their audit logs are read at its end."""


@dataclass(slots=True)
class ControlPlane:
    """A running API server that knows our kinds."""

    kind: str
    """embedded or genuine."""
    kubernetes: Kubernetes
    directory: Path
    person_kubeconfig: Path
    """That of somebody who uses the command line and may do what its reference says, and no more."""
    audit_log: Path
    """Of the genuine one."""
    operators_running: int = 0
    genuine: GenuineControlPlane | None = None
    starting: list[Span] = field(default_factory=list)
    """When the genuine one was being started again: until it has read its roles, it denies everybody everything."""
    accounts: dict[str, Account] = field(default_factory=dict)
    """The ServiceAccounts that operators run as, by namespace; none where there is no RBAC."""
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def is_genuine(self) -> bool:
        """Whether it is a genuine kube-apiserver, which judges CEL rules too."""
        return self.genuine is not None

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.kubernetes.kubeconfig

    async def kubeconfig_of(self, account: Account) -> Path:
        """Return a kubeconfig of an operator, which may what its chart grants; the administrator's without RBAC."""
        if not self.is_genuine:
            return self.kubeconfig
        if self.accounts.get(account.namespace) != account:
            await account.grant(self.kubernetes)
            self.accounts[account.namespace] = account
        written_to = self.directory / f"kubeconfig-{account.namespace}-{self.kubeconfig.name}"
        return write_kubeconfig(self.kubeconfig, await account.token(self.kubernetes), written_to)

    def unique(self, prefix: str) -> str:
        """Return a name that nothing else on this API server has: there, namespaces are never quite removed."""
        return f"{prefix}-{next(self._numbers)}"

    async def restart_api_server(self) -> None:
        """Stop the API server, have it forget all former versions, and start it again at its address; return then.

        A genuine one is a new process before a compacted etcd. Either way every watch from before now is answered with
        410, and nothing else is lost.
        """
        if self.genuine is not None:
            await self.genuine.stop_api_server()
            await self.genuine.compact()
            began = time.time()
            await self.genuine.start_api_server()
            self.starting.append((began, time.time()))
            return
        with contextlib.suppress(httpx.TransportError):  # it goes with every connection
            await self.kubernetes.raw("POST", "/_sim/restart", json={"seconds": _AWAY_S})
        await eventually(self.kubernetes.answers, "the API server is back")

    async def count_writes(self) -> dict[str, int]:
        """Return the successful writes so far by resource. Only the embedded server counts them."""
        counted: dict[str, Any] = await self.kubernetes.raw("GET", "/_sim/requests")
        return dict(counted["writes"])


@contextlib.asynccontextmanager
async def running_control_plane(kind: str, directory: Path) -> AsyncIterator[ControlPlane]:
    """Start an API server of this kind with our CRDs, and stop it at the end."""
    os.environ.setdefault("NO_PROXY", "127.0.0.1,localhost")
    async with (_genuine if kind == "genuine" else _embedded)(directory) as plane:
        try:
            await _apply_crds(plane.kubernetes)
            yield plane
        finally:
            await plane.kubernetes.aclose()


@contextlib.asynccontextmanager
async def _embedded(directory: Path) -> AsyncIterator[ControlPlane]:
    command = [sys.executable, "-m", "palette_sim.kube_api", "--kubeconfig", str(directory / "kubeconfig")]
    async with announced(command, directory / "control-plane.log", within_s=_READY_WITHIN_S) as ready:
        kubeconfig = Path(ready["kubeconfig"])
        yield ControlPlane("embedded", Kubernetes(kubeconfig), directory, kubeconfig, directory)


@contextlib.asynccontextmanager
async def _genuine(directory: Path) -> AsyncIterator[ControlPlane]:
    async with GenuineControlPlane(directory) as running:
        kubernetes = Kubernetes(running.kubeconfig)
        plane = ControlPlane(
            "genuine", kubernetes, directory, running.person_kubeconfig, running.audit_log, genuine=running
        )
        PLANES.append(plane)
        yield plane


async def _apply_crds(kubernetes: Kubernetes) -> None:
    kinds = []
    for file in sorted(CRDS.glob("*.yaml")):
        crd: Body = yaml.safe_load(file.read_text(encoding="utf-8"))
        kinds.append(crd["spec"]["names"]["kind"])
        await kubernetes.create(crd)

    async def served() -> bool:
        # Established comes a moment before a genuine server's storage is ready: until then it answers 404, then 429.
        try:
            for kind in kinds:
                await kubernetes.list(kind, "default")
        except Refused:
            return False
        return True

    await eventually(served, "the API server serves our kinds")
