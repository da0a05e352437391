"""Whose credential a connection uses, and until when, as Palette tells it; and how often it is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

from palette_operator.domain.holder import Holder
from palette_operator.domain.observed import WhoAmI
from palette_operator.palette.client import PaletteClient
from palette_operator.palette.credentials import ApiKey, Credentials, UserLogin
from palette_operator.palette.limiter import Limiter
from palette_operator.palette.transport import Endpoint, Transport
from palette_operator.reconcile.connection.identity import (
    KNOWN_FOR_S,
    UNANSWERED_FOR_S,
    Identities,
    expiry_warning,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WHO = WhoAmI("u1", "t1", "retail")
KEY = ApiKey("k-1", origin="Secret 'creds' in namespace 'system'")
FORBIDDEN = httpx.Response(403, json={"code": "OperationForbidden", "message": "no"})


def key(name: str = "ci", uid: str = "u1", expiry: str = "2026-01-08T00:00:00.000Z", **status: Any) -> dict[str, Any]:  # noqa: ANN401
    owner = {"uid": uid, "firstName": "Ada", "lastName": "Operator"}
    return {"metadata": {"name": name}, "spec": {"expiry": expiry, "user": owner}, "status": status}


class Desk:
    """One connection, a Palette that answers two questions, and a clock."""

    def __init__(self, answers: dict[str, httpx.Response | Exception]) -> None:
        network = httpx.MockTransport(self.answer)
        self.client = PaletteClient(
            Transport(Endpoint("https://palette.test"), KEY, Limiter(), network=network, sleep=_no_pause)
        )
        self.answers = answers
        self.now_s = 0.0
        self.asked: list[str] = []
        self.identities = Identities(lambda: NOW, lambda: self.now_s)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        answer = self.answers[request.url.path]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, content=answer.content)

    async def holder(self, credentials: Credentials = KEY, *, who: WhoAmI = WHO, proven: bool = True) -> Holder:
        if proven:
            self.identities.prove("default", credentials, who)
        found = await self.identities.holder("default", self.client)
        assert found is not None
        return found


@asynccontextmanager
async def desk(
    *keys: dict[str, Any],
    user: httpx.Response | Exception | None = None,
    listing: httpx.Response | Exception | None = None,
) -> AsyncIterator[Desk]:
    described = {"metadata": {"uid": "u1"}, "spec": {"emailId": "ada@example.com", "firstName": "Ada"}}
    answers = {
        "/v1/users/u1": user or httpx.Response(200, json=described),
        "/v1/apiKeys": listing or httpx.Response(200, json={"items": list(keys)}),
    }

    made = Desk(answers)
    async with made.client:
        yield made
    made.identities.forget("default")


async def _no_pause(_: float) -> None:
    return


async def test_the_user_is_told_by_address_and_the_expiry_of_the_only_key_that_it_can_be() -> None:
    async with desk(key(isActive=True), key("other", uid="u2"), key("old", isActive=False)) as tested:
        holder = await tested.holder()

    expires_at = NOW + timedelta(days=7)
    assert holder == Holder("ApiKey", "u1", "ada@example.com", "retail", "ci", expires_at)


async def test_which_of_two_keys_it_is_is_not_guessed() -> None:
    async with desk(key(), key("second")) as tested:
        holder = await tested.holder()

    assert (holder.key_name, holder.expires_at) == ("", None)


async def test_a_key_that_never_expires_has_a_name_and_no_end() -> None:
    async with desk(key(expiry="0001-01-01T00:00:00.000Z", isActive=True)) as tested:
        holder = await tested.holder()

    assert (holder.key_name, holder.expires_at) == ("ci", None)


async def test_a_user_who_logs_in_is_known_without_asking_and_a_token_is_no_expiry() -> None:
    async with desk() as tested:
        holder = await tested.holder(UserLogin("ops@example.com", "pw"))

    assert holder == Holder("User", "u1", "ops@example.com", "retail")
    assert tested.asked == []


NAMES = {
    "the name in the key listing": ([key()], FORBIDDEN, "Ada Operator"),
    "the uid when nothing else is told": ([], FORBIDDEN, "u1"),
    "the name when there is no address": (
        [],
        httpx.Response(200, json={"spec": {"firstName": "Ada", "lastName": "L."}}),
        "Ada L.",
    ),
}


@pytest.mark.parametrize(("keys", "user", "shown"), NAMES.values(), ids=NAMES)
async def test_a_user_without_address_goes_by(keys: list[dict[str, Any]], user: httpx.Response, shown: str) -> None:
    async with desk(*keys, user=user) as tested:
        assert (await tested.holder()).user == shown


async def test_what_was_forbidden_is_never_asked_again_until_the_credential_changes() -> None:
    async with desk(user=FORBIDDEN, listing=FORBIDDEN) as tested:
        await tested.holder()
        for _ in range(10):
            tested.now_s += KNOWN_FOR_S
            await tested.holder(proven=False)
        assert sorted(tested.asked) == ["/v1/apiKeys", "/v1/users/u1"]
        await tested.holder(ApiKey("k-2"))

    assert len(tested.asked) == 4


async def test_what_is_known_is_asked_again_once_a_day() -> None:
    async with desk(key()) as tested:
        await tested.holder()
        for _ in range(96):
            tested.now_s += KNOWN_FOR_S / 48
            await tested.holder(proven=False)

    assert tested.asked.count("/v1/apiKeys") == 3


async def test_a_call_that_was_not_answered_is_made_again_later_and_what_was_known_stays() -> None:
    async with desk(key(), listing=httpx.Response(200, json={"items": [key()]})) as tested:
        await tested.holder()
        tested.answers["/v1/apiKeys"] = httpx.ConnectError("x")
        tested.now_s += KNOWN_FOR_S
        during = await tested.holder(proven=False)
        asked = len(tested.asked)
        await tested.holder(proven=False)
        assert len(tested.asked) == asked
        tested.answers["/v1/apiKeys"] = httpx.Response(200, json={"items": []})
        tested.now_s += UNANSWERED_FOR_S
        after = await tested.holder(proven=False)

    assert during.key_name == "ci"
    assert after.key_name == ""


@pytest.mark.parametrize("content", [b"<html>", b"[]", b'{"items": [{"spec": {"expiry": "soon"}}]}', b""])
async def test_an_answer_that_cannot_be_read_is_an_unknown_expiry(content: bytes) -> None:
    async with desk(listing=httpx.Response(200, content=content)) as tested:
        assert (await tested.holder()).expires_at is None


async def test_who_uses_a_connection_that_was_not_proven_is_not_known() -> None:
    async with desk() as tested:
        assert await tested.identities.holder("default", tested.client) is None


async def test_the_expiry_is_a_metric_for_as_long_as_it_is_known() -> None:
    def shown() -> float | None:
        name = "palette_credential_expiry_timestamp_seconds"
        return REGISTRY.get_sample_value(name, {"connection": "default"})

    async with desk(key()) as tested:
        await tested.holder()
        assert shown() == (NOW + timedelta(days=7)).timestamp()
        tested.answers["/v1/apiKeys"] = httpx.Response(200, json={"items": [key(expiry="2026-03-01T00:00:00Z")]})
        tested.now_s += KNOWN_FOR_S
        await tested.holder(proven=False)
        assert shown() == datetime(2026, 3, 1, tzinfo=UTC).timestamp()
        await tested.holder(UserLogin("ops@example.com", "pw"))
        assert shown() is None
        await tested.holder()
        tested.identities.forget("default")
        assert shown() is None


def test_a_key_that_expires_soon_is_named_with_its_owner_its_day_and_its_secret() -> None:
    holder = Holder("ApiKey", "u1", "ada@example.com", "retail", "ci", NOW + timedelta(days=3, hours=5))

    assert expiry_warning(holder, KEY.origin, NOW) == (
        "API key 'ci' of ada@example.com expires on 2026-01-04; "
        "put another one into Secret 'creds' in namespace 'system'"
    )
    assert expiry_warning(holder, KEY.origin, NOW - timedelta(days=20)) == ""
    assert expiry_warning(None, KEY.origin, NOW) == ""
