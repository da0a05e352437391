"""Where an operator is measured: an API server with our kinds, and a Palette, each a fresh process."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import yaml

from benchmarks import resources
from benchmarks.access import AccessLog
from benchmarks.kubernetes import Kubernetes
from benchmarks.processes import ROOT, first_line, started

# Devices make contact when told to, and clusters then wait for ever: a phase stands still when it is over.
_SETTINGS = {"durations": {"host_pairing_s": None, "pending_s": 1e9}, "search_lag_s": 0}


@dataclass(frozen=True, slots=True)
class Stage:
    """What an operator and its measurement need."""

    directory: Path
    kubeconfig: Path
    palette: httpx.AsyncClient
    kubernetes: Kubernetes
    log: AccessLog

    @property
    def environment(self) -> Mapping[str, str]:
        """The operator's environment."""
        return {**os.environ, "KUBECONFIG": str(self.kubeconfig), "PALETTE_ENDPOINT": str(self.palette.base_url)}

    async def add_hosts(self, first: int, count: int) -> None:
        """Let hosts register themselves."""
        body = {"project": resources.PROJECT, "first": first, "count": count, "prefix": resources.HOST_PREFIX}
        (await self.palette.post("/_sim/hosts", json=body)).raise_for_status()

    async def pair_hosts(self) -> None:
        """Let all devices make contact at once."""
        (await self.palette.post("/_sim/hosts/pair", json={})).raise_for_status()


@asynccontextmanager
async def set_up(directory: Path, limits: str, fleet_s: int) -> AsyncIterator[Stage]:
    """Start both servers, with the CRDs, a connection and nothing else; raises StartError."""
    settings, access_log = _files(directory)
    async with AsyncExitStack() as stack:
        options = ("--config", settings, "--limits", limits, "--access-log", access_log)
        ready = await _serve(stack, directory / "palette.log", "palette_sim.palette", *options)
        kubernetes, kubeconfig = await serve_kubernetes(stack, directory)
        palette = await stack.enter_async_context(
            httpx.AsyncClient(base_url=ready["endpoint"], trust_env=False, timeout=30)
        )
        await kubernetes.create(resources.credentials())
        await kubernetes.create(resources.connection(ready["endpoint"], fleet_s))
        yield Stage(directory, kubeconfig, palette, kubernetes, AccessLog(access_log))


async def serve_kubernetes(stack: AsyncExitStack, directory: Path) -> tuple[Kubernetes, Path]:
    """Start an API server with our kinds and namespaces until `stack` is left; returns it with its kubeconfig."""
    kubeconfig = directory / "kubeconfig"
    await _serve(stack, directory / "kubernetes.log", "palette_sim.kube_api", "--kubeconfig", kubeconfig)
    kubernetes = await stack.enter_async_context(Kubernetes.connect(kubeconfig))
    for file in sorted((ROOT / "deploy/crds").glob("*.yaml")):
        for definition in yaml.safe_load_all(file.read_text()):
            await kubernetes.create(definition)
    for name in (resources.NAMESPACE, resources.OPERATOR_NAMESPACE):
        await kubernetes.create(resources.namespace(name))
    return kubernetes, kubeconfig


async def _serve(stack: AsyncExitStack, log: Path, *command: str | Path) -> dict[str, str]:
    running = await stack.enter_async_context(started([sys.executable, "-m", *map(str, command)], log, os.environ))
    return await first_line(running, log)


def _files(directory: Path) -> tuple[Path, Path]:
    """Return the paths of the settings, written here, and of the access log, begun anew here."""
    directory.mkdir(parents=True, exist_ok=True)
    settings, access_log = directory / "palette.json", directory / "access.jsonl"
    settings.write_text(json.dumps(_SETTINGS))
    access_log.unlink(missing_ok=True)
    return settings, access_log
