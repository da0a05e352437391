"""The `demo` command: options, signals and exit codes."""

from __future__ import annotations

import asyncio
import importlib
import signal
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from palette_operator.cli.demo.errors import DemoFailed
from palette_operator.cli.demo.screen import Screen
from palette_operator.cli.demo.stage import ControlPlane, Options, play

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def demo(
    control_plane: Annotated[
        ControlPlane,
        typer.Option(help="embedded starts at once; genuine is etcd and kube-apiserver, built if need be."),
    ] = "embedded",
    once: Annotated[
        bool, typer.Option("--once", help="Exit when all is Ready; so does any run without a terminal.")
    ] = False,
    directory: Annotated[Path, typer.Option(help="Where the kubeconfig and the logs go.")] = Path(".demo"),
    speed: Annotated[float, typer.Option(min=1, help="Simulated seconds per real second.")] = 60,
    deadline: Annotated[float, typer.Option(min=1, help="Seconds within which all must be Ready.")] = 120,
    metrics_port: Annotated[int, typer.Option(min=0, help="Port of the operator's /metrics; 0 for none.")] = 0,
) -> None:
    """See it work: an API server, a simulated Palette and the operator on this machine, until Ctrl-C.

    Exits with 0 when all was Ready, 1 with the reason when not.
    """
    _require_simulators()
    screen = Screen(Console())
    options = Options(control_plane, once or not screen.is_watched, directory.absolute(), speed, deadline, metrics_port)
    try:
        if control_plane == "genuine":
            _provide_control_plane()
        asyncio.run(_play(options, screen))
    except DemoFailed as error:
        typer.echo(f"demo: {error}", err=True)
        raise typer.Exit(1) from None


def _require_simulators() -> None:
    try:
        importlib.import_module("palette_sim.palette")
        importlib.import_module("palette_sim.kube_api")
        importlib.import_module("palette_sim.edge")
    except ModuleNotFoundError as error:
        typer.echo(f"demo: {error.name} is missing; install it with: pip install 'palette-operator[sim]'", err=True)
        raise typer.Exit(1) from None


def _provide_control_plane() -> None:
    """Have the binaries at hand before anything is started: a build of minutes shows its own progress."""
    from palette_sim.controlplane import ControlPlaneError, provide  # noqa: PLC0415 - the simulators are an extra

    try:
        provide()
    except ControlPlaneError as error:
        raise DemoFailed(str(error)) from error


async def _play(options: Options, screen: Screen) -> None:
    """Play until the end or a signal, which cancels the play once: its clean-up is not to be interrupted."""
    loop = asyncio.get_running_loop()
    playing = asyncio.create_task(play(options, screen))
    received: list[signal.Signals] = []

    def stop(number: signal.Signals) -> None:
        if not received:
            playing.cancel()
        received.append(number)

    for number in _SIGNALS:
        loop.add_signal_handler(number, stop, number)
    try:
        reached = await playing
    except asyncio.CancelledError:
        screen.say("\nStopped, with all that the demo had started.")
        raise typer.Exit(0 if received[0] == signal.SIGINT and not options.once else 128 + received[0]) from None
    screen.say(reached.verdict)
