"""Judges, after scenarios on the genuine control plane, whether the operator's rights were those that it needs.

A denied request always fails the run. A right that is granted and was never used fails a run of the whole suite.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from support.scenarios.audit import requests
from support.scenarios.control_plane import PLANES
from support.scenarios.rights_used import Ledger, Scenarios

REPORT = Path(".cache") / "rights-used.md"
_KEY = "rights_used"


class RightsUsed:
    """One for each process of a run; the workers' come together in the one that controls them."""

    def __init__(self, config: pytest.Config, folder: Path) -> None:
        """`folder` holds the scenarios."""
        self._config = config
        self._folder = folder
        self._ledger = Ledger()
        self._scenarios = Scenarios()
        self._ran: set[str] = set()
        self._left_out = 0
        self._problems: list[str] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Note when each scenario begins."""
        self._scenarios.begin(item.nodeid.removeprefix("tests/scenarios/"), time.time())
        return (yield)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note which files were run."""
        self._ran.add(Path(report.nodeid.partition("::")[0]).name)

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Note that scenarios were left out."""
        self._left_out += len(items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:  # noqa: ANN401 - pytest-xdist has no types
        """Take over what a worker found."""
        found = getattr(node, "workeroutput", {}).get(_KEY)
        if found is None:
            self._problems.append("a worker ended without a word on the rights that were used")
            return
        self._left_out += found["left_out"]
        self._ledger.merge(found["ledger"])

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Read the audit logs of this process; judge, unless another process does."""
        for plane in PLANES:
            self._ledger.add(plane.accounts, requests(plane.audit_log, plane.starting), self._scenarios)
        output = getattr(self._config, "workeroutput", None)
        if output is not None:
            output[_KEY] = {"ledger": self._ledger.dump(), "left_out": self._left_out}
            return
        self._judge(is_whole=exitstatus == pytest.ExitCode.OK and self._is_whole())
        if self._problems and exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what was judged, and where the scenarios that used each verb are named."""
        if self._ledger.used:
            terminalreporter.write_line(
                f"{len(self._ledger.used)} granted verbs were used, by scenarios that {REPORT} names"
            )
        for problem in self._problems:
            terminalreporter.write_line(f"rights: {problem}", red=True)

    def _judge(self, *, is_whole: bool) -> None:
        idle = [f"{account} asked for nothing: its operator ran as somebody else" for account in self._ledger.idle]
        self._problems += [*self._ledger.wrong, *idle]
        if is_whole:
            self._problems += self._ledger.unused()
        report = self._config.rootpath / REPORT
        report.parent.mkdir(exist_ok=True)
        report.write_text(self._ledger.table(), encoding="utf-8")

    def _is_whole(self) -> bool:
        every = {path.name for path in self._folder.glob("test_*.py")}
        chosen = any("::" in str(argument) for argument in self._config.args)
        return every <= self._ran and not self._left_out and not chosen
