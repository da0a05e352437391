from __future__ import annotations

import pytest

from support.prometheus.provide import Prometheus, provide


@pytest.fixture(scope="session")
def prometheus() -> Prometheus:
    """Prometheus and promtool; never skipped, since nothing else judges the rules and the dashboard."""
    return provide()
