from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from palette_operator.cli.doctor.checks import endpoint
from palette_operator.cli.doctor.findings import Verdict
from palette_operator.domain.errors import Stalled
from palette_operator.palette.contact import Certificate, Contact, NoContact, Obstacle
from palette_operator.palette.network import Endpoint

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HTTPS = Endpoint("https://palette.example.com")
PROXIED = Endpoint("https://palette.example.com", proxy="http://user:hidden@proxy:3128")
WITH_CA = Endpoint("https://palette.example.com", ca_pem="PEM")


def contact(status: int = 200, *, is_json: bool = True, location: str = "", ahead_s: float | None = 0.0) -> Contact:
    return Contact(status, is_json, location, ahead_s, Certificate("Example CA", NOW + timedelta(days=90)))


REACHED = {
    "Palette": (contact(), HTTPS, Verdict.OK, "answers", ""),
    "Palette that wants a key": (contact(401), HTTPS, Verdict.OK, "answers", ""),
    "through a proxy, whose password stays out": (contact(), PROXIED, Verdict.OK, "through a proxy answers", ""),
    "a redirect": (
        contact(302, location="https://console.example.com"),
        HTTPS,
        Verdict.FAILURE,
        "redirects to https://console.example.com",
        "API",
    ),
    "a web page": (contact(is_json=False), HTTPS, Verdict.FAILURE, "not with JSON", "not that of a console"),
    "a page of a load balancer": (contact(503, is_json=False), HTTPS, Verdict.FAILURE, "not with JSON", "again later"),
    "an error": (contact(500), HTTPS, Verdict.FAILURE, "answered 500", "again later"),
    "no such name": (NoContact(Obstacle.NAME), HTTPS, Verdict.FAILURE, "cannot be resolved", "spec.proxy"),
    "nobody there": (NoContact(Obstacle.CONNECTION), HTTPS, Verdict.FAILURE, "cannot be connected", "firewall"),
    "a proxy that refuses": (NoContact(Obstacle.PROXY), PROXIED, Verdict.FAILURE, "the proxy", "correct spec.proxy"),
    "a self-signed certificate": (
        NoContact(Obstacle.CERTIFICATE_SELF_SIGNED),
        HTTPS,
        Verdict.FAILURE,
        "self-signed",
        "spec.tls.caSecretRef",
    ),
    "an unknown authority": (
        NoContact(Obstacle.CERTIFICATE_NOT_TRUSTED),
        HTTPS,
        Verdict.FAILURE,
        "not trusted",
        "spec.tls.caSecretRef",
    ),
    "the wrong CA": (
        NoContact(Obstacle.CERTIFICATE_NOT_TRUSTED),
        WITH_CA,
        Verdict.FAILURE,
        "not trusted",
        "did not sign it",
    ),
    "a CA that is none": (Stalled("InvalidSpec", "no PEM"), HTTPS, Verdict.FAILURE, "no PEM", "spec"),
}


@pytest.mark.parametrize(("attempt", "at", "verdict", "words", "remedy"), REACHED.values(), ids=REACHED)
def test_who_answers(attempt: Contact | NoContact, at: Endpoint, verdict: Verdict, words: str, remedy: str) -> None:
    found = endpoint.reached(attempt, at)

    assert found.verdict is verdict
    assert words in found.message
    assert remedy in found.remedy
    assert "hidden" not in found.message + found.remedy


@pytest.mark.parametrize("obstacle", Obstacle)
def test_every_obstacle_has_a_remedy(obstacle: Obstacle) -> None:
    assert endpoint.reached(NoContact(obstacle), HTTPS).remedy


def shown(days: int) -> Contact:
    return Contact(200, True, "", 0.0, Certificate("Example CA", NOW + timedelta(days=days)))


CERTIFICATES = {
    "valid for long": (shown(15), HTTPS, [Verdict.OK], "by Example CA, trusted through the system's authorities"),
    "trusted through the own CA": (shown(15), WITH_CA, [Verdict.OK], "trusted through spec.tls.caSecretRef"),
    "about to expire": (shown(13), HTTPS, [Verdict.WARNING], "valid until 2026-03-14"),
    "not verified": (shown(90), Endpoint("https://p", insecure=True), [Verdict.SKIPPED], "not verified"),
    "none over http": (shown(90), Endpoint("http://127.0.0.1"), [Verdict.SKIPPED], "plain http"),
    "none without contact": (NoContact(Obstacle.TIMEOUT), HTTPS, [], ""),
}


@pytest.mark.parametrize(("attempt", "at", "verdicts", "words"), CERTIFICATES.values(), ids=CERTIFICATES)
def test_the_certificate(attempt: Contact | NoContact, at: Endpoint, verdicts: list[Verdict], words: str) -> None:
    found = list(endpoint.certificate(attempt, at, NOW))

    assert [each.verdict for each in found] == verdicts
    assert all(words in each.message for each in found)


CLOCKS = {
    "in step": (0.0, False, Verdict.OK, "agree"),
    "a minute off": (60.0, True, Verdict.OK, "agree"),
    "behind": (61.0, True, Verdict.WARNING, "the clock here is 0:01:01 behind Palette's"),
    "ahead": (-90.0, True, Verdict.WARNING, "the clock here is 0:01:30 ahead of Palette's"),
    "too far for tokens": (301.0, True, Verdict.FAILURE, "0:05:01 behind"),
    "far, but with an API key": (301.0, False, Verdict.WARNING, "0:05:01 behind"),
    "not told": (None, False, Verdict.SKIPPED, "does not tell the time"),
}


@pytest.mark.parametrize(("ahead_s", "logs_in", "verdict", "words"), CLOCKS.values(), ids=CLOCKS)
def test_the_clock(ahead_s: float | None, logs_in: bool, verdict: Verdict, words: str) -> None:
    (found,) = endpoint.clock(contact(ahead_s=ahead_s), logs_in=logs_in)

    assert (found.verdict, words in found.message) == (verdict, True)


def test_without_contact_nothing_is_said_of_the_clock() -> None:
    assert list(endpoint.clock(NoContact(Obstacle.TIMEOUT), logs_in=True)) == []
