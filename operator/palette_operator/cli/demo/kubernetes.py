"""The few calls to the demo's API server that the demo itself makes: apply, and list."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import yaml

from palette_operator.cli.demo.errors import DemoFailed
from palette_operator.cli.demo.manifests import Body
from palette_operator.domain.resources import API_VERSION, KINDS, Kind

_PLURALS = {
    "Namespace": "namespaces",
    "Secret": "secrets",
    "CustomResourceDefinition": "customresourcedefinitions",
} | {kind.kind: kind.plural for kind in KINDS}
_ANSWER_S = 10.0
_SERVED_WITHIN_S = 30.0
_LOOK_EVERY_S = 0.1


class Kubernetes:
    """An API server, through the administrator's kubeconfig that a simulator wrote."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    @classmethod
    @asynccontextmanager
    async def connect(cls, kubeconfig: Path) -> AsyncIterator[Kubernetes]:
        """Connect with the token and the authority that the kubeconfig holds."""
        async with _client(kubeconfig) as http:
            yield cls(http)

    async def apply(self, objects: Iterable[Body]) -> None:
        """Apply objects as `kubectl apply --server-side` does, one after the other. Repeatable; raises DemoFailed."""
        for body in objects:
            answer = await self._http.patch(
                path(body),
                params={"fieldManager": "palette-operator-demo", "force": "true", "fieldValidation": "Strict"},
                headers={"Content-Type": "application/apply-patch+yaml"},
                json=body,
            )
            if answer.is_error:
                name = f"{body['kind']} {body['metadata']['name']}"
                raise DemoFailed(f"the API server refuses {name}: {_message(answer)}")

    async def until_served(self) -> None:
        """Wait until the API server serves our kinds, a moment after their CRDs were applied."""
        try:
            async with asyncio.timeout(_SERVED_WITHIN_S):
                for kind in KINDS:
                    await self._until_served(kind)
        except TimeoutError:
            raise DemoFailed(f"the API server does not serve our kinds after {_SERVED_WITHIN_S:g} s") from None

    async def _until_served(self, kind: Kind) -> None:
        while True:
            answer = await self._http.get(f"/apis/{API_VERSION}/{kind.plural}")
            if answer.is_success:
                return
            await asyncio.sleep(_LOOK_EVERY_S)

    async def list_ours(self) -> list[Body]:
        """Return every object of our kinds."""
        found: list[Body] = []
        for kind in KINDS:
            answer = await self._http.get(f"/apis/{API_VERSION}/{kind.plural}")
            answer.raise_for_status()
            found += [{"kind": kind.kind} | item for item in answer.json()["items"]]
        return found


def path(body: Body) -> str:
    """Return an object's path, such as `/api/v1/namespaces/retail/secrets/store-variables`."""
    group = body["apiVersion"]
    namespace = body["metadata"].get("namespace")
    return "/".join(
        [
            f"/apis/{group}" if "/" in group else f"/api/{group}",
            *(["namespaces", namespace] if namespace else []),
            _PLURALS[body["kind"]],
            body["metadata"]["name"],
        ]
    )


def _client(kubeconfig: Path) -> httpx.AsyncClient:
    config = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
    return httpx.AsyncClient(
        base_url=cluster["server"],
        headers={"Authorization": f"Bearer {user['token']}"},
        verify=ssl.create_default_context(cadata=authority),
        timeout=_ANSWER_S,
        trust_env=False,
    )


def _message(answer: httpx.Response) -> str:
    status: dict[str, Any] = answer.json() if "json" in answer.headers.get("content-type", "") else {}
    return str(status.get("message") or HTTPStatus(answer.status_code).phrase)
