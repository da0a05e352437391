"""The contract tests run where Palette's OpenAPI files are found, and end with a summary of what was validated."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.contract.edge_ledger import EdgeLedger
from support.contract.ledger import Ledger
from support.contract.specification import FILES, edge_specification, specifications_folder

_LEDGER = pytest.StashKey[Ledger]()
_EDGE_LEDGER = pytest.StashKey[EdgeLedger]()
_MISSING = (
    f"contract: skipped, as {' and '.join(FILES.values())} are not at hand; PALETTE_OPENAPI_DIR names their folder"
)


def pytest_sessionstart(session: pytest.Session) -> None:  # noqa: ARG001 - pytest passes it by name
    """End well before anything is collected where there is nothing to hold the traffic against."""
    if specifications_folder() is None:
        pytest.exit(_MISSING, returncode=0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what was validated, and every exception."""
    for ledger in (config.stash.get(_LEDGER, None), config.stash.get(_EDGE_LEDGER, None)):
        for line in ledger.summary() if ledger else []:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def ledger(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """All that is exchanged in this session."""
    if specifications_folder() is None:
        pytest.skip(_MISSING)

    def directory() -> Path:
        return tmp_path_factory.mktemp("run")

    return pytestconfig.stash.setdefault(_LEDGER, Ledger(directory))


@pytest.fixture(scope="session")
def edge_ledger(pytestconfig: pytest.Config) -> EdgeLedger:
    """All that is exchanged with edge hosts in this session."""
    judge = edge_specification()
    if judge is None:
        pytest.skip("the OpenAPI file of the Edge Management API is not at hand")
    return pytestconfig.stash.setdefault(_EDGE_LEDGER, EdgeLedger(judge))
