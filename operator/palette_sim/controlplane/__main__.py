"""`python -m palette_sim.controlplane`: provide a genuine control plane, or run one."""

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from palette_sim.controlplane import Binaries, ControlPlaneError, GenuineControlPlane, Progress, provide
from palette_sim.controlplane.leash import end_with_parent

app = typer.Typer(add_completion=False, help="Provide a genuine etcd and kube-apiserver, or run them.")


@app.callback(invoke_without_command=True)
def main(context: typer.Context) -> None:
    """Say where etcd and kube-apiserver are and where they came from; fetch or build them when they are missing."""
    if context.invoked_subcommand is None:
        try:
            binaries = provide(Progress(Console(stderr=True)))
        except ControlPlaneError as error:
            raise _failed(error) from error
        typer.echo(f"etcd            {binaries.etcd_version:10} {binaries.etcd}")
        typer.echo(f"kube-apiserver  {binaries.kubernetes_version:10} {binaries.kube_apiserver}")
        typer.echo(f"from            {binaries.source}")


@app.command()
def start(
    directory: Annotated[Path, typer.Option(help="Where the kubeconfig and the logs go.")],
    with_parent: Annotated[bool, typer.Option("--with-parent", help="Stop when the starting process ends.")] = False,
) -> None:
    """Run a control plane until SIGTERM or SIGINT; when it is ready, print one JSON line about it."""
    if with_parent:
        end_with_parent(signal.SIGTERM, os.getppid())
    try:
        # Not within the event loop: a signal must be able to end a build of minutes.
        binaries = provide(Progress(Console(stderr=True)))
        asyncio.run(_run(directory.absolute(), binaries))
    except ControlPlaneError as error:
        raise _failed(error) from error


async def _run(directory: Path, binaries: Binaries) -> None:
    asked_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked_to_stop.set)
    stopping = asyncio.create_task(asked_to_stop.wait())
    running = asyncio.create_task(_serve(directory, binaries))
    await asyncio.wait({stopping, running}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    running.cancel()
    try:
        await running
    except asyncio.CancelledError:
        return


async def _serve(directory: Path, binaries: Binaries) -> None:
    async with GenuineControlPlane(directory, binaries) as plane:
        ready = {
            "kubeconfig": str(plane.kubeconfig),
            "personKubeconfig": str(plane.person_kubeconfig),
            "auditLog": str(plane.audit_log),
            "server": plane.server,
            "version": plane.version,
        }
        typer.echo(json.dumps(ready))
        await plane.wait()


def _failed(error: ControlPlaneError) -> typer.Exit:
    typer.echo(f"controlplane: {error}", err=True)
    return typer.Exit(1)


if __name__ == "__main__":
    app()
