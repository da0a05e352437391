"""The demo itself: starts everything, applies the manifests, and watches until all is Ready."""

from __future__ import annotations

import asyncio
import fcntl
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx

from palette_operator.cli.demo.errors import DemoFailed
from palette_operator.cli.demo.kubernetes import Kubernetes
from palette_operator.cli.demo.manifests import Manifests, SimulatedHost, annotated, load, pointed_at
from palette_operator.cli.demo.processes import Processes, module
from palette_operator.cli.demo.progress import Progress, explain, progress
from palette_operator.cli.demo.screen import Screen, try_next

ControlPlane = Literal["embedded", "genuine"]

_API_SERVER_WITHIN_S = 90.0
_SIMULATOR_WITHIN_S = 20.0
_LOOK_EVERY_S = 0.5
_ANSWER_S = 5.0
# The simulated search shows a write at once; this leaves room for what is under way.
_SEARCH_LAG_S = 2
# For a demo that runs sixty times as fast as real life.
_LOCAL_POLL_S = 2


@dataclass(frozen=True, slots=True)
class Options:
    """What a person chose."""

    control_plane: ControlPlane
    once: bool
    directory: Path
    speed: float
    deadline_s: float
    metrics_port: int

    @property
    def kubeconfig(self) -> Path:
        """The kubeconfig of the demo's API server."""
        return self.directory / "kubeconfig"


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything runs; `started_at` is when the first process was started, on the monotonic clock."""

    processes: Processes
    kubernetes: Kubernetes
    palette: httpx.AsyncClient
    manifests: Manifests
    started_at: float

    async def look(self) -> Progress:
        """Return how far the demo is. Raises DemoFailed when one of its processes is gone."""
        self.processes.check_running()
        try:
            bodies = await self.kubernetes.list_ours()
            counted = (await self.palette.get("/_sim/requests")).raise_for_status().json()
        except httpx.HTTPError as error:
            self.processes.check_running()
            raise DemoFailed(f"a process of the demo does not answer ({type(error).__name__})") from error
        return progress(
            bodies,
            requests=counted["total"],
            throttled=counted["throttled"],
            elapsed_s=time.monotonic() - self.started_at,
        )


async def play(options: Options, screen: Screen) -> Progress:
    """Run the demo until all is Ready and, unless `once`, until cancelled. Raises DemoFailed.

    Every process it started has ended when it returns, however it returns.
    """
    manifests = load()
    _make(options.directory)
    with _alone_in(options.directory):
        async with _set_up(options, manifests, screen) as stage:
            with screen.table():
                reached = await _until_ready(stage, options, screen)
                if not options.once:
                    screen.say(try_next(options.kubeconfig))
                    await _follow(stage, screen)
            return reached


@asynccontextmanager
async def _set_up(options: Options, manifests: Manifests, screen: Screen) -> AsyncIterator[Stage]:
    started_at = time.monotonic()
    async with AsyncExitStack() as stack:
        processes = await stack.enter_async_context(Processes())
        screen.say(
            f"Starting the {options.control_plane} API server, the simulated Palette and an air-gapped edge host"
        )
        endpoint, devices, _ = await asyncio.gather(
            _start_palette(processes, options),
            _start_devices(processes, options),
            _start_api_server(processes, options),
        )
        kubernetes = await stack.enter_async_context(Kubernetes.connect(options.kubeconfig))
        palette = await stack.enter_async_context(
            httpx.AsyncClient(base_url=endpoint, timeout=_ANSWER_S, trust_env=False)
        )
        screen.say(f"Applying {len(manifests.crds)} CRDs and starting the operator")
        await kubernetes.apply(manifests.crds)
        await kubernetes.until_served()
        await kubernetes.apply(manifests.namespaces)
        await _start_operator(processes, options)
        screen.say(f"Applying {len(manifests.objects)} objects of examples/demo, Palette being {endpoint}")
        await kubernetes.apply(annotated(body) for body in pointed_at(endpoint, devices, manifests.objects))
        yield Stage(processes, kubernetes, palette, manifests, started_at)


async def _until_ready(stage: Stage, options: Options, screen: Screen) -> Progress:
    while True:
        seen = await stage.look()
        screen.show(seen)
        if seen.is_complete(stage.manifests):
            return seen
        if seen.elapsed_s > options.deadline_s:
            raise DemoFailed(
                f"not all is Ready after {options.deadline_s:g} s:\n{explain(seen.unready)}\n"
                f"The logs are in {options.directory}"
            )
        await asyncio.sleep(_LOOK_EVERY_S)


async def _follow(stage: Stage, screen: Screen) -> None:
    """Show what happens until cancelled."""
    while True:
        screen.show(await stage.look())
        await asyncio.sleep(_LOOK_EVERY_S)


async def _start_palette(processes: Processes, options: Options) -> str:
    log, accesses = options.directory / "palette.log", options.directory / "palette-access.jsonl"
    accesses.unlink(missing_ok=True)
    command = module("palette_sim.palette", "--speed", str(options.speed), "--access-log", accesses)
    _, announced = await processes.start_announced("simulated Palette", command, log, within_s=_SIMULATOR_WITHIN_S)
    return str(announced["endpoint"])


async def _start_devices(processes: Processes, options: Options) -> list[SimulatedHost]:
    log = options.directory / "edge-hosts.log"
    command = module("palette_sim.edge", "--speed", str(options.speed))
    _, announced = await processes.start_announced("simulated edge host", command, log, within_s=_SIMULATOR_WITHIN_S)
    hosts = announced["hosts"].values()
    return [SimulatedHost(str(host["endpoint"]), str(host["fingerprintSHA256"])) for host in hosts]


async def _start_api_server(processes: Processes, options: Options) -> None:
    log = options.directory / "api-server.log"
    options.kubeconfig.unlink(missing_ok=True)
    if options.control_plane == "genuine":
        command = module("palette_sim.controlplane", "start", "--directory", options.directory, "--with-parent")
    else:
        command = module("palette_sim.kube_api", "--kubeconfig", options.kubeconfig)
    title = f"{options.control_plane} API server"
    await processes.start_announced(title, command, log, within_s=_API_SERVER_WITHIN_S)


async def _start_operator(processes: Processes, options: Options) -> None:
    from palette_sim.controlplane.leash import leashed  # noqa: PLC0415 - the simulators are an extra

    command = module(
        *("palette_operator", "run", "--operator-id", "demo", "--namespace", "palette-system"),
        *("--search-lag-seconds", str(_SEARCH_LAG_S), "--log-format", "text"),
        *("--local-endpoint-cidr", "127.0.0.0/8", "--local-loopback"),
        *("--local-poll-seconds", str(_LOCAL_POLL_S)),
        *("--metrics-port", str(options.metrics_port), "--probe-port", "0"),
    )
    log = options.directory / "operator.log"
    await processes.start("operator", leashed(command), log, KUBECONFIG=str(options.kubeconfig))


def _make(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DemoFailed(f"{directory} cannot be made ({error.strerror}); choose another --directory") from error


@contextmanager
def _alone_in(directory: Path) -> Iterator[None]:
    """Hold the directory while the block runs: a second demo in it would take the kubeconfig away."""
    with (directory / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoFailed(f"another demo runs in {directory}; end it, or choose a --directory") from None
        yield
