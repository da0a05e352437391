from __future__ import annotations

import pytest
import yaml

from support.chart import loaded


def test_a_key_that_is_there_twice_is_refused() -> None:
    """Helm lets it pass, Flux does not."""
    with pytest.raises(yaml.YAMLError, match=r"\['team'\] more than once"):
        loaded("metadata:\n  labels: {team: a, tier: b, team: c}\n")


def test_a_text_may_hold_several_objects_and_nothing_in_between() -> None:
    assert loaded("---\na: 1\n---\n---\na: {a: 2}\n") == [{"a": 1}, {"a": {"a": 2}}]
