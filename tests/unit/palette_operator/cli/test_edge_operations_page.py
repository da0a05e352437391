import pytest

from palette_operator.cli.edge_operations_page import edge_operations_page
from palette_operator.edge.operations import Operation, every_operation

LINES = edge_operations_page().splitlines()


@pytest.mark.parametrize("operation", every_operation(), ids=lambda each: f"{each.method} {each.template}")
def test_every_operation_stands_once_below_its_resource(operation: Operation) -> None:
    (at,) = [n for n, line in enumerate(LINES) if line.startswith(f"| `{operation.method} {operation.template}` |")]
    headings = [line for line in LINES[:at] if line.startswith("## ")]

    assert operation.template.startswith(headings[-1].removeprefix("## "))
    assert LINES[at].endswith("| refused |" if operation.airgap_only else "|  |")


ROWS = {
    "what a connected host refuses": "| `POST /v1/edge-mgmt/cluster` | create a cluster | does it again | refused |",
    "a read": "| `GET /v1/edge-mgmt/settings` | tell whether the host is connected to Palette | reads |  |",
    "a change": (
        "| `PUT /v1/edge-mgmt/edgehosts/current/configurations` | set proxies and authorities "
        "| comes to the same twice |  |"
    ),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_row_says_what_it_is_for_and_what_it_does(row: str) -> None:
    assert row in LINES
