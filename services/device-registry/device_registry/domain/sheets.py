"""A sheet becomes tables: where a heading row stands, which column is which, and what every other row is.

    title rows ── heading row(s) ── devices … sums, notes, the heading again … ── heading row ── devices …
         └ skipped, and said so          └ one table                                └ another table of the sheet

No row is lost: each is a device, is refused, or stands among the skipped ones with what it was taken for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Final

from device_registry.domain.columns import Column, Heading, heading, plain
from device_registry.domain.datum import Frame
from device_registry.domain.values import Cell, text_of

_LOOKED_THROUGH: Final = 60
"""Rows from the top of a sheet among which its first heading row is looked for."""
_SAMPLE: Final = 1_000
_LONGEST_HEADING: Final = 20
_SUMS: Final = re.compile(r"(合计|总计|小计|共计|累计|总数|total|subtotal|sum)(\d.*|共.*)?")
_NOTES: Final = re.compile(
    r"(以下空白|以下无正文|备注|注|说明|填表|制表|审核|填报|联系人|数据来源|资料来源|统计时间|更新日期).*"
)


class Skipped(StrEnum):
    """What a row is that is no device."""

    TITLE = "TITLE"
    HEADING = "HEADING"
    SUM = "SUM"
    NOTE = "NOTE"
    EMPTY = "EMPTY"


@dataclass(frozen=True)
class Broken:
    """A row whose cells cannot be told apart; `code` says why."""

    code: str


@dataclass(frozen=True)
class Sheet:
    """The rows of a file or of one of its sheets, from the first line on. `name` is None where a file has one table."""

    name: str | None
    rows: Sequence[Sequence[Cell] | Broken]
    is_hidden: bool = False


@dataclass(frozen=True)
class Choice:
    """What the caller says of the file: `columns` by heading or position, the heading's row, the sheet, the datum.

    `header` is None for a heading row that is to be found, 0 for a file without one.
    """

    columns: tuple[tuple[str, Column | None], ...] = ()
    header: int | None = None
    sheet: str | None = None
    frame: Frame | None = None


@dataclass(frozen=True)
class ColumnRead:
    """One column of a table: its letter, its heading as the file has it, and what it was read as.

    `column` is None for one that was not read; `why`: UNKNOWN heading, another column of this meaning was CHOSEN, a
    SEQUENCE of numbers, or EXCLUDED by the caller.
    """

    position: str
    heading: str
    column: Column | None
    why: str = ""
    frame: Frame | None = None


@dataclass
class Table:
    """A heading row with the rows below it. `places` are the indexes of the cells of each column."""

    sheet: str | None
    header_row: int | None
    columns: tuple[ColumnRead, ...]
    places: Mapping[Column, tuple[int, ...]]
    rows: list[tuple[int, Sequence[Cell] | Broken]] = field(default_factory=list)

    @property
    def frame(self) -> Frame | None:
        """The datum that the headings of the coordinates state."""
        return next((read.frame for read in self.columns if read.column is not None and read.frame), None)

    def cells(self, row: Sequence[Cell]) -> dict[Column, Cell]:
        """The cells of a row by column; the place may be put together from several."""
        cells: dict[Column, Cell] = {}
        for column, indexes in self.places.items():
            if len(indexes) == 1:
                cells[column] = row[indexes[0]] if indexes[0] < len(row) else None
            else:
                parts = (text_of(row[index]) for index in indexes if index < len(row))
                cells[column] = " ".join(part for part in parts if part)
        return cells

    def too_many(self, row: Sequence[Cell]) -> bool:
        """Whether something stands beyond the last heading: then a comma in a cell has moved the cells behind it."""
        return self.header_row is not None and any(text_of(cell) for cell in row[len(self.columns) :])


@dataclass(frozen=True)
class SkippedRow:
    sheet: str | None
    number: int
    kind: Skipped
    text: str


def tables_of(sheet: Sheet, choice: Choice) -> tuple[list[Table], list[SkippedRow]]:
    """The tables of one sheet, and its rows that are no devices. No table where no heading row is found."""
    walk = _Walk(sheet, choice)
    walk.through()
    return walk.tables, walk.skipped


def letter(index: int) -> str:
    """The letters of a column: A for 0, AA for 26."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


