"""Draws the report for people."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from palette_operator.cli.doctor.findings import Finding, Report, Verdict

_MARKS = {
    Verdict.OK: ("✔", "green"),
    Verdict.WARNING: ("●", "yellow"),
    Verdict.FAILURE: ("✘", "red"),
    Verdict.SKIPPED: ("-", "dim"),
}


def draw(report: Report) -> Iterator[RenderableType]:
    """Yield a heading for each subject, a line for each finding, what to do below it, and the count at the end."""
    for section in report.sections:
        yield Text(section.subject, style="bold")
        # A grid keeps the lines of a long message under each other.
        findings = Table.grid(padding=(0, 1))
        findings.add_column(width=3, justify="right")
        findings.add_column()
        for finding in section.findings:
            _add(findings, finding)
        yield findings
        yield ""
    yield _summary(report)


def show(report: Report) -> None:
    """Print the report on the standard output."""
    console = Console(highlight=False)
    for line in draw(report):
        console.print(line)


def _add(findings: Table, finding: Finding) -> None:
    sign, style = _MARKS[finding.verdict]
    words = Text(finding.message, style="dim" if finding.verdict is Verdict.SKIPPED else "default")
    name = f"{finding.check} (skipped)" if finding.verdict is Verdict.SKIPPED else finding.check
    findings.add_row(Text(sign, style), Text.assemble((f"{name}: ", style), words))
    if finding.remedy:
        findings.add_row("", Padding(Text(f"→ {finding.remedy}"), (0, 0, 0, 2)))


def _summary(report: Report) -> Text:
    counts = report.counts.model_dump()
    words = ", ".join(f"{counts[verdict.value]} {verdict.value}" for verdict in Verdict if counts[verdict.value])
    sign, style = _MARKS[report.verdict]
    return Text.assemble((f"{sign} ", style), words)
