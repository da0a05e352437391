"""How the limiter fares beside a rival, as a table and as the figure of the documentation."""

from __future__ import annotations

from typing import Annotated

import typer

from benchmarks.processes import ROOT
from benchmarks.rivalry import Record, Rival, Setting, simulate
from benchmarks.rows import Row, save, table, wide_console
from palette_sim.palette.config import LimitReading

FIGURE = ROOT / "docs" / "images" / "rival.svg"
_BEGINS_S, _ENDS_S, _UNTIL_S = 60, 300, 420
_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 860, 300, 50, 40, 40
_MOST_PER_S = 12.0
_MEAN_OVER_S = 5


def run(*, draw: Annotated[bool, typer.Option(help="Draw the figure of the documentation anew.")] = False) -> None:
    """Simulate a rival that takes half of a limit for four minutes, in virtual time."""
    found = []
    for documented in (10, 50):
        for reading in (LimitReading.SMALL_BURST, LimitReading.LARGE_BURST, LimitReading.WINDOW):
            record = simulate(Setting(documented, reading, (Rival(documented / 2, _BEGINS_S, _ENDS_S),), _UNTIL_S))
            found += _rows(record, documented, reading)
            if draw and (documented, reading) == (10, LimitReading.SMALL_BURST):
                FIGURE.write_text(_figure(record))
    save(found, ROOT / "benchmarks" / "out" / "results.json")
    wide_console().print(table(found, "beside a rival that takes half, simulated; floor is what it leaves"))


def _rows(record: Record, documented: int, reading: LimitReading) -> list[Row]:
    first = min(record.refusals(_BEGINS_S, _ENDS_S), default=float(_BEGINS_S))
    goodput, full = record.goodput(first, _ENDS_S), 0.9 * documented
    left = min(full, documented / 2 + (5 if reading is LimitReading.WINDOW else 0))
    throttled = 100 * record.throttled_part(_BEGINS_S, _ENDS_S)
    back = record.goodput(_ENDS_S + 60, _ENDS_S + 90)
    where = f"{documented}/s, {reading}"

    def row(metric: str, value: float, unit: str, floor: float | None = None) -> Row:
        ratio = None if floor is None else round(value / floor, 3)
        return Row("rivals", "palette-operator", documented, f"{where}: {metric}", round(value, 2), unit, floor, ratio)

    return [
        row("throttled after the first 429", throttled, "%"),
        row("let in", goodput, "requests/s", left),
        row("let in a minute after it left", back, "requests/s", full),
    ]


def _figure(record: Record) -> str:
    """Draw the rates that were let in, and each refusal of ours."""
    ours = [when for when, admitted, _ in record.ours if admitted]
    rival = [when for when, admitted in record.rivals if admitted]
    ticks = "".join(_tick(second) for second in range(0, _UNTIL_S + 1, 60))
    levels = "".join(_level(rate) for rate in (0, 5, 10))
    refusals = "".join(
        f'<path d="M{_x(when) - 4:.0f} {_TOP - 14} l8 8 m0 -8 l-8 8" stroke="#c0392b" stroke-width="2"/>'
        for when in record.refusals()
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        f'font-size="12" fill="#333" role="img"><title>The limiter beside a rival</title>'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>{levels}{ticks}'
        f"{_curve(rival, '#e08e0b')}{_curve(ours, '#2471a3')}{refusals}"
        f'<text x="{_LEFT}" y="16"><tspan fill="#2471a3">requests of ours per second</tspan> · '
        f'<tspan fill="#b9770e">of the rival</tspan> · <tspan fill="#c0392b">x one of ours refused</tspan></text>'
        "</svg>\n"
    )


def _curve(moments: list[float], colour: str) -> str:
    points = []
    for second in range(_MEAN_OVER_S, _UNTIL_S + 1, 2):
        count = sum(second - _MEAN_OVER_S <= when < second for when in moments)
        points.append(f"{_x(second - _MEAN_OVER_S / 2):.1f},{_y(count / _MEAN_OVER_S):.1f}")
    return f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{" ".join(points)}"/>'


def _tick(second: int) -> str:
    return f'<text x="{_x(second):.0f}" y="{_HEIGHT - 14}" text-anchor="middle">{second} s</text>'


def _level(rate: int) -> str:
    height = _y(rate)
    return (
        f'<path d="M{_LEFT} {height:.0f} H{_WIDTH - 10}" stroke="#ddd"/>'
        f'<text x="{_LEFT - 8}" y="{height + 4:.0f}" text-anchor="end">{rate}/s</text>'
    )


def _x(second: float) -> float:
    return _LEFT + second * (_WIDTH - _LEFT - 10) / _UNTIL_S


def _y(per_second: float) -> float:
    return _HEIGHT - _BOTTOM - per_second * (_HEIGHT - _TOP - _BOTTOM) / _MOST_PER_S
