import pytest

from palette_operator.cli.operations_page import operations_page
from palette_operator.palette.operations import Operation, every_operation

LINES = operations_page().splitlines()


@pytest.mark.parametrize("operation", every_operation(), ids=lambda each: f"{each.method} {each.template}")
def test_every_operation_stands_once_below_its_resource(operation: Operation) -> None:
    (at,) = [n for n, line in enumerate(LINES) if line.startswith(f"| `{operation.method} {operation.template}` |")]
    headings = [line for line in LINES[:at] if line.startswith("## ")]

    assert operation.template.startswith(headings[-1].removeprefix("## "))


ROWS = {
    "a child of a listed prefix": (
        "| `PATCH /v1/spectroclusters/{uid}/profiles` | attach, replace or re-send profiles | project | sent once "
        "| `/v1/spectroclusters/:uid/profiles` 50/s; `/v1/spectroclusters` 50/s |"
    ),
    "a read in the tenant": (
        "| `GET /v1/users/info` | prove the credential, and tell whose it is | tenant | reads | `/v1/users` 10/s |"
    ),
    "a write that may be repeated": (
        "| `PATCH /v1/spectroclusters/{uid}/variables` | set profile variables | project | may be repeated "
        "| `/v1/spectroclusters` 50/s |"
    ),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_row_says_scope_effect_and_limits(row: str) -> None:
    assert row in LINES
