"""The Secret with a registration token: made, renewed in time, taken up again, and taken away when told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from palette_operator.domain.errors import Stalled
from palette_operator.domain.identifiers import ProjectUid
from palette_operator.domain.observed import Project
from palette_operator.domain.registration import name_prefix, token_name
from palette_operator.domain.resources import RegistrationTokenSpec
from palette_operator.kube.objects import Body
from palette_operator.palette.client import PaletteClient
from palette_operator.palette.credentials import ApiKey
from palette_operator.palette.limiter import Limiter, LimiterOptions
from palette_operator.palette.limits import DOCUMENTED
from palette_operator.palette.transport import Endpoint, Transport
from palette_operator.reconcile.connection.registration import RegistrationTokens
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.findings import Findings
from palette_operator.reconcile.sites import Link
from palette_sim.palette import PaletteConfig, SimulatedPalette
from palette_sim.palette.world.records import EdgeToken
from support.builders import IDENTITY, key
from support.fake_kube import resource_body
from support.palette_api import ADMIN_KEY, PROJECT

CONNECTION = key("default", "PaletteConnection")
PREFIX = name_prefix(IDENTITY, CONNECTION)
TOKENS = "/v1/edgehosts/tokens"
NOW = datetime(2030, 1, 1, tzinfo=UTC)
UNHURRIED = LimiterOptions(overrides={row.prefix: 1e6 for row in DOCUMENTED})


@dataclass
class Vault:
    """The owned Secrets of the API server, in memory."""

    secrets: dict[str, dict[str, str]] = field(default_factory=dict)
    not_ours: bool = False
    writes: int = 0

    async def read_owned_secret(self, _: Body, name: str, *, namespace: str) -> dict[str, str] | None:
        assert namespace == "palette-system"
        if self.not_ours:
            raise Stalled("SecretNotOurs", f"Secret {namespace}/{name} exists and is not ours")
        return self.secrets.get(name)

    async def write_owned_secret(self, _: Body, name: str, values: Mapping[str, str], *, namespace: str) -> None:
        assert namespace == "palette-system"
        self.writes += 1
        self.secrets[name] = dict(values)

    async def delete_owned_secret(self, _: Body, name: str, *, namespace: str) -> None:
        assert namespace == "palette-system"
        self.secrets.pop(name, None)


class Desk:
    """A connection that asks for a token, before a simulated Palette."""

    def __init__(self, palette: SimulatedPalette, client: PaletteClient) -> None:
        self.palette, self.client, self.vault, self.now, self.seconds = palette, client, Vault(), NOW, 0.0
        uid = palette.state.project_named(PROJECT).uid
        self.project: Project | None = Project(ProjectUid(uid), PROJECT)
        self.body: Body = resource_body(CONNECTION, status={})
        self.events: list[str] = []
        self.restart()

    def restart(self) -> None:
        """Forget all that is only in memory."""
        parts = {
            "api": self.vault,
            "identity": IDENTITY,
            "settings": SimpleNamespace(namespace="palette-system"),
            "now": lambda: self.now,
            "monotonic": lambda: self.seconds,
        }
        self.tokens_of = RegistrationTokens(cast(Context, SimpleNamespace(**parts)))

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)
        self.seconds += timedelta(**time).total_seconds()

    async def look(self, **spec: Any) -> Findings:  # noqa: ANN401 - any field of the spec
        wanted = RegistrationTokenSpec.model_validate({"secretName": "tokens", **spec})
        return await self._look(wanted)

    async def look_without(self) -> Findings:
        return await self._look(None)

    async def _look(self, wanted: RegistrationTokenSpec | None) -> Findings:
        link = SimpleNamespace(
            spec=SimpleNamespace(registration_token=wanted), client=self.client, default_project=self.project
        )
        findings = Findings()
        await self.tokens_of.keep(CONNECTION, self.body, cast(Link, link), findings)
        self.body["status"] |= findings.fields
        self.events += [note.reason for note in findings.events]
        return findings

    @property
    def tokens(self) -> list[EdgeToken]:
        return list(self.palette.state.edge_tokens.values())

    def requests(self) -> int:
        return sum((entry.method, entry.path) == ("GET", TOKENS) for entry in self.palette.requests.entries)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with SimulatedPalette(PaletteConfig.model_validate({"limits": "off"})) as palette:
        limiter = Limiter(UNHURRIED)

        async def at_once(_: float) -> None:
            await asyncio.sleep(0)

        transport = Transport(Endpoint(palette.endpoint), ApiKey(ADMIN_KEY), limiter, sleep=at_once)
        async with PaletteClient(transport) as client:
            yield Desk(palette, client)


def said(findings: Findings) -> tuple[str, str]:
    condition = findings.conditions["RegistrationToken"]
    return condition.status, condition.reason


async def test_a_token_is_made_for_the_project_and_kept_in_the_secret(desk: Desk) -> None:
    findings = await desk.look()

    [token] = desk.tokens
    assert (token.name, token.project_uid) == (token_name(PREFIX, NOW + timedelta(days=30)), desk.project.uid)
    assert token.expires_s == (NOW + timedelta(days=30)).timestamp()
    assert desk.vault.secrets == {"tokens": {"token": token.token, "tokenUid": token.uid}}
    assert said(findings) == ("True", "Valid")
    assert findings.fields["registrationToken"] == {
        "secretName": "tokens",
        "uid": token.uid,
        "projectUid": desk.project.uid,
        "expiresAt": "2030-01-31T00:00:00Z",
    }
    assert token.token not in repr(findings)


async def test_nothing_is_asked_for_again_within_minutes_and_nothing_written_while_all_is_well(desk: Desk) -> None:
    await desk.look()
    asked = desk.requests()
    desk.pass_by(seconds=299)
    assert said(await desk.look()) == ("True", "Valid")
    assert desk.requests() == asked

    desk.pass_by(seconds=1)
    await desk.look()

    assert desk.requests() == asked + 1
    assert (len(desk.tokens), desk.vault.writes) == (1, 1)


async def test_a_token_is_followed_by_another_at_two_thirds_of_its_life_and_works_until_it_expires(desk: Desk) -> None:
    await desk.look()
    [first] = desk.tokens
    desk.pass_by(days=20)
    await desk.look()
    assert [token.uid for token in desk.tokens] == [first.uid, desk.vault.secrets["tokens"]["tokenUid"]]
    assert desk.tokens[0].active

    desk.pass_by(days=10)
    await desk.look()

    assert first.uid not in desk.palette.state.edge_tokens
    assert len(desk.tokens) == 1
    assert desk.events == ["RegistrationTokenCreated"] * 2


async def test_a_restart_finds_the_token_again_and_writes_a_lost_secret(desk: Desk) -> None:
    await desk.look()
    desk.vault.secrets.clear()
    desk.restart()
    await desk.look()

    [token] = desk.tokens
    assert desk.vault.secrets["tokens"]["token"] == token.token


async def test_a_token_whose_making_was_not_answered_is_taken_up(desk: Desk) -> None:
    desk.palette.lose_next("POST")
    findings = await desk.look()
    assert said(findings) == ("Unknown", "PaletteUnreachable")

    desk.pass_by(seconds=60)
    await desk.look()

    [token] = desk.tokens
    assert desk.vault.secrets["tokens"]["token"] == token.token


async def test_a_token_that_somebody_revoked_is_replaced(desk: Desk) -> None:
    await desk.look()
    desk.tokens[0].active = False
    desk.pass_by(minutes=5)
    await desk.look()

    assert desk.vault.secrets["tokens"]["tokenUid"] == desk.tokens[1].uid


async def test_where_a_look_is_asked_for_a_revoked_token_is_replaced_at_once(desk: Desk) -> None:
    await desk.look()
    desk.tokens[0].active = False
    desk.tokens_of.forget(CONNECTION)
    await desk.look()

    assert desk.vault.secrets["tokens"]["tokenUid"] == desk.tokens[1].uid


async def test_no_token_is_made_for_a_secret_that_is_not_ours(desk: Desk) -> None:
    desk.vault.not_ours = True

    assert said(await desk.look()) == ("False", "SecretNotOurs")
    assert desk.tokens == []
    assert said(await desk.look()) == ("False", "SecretNotOurs"), "what was found holds for a while"


async def test_a_refused_credential_is_told_and_not_tried_at_every_look(desk: Desk) -> None:
    desk.palette.fail_next("GET", TOKENS, status=403)

    assert said(await desk.look()) == ("False", "Forbidden")
    assert said(await desk.look()) == ("False", "Forbidden")
    desk.pass_by(seconds=60)
    assert said(await desk.look()) == ("True", "Valid")


async def test_an_answer_that_does_not_come_is_news_only_once_the_token_is_to_be_renewed(desk: Desk) -> None:
    await desk.look()
    desk.body["status"]["conditions"] = [{"type": "RegistrationToken", "status": "True", "reason": "Valid"}]
    desk.palette.fail_next("GET", TOKENS, status=500, code="Whatever", count=99)
    desk.pass_by(days=19)
    assert "RegistrationToken" not in (await desk.look()).conditions

    desk.pass_by(days=1)

    assert said(await desk.look()) == ("Unknown", "RemoteRejected")


async def test_what_passes_by_itself_is_no_alarm(desk: Desk) -> None:
    desk.palette.fail_next("GET", TOKENS, status=423, code="Locked", message="busy", count=99)

    assert said(await desk.look()) == ("Unknown", "RemoteBusy")


async def test_tokens_of_others_are_left_alone(desk: Desk) -> None:
    theirs = EdgeToken("t1", "till", desk.project.uid, 0.0, 1.0, "their-token")
    desk.palette.state.edge_tokens["t1"] = theirs
    await desk.look()
    await desk.look(state="Absent")

    assert desk.tokens == [theirs]


async def test_all_of_ours_goes_when_told_to_and_only_then(desk: Desk) -> None:
    await desk.look()
    findings = await desk.look_without()
    assert findings.fields == {"registrationToken": None}
    assert (len(desk.tokens), len(desk.vault.secrets)) == (1, 1)

    findings = await desk.look(state="Absent")

    assert said(findings) == ("True", "Removed")
    assert (desk.tokens, desk.vault.secrets) == ([], {})
    assert desk.events[-1] == "RegistrationTokenRemoved"


async def test_another_name_for_the_secret_leaves_no_token_behind_in_the_first(desk: Desk) -> None:
    await desk.look()
    await desk.look(secretName="others")

    assert list(desk.vault.secrets) == ["others"]
    assert len(desk.tokens) == 1


async def test_a_connection_that_is_made_anew_gets_its_secret_at_once(desk: Desk) -> None:
    await desk.look()

    desk.vault.secrets.clear()  # it belonged to the one before
    desk.body = resource_body(CONNECTION, uid="made-anew", status={})
    await desk.look()

    assert list(desk.vault.secrets) == ["tokens"]


async def test_a_connection_to_the_whole_tenant_has_no_token(desk: Desk) -> None:
    desk.project = None

    assert (await desk.look()).conditions == {}
    assert desk.tokens == []
