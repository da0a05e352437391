"""What a test logs is no repetition of what another one did."""

from __future__ import annotations

import pytest

from palette_operator import logs


@pytest.fixture(autouse=True)
def _nothing_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_REPETITIONS", logs.Repetitions())
