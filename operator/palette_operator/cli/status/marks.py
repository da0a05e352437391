"""The sign and the colour of how a resource stands, the same wherever it is shown."""

from __future__ import annotations

from rich.text import Text

from palette_operator.cli.status.objects import ObjectView

_STALLED = "Stalled"


def mark(each: ObjectView) -> Text:
    """Return a green tick for Ready, a red cross where a person must act, and a yellow dot for on the way."""
    if each.is_ready:
        return Text("✔", style="green")
    if any(condition.type == _STALLED for condition in each.conditions):
        return Text("✘", style="red")
    return Text("●", style="yellow")
