"""Secrets by name, each read at most once in a few seconds however many resources refer to it.

There is no watch on Secrets: the operator's role grants `get` of a name alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from palette_operator.domain.errors import Waiting
from palette_operator.kube.api import KubeApi

_FRESH_S = 4.0
LOOK_AGAIN_S = 5.0


class Secrets:
    """Reads keys of Secrets. Values are never kept longer than a few seconds, and never logged."""

    def __init__(self, api: KubeApi, now: Callable[[], float]) -> None:
        self._api = api
        self._now = now
        self._read: dict[tuple[str, str], tuple[float, asyncio.Task[dict[str, str] | None]]] = {}

    async def value(self, namespace: str, name: str, key: str) -> str:
        """Return one value; raises Waiting with SecretNotFound when the Secret or the key is not there."""
        content = await self._content(namespace, name)
        where = f"Secret {name!r} in namespace {namespace!r}"
        if content is None:
            raise Waiting("SecretNotFound", f"{where} does not exist; create it", retry_after_s=LOOK_AGAIN_S)
        if not content.get(key):
            raise Waiting("SecretNotFound", f"{where} has no key {key!r}; add it", retry_after_s=LOOK_AGAIN_S)
        return content[key]

    async def values(self, namespace: str, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """Return the values of (name, key) pairs; raises Waiting for the first that is not there."""
        return {(name, key): await self.value(namespace, name, key) for name, key in sorted(set(wanted))}

    def forget(self, namespace: str) -> None:
        """Read the Secrets of a namespace anew when next asked: somebody says that they changed."""
        self._read = {where: read for where, read in self._read.items() if where[0] != namespace}

    async def _content(self, namespace: str, name: str) -> dict[str, str] | None:
        now = self._now()
        self._read = {where: read for where, read in self._read.items() if now - read[0] < _FRESH_S}
        if (namespace, name) not in self._read:
            reading = asyncio.ensure_future(self._api.read_secret(namespace, name))
            self._read[namespace, name] = (now, reading)
        # Shielded: a caller that is cancelled must not take the answer from those who share it.
        return await asyncio.shield(self._read[namespace, name][1])
