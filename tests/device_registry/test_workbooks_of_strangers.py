"""A workbook from outside is opened where it can do no harm: too large, too far or broken ones are refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest

from common.files.workbooks import Sheet, workbook
from common.values.errors import Refusal
from device_registry.domain.sheets import Choice
from device_registry.inventories.opening import Opened, open_file

SHEET = "xl/worksheets/sheet1.xml"
SOUND = workbook(Sheet("清单", [["设置地点", "备注"], ["衡山路", "x"]]))


def changed(change: Callable[[str], str]) -> bytes:
    """The sound workbook with another first sheet."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(SOUND)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            data = old.read(part)
            new.writestr(part.filename, change(data.decode()) if part.filename == SHEET else data)
    return out.getvalue()


def with_row(row: str) -> bytes:
    return changed(lambda xml: xml.replace("</sheetData>", row + "</sheetData>"))


def bomb() -> bytes:
    out = io.BytesIO(SOUND)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet9.xml", b" " * (201 << 20))
    return out.getvalue()


def many_parts() -> bytes:
    out = io.BytesIO(SOUND)
    with zipfile.ZipFile(out, "a") as book:
        for n in range(1_001):
            book.writestr(f"xl/media/{n}.png", b"")
    return out.getvalue()


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "unfolds to too much": (bomb, "IMP_WORKBOOK_TOO_LARGE"),
    "too many parts": (many_parts, "IMP_WORKBOOK_TOO_LARGE"),
    "a cell in the last column": (
        lambda: with_row('<row r="9"><c r="XFD9"><v>1</v></c></row>'),
        "IMP_WORKBOOK_TOO_LARGE",
    ),
    "a cell in the last row": (
        lambda: with_row('<row r="1048576"><c r="A1048576"><v>1</v></c></row>'),
        "IMP_WORKBOOK_TOO_LARGE",
    ),
    "a rectangle of millions": (
        lambda: with_row('<row r="90000"><c r="ZZ90000"><v>1</v></c></row>'),
        "IMP_WORKBOOK_TOO_LARGE",
    ),
    "cut off": (lambda: SOUND[:-200], "IMP_WORKBOOK_UNREADABLE"),
    "no workbook in the archive": (lambda: _archive("readme.txt"), "IMP_WORKBOOK_UNREADABLE"),
    "an old file that is none": (lambda: b"\xd0\xcf\x11\xe0" + bytes(4_096), "IMP_WORKBOOK_UNREADABLE"),
}


def _archive(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        book.writestr(name, "x")
    return out.getvalue()


async def opened(data: bytes) -> Opened:
    return await open_file(data, Choice(), most_rows=1_000)


@pytest.mark.parametrize("make, code", HOSTILE.values(), ids=HOSTILE.keys())
async def test_a_hostile_workbook_is_refused(make: Callable[[], bytes], code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        await opened(make())

    assert refusal.value.code == code


async def test_the_values_of_a_workbook_are_read_and_its_formulas_are_not_run() -> None:
    formula = '<row r="3"><c r="A3" t="str"><f>WEBSERVICE("http://x.test")</f><v>东平路</v></c></row>'

    (sheet,) = (await opened(with_row(formula))).sheets

    assert [list(row) for row in sheet.rows] == [["设置地点", "备注"], ["衡山路", "x"], ["东平路"]]  # type: ignore[arg-type]


async def test_a_merged_cell_speaks_for_each_of_its_rows_and_a_workbook_may_have_more_rows_than_an_import() -> (
    None
):
    merged = changed(
        lambda xml: xml.replace(
            "</sheetData>",
            '<row r="3"><c r="B3" t="str"><v>y</v></c></row></sheetData>'
            '<mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells>',
        )
    )

    (sheet,) = (await opened(merged)).sheets
    with pytest.raises(Refusal) as refusal:
        await opened(workbook(Sheet("一", [[f"路{n}"] for n in range(2_100)])))

    assert list(sheet.rows[2]) == ["衡山路", "y"]  # type: ignore[arg-type]
    assert refusal.value.code == "IMP_TOO_MANY_ROWS"


async def test_a_text_file_under_the_name_of_a_workbook_is_read_as_text() -> None:
    opened_as = await opened("设置地点\t备注\n衡山路\tx\n".encode("utf-16"))

    assert (opened_as.format, opened_as.encoding) == ("TSV", "UTF-16-LE")
