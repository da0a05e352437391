"""The Kubernetes API server that scenarios run on: the embedded one or a genuine one, as a process of its own."""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from support.scenarios.accounts import Account, write_kubeconfig
from support.scenarios.kubernetes import Body, Kubernetes, Refused
from support.scenarios.processes import announced
from support.scenarios.waiting import eventually

CRDS = Path(__file__).parents[3] / "deploy" / "crds"
_READY_WITHIN_S = 60.0

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
    accounts: dict[str, Account] = field(default_factory=dict)
    """The ServiceAccounts that operators run as, by namespace; none where there is no RBAC."""
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def is_genuine(self) -> bool:
        """Whether it is a genuine kube-apiserver, which judges CEL rules too."""
        return self.kind == "genuine"

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

    async def count_writes(self) -> dict[str, int]:
        """Return the successful writes so far by resource. Only the embedded server counts them."""
        counted: dict[str, Any] = await self.kubernetes.raw("GET", "/_sim/requests")
        return dict(counted["writes"])


@contextlib.asynccontextmanager
async def running_control_plane(kind: str, directory: Path) -> AsyncIterator[ControlPlane]:
    """Start an API server of this kind with our CRDs, and stop it at the end."""
    if kind == "embedded":
        options = ["palette_sim.kube_api", "--kubeconfig", str(directory / "kubeconfig")]
    else:
        options = ["palette_sim.controlplane", "start", "--directory", str(directory), "--with-parent"]
    command = [sys.executable, "-m", *options]
    os.environ.setdefault("NO_PROXY", "127.0.0.1,localhost")
    async with announced(command, directory / "control-plane.log", within_s=_READY_WITHIN_S) as ready:
        kubernetes = Kubernetes(Path(ready["kubeconfig"]))
        try:
            await _apply_crds(kubernetes)
            person = Path(ready.get("personKubeconfig") or ready["kubeconfig"])
            plane = ControlPlane(kind, kubernetes, directory, person, Path(ready.get("auditLog") or directory))
            if plane.is_genuine:
                PLANES.append(plane)
            yield plane
        finally:
            await kubernetes.aclose()


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
