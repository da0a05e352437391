"""What the doctor says: findings, and the report that they make.

`Report` is what `doctor --json` prints; docs/reference/doctor.md documents it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

from palette_operator.domain.resources.base import Model


class Verdict(StrEnum):
    """How one check came out."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"
    SKIPPED = "skipped"


class Finding(Model):
    """The outcome of one check: a line for people."""

    check: str
    """Name of the check, the same in every version."""
    verdict: Verdict
    message: str
    """What was found, or why it was not looked for."""
    remedy: str = ""
    """What to do; there for every warning and failure."""


class Section(Model):
    """The findings about one thing."""

    subject: str
    """`Kubernetes`, or a connection such as `PaletteConnection default`."""
    findings: tuple[Finding, ...]


class Counts(Model):
    """Number of findings by verdict."""

    ok: int = 0
    warning: int = 0
    failure: int = 0
    skipped: int = 0


class Report(Model):
    """Everything that was found."""

    verdict: Verdict
    """The worst of all: failure, warning or ok."""
    counts: Counts
    sections: tuple[Section, ...]


def report(sections: Iterable[Section], secrets: Iterable[str] = ()) -> Report:
    """Return the report of sections, with `secrets` struck out wherever one of them might have got in."""
    known = sorted((secret for secret in secrets if secret), key=len, reverse=True)
    clean = tuple(_without(section, known) for section in sections)
    counts = Counter(finding.verdict for section in clean for finding in section.findings)
    worst = next((verdict for verdict in (Verdict.FAILURE, Verdict.WARNING) if counts[verdict]), Verdict.OK)
    return Report(
        verdict=worst, counts=Counts(**{verdict.value: counts[verdict] for verdict in Verdict}), sections=clean
    )


def ok(check: str, message: str) -> Finding:
    """Return that all is well."""
    return Finding(check=check, verdict=Verdict.OK, message=message)


def warning(check: str, message: str, remedy: str) -> Finding:
    """Return that something works, but not for long, or not as it should."""
    return Finding(check=check, verdict=Verdict.WARNING, message=message, remedy=remedy)


def failure(check: str, message: str, remedy: str) -> Finding:
    """Return that something does not work, and what to do."""
    return Finding(check=check, verdict=Verdict.FAILURE, message=message, remedy=remedy)


def skipped(check: str, why: str) -> Finding:
    """Return that a check was not made."""
    return Finding(check=check, verdict=Verdict.SKIPPED, message=why)


def some(names: Iterable[str], most: int = 3) -> str:
    """Name the first few of many, such as `a, b, c and 5 more`."""
    every = list(names)
    rest = len(every) - most
    return ", ".join(every[:most]) + (f" and {rest} more" if rest > 0 else "")


def _without(section: Section, secrets: list[str]) -> Section:
    def clean(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, "***")
        return text

    return section.model_copy(
        update={
            "findings": tuple(
                finding.model_copy(update={"message": clean(finding.message), "remedy": clean(finding.remedy)})
                for finding in section.findings
            )
        }
    )
