"""docs/SCALE.md: its tables are what its model says, and its figures are those that were measured."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mz import ROOT

PAGE = (ROOT / "docs" / "SCALE.md").read_text()
MEASURED = (ROOT / "docs" / "PERFORMANCE.md").read_text()


def model() -> dict[str, Any]:
    block = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert block is not None
    names: dict[str, Any] = {}
    exec(block[1], names)  # noqa: S102 our own page
    return names


TABLES = re.findall(r"\| `(\w+\([^`]*\))` \| \|\n\|---\|---\|\n((?:\| .* \|\n)+)", PAGE)


def test_there_is_a_table_for_a_city_a_province_and_the_nation() -> None:
    assert [call.partition("(")[0] for call, _ in TABLES] == ["city", "province", "nation"]


@pytest.mark.parametrize("call, rows", TABLES, ids=[call for call, _ in TABLES])
def test_each_table_follows_from_the_model(call: str, rows: str) -> None:
    shown = dict(tuple(part.strip() for part in row.strip("|\n").split("|")) for row in rows.splitlines())

    computed = eval(call, model())  # noqa: S307 our own page

    assert shown.keys() == computed.keys()
    for name, value in computed.items():
        digits = len(shown[name].partition(".")[2])
        assert float(shown[name]) == pytest.approx(value, abs=0.5 * 10**-digits + 1e-9), name


@pytest.mark.parametrize(
    "figure, where",
    [
        (41.6, "41.6 and 38.3 ms to 66.1"),
        (20, "the event loop 16–20 ms"),
        (6, "PostgreSQL 5–6"),
        (85, "it takes 70–85"),
        (63, "50–63 ms (bare 1.0)"),
        (87, "records with signatures about 87 µs an entry"),
        (240, "two pictures of 240 kB"),
    ],
)
def test_each_measured_figure_stands_in_the_page_of_measurements(figure: float, where: str) -> None:
    assert where in MEASURED
    assert re.search(rf"\b{figure:g}(?: \*|e| \* MS|e3|e-6)", PAGE)
