"""An inventory file becomes rows, or says row by row and column by column why not (D-T0; PJ §2–3).

    sheets ─▶ tables ─▶ rows: InventoryRow | RefusedRow       and beside them, before anything is written:
                        which column was read as what, which were not, the first row as understood, what looks wrong

A row is one record of the file; its number is the one that a spreadsheet shows. A bad row never takes its neighbours
with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final, TypeVar

from common.values.errors import InputError, Kind, Refusal
from common.values.facts import Fact
from common.values.ids import AgencyId, ImportId
from common.values.law import PJ_2
from common.values.profile import Profile
from device_registry.domain.cells import InventoryRow, Manner, RefusedRow, read_row
from device_registry.domain.columns import NAMES, Column
from device_registry.domain.sheets import Broken, Choice, Sheet, Skipped, SkippedRow, Table, tables_of
from device_registry.domain.values import text_of

_FEW: Final = 20
"""From so many rows on it looks wrong if they name a tenth as many places."""
_SHOWN: Final = 50

T = TypeVar("T")
Row = InventoryRow | RefusedRow


@dataclass(frozen=True)
class InventoryReceived(Fact):
    """A file came in, with so many rows: from now on it is carried out, whatever happens to this process."""

    type: ClassVar[str] = "inventory.received"
    agency_id: AgencyId
    file_sha256: bytes
    total: int


@dataclass(frozen=True)
class InventoryImported(Fact):
    """A whole file was answered: its digest, and the number of its rows by outcome."""

    type: ClassVar[str] = "inventory.imported"
    v: ClassVar[int] = 2
    agency_id: AgencyId
    file_sha256: bytes
    imported: int
    updated: int
    unchanged: int
    refused: int


@dataclass
class Understood:
    """What a file was understood to say. `rows` in the file's order; `tables` without their rows' cells."""

    tables: list[Table] = field(default_factory=list)
    skipped: list[SkippedRow] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    looks_wrong: list[InputError] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def skipped_by_kind(self) -> dict[Skipped, int]:
        return dict(Counter(row.kind for row in self.skipped))


def understand(sheets: Sequence[Sheet], choice: Choice, profile: Profile, *, most: int) -> Understood:
    """Every row of the file. Raises Refusal if no table of it has a place, or for more than `most` rows."""
    chosen = [sheet for sheet in sheets if choice.sheet in (None, sheet.name)]
    if choice.sheet is None:
        chosen = [sheet for sheet in chosen if not sheet.is_hidden] or chosen
    if not chosen:
        raise Refusal(
            Kind.INVALID, "IMP_SHEET_UNKNOWN", {"sheets": [s.name for s in sheets if s.name]}, article=PJ_2
        )
    understood = Understood()
    for sheet in chosen:
        tables, skipped = tables_of(sheet, choice)
        # A sheet of notes is no table, and says so; the place is asked for only if no sheet has one.
        if not any(table.places for table in tables) and sheet.name:
            understood.unread.append(sheet.name)
        understood.tables += tables
        understood.skipped += skipped
    understood.unread += [s.name for s in sheets if s not in chosen and s.name]
    with_place = [table for table in understood.tables if table.places]
    if not with_place:
        raise _unreadable(understood, sheets)
    understood.tables = with_place
    if sum(len(table.rows) for table in with_place) > most:
        raise Refusal(Kind.TOO_LARGE, "IMP_TOO_MANY_ROWS", {"most": most}, article=PJ_2)
    for table in with_place:
        understood.rows += _rows_of(table, choice, profile)
    understood.rows = list(_without_double_codes(understood.rows))
    understood.looks_wrong = _looks_wrong(understood, choice)
    return understood


def _unreadable(understood: Understood, sheets: Sequence[Sheet]) -> Refusal:
    accepted = [
        InputError(f"/{column}", "IMP_COLUMN_NAMES", {"column": column, "names": NAMES[column][:6]})
        for column in Column
    ]
    if not any(sheet.rows for sheet in sheets):
        return Refusal(Kind.INVALID, "IMP_UNREADABLE", wording="empty", article=PJ_2)
    # A heading row was found and has no place: the caller says which column it is.
    wording = "place" if understood.tables else "header"
    return Refusal(Kind.INVALID, "IMP_UNREADABLE", wording=wording, article=PJ_2, errors=tuple(accepted))


def _rows_of(table: Table, choice: Choice, profile: Profile) -> Iterator[Row]:
    manner = Manner(profile, choice.frame or table.frame, _are_rounded(table))
    for number, cells in table.rows:
        if isinstance(cells, Broken):
            yield RefusedRow(table.sheet, number, (InputError(f"{number}/", cells.code),))
        elif table.too_many(cells):
            facts = {"cells": len(cells), "columns": len(table.columns)}
            yield RefusedRow(table.sheet, number, (InputError(f"{number}/", "IMP_CELL_COUNT", facts),))
        else:
            yield read_row(table.sheet, number, table.cells(cells), manner)


def _are_rounded(table: Table) -> bool:
    """Whether a spreadsheet rounded the codes: it keeps fifteen digits of twenty, and most codes then end in zeros."""
    at = table.places.get(Column.DEVICE_CODE)
    if at is None:
        return False
    texts = [text_of(row[at[0]]) for _, row in table.rows if not isinstance(row, Broken) and at[0] < len(row)]
    codes = [text for text in texts if len(text) == 20 and text.isdigit()]
    return len(codes) > 1 and 2 * sum(code.endswith("00000") for code in codes) >= len(codes)


def _without_double_codes(rows: Sequence[Row]) -> Iterator[Row]:
    """A code names one device: the first row of the file that has it keeps it. A number of the agency may repeat."""
    codes: dict[str, int] = {}
    numbers: dict[str, int] = {}
    for row in rows:
        if isinstance(row, InventoryRow):
            first = codes.setdefault(row.code, row.number) if row.code else row.number
            if first != row.number:
                error = InputError(f"{row.number}/{Column.DEVICE_CODE}", "IMP_CODE_TWICE", {"row": first})
                row = RefusedRow(row.sheet, row.number, (error,))
            elif (number := row.claims.get(Column.OWN_NUMBER)) and numbers.setdefault(
                number, row.number
            ) < row.number:
                pointer = f"{row.number}/{Column.OWN_NUMBER}"
                note = InputError(pointer, "IMP_NUMBER_TWICE", {"row": numbers[number]})
                row = InventoryRow(row.sheet, row.number, row.claims, row.cleared, (*row.notes, note))
        yield row


def _looks_wrong(understood: Understood, choice: Choice) -> list[InputError]:
    """What a reader of the whole file would ask before it is imported."""
    rows = [row for row in understood.rows if isinstance(row, InventoryRow)]
    said: list[InputError] = []
    places = {row.claims[Column.PLACE] for row in rows}
    if len(rows) >= _FEW and 10 * len(places) <= len(rows):
        said.append(
            InputError("/place", "IMP_LOOKS", {"rows": len(rows), "places": len(places)}, wording="places")
        )
    points = [(row.claims[Column.LONGITUDE], row.claims[Column.LATITUDE]) for row in rows if _has_point(row)]
    if len(points) >= _FEW and 10 * len(set(points)) <= len(points):
        said.append(
            InputError(
                "/longitude", "IMP_LOOKS", {"rows": len(points), "points": len(set(points))}, wording="points"
            )
        )
    if rows and not points:
        said.append(InputError("/longitude", "IMP_LOOKS", {"rows": len(rows)}, wording="nowhere"))
    if (unknown := sum(row.claims.get(Column.DATUM) == "UNKNOWN" for row in rows)) > 0:
        said.append(InputError("/datum", "IMP_LOOKS", {"rows": unknown}, wording="datum"))
    if refused := sum(
        error.code == "IMP_ABOVE_HEADING"
        for row in understood.rows
        if isinstance(row, RefusedRow)
        for error in row.errors
    ):
        said.append(InputError("/", "IMP_LOOKS", {"rows": refused}, wording="above"))
    chosen = [read for table in understood.tables for read in table.columns if read.why == "CHOSEN"]
    if chosen:
        said.append(
            InputError("/", "IMP_LOOKS", {"columns": sorted({r.position for r in chosen})}, wording="twice")
        )
    swapped = sum(note.code == "IMP_SWAPPED" for row in rows for note in row.notes)
    if swapped:
        said.append(InputError("/longitude", "IMP_LOOKS", {"rows": swapped}, wording="swapped"))
    if understood.unread:
        said.append(InputError("/", "IMP_LOOKS", {"sheets": understood.unread[:_SHOWN]}, wording="sheets"))
    return said


def _has_point(row: InventoryRow) -> bool:
    return Column.LONGITUDE in row.claims


def receive(owner: ImportId, agency_id: AgencyId, *, file_sha256: bytes, total: int) -> InventoryReceived:
    """The import's own first record: the file, and how many of its rows will be answered (Inv. 5; PJ §2–3)."""
    return InventoryReceived(owner, agency_id, file_sha256, total)


def conclude(
    owner: ImportId,
    agency_id: AgencyId,
    *,
    file_sha256: bytes,
    imported: int,
    updated: int,
    unchanged: int,
    refused: int,
) -> InventoryImported:
    """The import's last record: every row of the file is in one of the four counts (Inv. 5; PJ §2–3)."""
    return InventoryImported(owner, agency_id, file_sha256, imported, updated, unchanged, refused)


def batches(rows: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """`rows` in runs of at most `size`, in order."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
