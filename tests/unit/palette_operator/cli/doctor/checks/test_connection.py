from __future__ import annotations

import base64
from typing import Any

import pytest

from palette_operator.cli.doctor.checks import connection
from palette_operator.cli.doctor.findings import Verdict
from palette_operator.cli.doctor.observations import SecretLook
from palette_operator.domain.errors import ReconcileError, Stalled
from palette_operator.domain.resources import ConnectionSpec

SPEC: dict[str, Any] = {
    "endpoint": "https://palette.example.com",
    "project": "retail",
    "allowedNamespaces": {"all": True},
    "auth": {"apiKeySecretRef": {"name": "key", "key": "apiKey"}},
}


def test_each_problem_of_a_spec_is_a_failure_of_its_own() -> None:
    found = list(connection.problems(["spec.endpoint: is missing", "spec.project: is missing"]))

    assert [each.verdict for each in found] == [Verdict.FAILURE] * 2


SPECS: dict[str, tuple[tuple[str, ...], dict[str, Any], list[tuple[str, Verdict]]]] = {
    "one that is well": ((), {}, [("spec", Verdict.OK)]),
    "an unknown field": (("spec.x",), {}, [("spec", Verdict.WARNING)]),
    "certificates that are not verified": (
        (),
        {"tls": {"insecureSkipVerify": True}},
        [("spec", Verdict.OK), ("tls-verification", Verdict.WARNING)],
    ),
}


@pytest.mark.parametrize(("unknown", "more", "wanted"), SPECS.values(), ids=SPECS)
def test_a_spec(unknown: tuple[str, ...], more: dict[str, Any], wanted: list[tuple[str, Verdict]]) -> None:
    found = connection.spec(unknown, ConnectionSpec.model_validate(SPEC | more))

    assert [(each.check, each.verdict) for each in found] == wanted


def reported(status: str, reason: str, generation: int = 1) -> dict[str, Any]:
    ready = {"type": "Ready", "status": status, "reason": reason, "message": "why", "observedGeneration": generation}
    return {"kind": "PaletteConnection", "metadata": {"name": "c", "generation": 1}, "status": {"conditions": [ready]}}


REPORTED = {
    "Ready": (reported("True", "Ready"), Verdict.OK, "says that it is Ready"),
    "not Ready": (reported("False", "Unauthorized"), Verdict.WARNING, "the operator says Unauthorized: why"),
    "an older generation": (reported("True", "Ready", 0), Verdict.WARNING, "has not looked at the latest change"),
    "nothing": ({"kind": "PaletteConnection", "metadata": {"name": "c"}}, Verdict.WARNING, "has not looked at it yet"),
}


@pytest.mark.parametrize(("body", "verdict", "words"), REPORTED.values(), ids=REPORTED)
def test_what_the_operator_says_is_repeated(body: dict[str, Any], verdict: Verdict, words: str) -> None:
    found = connection.reported(body)

    assert (found.verdict, words in found.message) == (verdict, True)


def look(keys: tuple[str, ...] | ReconcileError | None, *elsewhere: str) -> SecretLook:
    return SecretLook("key", ("apiKey",), "ops", keys, elsewhere)


SECRETS = {
    "one that is there": (look(("apiKey",)), Verdict.OK, "has apiKey"),
    "one without the key": (look(("api-key",)), Verdict.FAILURE, "has no key apiKey; its keys are api-key"),
    "an empty one": (look(()), Verdict.FAILURE, "it is empty"),
    "none": (look(None), Verdict.FAILURE, "Secret key in namespace ops does not exist"),
    "one in another namespace": (look(None, "default"), Verdict.FAILURE, "there is one in default"),
    "one that may not be read": (look(Stalled("KubernetesForbidden", "no")), Verdict.SKIPPED, "may not be read"),
}


@pytest.mark.parametrize(("given", "verdict", "words"), SECRETS.values(), ids=SECRETS)
def test_a_secret(given: SecretLook, verdict: Verdict, words: str) -> None:
    found = connection.secret(given)

    assert (found.verdict, words in found.message) == (verdict, True)


KEYS = {
    "a key": ("AbCdEf0123456789AbCdEf0123456789", Verdict.OK, "can be one"),
    "a key and a newline": ("AbCdEf0123456789AbCdEf0123456789\n", Verdict.OK, "can be one"),
    "nothing": (" \n", Verdict.FAILURE, "is empty"),
    "an authorization token": ("eyJhbGciOi.eyJzdWIi.c2ln", Verdict.WARNING, "form of an authorization token"),
    "a header": ("ApiKey: AbCdEf0123456789", Verdict.FAILURE, "more than the key"),
    "a bearer token": ("Bearer AbCdEf0123456789", Verdict.FAILURE, "more than the key"),
    "quotes": ('"AbCdEf0123456789"', Verdict.FAILURE, "more than the key"),
    "two lines": ("AbCdEf\n0123456789", Verdict.FAILURE, "white space"),
    "letters that no key has": ("AbCdÄf0123456789", Verdict.FAILURE, "characters that no key has"),
    "base64 of a key": (
        base64.b64encode(b"0123-4567-89ab-cdef-0123").decode(),
        Verdict.WARNING,
        "encoded as base64 twice",
    ),
}


@pytest.mark.parametrize(("key", "verdict", "words"), KEYS.values(), ids=KEYS)
def test_the_form_of_a_key_is_judged_without_a_word_of_it(key: str, verdict: Verdict, words: str) -> None:
    found = connection.api_key_form(key)

    assert (found.verdict, words in found.message) == (verdict, True)
    assert not key.strip() or key.strip() not in found.message + found.remedy


GROUPS: dict[str, tuple[dict[str, tuple[str, str]], int]] = {
    "one connection": ({"a": ("https://p", "g")}, 0),
    "one Palette, one group": ({"a": ("https://p", "g"), "b": ("https://P", "g")}, 0),
    "two Palettes, two groups": ({"a": ("https://p", "g"), "b": ("https://q", "h")}, 0),
    "one Palette, two groups": ({"a": ("https://p", "g"), "b": ("https://P", "h")}, 1),
}


@pytest.mark.parametrize(("endpoints", "count"), GROUPS.values(), ids=GROUPS)
def test_groups(endpoints: dict[str, tuple[str, str]], count: int) -> None:
    found = list(connection.groups(endpoints))

    assert [each.verdict for each in found] == [Verdict.WARNING] * count


def test_the_group_of_a_broken_connection_is_that_of_its_endpoint() -> None:
    assert connection.endpoint_and_group({"spec": {"endpoint": "https://p/"}}) == ("https://p", "https://p")
    assert connection.endpoint_and_group({}) == ("", "")
