"""Connections that were not used for a while are closed, and none that is in use."""

import asyncio

from palette_operator.edge.idle import IdleCloser


class Connections:
    def __init__(self) -> None:
        self.closed = 0
        self.was_closed = asyncio.Event()

    async def close(self) -> None:
        self.closed += 1
        self.was_closed.set()


async def test_what_was_used_is_closed_afterwards() -> None:
    connections = Connections()
    closer = IdleCloser(connections.close, 0.0)

    with closer.use():
        pass
    async with asyncio.timeout(10):
        await connections.was_closed.wait()

    assert connections.closed == 1


async def test_nothing_is_closed_while_something_is_in_use() -> None:
    connections = Connections()
    closer = IdleCloser(connections.close, 0.0)

    with closer.use():
        with closer.use():
            pass
        closer._begin()
        await asyncio.gather(*filter(None, [closer._closing]))

        assert connections.closed == 0


async def test_a_use_puts_the_closing_off() -> None:
    connections = Connections()
    closer = IdleCloser(connections.close, 3_600.0)

    with closer.use():
        pass
    first = closer._timer
    with closer.use():
        pass

    assert first is not None
    assert first.cancelled()
    assert closer._timer is not None
    closer.cancel()
    assert closer._timer is None
