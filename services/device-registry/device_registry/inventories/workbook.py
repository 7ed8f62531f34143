"""The child process that opens a foreign workbook: its bytes in, one JSON document out.

    {"sheets": [{"name": …, "hidden": …, "rows": [[cell, …], …]}, …]}      or      {"error": CODE}

A cell is text, a number or null. A day is ISO text. Macros, links and formulas are not looked at: the reader takes the
values that stand in the file. This file runs by itself (opening.py starts it), so it imports nothing of ours.
"""

from __future__ import annotations

import codecs
import io
import json
import os
import re
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from typing import Any

_MEMORY = 1 << 30
_CPU_S = 20
_NICE = 10
_MOST_UNPACKED = 200 << 20
_MOST_PARTS = 1_000
_MOST_SHEETS = 100
_MOST_CELLS = 4_000_000
_MOST_COLUMNS = 200
_FAR_CELL = re.compile(rb'<(?:\w+:)?(?:c|row)[^>]{0,200}?\br="(?:[A-Z]{3}|[A-Z]*([0-9]{7,}))')


def main() -> None:
    """Read the workbook from stdin, its row limit from the first argument, and answer on stdout."""
    import resource

    from python_calamine import CalamineWorkbook

    most_rows = int(sys.argv[1])
    # The names in an archive are in this encoding, whose module Python loads at the first use.
    codecs.lookup("cp437")
    data = sys.stdin.buffer.read()
    # Every module is loaded: from here on the child opens no file and no socket, and its memory and time end.
    for limit, value in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_CPU, _CPU_S),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 3),
    ):
        resource.setrlimit(limit, (value, value))
    os.nice(_NICE)
    sys.stdout.buffer.write(
        json.dumps(look_at(data, most_rows, CalamineWorkbook), ensure_ascii=False).encode()
    )


def look_at(data: bytes, most_rows: int, reader: Any) -> dict[str, Any]:
    """The sheets of a workbook, or the code of what is wrong with it."""
    try:
        if data.startswith(b"PK") and (fault := fault_of(data)) is not None:
            return {"error": fault}
        with reader.from_object(io.BytesIO(data)) as book:
            if len(book.sheets_metadata) > _MOST_SHEETS:
                return {"error": "IMP_WORKBOOK_TOO_LARGE"}
            return _sheets_of(book, most_rows)
    except MemoryError:
        return {"error": "IMP_WORKBOOK_TOO_LARGE"}
    except Exception:  # noqa: BLE001
        # Whatever the reader stumbles over, the file is no workbook that can be read.
        return {"error": "IMP_WORKBOOK_UNREADABLE"}


def fault_of(data: bytes) -> str | None:
    """What the archive itself shows: it unfolds to too much, or it has a cell so far away that the sheet is a trap.

    The reader makes room for the rectangle of all cells, so one cell in the last row would cost gigabytes.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            if "EncryptedPackage" in names or any(part.flag_bits & 1 for part in parts):
                return "IMP_WORKBOOK_UNREADABLE"
            if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _MOST_UNPACKED:
                return "IMP_WORKBOOK_TOO_LARGE"
            for part in parts:
                if part.filename.startswith("xl/worksheets/") and _is_far(archive, part):
                    return "IMP_WORKBOOK_TOO_LARGE"
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError):
        return "IMP_WORKBOOK_UNREADABLE"
    return None


def _is_far(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Whether a sheet has a cell beyond column ZZ or row 999,999. Declared sizes may lie: it is read to its end."""
    with archive.open(part) as stream:
        rest, seen = b"", 0
        while chunk := stream.read(1 << 20):
            seen += len(chunk)
            if seen > _MOST_UNPACKED or _FAR_CELL.search(rest + chunk):
                return True
            rest = chunk[-256:]
    return False


def _sheets_of(book: Any, most_rows: int) -> dict[str, Any]:
    sheets = []
    rows_seen = 0
    for at, about in enumerate(book.sheets_metadata):
        if not str(about.typ).endswith("WorkSheet"):
            continue
        sheet = book.get_sheet_by_index(at)
        if sheet.height * sheet.width > _MOST_CELLS:
            return {"error": "IMP_WORKBOOK_TOO_LARGE"}
        rows = [
            [_cell(cell) for cell in row[:_MOST_COLUMNS]] for row in sheet.to_python(skip_empty_area=False)
        ]
        for row in rows:
            while row and row[-1] is None:
                row.pop()
        while rows and not rows[-1]:
            rows.pop()
        _fill_merged(sheet, rows)
        rows_seen += len(rows)
        if rows_seen > most_rows + 1_000:
            return {"error": "IMP_TOO_MANY_ROWS"}
        sheets.append(
            {"name": about.name, "hidden": not str(about.visible).endswith("Visible"), "rows": rows}
        )
    return {"sheets": sheets}


def _fill_merged(sheet: Any, rows: list[list[Any]]) -> None:
    """A cell that was merged over several rows speaks for each of them; one merged over columns is a title."""
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if left != right or top >= len(rows) or left >= len(rows[top]):
            continue
        for row in rows[top + 1 : bottom + 1]:
            row.extend([None] * (left + 1 - len(row)))
            row[left] = rows[top][left]


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    if isinstance(value, time | timedelta):
        return str(value)
    return str(value)


if __name__ == "__main__":
    main()
