import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palette_operator.http.tokens import token_from, token_life_s

DOCUMENTED_LIFE_S = 900.0
NOW = 1_700_000_000.0


def jwt(claims: object) -> str:
    middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{middle}.c2ln"


LIVES = {
    "from when it was made to when it ends": (jwt({"iat": NOW, "exp": NOW + 600}), 600.0),
    "whatever our own clock says": (jwt({"iat": NOW - 86_400, "exp": NOW - 86_400 + 600}), 600.0),
    "until it ends by our clock, where nothing else is said": (jwt({"exp": NOW + 300}), 300.0),
    "as documented, if our clock must be wrong": (jwt({"exp": NOW - 1}), DOCUMENTED_LIFE_S),
    "as documented, if it would live for days": (jwt({"iat": NOW, "exp": NOW + 90_000}), DOCUMENTED_LIFE_S),
    "as documented, if it ends before it begins": (jwt({"iat": NOW, "exp": NOW - 5}), DOCUMENTED_LIFE_S),
    "as documented, if it says nothing": (jwt({}), DOCUMENTED_LIFE_S),
    "as documented, if its claims are no object": (jwt([1]), DOCUMENTED_LIFE_S),
    "as documented, if its end is no number": (jwt({"exp": "soon"}), DOCUMENTED_LIFE_S),
    "as documented, if its end is true": (jwt({"exp": True}), DOCUMENTED_LIFE_S),
    "as documented, if it never ends": ("e30." + base64.urlsafe_b64encode(b'{"exp": NaN}').decode() + ".x", 900.0),
    "as documented, if it cannot be read": ("no.jwt.at-all", DOCUMENTED_LIFE_S),
    "as documented, if it is opaque": ("0123456789abcdef", DOCUMENTED_LIFE_S),
}


@pytest.mark.parametrize(("value", "life_s"), LIVES.values(), ids=LIVES)
def test_a_token_lives(value: str, life_s: float) -> None:
    assert token_life_s(value, NOW, DOCUMENTED_LIFE_S) == life_s


@given(st.text())
def test_no_text_makes_reading_fail(value: str) -> None:
    assert token_life_s(value, NOW, DOCUMENTED_LIFE_S) == DOCUMENTED_LIFE_S
    assert token_life_s(f"a.{value}.c", NOW, DOCUMENTED_LIFE_S) > 0


def test_a_token_is_renewed_at_two_thirds_of_its_life_and_not_sent_in_its_last_seconds() -> None:
    token = token_from(jwt({"iat": NOW, "exp": NOW + 900}), 100.0, NOW, documented_life_s=DOCUMENTED_LIFE_S)

    assert (token.renew_at, token.ends_at) == (700.0, 995.0)


def test_a_token_does_not_show_itself() -> None:
    value = jwt({"exp": NOW + 1})

    assert value not in repr(token_from(value, 0.0, NOW, documented_life_s=DOCUMENTED_LIFE_S))
