"""Helm against an API server that has no controllers: what a Job would do, the scenario does."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import helm_python
import httpx

from palette_sim.controlplane.leash import leashed
from support.chart import CHART, RELEASE, with_required
from support.scenarios.accounts import write_kubeconfig
from support.scenarios.control_plane import ControlPlane
from support.scenarios.kubernetes import Body, Refused
from support.scenarios.processes import end, spawn
from support.scenarios.waiting import LOOK_EVERY_S

_WITHIN_S = 60
_ON_THIS_MACHINE = ("--probe-port=0", "--search-lag-seconds=1", "--unreachable-after-seconds=3")
_DONE = ({"type": "SuccessCriteriaMet", "status": "True"}, {"type": "Complete", "status": "True"})
_FAILED = ({"type": "FailureTarget", "status": "True"}, {"type": "Failed", "status": "True"})


@dataclass(slots=True)
class Helm:
    """Helm in one namespace."""

    plane: ControlPlane
    namespace: str
    ran: list[tuple[list[str], int, str]] = field(default_factory=list)
    """Each Job that a hook made: its container's arguments, its exit code, and what it printed."""

    async def install(self, values: Mapping[str, Any], name: str = RELEASE) -> Body:
        """Install the chart, with the Jobs of its hooks played; return the release; raises HelmError."""
        options: Body = {"create_namespace": True, "timeout": _WITHIN_S}
        async with self.jobs_played():
            return await self._act("install", CHART, name, with_required(values), **options)

    async def upgrade(self, values: Mapping[str, Any], name: str = RELEASE) -> Body:
        """Upgrade to the chart, with the Jobs of its hooks played; return the release; raises HelmError."""
        async with self.jobs_played():
            return await self._act("upgrade", CHART, name, with_required(values), timeout=_WITHIN_S)

    async def uninstall(self, name: str = RELEASE) -> Body:
        """Uninstall a release; return what Helm says."""
        return await self._act("uninstall", name)

    @contextlib.asynccontextmanager
    async def deployed(self, name: str = RELEASE, metrics_port: int = 0) -> AsyncIterator[None]:
        """Run within the context what the release's Deployment says, as the pod's own account.

        Only without its ports, which others on this machine may have, and without waits that suit a distant Palette.
        """
        on_this_machine = (*_ON_THIS_MACHINE, f"--metrics-port={metrics_port}")
        path = f"/apis/apps/v1/namespaces/{self.namespace}/deployments/{name}"
        pod = (await self.plane.kubernetes.raw("GET", path))["spec"]["template"]["spec"]
        container = pod["containers"][0]
        told = {each["name"]: each["value"] for each in container["env"] if "value" in each}
        process = await spawn(
            [sys.executable, "-m", "palette_operator", *container["args"], *on_this_machine],
            self.plane.directory / f"{self.namespace}.log",
            {**told, "KUBECONFIG": str(await self._kubeconfig_of(pod["serviceAccountName"]))},
        )
        try:
            yield
        finally:
            await end(process)

    async def _act(self, action: str, *given: Any, **options: Any) -> Body:  # noqa: ANN401 - as Helm takes them
        def act() -> Body:
            with helm_python.Config(kubeconfig_path=self.plane.kubeconfig, namespace=self.namespace) as config:
                return dict(getattr(config, action)(*given, **options))

        return await asyncio.to_thread(act)

    @contextlib.asynccontextmanager
    async def jobs_played(self) -> AsyncIterator[None]:
        """Do within the context what the Jobs in the namespace are there for."""
        player = asyncio.create_task(self._play_jobs())
        try:
            yield
        finally:
            player.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await player

    async def _play_jobs(self) -> None:
        played = set[str]()
        path = f"/apis/batch/v1/namespaces/{self.namespace}/jobs"
        while True:
            for job in (await self.plane.kubernetes.raw("GET", path))["items"]:
                if job["metadata"]["uid"] not in played:
                    played.add(job["metadata"]["uid"])
                    done = await self._run(job)
                    await self._finish(f"{path}/{job['metadata']['name']}/status", _DONE if done else _FAILED)
            await asyncio.sleep(LOOK_EVERY_S)

    async def _run(self, job: Body) -> bool:
        """Run what the Job's container would, with a token of its ServiceAccount; return whether it did it."""
        pod = job["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        process = await asyncio.create_subprocess_exec(
            *leashed([sys.executable, "-m", "palette_operator", *container["args"]]),
            stdout=PIPE,
            stderr=STDOUT,
            env={**os.environ, "KUBECONFIG": str(await self._kubeconfig_of(pod["serviceAccountName"]))},
        )
        printed, _ = await process.communicate()
        self.ran.append((container["args"], process.returncode or 0, printed.decode()))
        return process.returncode == 0

    async def _kubeconfig_of(self, account: str) -> Path:
        token = await self.plane.kubernetes.token_of(account, self.namespace)
        written_to = self.plane.directory / f"kubeconfig-{self.namespace}-{account}"
        return write_kubeconfig(self.plane.kubeconfig, token, written_to)

    async def _finish(self, path: str, conditions: tuple[Body, ...]) -> None:
        """Say of a Job what its controller would."""
        at = "2026-01-01T00:00:00Z"
        status = {"startTime": at, "conditions": list(conditions)}
        if conditions is _DONE:
            status |= {"completionTime": at, "succeeded": 1}
        headers = {"Content-Type": "application/merge-patch+json"}
        await self.plane.kubernetes.raw("PATCH", path, json={"status": status}, headers=headers)


_PLURALS = {"NetworkPolicy": "networkpolicies", "ValidatingAdmissionPolicy": "validatingadmissionpolicies"}
_CLUSTER_SCOPED = frozenset(
    {
        "ClusterRole",
        "ClusterRoleBinding",
        "PaletteConnection",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
    }
)


def path_of(body: Mapping[str, Any]) -> str:
    """Return the path of an object of any kind that the chart renders."""
    version, kind, metadata = body["apiVersion"], body["kind"], body["metadata"]
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    scope = "" if kind in _CLUSTER_SCOPED else f"/namespaces/{metadata['namespace']}"
    return f"{root}{scope}/{_PLURALS.get(kind, kind.lower() + 's')}/{metadata['name']}"


async def objection(plane: ControlPlane, body: Mapping[str, Any]) -> str:
    """Return what the API server has against an object, strictly looked at; "" for nothing. Nothing is written."""
    parameters = {"dryRun": "All", "fieldManager": "scenario", "fieldValidation": "Strict", "force": "true"}
    headers = {"Content-Type": "application/apply-patch+yaml"}
    try:
        await plane.kubernetes.raw("PATCH", path_of(body), json=dict(body), params=parameters, headers=headers)
    except Refused as refused:
        return f"{body['kind']} {body['metadata']['name']}: {refused.message}"
    return ""


async def exists(plane: ControlPlane, body: Mapping[str, Any]) -> bool:
    """Whether an object that the chart renders is there."""
    try:
        await plane.kubernetes.raw("GET", path_of(body))
    except Refused as refused:
        if refused.status == httpx.codes.NOT_FOUND:
            return False
        raise
    return True
