"""A TCP port that one host keeps whether it answers there, refuses connections, or lets them wait."""

import asyncio
import socket
import ssl
from collections.abc import Callable

_BACKLOG = 128
_TURNS = 10


class Port:
    """A port of its own. It refuses connections until it is told otherwise."""

    def __init__(self, address: str, port: int) -> None:
        self._address = address
        self._socket = _bound(address, port)
        self.number: int = self._socket.getsockname()[1]
        self._server: asyncio.Server | None = None

    async def serve(self, protocol: Callable[[], asyncio.Protocol], context: ssl.SSLContext) -> None:
        """Answer connections from now on, with TLS."""
        await self.refuse()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(protocol, sock=self._socket, ssl=context, backlog=_BACKLOG)

    async def refuse(self) -> None:
        """Refuse connections from now on. Bound without listening, it stays ours and the kernel refuses for us."""
        self.close()
        self._socket = await self._bound_again()

    async def ignore(self) -> None:
        """Let connections wait for ever from now on: the kernel accepts them, and nobody greets."""
        await self.refuse()
        self._socket.listen(_BACKLOG)

    def close(self) -> None:
        """Give the port up. Safe to repeat."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self._socket.close()

    async def _bound_again(self) -> socket.socket:
        """Bind the port again; an event loop may take some turns to let go of what listened there."""
        for _ in range(_TURNS):
            try:
                return _bound(self._address, self.number)
            except OSError:
                await asyncio.sleep(0)
        return _bound(self._address, self.number)


def local_port(transport: asyncio.BaseTransport | None) -> int | None:
    """Tell to which of our ports a connection is; None for one that is gone."""
    name = transport and transport.get_extra_info("sockname")
    return int(name[1]) if name else None


def _bound(address: str, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setblocking(False)
    try:
        made.bind((address, port))
    except OSError:
        made.close()
        raise
    return made
