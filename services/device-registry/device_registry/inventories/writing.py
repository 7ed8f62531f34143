"""The files that agencies get: a template, their devices in its columns, their own file with what came of each row."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal

from common.files.workbooks import MEDIA_TYPE, Sheet, workbook
from common.values.refusals import Language, sentence
from device_registry.domain.cells import Claims
from device_registry.domain.columns import NAMES, Column
from device_registry.domain.device import Datum, Device
from device_registry.domain.inventory import Understood
from device_registry.domain.legacy import Held
from device_registry.domain.sheets import Broken
from device_registry.domain.sheets import Sheet as ReadSheet
from device_registry.domain.values import CODED, accepted, text_of
from device_registry.store.imports import RowAnswer

FormatName = Literal["csv", "xlsx"]
MEDIA_TYPES: Final = {"csv": "text/csv; charset=utf-8", "xlsx": MEDIA_TYPE}

COLUMNS: Final = tuple(column for column in Column if column is not Column.COORDINATES)
"""The columns of the template and of an export, in their order."""

_EXAMPLE: Final[dict[Column, str]] = {
    Column.PLACE: "示例路与示例街路口",
    Column.DEVICE_CODE: "31010100001190000001",
    Column.OWN_NUMBER: "黄执-001",
    Column.DISTRICT: "黄浦区",
    Column.LONGITUDE: "121.494821",
    Column.LATITUDE: "31.223363",
    Column.DATUM: "WGS84",
    Column.DIRECTION: "由东向西",
    Column.FUNCTIONS: "机动车违法停放",
    Column.BASIS: "《某法》第一条",
    Column.VERIFIED_ON: "2026-01-31",
    Column.VALID_UNTIL: "2027-01-30",
    Column.SIGN: "是",
    Column.PUBLISHED_ON: "2026-02-01",
    Column.IN_USE_SINCE: "2026-03-01",
}
_WIDTHS: Final = [28, 24] + [16] * (len(COLUMNS) - 2)
_RUNS: Final = re.compile(r"[=+\-@\t\r＝＋＠]")
_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?|-")

Line = Sequence[str]


def headings() -> list[str]:
    """The headings of the template: those by which the same file is read again."""
    return [NAMES[column][0] for column in COLUMNS]


def template(kind: FormatName, language: Language) -> bytes:
    """An empty inventory with an example, and what each column may hold."""
    example = [_EXAMPLE.get(c) or (accepted(c)[0] if c in CODED else "") for c in COLUMNS]
    explained = [sentence("IMP_TEMPLATE", "heading", {}, language).split("|")]
    for column in COLUMNS:
        allowed = "、".join(accepted(column)) if column in CODED else _EXAMPLE.get(column, "")
        explained.append([NAMES[column][0], column.value, allowed, "、".join(NAMES[column][1:6])])
    explained.append([sentence("IMP_TEMPLATE", "rules", {}, language)])
    if kind == "csv":
        # A text file has no second sheet: the explanation of each column stands above it, and is read as a title.
        return written("csv", [headings(), example])
    devices, words = sentence("IMP_TEMPLATE", "sheets", {}, language).split("|")
    return workbook(
        Sheet(devices, [headings(), example], widths=_WIDTHS),
        Sheet(words, explained, widths=[18, 20, 60, 60]),
    )


def exported(kind: FormatName, devices: Iterable[Held], language: Language) -> bytes:
    """Devices in the columns of the template, with their ids and states behind: the file can be imported again."""
    more = sentence("IMP_TEMPLATE", "export", {}, language).split("|")
    return written(kind, _lines(devices, more), widths=_WIDTHS)


def _lines(devices: Iterable[Held], more: Sequence[str]) -> Iterator[Line]:
    yield [*headings(), *more]
    for held in devices:
        device, said = held.device, held.claims or claims_of(held.device)
        cells = [said.get(column, "") for column in COLUMNS]
        yield [*("" if cell == Datum.UNKNOWN else cell for cell in cells), device.id, device.state]


def claims_of(device: Device) -> Claims:
    """A device that no file brought, in the columns of an inventory."""
    site, provision = device.site, device.provision
    said: dict[Column, str | None] = {
        Column.PLACE: site.place,
        Column.DEVICE_CODE: device.code,
        Column.OWN_NUMBER: device.agency_number,
        Column.DISTRICT: site.division,
        Column.LONGITUDE: None if site.longitude is None else str(site.longitude),
        Column.LATITUDE: None if site.latitude is None else str(site.latitude),
        Column.DATUM: None if site.longitude is None else site.datum,
        Column.DIRECTION: site.direction,
        Column.PLACE_TYPE: site.place_type,
        Column.KIND: device.kind,
        Column.FUNCTIONS: "、".join(function.name for function in device.functions),
        Column.METROLOGY: _one(function.metrology for function in device.functions),
        Column.BASIS: ";".join(
            dict.fromkeys(basis.title + basis.article for f in device.functions for basis in f.bases)
        ),
        Column.BASIS_LEVEL: _one(basis.level for f in device.functions for basis in f.bases),
        Column.OWNER_TYPE: provision.owner,
        Column.INSTALLER_TYPE: provision.installer,
        Column.FUNDING: provision.funding,
        Column.REVENUE_LINK: provision.revenue_link,
        Column.OBLIGATION_BASIS: provision.obligation_basis,
    }
    return {column: text for column, text in said.items() if text and text != "UNKNOWN"}


def _one(values: Iterable[str]) -> str | None:
    """The one value that all of them have; a column holds no list of them."""
    found = set(values)
    return found.pop() if len(found) == 1 else None


def annotated(
    kind: FormatName,
    sheets: Sequence[ReadSheet],
    understood: Understood,
    answers: Sequence[RowAnswer],
    language: Language,
) -> bytes:
    """The sender's own file, row by row, with two columns more: what came of the row, and why."""
    by_row = {(answer.sheet, answer.row): answer for answer in answers}
    skipped = {(row.sheet, row.number): row.kind for row in understood.skipped}
    headed = {(table.sheet, table.header_row) for table in understood.tables}
    result, why = sentence("IMP_TEMPLATE", "result", {}, language).split("|")
    pages = []
    for sheet in sheets:
        width = max((len(row) for row in sheet.rows if not isinstance(row, Broken)), default=0)
        lines: list[Line] = []
        for number, row in enumerate(sheet.rows, start=1):
            cells = [] if isinstance(row, Broken) else [text_of(cell) for cell in row]
            cells += [""] * (width - len(cells))
            key = (sheet.name, number)
            if key in by_row:
                cells += [by_row[key].outcome, reasons(by_row[key], language)]
            elif key in headed:
                cells += [result, why]
            elif key in skipped:
                cells += [skipped[key], ""]
            lines.append(cells)
        pages.append((sheet.name or "1", lines))
    if kind == "csv":
        return written("csv", [line for _, lines in pages for line in lines])
    return workbook(*(Sheet(name, lines, headings=0) for name, lines in pages))


def reasons(answer: RowAnswer, language: Language) -> str:
    """Why a row was refused, or what is to be done about the device that it is."""
    said = [error.said(language) for error in (*answer.errors, *answer.notes)]
    noted = {note.code for note in answer.notes}
    return " ".join([*said, *(code for code in answer.findings if code not in noted)])


def written(kind: FormatName, lines: Iterable[Line], *, widths: Sequence[int] = ()) -> bytes:
    """A file of one table. No cell of it runs as a formula on the desk of whoever opens it."""
    if kind == "xlsx":
        return workbook(Sheet("1", lines, widths=widths))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([_harmless(cell) for cell in line] for line in lines)
    # The mark lets a spreadsheet program read Chinese without asking for the encoding.
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _harmless(cell: str) -> str:
    """A cell of a text file that a spreadsheet would take for a formula begins with an apostrophe."""
    return f"'{cell}" if _RUNS.match(cell) and not _NUMBER.fullmatch(cell) else cell
