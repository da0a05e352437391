from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--control-plane",
        choices=("embedded", "genuine"),
        default="embedded",
        help="the Kubernetes API server that the scenarios run on",
    )
