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


def not_usable(namespace: str, name: str, why: str) -> Waiting:
    """Return the error for a Secret that cannot be used as it is; it is looked at again within seconds."""
    return Waiting("SecretNotFound", f"{secret_name(namespace, name)} {why}", retry_after_s=LOOK_AGAIN_S)


def secret_name(namespace: str, name: str) -> str:
    """Name a Secret, for messages."""
    return f"Secret {name!r} in namespace {namespace!r}"


class Secrets:
    """Reads keys of Secrets. Values are never kept longer than a few seconds, and never logged."""

    def __init__(self, api: KubeApi, now: Callable[[], float]) -> None:
        self._api = api
        self._now = now
        self._read: dict[tuple[str, str], tuple[float, asyncio.Task[dict[str, str] | None]]] = {}

    async def value(self, namespace: str, name: str, key: str) -> str:
        """Return one value; raises Waiting with SecretNotFound when it is not there, or empty."""
        value = await self.optional_value(namespace, name, key)
        if value is None:
            raise not_usable(namespace, name, f"has no key {key!r}; add it")
        if not value:
            raise not_usable(namespace, name, f"has nothing in key {key!r}; fill it")
        return value

    async def optional_value(self, namespace: str, name: str, key: str) -> str | None:
        """Return one value, None without such a key; raises Waiting with SecretNotFound without such a Secret."""
        content = await self._content(namespace, name)
        if content is None:
            raise not_usable(namespace, name, "does not exist; create it")
        return content.get(key)

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
