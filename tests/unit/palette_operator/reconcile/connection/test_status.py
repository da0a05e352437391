"""What a connection's status tells of its share of the limits."""

import pytest

from palette_operator.palette.limiter import PrefixBudget
from palette_operator.reconcile.connection.status import told_per_second

TOLD = {
    "the whole share is told as it is": (8.5, False, 8.5),
    "what a rival leaves is told in tenths of the documented rate": (4.87, True, 4.0),
    "a little more or less is no news": (4.02, True, 4.0),
    "next to nothing is still a tenth": (0.9, True, 1.0),
}


@pytest.mark.parametrize(("steady", "has_rival", "told"), TOLD.values(), ids=TOLD)
def test_the_rate_that_is_told(steady: float, has_rival: bool, told: float) -> None:
    budget = PrefixBudget("/v1/edgehosts", 10.0, steady * 1.2, steady, has_rival, tokens=0.0, waiting=0, paused_s=0.0)

    assert told_per_second(budget) == told
