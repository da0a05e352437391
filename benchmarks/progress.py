"""Says how far a run has come: a bar on a terminal, else a line now and then."""

from __future__ import annotations

import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

_LINE_EVERY_S = 20.0


class Reporter:
    """Reports of one bench."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._bar: TaskID | None = None
        self._said_at = 0.0

    def say(self, text: str) -> None:
        """Say that something begins or has happened."""
        self.done()
        self._console.print(text, highlight=False)

    def show(self, what: str, reached: int, of: int) -> None:
        """Show how far something has come."""
        if self._console.is_terminal:
            self._bars.start()
            if self._bar is None:
                self._bar = self._bars.add_task(what, total=of)
            self._bars.update(self._bar, description=what, completed=reached)
        elif time.monotonic() - self._said_at >= _LINE_EVERY_S:
            self._said_at = time.monotonic()
            self._console.print(f"  {what}: {reached} of {of}", highlight=False)

    def done(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bars.remove_task(self._bar)
            self._bar = None
        self._bars.stop()
