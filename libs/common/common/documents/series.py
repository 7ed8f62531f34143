"""Document numbers, `{prefix}〔{year}〕第{serial}号`: without a gap in each series and year, and never given twice.

    next_number (before the change) ─▶ it is printed ─▶ change: take (is it still the next?) ─▶ the row that bears it

A number lives in a row of the service's own table, in its columns `series`, `year` and `serial`. It is taken inside
the change that writes that row: a change that fails takes none, so the series has no gap. A document that became void
keeps its row, which says so, and with it its number.

The number is printed before it is taken (ADR-0033). Within a process the documents of one series take turns (`Turns`).
If another process takes the number meanwhile, `take` refuses, and the caller repeats its request.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from weakref import WeakValueDictionary

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.values.errors import Kind, Refusal


@dataclass(frozen=True)
class DocumentNumber:
    """One number. `series` is unique in the table; `prefix` is printed, for example 示城执协."""

    series: str
    prefix: str
    year: int
    serial: int

    def __str__(self) -> str:
        return f"{self.prefix}〔{self.year}〕第{self.serial}号"


async def next_number(
    v: View | Tx, table: sa.Table, *, series: str, prefix: str, year: int
) -> DocumentNumber:
    """The number that the next document of `series` in `year` will bear, if no other is written before it."""
    return DocumentNumber(series, prefix, year, await _highest(v, table, series, year) + 1)


async def take(tx: Tx, table: sa.Table, *, series: str, year: int, serial: int) -> None:
    """Hold the series until commit, for the row with this serial. Refusal DOC_NUMBER_TAKEN if it is not the next."""
    name = f"{table.name}/{series}/{year}"
    await tx.conn.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": name})
    if serial != await _highest(tx, table, series, year) + 1:
        raise Refusal(Kind.CONFLICT, "DOC_NUMBER_TAKEN")


async def _highest(v: View | Tx, table: sa.Table, series: str, year: int) -> int:
    """Void documents count: their numbers are not given again."""
    query = sa.select(sa.func.coalesce(sa.func.max(table.c.serial), 0)).where(
        table.c.series == series, table.c.year == year
    )
    return int((await v.conn.execute(query)).scalar_one())


class Turns:
    """The turns of one process: `async with turns.of(series)` from looking at the next number until it is taken."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, series: str) -> asyncio.Lock:
        """The lock of `series`, the same one for all who wait for it."""
        return self._locks.setdefault(series, asyncio.Lock())
