"""A genuine kubectl, as a person runs it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sysconfig
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from palette_sim.controlplane.leash import leashed

_TIMEOUT_S = 60.0


class Kubectl:
    """kubectl in one namespace, with a kubeconfig and a cache of its own."""

    def __init__(self, kubeconfig: Path, namespace: str, home: Path) -> None:
        self._home = home
        self._namespace = namespace
        self._environment = {"PATH": os.environ["PATH"], "HOME": str(home), "KUBECONFIG": str(kubeconfig)}

    async def __call__(self, *arguments: str, code: int = 0) -> str:
        """Run it to its end, which must be with exit code `code`; return what it printed."""
        process = await self._start(arguments)
        async with asyncio.timeout(_TIMEOUT_S):
            printed, _ = await process.communicate()
        text = printed.decode()
        assert process.returncode == code, f"kubectl {' '.join(arguments)}: exit code {process.returncode}\n{text}"
        return text

    @contextlib.asynccontextmanager
    async def running(self, *arguments: str) -> AsyncIterator[Process]:
        """Run it until the context ends, such as for `get -w`; its output comes from `process.stdout`."""
        process = await self._start(arguments)
        try:
            yield process
        finally:
            if process.returncode is None:
                process.terminate()
            await process.communicate()

    def file(self, *manifests: Mapping[str, Any]) -> str:
        """Write manifests to a file and return its path."""
        path = self._home / f"{len(list(self._home.glob('*.yaml')))}.yaml"
        path.write_text(yaml.safe_dump_all([dict(manifest) for manifest in manifests]), encoding="utf-8")
        return str(path)

    async def _start(self, arguments: tuple[str, ...]) -> Process:
        command = [find_kubectl(), "--namespace", self._namespace, *arguments]
        return await asyncio.create_subprocess_exec(
            *leashed(command), stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, env=self._environment
        )


def find_kubectl() -> str:
    """Return the kubectl beside this Python, else the machine's own."""
    beside_python = Path(sysconfig.get_path("scripts")) / "kubectl"
    found = str(beside_python) if beside_python.exists() else shutil.which("kubectl")
    assert found, "there is no kubectl; the development requirements bring one"
    return found


async def lines_until(process: Process, wanted: str) -> str:
    """Return what a running kubectl prints, until a line with `wanted` comes."""
    assert process.stdout is not None
    seen = ""
    async with asyncio.timeout(_TIMEOUT_S):
        while wanted not in seen.rpartition("\n")[0]:
            line = await process.stdout.readline()
            assert line, f"kubectl ended before it printed {wanted!r}:\n{seen}"
            seen += line.decode()
    return seen