class _Walk:
    """One pass over the rows of a sheet."""

    def __init__(self, sheet: Sheet, choice: Choice) -> None:
        self.sheet = sheet
        self.choice = choice
        self.tables: list[Table] = []
        self.skipped: list[SkippedRow] = []
        self._named: dict[str, Column | None] = {plain(name): column for name, column in choice.columns}
        self._headings: list[tuple[int, list[str]]] = []  # the heading rows of the table that is being read
        self._rows: list[tuple[int, Sequence[Cell] | Broken]] = []
        self._place = 0

    def through(self) -> None:
        if self.choice.header == 0:
            self._headings = [(0, [])]
            self._rows = [
                (n, row) for n, row in enumerate(self.sheet.rows, start=1) if self._is_filled(n, row)
            ]
            self._close()
            return
        above: list[tuple[int, Sequence[Cell] | Broken]] = []
        for number, row in enumerate(self.sheet.rows, start=1):
            if not self._headings:
                if not isinstance(row, Broken) and self._begins(number, row):
                    self._above(above)
                    self._open(number, row)
                elif number > _LOOKED_THROUGH and self.choice.header is None:
                    return
                else:
                    above.append((number, row))
            elif isinstance(row, Broken):
                self._rows.append((number, row))
            else:
                self._below(number, row)
        if self._headings:
            self._close()

    def _begins(self, number: int, row: Sequence[Cell]) -> bool:
        if self.choice.header is not None:
            return number == self.choice.header
        return self._is_heading(row)

    def _is_heading(self, row: Sequence[Cell]) -> bool:
        """Two columns that we know; or the place beside short words of which none is a number."""
        texts = [text_of(cell) for cell in row]
        filled = sum(1 for text in texts if text)
        known = {found.column for text in texts if text and (found := self._heading(text))}
        recognised = sum(1 for text in texts if text and self._heading(text))
        return (len(known) >= 2 and 4 * recognised >= filled) or (
            known == {Column.PLACE} and all(_may_be_heading(text) for text in texts if text)
        )

    def _heading(self, text: str) -> Heading | None:
        name = plain(text)
        if name and name in self._named:
            column = self._named[name]
            return Heading(column, -1) if column else None
        return heading(text)

    def _is_place(self, text: str) -> bool:
        found = self._heading(text) if text else None
        return found is not None and found.column is Column.PLACE

    def _above(self, rows: list[tuple[int, Sequence[Cell] | Broken]]) -> None:
        """Rows above the heading are titles. One with several cells may be a device: it is refused, and not lost."""
        for number, row in rows:
            if isinstance(row, Broken):
                self._rows.append((number, row))
                continue
            texts = [text_of(cell) for cell in row]
            filled = [text for text in texts if text]
            if len(set(filled)) >= 3:
                self._rows.append((number, Broken("IMP_ABOVE_HEADING")))
            else:
                self._skip(number, Skipped.TITLE if filled else Skipped.EMPTY, filled)

    def _open(self, number: int, row: Sequence[Cell]) -> None:
        """A second heading row stands for the first if it names the place too; otherwise it completes it."""
        texts = [text_of(cell) for cell in row]
        found = [h for text in texts if text and (h := self._heading(text))]
        if any(h.column is Column.PLACE for h in found):
            for earlier, _ in self._headings:
                self._skip(earlier, Skipped.HEADING, texts[:3])
            self._headings = []
        self._headings.append((number, texts))
        named = [at for _, row in self._headings for at, text in enumerate(row) if self._is_place(text)]
        self._place = named[-1] if named else 0

    def _below(self, number: int, row: Sequence[Cell]) -> None:
        place = text_of(row[self._place]) if self._place < len(row) else ""
        if (not place or self._heading(place)) and self._is_heading(row):
            if self._rows_begun() and [text_of(c) for c in row] != self._headings[-1][1]:
                self._close()
            elif self._rows_begun():
                self._skip(number, Skipped.HEADING, [place])
                return
            self._open(number, row)
        elif self._is_filled(number, row):
            self._rows.append((number, row))

    def _rows_begun(self) -> bool:
        first = self._headings[0][0]
        return any(number > first for number, _ in self._rows)

    def _is_filled(self, number: int, row: Sequence[Cell] | Broken) -> bool:
        """Whether the row may be a device; what it is otherwise is noted."""
        if isinstance(row, Broken):
            return True
        filled = [text for cell in row if (text := text_of(cell))]
        if not filled:
            self._skip(number, Skipped.EMPTY, [])
            return False
        first = plain(filled[0])
        others_are_numbers = all(re.fullmatch(r"[\d.,%个处台套()（）\s-]*", text) for text in filled[1:])
        if _SUMS.fullmatch(first) and others_are_numbers:
            self._skip(number, Skipped.SUM, filled)
            return False
        if len(set(filled)) == 1 and (
            _NOTES.fullmatch(first)
            or (self._width() > 2 and not text_of(row[self._place] if self._place < len(row) else ""))
        ):
            self._skip(number, Skipped.NOTE, filled)
            return False
        return True

    def _width(self) -> int:
        return max(len(texts) for _, texts in self._headings)

    def _skip(self, number: int, kind: Skipped, filled: list[str]) -> None:
        self.skipped.append(SkippedRow(self.sheet.name, number, kind, " ".join(filled)[:80]))

    def _close(self) -> None:
        """Make the table of the headings and rows so far."""
        number = self._headings[-1][0] or None
        width = max((len(texts) for _, texts in self._headings), default=0)
        if number is None:
            width = max((len(row) for _, row in self._rows if not isinstance(row, Broken)), default=0)
        columns, places = self._columns(width)
        if Column.PLACE in places:
            self.tables.append(Table(self.sheet.name, number, columns, places, self._rows))
        else:
            self.tables.append(Table(self.sheet.name, number, columns, {}, []))
            for at, row in self._rows:
                self._skip(at, Skipped.NOTE, [] if isinstance(row, Broken) else [text_of(c) for c in row[:3]])
        self._headings, self._rows = [], []

    def _columns(self, width: int) -> tuple[tuple[ColumnRead, ...], dict[Column, tuple[int, ...]]]:
        texts = [self._text_at(at) for at in range(width)]
        found: list[Heading | None] = []
        excluded: set[int] = set()
        by_position = {name.upper(): column for name, column in self.choice.columns}
        for at in range(width):
            position = next((name for name in (letter(at), str(at + 1)) if name in by_position), None)
            names = [row[at] for _, row in reversed(self._headings) if at < len(row) and row[at]]
            if position is not None:
                column = by_position[position]
                found.append(Heading(column, -1) if column else None)
                excluded |= set() if column else {at}
            else:
                found.append(next((h for name in names if (h := self._heading(name))), None))
                excluded |= {at} if any(self._named.get(plain(name), "") is None for name in names) else set()
        places = {column: self._choose(column, found) for column in _columns_in(found)}
        places = {column: indexes for column, indexes in places.items() if indexes}
        read = {index: column for column, indexes in places.items() for index in indexes}
        columns = tuple(
            ColumnRead(
                letter(at),
                texts[at],
                read.get(at),
                "" if at in read else "EXCLUDED" if at in excluded else self._why(found[at], places),
                h.frame if (h := found[at]) else None,
            )
            for at in range(width)
        )
        return columns, places

    def _text_at(self, at: int) -> str:
        return next((row[at] for _, row in reversed(self._headings) if at < len(row) and row[at]), "")

    def _why(self, found: Heading | None, places: Mapping[Column, tuple[int, ...]]) -> str:
        if found is None:
            return "UNKNOWN"
        return "CHOSEN" if found.column in places else "SEQUENCE"

    def _choose(self, column: Column, found: Sequence[Heading | None]) -> tuple[int, ...]:
        """The cells of `column`. Of several headings the surest, unless its cells hardly tell one row from another."""
        told = tuple(at for at, h in enumerate(found) if h and h.column is column and h.rank < 0)
        if told:
            return told if column is Column.PLACE else told[:1]
        ranked = sorted((h.rank, at) for at, h in enumerate(found) if h and h.column is column)
        values = {at: [text for text in self._sample(at) if text] for _, at in ranked}
        if column is Column.OWN_NUMBER:
            ranked = [(rank, at) for rank, at in ranked if not _is_sequence(values[at])]
        if not ranked:
            return ()
        distinct = {at: len(set(values[at])) for _, at in ranked}
        most = max(distinct.values())
        return (next(at for _, at in ranked if 2 * distinct[at] >= most),)

    def _sample(self, at: int) -> Iterator[str]:
        for _, row in self._rows[:_SAMPLE]:
            if not isinstance(row, Broken) and at < len(row):
                yield text_of(row[at])


def _columns_in(found: Sequence[Heading | None]) -> list[Column]:
    return [column for column in Column if any(h and h.column is column for h in found)]


def _may_be_heading(text: str) -> bool:
    return len(text) <= _LONGEST_HEADING and not re.search(r"\d{2}", text)


def _is_sequence(texts: Sequence[str]) -> bool:
    """Whether these are the running numbers of a list: they name its lines and no device."""
    if len(texts) < 2 or not all(text.isascii() and text.isdigit() and len(text) < 7 for text in texts):
        return False
    steps = sum(int(after) - int(before) == 1 for before, after in pairwise(texts))
    return 10 * steps >= 9 * (len(texts) - 1)
