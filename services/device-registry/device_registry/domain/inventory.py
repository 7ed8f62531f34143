"""An inventory file becomes rows, or says row by row and column by column why not (D-T0).

    bytes ─lines─▶ cells ─columns by name─▶ InventoryRow | InputErrors(row/column, what would be accepted)

A row is one line of the file; its number is the line's, as a spreadsheet shows it (the header is row 1). A bad
row never takes its neighbours with it: a quote that is not closed ends with its line. UTF-8 with or without a
byte order mark, or GB18030: the header decides. The columns come in any order, under the names of `cells.NAMES`.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import ClassVar

from common.values.errors import Facts, InputError, Kind, Refusal
from common.values.facts import Fact
from common.values.ids import AgencyId, ImportId
from common.values.law import PJ_2
from common.values.profile import Profile
from device_registry.domain.cells import NAMES, REQUIRED, Cells, Column
from device_registry.domain.device import PlaceType

MAX_ROWS = 50_000

_Key = tuple[str, Decimal | None, Decimal | None]

_BY_NAME = {name: column for column, names in NAMES.items() for name in names}


@dataclass(frozen=True)
class InventoryRow:
    """A row that can be imported. `occurrence` counts equal rows of the file from 1, in its order."""

    number: int
    place: str
    district: str | None
    division: str | None
    longitude: Decimal | None
    latitude: Decimal | None
    violation_index: int | None
    device_code: str | None
    place_type: PlaceType
    occurrence: int

    def identity(self, source: str) -> bytes:
        """SHA-256 over source, normalised place, coordinates and occurrence: equal for the same device."""
        key = (source, normalised(self.place), str(self.longitude), str(self.latitude), str(self.occurrence))
        return sha256("\x1f".join(key).encode()).digest()


@dataclass(frozen=True)
class RefusedRow:
    number: int
    errors: tuple[InputError, ...]


@dataclass(frozen=True)
class InventoryImported(Fact):
    """A whole file was answered: its digest, and the number of its rows by outcome."""

    type: ClassVar[str] = "inventory.imported"
    agency_id: AgencyId
    file_sha256: bytes
    imported: int
    unchanged: int
    refused: int

    @property
    def total(self) -> int:
        """The number of rows in the file: each is in one of the three counts."""
        return self.imported + self.unchanged + self.refused


def conclude(
    owner: ImportId, agency_id: AgencyId, *, file_sha256: bytes, imported: int, unchanged: int, refused: int
) -> InventoryImported:
    """The import's own record: every row of the file is in one of the three counts (Inv. 5; PJ §2–3)."""
    return InventoryImported(owner, agency_id, file_sha256, imported, unchanged, refused)


def normalised(place: str) -> str:
    """A place as it is compared: compatibility forms folded, no blanks, small letters."""
    return "".join(unicodedata.normalize("NFKC", place).lower().split())


def read(data: bytes, profile: Profile) -> list[InventoryRow | RefusedRow]:
    """Every row of the file but its header, in order. Raises Refusal if there is no header to read rows by."""
    lines = _lines(data)
    encoding, header = _header(lines[0])
    columns = _columns(header)
    if len(lines) - 1 > MAX_ROWS:
        raise Refusal(Kind.TOO_LARGE, "IMP_TOO_MANY_ROWS", {"most": MAX_ROWS}, article=PJ_2)
    seen: Counter[_Key] = Counter()
    rows = [
        _row(number, line, encoding, columns, profile, seen) for number, line in enumerate(lines[1:], start=2)
    ]
    return _without_double_codes(rows)


def _lines(data: bytes) -> list[bytes]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _unreadable("utf16")
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    if lines[-1].strip(b"\r\x1a") == b"":
        lines.pop()  # the end of the last line, not a row
    if not lines:
        raise _unreadable("empty")
    return [line.removesuffix(b"\r") for line in lines]


def _header(line: bytes) -> tuple[str, list[str]]:
    """The encoding in which the header is readable, and its cells."""
    for encoding in ("utf-8", "gb18030"):
        try:
            cells = [_heading(cell) for cell in _cells(line.decode(encoding))]
        except (UnicodeDecodeError, csv.Error):
            continue
        if any(cell in _BY_NAME for cell in cells):
            return encoding, cells
    raise _unreadable("header")


def _heading(cell: str) -> str:
    return normalised(cell)


