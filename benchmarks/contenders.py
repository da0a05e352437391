"""Who is measured."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.resources import OPERATOR_NAMESPACE


@dataclass(frozen=True, slots=True)
class Contender:
    """An operator, how to start it, and for how long to watch it."""

    name: str
    arguments: tuple[str, ...]
    """Of Python."""
    patience: float
    """A phase is given up after so many times its floor, and a minute."""
    tells_ready: bool = False
    """It says in the condition Ready that a host is there to be used."""
    looks_first: bool = False
    """It makes a complete pass before it writes anything."""

    def command(self, profile: Path | None = None) -> list[str]:
        """Return the command line; with `profile`, under cProfile, which slows it down about twofold."""
        profiling = ["-m", "cProfile", "-o", str(profile)] if profile else []
        return [sys.executable, *profiling, *self.arguments]


_RUN = ("run", "--operator-id", "bench", "--namespace", OPERATOR_NAMESPACE, "--log-format", "text")
_NO_PORTS = ("--metrics-port", "0", "--probe-port", "0")

CONTENDERS = {
    contender.name: contender
    for contender in (
        Contender(
            "palette-operator",
            ("-m", "palette_operator", *_RUN, *_NO_PORTS),
            patience=3.0,
            tells_ready=True,
            looks_first=True,
        ),
        Contender("naive", ("-m", "benchmarks.naive"), patience=1.0),
    )
}
