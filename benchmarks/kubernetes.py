"""The bench's own way to the embedded API server: it creates resources and reads counts."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from benchmarks.resources import API_VERSION, NAMESPACE, Body

_AT_ONCE = 20
_PATHS = {
    "Namespace": "/api/v1/namespaces",
    "Secret": "/api/v1/namespaces/{namespace}/secrets",
    "CustomResourceDefinition": "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    "PaletteConnection": f"/apis/{API_VERSION}/paletteconnections",
    "EdgeHost": f"/apis/{API_VERSION}/namespaces/{{namespace}}/edgehosts",
    "PaletteCluster": f"/apis/{API_VERSION}/namespaces/{{namespace}}/paletteclusters",
}


class Kubernetes:
    """A client of one embedded API server."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    @classmethod
    @asynccontextmanager
    async def connect(cls, kubeconfig: Path) -> AsyncIterator[Kubernetes]:
        """Connect as the kubeconfig says."""
        async with _http_client(kubeconfig) as http:
            yield cls(http)

    async def create(self, body: Body) -> None:
        """Create one resource; raises httpx.HTTPStatusError when it is refused."""
        path = _PATHS[body["kind"]].format(namespace=body["metadata"].get("namespace", ""))
        (await self._http.post(path, json=body)).raise_for_status()

    async def create_all(self, bodies: Iterable[Body]) -> None:
        """Create many, some at a time, in their order."""
        waiting = iter(bodies)

        async def work() -> None:
            for body in waiting:
                await self.create(body)

        async with asyncio.TaskGroup() as group:
            for _ in range(_AT_ONCE):
                group.create_task(work())

    async def statuses(self, plural: str) -> list[dict[str, Any]]:
        """Return the status of each resource of a kind."""
        answer = await self._http.get(f"/apis/{API_VERSION}/namespaces/{NAMESPACE}/{plural}")
        answer.raise_for_status()
        return [item.get("status") or {} for item in answer.json()["items"]]

    async def writes(self) -> Counter[str]:
        """Return the successful writes since the start of counting, by resource, without what `create` made."""
        answer = await self._http.get("/_sim/requests")
        answer.raise_for_status()
        return own_writes(answer.json()["requests"])

    async def count_anew(self) -> None:
        """Start counting from nought."""
        (await self._http.delete("/_sim/requests")).raise_for_status()


def _http_client(kubeconfig: Path) -> httpx.AsyncClient:
    config = yaml.safe_load(kubeconfig.read_text())
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
    return httpx.AsyncClient(
        base_url=cluster["server"],
        verify=ssl.create_default_context(cadata=authority),
        headers={"Authorization": f"Bearer {user['token']}"},
        trust_env=False,
        timeout=30,
    )


_WRITES = frozenset({"create", "update", "patch", "delete"})
_MADE_HERE = frozenset({"edgehosts", "paletteclusters", "paletteconnections"})
_FIRST_REFUSAL = 400


def own_writes(requests: Iterable[dict[str, Any]]) -> Counter[str]:
    """Count an operator's writes by resource, from the server's counts; our resources are created by the bench."""
    writes: Counter[str] = Counter()
    for request in requests:
        verb, resource = request["verb"], request["resource"]
        if verb not in _WRITES or request["code"] >= _FIRST_REFUSAL:
            continue
        if verb == "create" and resource in _MADE_HERE:
            continue
        writes[resource] += request["count"]
    return writes
