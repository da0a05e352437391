"""The table of values in the chart's README."""

from __future__ import annotations

import pytest

from palette_operator.cli.chart.readme import Undescribed, with_values_table
from palette_operator.cli.crd import Schema

BEGIN = "<!-- The values, made by `make generate` from values.yaml and values.schema.json: do not edit. -->"
README = f"# Chart\n\n{BEGIN}\nold\n<!-- End of the values. -->\n\nThe end.\n"
SCHEMA: Schema = {
    "properties": {"a": {"properties": {"b": {"enum": ["x", "y"]}}}, "c": {"$ref": "#/$defs/many"}},
    "$defs": {"many": {"type": "array", "items": {"type": "string"}}},
}


def test_it_has_a_row_for_each_value_with_its_comment_and_the_rest_is_kept() -> None:
    values = "a:\n  # First | second,\n  # and third.\n  b: x\n# Several.\nc: []\n"

    readme = with_values_table(README, values, SCHEMA)

    assert readme.splitlines()[3:9] == [
        "",
        "| value | type | default | |",
        "|---|---|---|---|",
        '| `a.b` | one of `x`, `y` | `"x"` | First \\| second, and third. |',
        "| `c` | list of strings | `[]` | Several. |",
        "",
    ]
    assert readme.replace("".join(readme.splitlines(keepends=True)[3:9]), "old\n") == README


def test_a_second_time_it_changes_nothing() -> None:
    once = with_values_table(README, "# Several.\nc: []\n", SCHEMA)

    assert with_values_table(once, "# Several.\nc: []\n", SCHEMA) == once


def test_a_mapping_whose_members_have_no_comments_is_one_value() -> None:
    schema: Schema = {"properties": {"m": {"type": "object"}}, "$defs": {}}

    assert '| `m` | object | `{"n": 1}` | Whole. |' in with_values_table(README, "# Whole.\nm:\n  n: 1\n", schema)


@pytest.mark.parametrize(
    ("values", "objection"),
    [("c: []\n", "c has no comment"), ("# A comment.\nd: 1\n", "does not know d")],
    ids=["a value without a comment", "a value without a type"],
)
def test_what_is_not_described_is_named(values: str, objection: str) -> None:
    with pytest.raises(Undescribed, match=objection):
        with_values_table(README, values, SCHEMA)
