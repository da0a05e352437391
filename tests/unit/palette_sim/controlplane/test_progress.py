import io

from rich.console import Console

from palette_sim.controlplane.progress import Progress


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_without_a_terminal_a_line_at_the_start_and_one_each_half_minute() -> None:
    shown, clock = io.StringIO(), Clock()
    progress = Progress(Console(file=shown, width=200), clock)

    with progress.task("Building [all]") as tell:
        for now_s in range(0, 100, 5):
            clock.now_s = now_s
            tell(f"{now_s} steps")

    assert shown.getvalue().splitlines() == [
        "Building [all]",
        "Building [all] [0:30] 30 steps",
        "Building [all] [1:00] 60 steps",
        "Building [all] [1:30] 90 steps",
    ]


def test_on_a_terminal_the_line_is_rewritten_in_place() -> None:
    shown = io.StringIO()
    progress = Progress(Console(file=shown, width=200, force_terminal=True), Clock())

    with progress.task("Building") as tell:
        tell("3 steps")

    assert "Building" in shown.getvalue()
    assert "\n\n" not in shown.getvalue()
