"""Which registration token is ours and good, when it is renewed, and which may go."""

from datetime import datetime, timedelta

import pytest

from palette_operator.domain.identifiers import ProjectUid
from palette_operator.domain.registration import (
    RegistrationToken,
    best_token,
    expired_tokens,
    name_prefix,
    renewal_at,
    token_name,
)
from support.builders import IDENTITY, NOW, key

P1 = ProjectUid("p1")
PREFIX = name_prefix(IDENTITY, key("default", "PaletteConnection"))


def token(
    uid: str, *, days: float | None = 10, prefix: str = PREFIX, project: str = "p1", active: bool = True
) -> RegistrationToken:
    expires_at = None if days is None else NOW + timedelta(days=days)
    return RegistrationToken(uid, f"{prefix}1", ProjectUid(project), expires_at, active)


BEST: dict[str, tuple[list[RegistrationToken], str | None]] = {
    "none where there is none": ([], None),
    "the one that works the longest": ([token("a"), token("b", days=20), token("c", days=15)], "b"),
    "not one that has expired": ([token("a", days=-1)], None),
    "not one that expires now": ([token("a", days=0)], None),
    "not one that was revoked": ([token("a", active=False)], None),
    "not one of another project": ([token("a", project="p2")], None),
    "not one of another connection": ([token("a", prefix="palette-operator-other-")], None),
    "not one that somebody made by hand": ([token("a", prefix="till-")], None),
    "not one of which nobody knows when it ends": ([token("a", days=None)], None),
    "the same of two that end together": ([token("b"), token("a")], "b"),
}


@pytest.mark.parametrize(("listed", "want"), BEST.values(), ids=BEST)
def test_the_token_to_use_is(listed: list[RegistrationToken], want: str | None) -> None:
    best = best_token(listed, PREFIX, P1, NOW)

    assert (best.uid if best else None) == want


def test_only_ours_that_have_expired_may_go() -> None:
    listed = [token("a", days=-1), token("b"), token("c", days=None), token("d", days=-1, prefix="till-")]

    assert [each.uid for each in expired_tokens(listed, PREFIX, NOW)] == ["a"]


def test_a_token_is_renewed_at_two_thirds_of_its_life() -> None:
    made_at = datetime(2026, 1, 1, tzinfo=NOW.tzinfo)

    assert renewal_at(made_at + timedelta(days=30), 30) == made_at + timedelta(days=20)


def test_the_name_of_a_token_tells_whose_it_is_and_fits_into_a_name() -> None:
    other = name_prefix(IDENTITY, key("default-2", "PaletteConnection"))

    assert token_name(PREFIX, NOW) == f"{PREFIX}20260301020000"
    assert not token_name(PREFIX, NOW).startswith(other)
    assert len(token_name(PREFIX, NOW)) < 64 + 16
