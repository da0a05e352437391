"""Servers of raw HTTP/1.1 on loopback: with TLS or without, and a proxy. They keep what they were asked."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias

Talk: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


@dataclass
class Loopback:
    """A server: heads of requests in order, and its connections."""

    port: int = 0
    heads: list[str] = field(default_factory=list)
    opened: int = 0
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set whenever a connection has ended."""
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set with each request."""
    answers: bool = True
    """False: requests are read, and that is all."""


@contextlib.asynccontextmanager
async def serve_http(tls: ssl.SSLContext | None = None, *, answers: bool = True) -> AsyncIterator[Loopback]:
    """Serve `{}` to every request."""
    served = Loopback(answers=answers)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await _head(reader):
            served.heads.append(head)
            served.asked.set()
            await reader.readexactly(_length(head))
            if served.answers:
                writer.write(_OK)
                await writer.drain()

    async with _listening(served, talk, tls):
        yield served


@contextlib.asynccontextmanager
async def serve_proxy(*, credentials: str = "") -> AsyncIterator[Loopback]:
    """Serve as a proxy: tunnels for CONNECT, answers `{}` itself to plain requests.

    With `credentials` (the value of Proxy-Authorization) others are refused.
    """
    served = Loopback()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await _head(reader):
            served.heads.append(head)
            if credentials and f"\r\nProxy-Authorization: {credentials}\r\n".lower() not in head.lower():
                writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            elif head.startswith("CONNECT "):
                host, _, port = head.split(" ")[1].rpartition(":")
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await _tunnel(reader, writer, host, int(port))
                return
            else:
                writer.write(_OK)
            await writer.drain()

    async with _listening(served, talk, None):
        yield served


@contextlib.asynccontextmanager
async def _listening(served: Loopback, talk: Talk, tls: ssl.SSLContext | None) -> AsyncIterator[None]:
    talks: set[asyncio.Task[None]] = set()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.opened += 1
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                await talk(reader, writer)
        finally:
            await _closed(writer)
            served.closed.set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(one(reader, writer))
        talks.add(task)
        task.add_done_callback(talks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield
    finally:
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        await writer.wait_closed()


async def _head(reader: asyncio.StreamReader) -> str:
    try:
        return (await reader.readuntil(b"\r\n\r\n")).decode()
    except asyncio.IncompleteReadError:
        return ""


def _length(head: str) -> int:
    lengths = [line for line in head.lower().split("\r\n") if line.startswith("content-length:")]
    return int(lengths[0].split(":")[1]) if lengths else 0


async def _tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int) -> None:
    onward_reader, onward_writer = await asyncio.open_connection(host, port)

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while chunk := await source.read(65_536):
            sink.write(chunk)
            await sink.drain()
        sink.close()

    try:
        await asyncio.gather(pump(reader, onward_writer), pump(onward_reader, writer))
    finally:
        await _closed(onward_writer)
