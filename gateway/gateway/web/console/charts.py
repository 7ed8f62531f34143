"""Charts as documents: SVG drawn here, with the same figures in a table beside it. Nothing moves, nothing is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

_WIDTH, _LEFT, _ROW = 640, 190, 26


@dataclass(frozen=True)
class Bar:
    """One bar: its words, its value, and the part of it that is overdue."""

    label: str
    value: int
    bad: int = 0


def bars(title: str, rows: Sequence[Bar]) -> Markup:
    """Bars from the left, the longest as wide as the picture; an overdue part is drawn in red at its end."""
    most = max((row.value for row in rows), default=0) or 1
    height = _ROW * len(rows) + 8
    drawn = Markup("").join(_bar(n, row, most) for n, row in enumerate(rows))
    return Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        _WIDTH, height, title, drawn
    )


def _bar(n: int, row: Bar, most: int) -> Markup:
    y, room = n * _ROW + 4, _WIDTH - _LEFT - 60
    whole, bad = round(row.value / most * room), round(row.bad / most * room)
    return Markup(
        '<text class="label" x="{}" y="{}">{}</text><rect class="bar" x="{}" y="{}" width="{}" height="18"/>'
        '<rect class="bar bad" x="{}" y="{}" width="{}" height="18"/><text x="{}" y="{}">{}</text>'
    ).format(
        _LEFT - 10,
        y + 14,
        row.label,
        _LEFT,
        y,
        whole,
        _LEFT + whole - bad,
        y,
        bad,
        _LEFT + whole + 8,
        y + 14,
        row.value,
    )


def columns(title: str, labels: Sequence[str], series: Sequence[tuple[str, Sequence[int]]]) -> Markup:
    """Groups of columns, one group a label; each series is (class of its colour, its values)."""
    most = max((value for _, values in series for value in values), default=0) or 1
    step = (_WIDTH - 40) / max(len(labels), 1)
    wide = min(step / (len(series) + 1), 24)
    parts = []
    for n, label in enumerate(labels):
        x = 30 + n * step
        parts.append(Markup('<text class="axis" x="{:.1f}" y="196">{}</text>').format(x + step / 2, label))
        for k, (kind, values) in enumerate(series):
            high = values[n] / most * 160
            parts.append(
                Markup('<rect class="bar {}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
                    kind, x + (step - wide * len(series)) / 2 + k * wide, 178 - high, wide - 2, high
                )
            )
    return Markup(
        '<svg class="chart" viewBox="0 0 {} 204" role="img" aria-label="{}">'
        '<line class="axis" x1="30" y1="178" x2="{}" y2="178"/><text x="0" y="24">{}</text>{}</svg>'
    ).format(_WIDTH, title, _WIDTH, most, Markup("").join(parts))
