"""`palette-operator doctor` as a person runs it."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE

from palette_sim.controlplane.leash import leashed
from support.scenarios.control_plane import ControlPlane


async def doctor(plane: ControlPlane, namespace: str, *arguments: str) -> tuple[int, str, str]:
    """Run it for an operator in a namespace; return its exit code and what it printed on either stream."""
    command = [sys.executable, "-m", "palette_operator", "doctor", *arguments, "-n", namespace]
    process = await asyncio.create_subprocess_exec(
        *leashed(command), stdout=PIPE, stderr=PIPE, env={**os.environ, "KUBECONFIG": str(plane.kubeconfig)}
    )
    printed, said = await process.communicate()
    return process.returncode or 0, printed.decode(), said.decode()
