from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from palette_operator.domain.holder import Holder, ListedKey, own_key

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MINE = ListedKey("mine", "u", "Ada", None, is_active=True)
OTHERS = replace(MINE, name="others", user_uid="v")
UNTOLD = replace(MINE, name="untold", is_active=None)

CASES = {
    "the only key of the user": ([MINE, OTHERS], MINE),
    "the only one that is active": ([replace(MINE, name="old", is_active=False), MINE], MINE),
    "the only one that has not expired": ([replace(MINE, name="old", expires_at=NOW), MINE], MINE),
    "the only one, though it does not say whether it is active": ([UNTOLD], UNTOLD),
    "one of two: nobody knows": ([MINE, replace(MINE, name="second")], None),
    "one that may be active, beside one that is: nobody knows": ([UNTOLD, MINE], None),
    "none of the user's": ([OTHERS], None),
    "none at all": ([], None),
}


@pytest.mark.parametrize(("keys", "want"), CASES.values(), ids=CASES)
def test_a_request_came_with(keys: list[ListedKey], want: ListedKey | None) -> None:
    assert own_key(keys, "u", NOW) == want


def test_a_key_of_nobody_is_not_that_of_a_user_without_a_uid() -> None:
    assert own_key([replace(MINE, user_uid="")], "", NOW) is None


@pytest.mark.parametrize(
    ("left", "soon"),
    [(timedelta(days=14), False), (timedelta(days=14, seconds=-1), True), (timedelta(0), True), (None, False)],
    ids=["in two weeks", "in less", "now", "never"],
)
def test_a_credential_expires_soon(left: timedelta | None, soon: bool) -> None:
    holder = Holder("ApiKey", "u", "ada@example.com", "retail", "mine", None if left is None else NOW + left)

    assert holder.expires_soon(NOW) is soon