def _unreadable(wording: str) -> Refusal:
    accepted = "; ".join(f"{column}: {' / '.join(names)}" for column, names in NAMES.items())
    error = InputError("1/", "IMP_HEADER", {"accepted": accepted}, wording="columns")
    return Refusal(Kind.INVALID, "IMP_UNREADABLE", wording=wording, article=PJ_2, errors=(error,))


def _columns(header: list[str]) -> list[Column | None]:
    """Which column each cell of a row belongs to; None for a column we do not read."""
    columns = [_BY_NAME.get(cell) for cell in header]
    errors = [
        InputError(f"1/{column}", "IMP_COLUMN_MISSING", {"names": NAMES[column]})
        for column in REQUIRED
        if column not in columns
    ]
    doubles = [column for column, times in Counter(c for c in columns if c).items() if times > 1]
    doubles_unread = [name for name, times in Counter(header).items() if times > 1 and name not in _BY_NAME]
    errors += [
        InputError(f"1/{name}", "IMP_COLUMN_TWICE")
        for name in (*doubles, *(f"column {header.index(name) + 1}" for name in doubles_unread))
    ]
    if errors:
        raise Refusal(Kind.INVALID, "IMP_HEADER", article=PJ_2, errors=tuple(errors))
    return columns


def _cells(line: str) -> list[str]:
    """The cells of one line. Raises csv.Error for a quote that does not close on it."""
    return next(csv.reader([line], strict=True), [])


def _row(
    number: int,
    line: bytes,
    encoding: str,
    columns: list[Column | None],
    profile: Profile,
    seen: Counter[_Key],
) -> InventoryRow | RefusedRow:
    cells, error = _split(number, line, encoding, columns)
    if error:
        return RefusedRow(number, (error,))
    reader = Cells(number, cells)
    place = reader.place()
    district, division = reader.district(profile)
    longitude, latitude = reader.coordinates()
    index, code, place_type = reader.violation_index(), reader.device_code(), reader.place_type()
    if reader.errors:
        return RefusedRow(number, tuple(reader.errors))
    key = (normalised(place), longitude, latitude)
    seen[key] += 1
    return InventoryRow(
        number, place, district, division, longitude, latitude, index, code, place_type, occurrence=seen[key]
    )


def _split(
    number: int, line: bytes, encoding: str, columns: list[Column | None]
) -> tuple[dict[Column, str], InputError | None]:
    """The known cells of a line by column, or the fault of the line as a whole."""

    def wrong(
        code: str, facts: Facts | None = None, *, wording: str = ""
    ) -> tuple[dict[Column, str], InputError]:
        return {}, InputError(f"{number}/", code, facts or {}, wording)

    try:
        text = line.decode(encoding)
    except UnicodeDecodeError:
        return wrong("IMP_ENCODING", {"encoding": encoding.upper()})
    if not text.strip():
        return wrong("IMP_ROW_EMPTY")
    if any(unicodedata.category(c) == "Cc" for c in text):
        return wrong("IMP_CONTROL_CHARACTER")
    if "\ufffd" in text or re.search(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}", text):
        return wrong("IMP_ENCODING", wording="lost")
    try:
        cells = _cells(text)
    except csv.Error:
        return wrong("IMP_QUOTE")
    if len(cells) != len(columns):
        return wrong("IMP_CELL_COUNT", {"cells": len(cells), "columns": len(columns)})
    return {column: cell.strip() for column, cell in zip(columns, cells, strict=True) if column}, None


def _without_double_codes(rows: list[InventoryRow | RefusedRow]) -> list[InventoryRow | RefusedRow]:
    """A code names one device: the first row of the file that has it keeps it."""
    first: dict[str, int] = {}
    judged: list[InventoryRow | RefusedRow] = []
    for row in rows:
        code = row.device_code if isinstance(row, InventoryRow) else None
        if code is not None and code in first:
            row = RefusedRow(
                row.number,
                (InputError(f"{row.number}/{Column.DEVICE_CODE}", "IMP_CODE_TWICE", {"row": first[code]}),),
            )
        elif code is not None:
            first[code] = row.number
        judged.append(row)
    return judged


def batches(
    rows: Sequence[InventoryRow | RefusedRow], size: int
) -> Iterator[Sequence[InventoryRow | RefusedRow]]:
    """`rows` in runs of at most `size`, in order."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
