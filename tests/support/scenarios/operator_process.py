"""The operator as a real process."""

from __future__ import annotations

import sys
from asyncio.subprocess import Process
from dataclasses import dataclass, field
from pathlib import Path

from palette_operator.kube.rights import Needed
from palette_sim.controlplane.process import choose_free_port
from support.scenarios.accounts import Account
from support.scenarios.control_plane import ControlPlane
from support.scenarios.processes import end, kill, spawn, tail


@dataclass(frozen=True, slots=True)
class OperatorOptions:
    """What `palette-operator run` is told. The waits suit a simulated Palette that is fast and near."""

    search_lag_s: float = 1.0
    unreachable_after_s: float = 3.0
    resync_s: float = 600.0
    log_level: str = "info"
    log_format: str = "text"
    lease_duration_s: int = 120
    """Longer than by default: a leader that cannot renew in time ends, to be started anew. Most scenarios are not about
    that, however slow the machine is that they run on."""
    takeover: bool = False
    local_endpoint_cidrs: tuple[str, ...] = ()
    local_loopback: bool = False
    """Let `spec.local` reach hosts that are simulated on this machine; they are looked at every second."""
    metrics: bool = False
    """Serve /metrics, on `OperatorProcess.metrics_port`."""
    probes: bool = False
    """Answer the kubelet's probes, on `OperatorProcess.probe_port`."""
    kubeconfig_secrets: bool = False
    """Whether it may keep the kubeconfigs of clusters in Secrets, where there is RBAC."""
    watch: tuple[str, ...] = ()
    """Namespaces to watch; empty means all."""

    @property
    def needed(self) -> frozenset[Needed]:
        """What its rights are needed for."""
        local_hosts = {Needed.LOCAL_HOSTS} if self.local_endpoint_cidrs or self.local_loopback else set()
        kubeconfigs = {Needed.KUBECONFIGS} if self.kubeconfig_secrets else set()
        return frozenset({Needed.ALWAYS, *local_hosts, *kubeconfigs})


@dataclass(slots=True)
class OperatorProcess:
    """One operator: started, stopped or killed, and started again as the same one."""

    plane: ControlPlane
    operator_id: str
    namespace: str
    """The namespace where the Secrets of connections are."""
    options: OperatorOptions = field(default_factory=OperatorOptions)
    pod: str = ""
    """The name of its pod, which stays the same when it starts anew; by default the operator id."""
    metrics_port: int = 0
    probe_port: int = 0
    _process: Process | None = None

    def __post_init__(self) -> None:
        self.pod = self.pod or self.operator_id

    @property
    def log_file(self) -> Path:
        """Where all that it ever said is."""
        return self.plane.directory / f"{self.pod}.log"

    @property
    def log(self) -> str:
        """All that it ever said."""
        return self.log_file.read_text(encoding="utf-8", errors="replace") if self.log_file.exists() else ""

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs or before it was started."""
        return self._process.returncode if self._process else None

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None, "the operator has not been started"
        return self._process.pid

    async def start(self) -> None:
        """Start it; it may take a second until it works."""
        assert self._process is None or self._process.returncode is not None, "it runs already"
        if self.options.metrics:
            self.metrics_port = choose_free_port()
        if self.options.probes:
            self.probe_port = choose_free_port()
        account = Account(self.namespace, self.options.watch, self.options.needed)
        self._process = await spawn(
            [sys.executable, "-m", "palette_operator", "run", *self._arguments()],
            self.log_file,
            {"KUBECONFIG": str(await self.plane.kubeconfig_of(account)), "POD_NAME": self.pod},
        )
        self.plane.operators_running += 1

    async def stop(self) -> int:
        """Stop it as a pod is stopped; return its exit code."""
        return await self._ended(await end(self._process)) if self._process and self._runs() else self.exit_code or 0

    async def kill(self) -> None:
        """Kill it, as a lost node does."""
        if self._process and self._runs():
            await kill(self._process)
            await self._ended(0)

    async def ends(self) -> int:
        """Wait until it has ended by itself; return its exit code."""
        assert self._process is not None, "the operator has not been started"
        return await self._ended(await self._process.wait())

    def tail(self, lines: int = 40) -> str:
        """Return the end of its log."""
        return tail(self.log_file, lines)

    def _runs(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def _ended(self, exit_code: int) -> int:
        self.plane.operators_running -= 1
        return exit_code

    def _arguments(self) -> list[str]:
        options = self.options
        return [
            *("--operator-id", self.operator_id, "--namespace", self.namespace),
            *(argument for namespace in options.watch for argument in ("--watch-namespace", namespace)),
            *("--search-lag-seconds", f"{options.search_lag_s:g}"),
            *("--unreachable-after-seconds", f"{options.unreachable_after_s:g}"),
            *("--lease-duration-seconds", str(options.lease_duration_s)),
            *("--resync-seconds", f"{options.resync_s:g}"),
            *("--metrics-port", str(self.metrics_port), "--probe-port", str(self.probe_port)),
            *("--log-format", options.log_format, "--log-level", options.log_level),
            *(("--takeover",) if options.takeover else ()),
            *(argument for cidr in options.local_endpoint_cidrs for argument in ("--local-endpoint-cidr", cidr)),
            *(("--local-loopback",) if options.local_loopback else ()),
            *("--local-poll-seconds", "1"),
        ]
