"""A workbook of ours shows the cells that were written, and none of them runs."""

from __future__ import annotations

import io

import openpyxl
from python_calamine import CalamineWorkbook

from common.files.workbooks import Sheet, workbook

TEXTS = [
    "=1+1",
    "+86",
    "-1",
    "@SUM(A1)",
    "31010400001190000001",
    "http://example.test",
    "'quoted",
    "两行\n文字",
]


def test_a_text_stays_the_text_that_was_written_and_never_becomes_a_formula() -> None:
    data = workbook(Sheet("清单", [["列一", "列二"], *([text, 7] for text in TEXTS)]))

    page = openpyxl.load_workbook(io.BytesIO(data))["清单"]

    assert [cell.value for cell in page["A"]] == ["列一", *TEXTS]
    assert {cell.data_type for cell in page["A"]} == {"s"}
    assert not any(cell.hyperlink for cell in page["A"])
    assert [cell.value for cell in page["B"][1:]] == [7] * len(TEXTS)
    other = CalamineWorkbook.from_object(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in other] == ["列一", *TEXTS]


def test_an_empty_cell_stays_empty() -> None:
    data = workbook(Sheet("一", [["", None, "三"]]), Sheet("二", []))

    book = openpyxl.load_workbook(io.BytesIO(data))

    assert [cell.value for cell in book["一"][1]] == [None, None, "三"]
    assert book.sheetnames == ["一", "二"]
