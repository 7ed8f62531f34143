"""What a bench says in the end: figures with their bars, on the screen and, for `--against`, in a file."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

FIGURES = "MINGZHENG_BENCH_FIGURES"
"""The variable that names the file into which a bench writes its figures, if it is set."""


@dataclass(frozen=True)
class Bar:
    """A figure, and what it must reach (`least`) or not exceed. Without a bar it is told and not judged.

    `of_old` is the most that the figure may be of the older commit's, where two commits are compared.
    """

    name: str
    value: float
    bar: float | None = None
    least: bool = False
    of_old: float | None = None

    @property
    def is_met(self) -> bool:
        if self.bar is None:
            return True
        return self.value >= self.bar if self.least else self.value <= self.bar

    def __str__(self) -> str:
        if self.bar is None:
            return f"         {self.value:8.2f}             {self.name}"
        sign = "≥" if self.least else "≤"
        word = "met    " if self.is_met else "NOT MET"
        return f"{word}  {self.value:8.2f}  (bar {sign} {self.bar:g})  {self.name}"


def judge(bars: Sequence[Bar]) -> int:
    """Print the figures; 1 if one of them misses its bar."""
    for bar in bars:
        print(bar)
    if place := os.environ.get(FIGURES):
        Path(place).write_text(json.dumps([asdict(bar) for bar in bars]))
    return 0 if all(bar.is_met for bar in bars) else 1


def read_figures(place: Path) -> list[Bar]:
    """What `judge` wrote."""
    return [Bar(**each) for each in json.loads(place.read_text())]
