"""`palette-operator doctor` and `status`, as a person runs them, who may do what their reference says."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Sequence

from palette_operator.cli.people import DOCTOR, STATUS
from palette_operator.kube.rights import Right
from palette_sim.controlplane.leash import leashed
from support.scenarios.accounts import allow_person
from support.scenarios.control_plane import ControlPlane


async def doctor(plane: ControlPlane, namespace: str, *arguments: str) -> tuple[int, str, str]:
    """Run it for an operator in a namespace; return its exit code and what it printed on either stream."""
    return await _run(plane, "doctor", DOCTOR, namespace, *arguments, "-n", namespace)


async def status(plane: ControlPlane, namespace: str, *arguments: str) -> tuple[int, str, str]:
    """Run it for the resources of a namespace; return its exit code and what it printed on either stream."""
    return await _run(plane, "status", STATUS, namespace, *arguments, "-n", namespace)


async def _run(
    plane: ControlPlane, command: str, rights: Sequence[Right], namespace: str, *arguments: str
) -> tuple[int, str, str]:
    if plane.is_genuine:
        await allow_person(plane.kubernetes, command, rights, namespace)
    process = await asyncio.create_subprocess_exec(
        *leashed([sys.executable, "-m", "palette_operator", command, *arguments]),
        stdout=PIPE,
        stderr=PIPE,
        env={**os.environ, "KUBECONFIG": str(plane.person_kubeconfig)},
    )
    printed, said = await process.communicate()
    return process.returncode or 0, printed.decode(), said.decode()
