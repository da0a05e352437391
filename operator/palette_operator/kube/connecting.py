"""The way to the management cluster's API server, as kubectl takes it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any
from urllib.request import getproxies

import yaml
from kubernetes.aio import client, config
from kubernetes.aio.config.config_exception import ConfigException

from palette_operator.domain.errors import Stalled
from palette_operator.domain.leadership import Fence, NotLeading, always

_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_DOUBTFUL = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_DOUBT_S = 1.0


@asynccontextmanager
async def connected(may_write: Fence = always) -> AsyncIterator[client.ApiClient]:
    """Connect as kubectl would (KUBECONFIG, else the pod's ServiceAccount); raises Stalled where neither serves.

    A write raises NotLeading, and is not sent, when `may_write` says no.
    """
    await _choose_cluster()
    configuration = client.Configuration.get_default_copy()
    configuration.client_session_kwargs = {"trust_env": asks_for_proxies()}
    async with CarefulClient(configuration, may_write) as api:
        yield api


def asks_for_proxies() -> bool:
    """Whether requests to the API server go by the environment's proxies, as kubectl's do: outside of its own pods.

    From a pod it is a Service nearby, while HTTPS_PROXY is there for the world outside; the NO_PROXY beside it mostly
    names networks, which Python does not read. Nor where there are no proxies: aiohttp would ask a thread for them
    before each request, which then costs 1.4 ms of CPU instead of 0.5.
    """
    in_a_pod = "KUBERNETES_SERVICE_HOST" in os.environ and not os.environ.get("KUBECONFIG")
    return bool(getproxies()) and not in_a_pod


async def _choose_cluster() -> None:
    try:
        if named := os.environ.get("KUBECONFIG"):
            # The library's own choice does not know that the variable may name several files.
            await config.load_kube_config(named)  # type: ignore[no-untyped-call]  # the library leaves it untyped
        else:
            await config.load_config()  # type: ignore[no-untyped-call]  # the library leaves it untyped
    except (ConfigException, OSError, yaml.YAMLError, TypeError) as error:  # TypeError: of an empty file
        message = f"no cluster to work in; set KUBECONFIG, or run in a pod with a ServiceAccount: {error}"
        raise Stalled("KubernetesUnavailable", message) from error


class CarefulClient(client.ApiClient):
    """Sends no write that the fence forbids, and believes that it may not when it has heard it twice, a second apart.

    A kube-apiserver that has just been started denies everybody everything until it has read its roles: seen with 1.36,
    for some 50 ms after it begins to listen. What is denied has no effect, so any call may be repeated.
    """

    def __init__(
        self,
        configuration: client.Configuration | None = None,
        may_write: Fence = always,
        *,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        super().__init__(configuration)
        self._may_write = may_write
        self._pause = pause

    async def call_api(self, method: str, url: str, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - as the library
        """Send a request, perhaps twice, and return its answer. Raises NotLeading."""
        answer = await self._send(method, url, *args, **options)
        if answer.status in _DOUBTFUL:
            await answer.read()  # else its connection could not be used again
            await self._pause(_DOUBT_S)
            answer = await self._send(method, url, *args, **options)
        return answer

    async def _send(self, method: str, url: str, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - as the library
        if method not in _READS and not self._may_write():
            raise NotLeading("writing to the management cluster")
        return await super().call_api(method, url, *args, **options)
