"""Tells a person what is going on whenever they would otherwise wait and wonder."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape

_QUIET_INTERVAL_S = 30.0


class Progress:
    """Shows a spinner on a terminal; elsewhere prints a line at the start and then one each half minute."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock

    def note(self, line: str) -> None:
        """Print one line that stays."""
        self._console.print(escape(line), soft_wrap=True, highlight=False)

    @contextmanager
    def task(self, title: str) -> Iterator[Callable[[str], None]]:
        """Show `title` while the block runs; the function it yields adds how far it has come."""
        started_at = self._clock()
        if self._console.is_terminal:
            with self._console.status(escape(title)) as status:
                yield lambda detail: status.update(escape(self._line(title, detail, started_at)))
            return
        self.note(title)
        told_at = started_at

        def tell(detail: str) -> None:
            nonlocal told_at
            if self._clock() - told_at >= _QUIET_INTERVAL_S:
                told_at = self._clock()
                self.note(self._line(title, detail, started_at))

        yield tell

    def _line(self, title: str, detail: str, started_at: float) -> str:
        minutes, seconds = divmod(int(self._clock() - started_at), 60)
        return f"{title} [{minutes}:{seconds:02}] {detail}"
