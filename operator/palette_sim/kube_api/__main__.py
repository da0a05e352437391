"""`python -m palette_sim.kube_api`: the server as a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import signal
import sys
from pathlib import Path
from typing import Annotated, Final

import typer
import uvloop

from palette_sim.kube_api.server import EmbeddedKubernetes
from palette_sim.kube_api.switchboard import LACKS

_SET_PARENT_DEATH_SIGNAL: Final = 1


def main(
    kubeconfig: Annotated[Path, typer.Option(help="Where the kubeconfig is written, for its owner only.")],
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.")] = 0,
) -> None:
    """Serve until SIGTERM or SIGINT, or until the parent is gone; one JSON line on stdout tells when and where."""
    _end_with_parent()
    kubeconfig = kubeconfig.resolve()
    uvloop.run(_serve(kubeconfig, port))


async def _serve(kubeconfig: Path, port: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with EmbeddedKubernetes(kubeconfig.parent, port=port, kubeconfig=kubeconfig) as server:
        print(f"The embedded API server lacks {', '.join(LACKS)}.", file=sys.stderr)  # noqa: T201 -- for people
        ready = {"kubeconfig": str(kubeconfig), "server": server.server}
        print(json.dumps(ready), flush=True)  # noqa: T201 -- the line that the parent waits for
        await stop.wait()


def _end_with_parent() -> None:
    """Ask Linux for SIGTERM when the parent dies; elsewhere the parent must end what it started."""
    if not sys.platform.startswith("linux"):
        return
    parent = os.getppid()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
    # It may have died before it was asked for.
    if os.getppid() != parent:
        sys.exit(1)


if __name__ == "__main__":
    typer.run(main)
