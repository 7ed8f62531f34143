"""Workbooks (XLSX) that we write: templates, exports, annexes.

Every text is written as text. A text that begins with `=`, `+`, `-` or `@` would otherwise run as a formula on the desk
of the official who opens the file, and one of twenty digits would lose its last five.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import xlsxwriter

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Cell = str | int | None


@dataclass(frozen=True)
class Sheet:
    """One sheet: its rows from the top, the first `headings` of them in bold, and the widths of its columns.

    A width is a count of characters. The columns after the last one have the width of the program that opens the file.
    """

    name: str
    rows: Iterable[Sequence[Cell]]
    headings: int = 1
    widths: Sequence[int] = ()


def workbook(*sheets: Sheet) -> bytes:
    """The file. The same sheets give the same cells; the bytes also hold the time of writing."""
    out = io.BytesIO()
    # Constant memory: 50,000 rows with their reasons go through, whatever the texts are.
    with xlsxwriter.Workbook(
        out, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        bold, text = book.add_format({"bold": True, "num_format": "@"}), book.add_format({"num_format": "@"})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            for at, width in enumerate(sheet.widths):
                page.set_column(at, at, width)
            if sheet.headings:
                page.freeze_panes(sheet.headings, 0)
            for n, row in enumerate(sheet.rows):
                style = bold if n < sheet.headings else text
                for at, cell in enumerate(row):
                    if isinstance(cell, int):
                        page.write_number(n, at, cell)
                    elif cell:
                        page.write_string(n, at, cell, style)
    return out.getvalue()
