"""A genuine network under a virtual clock: time stands still while a request is under way."""

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import httpx

from support.virtual_clock import settle


class QuietNetwork(httpx.AsyncBaseTransport):
    """httpx's own network, which tells when nothing is under way: pass `settled` to the clock."""

    def __init__(self) -> None:
        self._network = httpx.AsyncHTTPTransport()
        self._under_way = 0
        self._is_quiet = asyncio.Event()
        self._is_quiet.set()

    async def settled(self) -> None:
        """Wait until every request has its whole answer, and no task has anything more to send."""
        await settle()
        while not self._is_quiet.is_set():
            await self._is_quiet.wait()
            await settle()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        self._under_way += 1
        self._is_quiet.clear()
        try:
            response = await self._network.handle_async_request(request)
        except BaseException:
            self.ended()
            raise
        response.stream = _Body(self, cast("httpx.AsyncByteStream", response.stream))
        return response

    async def aclose(self) -> None:
        """Close the connections."""
        await self._network.aclose()

    def ended(self) -> None:
        """Note that a request has its whole answer, or will have none."""
        self._under_way -= 1
        if not self._under_way:
            self._is_quiet.set()


class _Body(httpx.AsyncByteStream):
    """The body of an answer, with which its request ends."""

    def __init__(self, network: QuietNetwork, body: httpx.AsyncByteStream) -> None:
        self._network = network
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._body:
            yield part

    async def aclose(self) -> None:
        try:
            await self._body.aclose()
        finally:
            self._network.ended()
