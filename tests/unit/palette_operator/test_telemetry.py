"""The metrics as they are before anything has happened."""

from __future__ import annotations

import subprocess
import sys

from prometheus_client.parser import text_string_to_metric_families

_SERVED_AT_THE_START = """
from prometheus_client import generate_latest
from palette_operator import telemetry
print(generate_latest().decode())
"""
_KINDS = {"PaletteConnection", "EdgeHost", "PaletteCluster"}


def test_counters_of_every_kind_begin_at_zero_so_that_the_first_event_is_an_increase() -> None:
    # In a process of its own: in this one, other tests have counted.
    served = subprocess.run([sys.executable, "-c", _SERVED_AT_THE_START], capture_output=True, text=True, check=True)
    samples = [sample for family in text_string_to_metric_families(served.stdout) for sample in family.samples]

    def at_zero(name: str, label: str) -> set[str]:
        return {sample.labels[label] for sample in samples if sample.name == name and sample.value == 0}

    assert at_zero("palette_operator_reconciles_total", "kind") == _KINDS
    assert at_zero("palette_operator_reconciles_total", "outcome") == {"done", "unreported", "error"}
    assert at_zero("palette_operator_change_to_applied_seconds_count", "kind") == _KINDS
    assert at_zero("palette_operator_status_writes_total", "kind") == _KINDS
