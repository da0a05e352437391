"""One token, kept fresh for all who need it."""

import asyncio

import pytest

from palette_operator.domain.errors import Unavailable
from palette_operator.http.keeper import TokenKeeper
from palette_operator.http.tokens import Token
from support.virtual_clock import settle


class Issuer:
    """Gives out tokens that live for 90 seconds, when it is let to."""

    def __init__(self) -> None:
        self.now = 0.0
        self.asked: list[Token | None] = []
        self.go = asyncio.Event()
        self.fails = False
        self.keeper = TokenKeeper(lambda: self.now)

    async def obtain(self, token: Token | None) -> Token:
        self.asked.append(token)
        await self.go.wait()
        if self.fails:
            raise Unavailable("Unreachable", "no token today")
        return Token(f"token-{len(self.asked)}", self.now + 60, self.now + 90)

    async def prepare(self) -> None:
        await self.keeper.prepare(self.obtain)


async def test_a_caller_that_is_cancelled_does_not_take_the_token_from_the_others() -> None:
    issuer = Issuer()
    first, second = asyncio.create_task(issuer.prepare()), asyncio.create_task(issuer.prepare())
    await settle()

    first.cancel()
    issuer.go.set()
    await second

    assert issuer.asked == [None]
    assert issuer.keeper.serving is not None


async def test_while_a_token_is_renewed_the_old_one_serves() -> None:
    issuer = Issuer()
    issuer.go.set()
    await issuer.prepare()
    issuer.go.clear()
    issuer.now = 60.0

    await issuer.prepare()
    await settle()
    old = issuer.keeper.serving
    issuer.go.set()
    await settle()

    assert old is not None
    assert issuer.asked == [None, old]
    assert issuer.keeper.serving is not None
    assert issuer.keeper.serving.value == "token-2"


async def test_a_renewal_that_fails_costs_nobody_the_old_token() -> None:
    issuer = Issuer()
    issuer.go.set()
    await issuer.prepare()
    issuer.fails, issuer.now = True, 60.0

    await issuer.prepare()
    await settle()
    await issuer.prepare()

    assert issuer.keeper.serving is not None
    issuer.now = 90.0
    with pytest.raises(Unavailable):
        await issuer.prepare()


async def test_closing_ends_a_renewal_that_is_under_way_and_who_waits_is_told_why() -> None:
    issuer = Issuer()
    waiting = [asyncio.create_task(issuer.prepare()) for _ in range(2)]
    await settle()

    await issuer.keeper.aclose(Unavailable("Unreachable", "closed meanwhile"))

    assert issuer.keeper.serving is None
    for each in waiting:
        with pytest.raises(Unavailable, match="closed meanwhile"):
            await each
