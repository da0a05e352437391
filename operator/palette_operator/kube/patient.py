"""A client of the API server that hears "you may not" twice before it believes it.

A kube-apiserver that has just been started denies everybody everything until it has read its roles: seen with 1.36, for
some 50 ms after it begins to listen. Kopf repeats such requests for the same reason.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from kubernetes.aio import client

_DOUBTFUL = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_PAUSE_S = 1.0


class PatientClient(client.ApiClient):
    """Repeats what was denied, once, after a second. What is denied has no effect, so any call may be repeated."""

    def __init__(
        self,
        configuration: client.Configuration | None = None,
        *,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        super().__init__(configuration)
        self._pause = pause

    async def call_api(self, *given: Any, **options: Any) -> Any:  # noqa: ANN401 - as the library has it
        """Send a request and return its answer."""
        answer: Any = await super().call_api(*given, **options)
        if answer.status in _DOUBTFUL:
            await answer.read()  # else its connection could not be used again
            await self._pause(_PAUSE_S)
            answer = await super().call_api(*given, **options)
        return answer
