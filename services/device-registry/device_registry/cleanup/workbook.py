"""Annex 1 as a workbook (XLSX). The same content at the same instant gives the same bytes."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Final

from xlsxwriter import Workbook

from common.documents.figures import day
from common.values.clock import BEIJING
from common.values.profile import AnnexOne
from device_registry.cleanup.content import NOTES, SUBTITLE
from device_registry.domain.annex import NO, YES, Annex, Header
from device_registry.domain.money import amount_in

_WIDTHS: Final = (6, 34, 34, 10, 16, 12, 40, 18, 26)
_FIRST_ROW: Final = 5
_UNITS: Final = {"YUAN": "元", "WAN_YUAN": "万元"}


def columns(form: AnnexOne) -> tuple[str, ...]:
    """The nine headings; the amount names its unit."""
    return (
        "序号",
        "具体情形",
        "设置依据",
        "设备数量",
        f"近三年罚款金额({_UNITS[form.amount_unit]})",
        "是否需要清理",
        "具体事由",
        "清理规范结果",
        "备注",
    )


def total_in(annex: Annex, form: AnnexOne) -> Decimal:
    """The total amount as the sum of the amounts that are printed, so that the table adds up to the last place."""
    return sum((amount_in(row.fines_fen, form.amount_unit) for row in annex.rows), Decimal(0))


def workbook(annex: Annex, header: Header, form: AnnexOne, at: datetime) -> bytes:
    """The file as it is made at `at`. Every text is written as text: a formula in it stays a text."""
    buffer = BytesIO()
    book = Workbook(buffer, {"in_memory": True})
    # The times of a workbook have no zone; they are those of the city.
    book.set_properties({"title": form.title, "created": at.astimezone(BEIJING).replace(tzinfo=None)})
    sheet = book.add_worksheet("附件1")
    title = book.add_format({"bold": True, "font_size": 16, "align": "center"})
    centred = book.add_format({"align": "center"})
    plain = book.add_format({"text_wrap": True})
    cell = book.add_format({"border": 1, "text_wrap": True, "valign": "vcenter"})
    head = book.add_format({"border": 1, "bold": True, "align": "center", "text_wrap": True})
    money = book.add_format({"border": 1, "num_format": "0.00", "valign": "vcenter"})
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    filled_on = day(header.filled_on) if header.filled_on else ""
    sheet.merge_range(0, 0, 0, 8, form.title, title)
    sheet.merge_range(1, 0, 1, 8, SUBTITLE, centred)
    sheet.merge_range(2, 0, 2, 8, f"填报单位(公章):{header.unit}", plain)
    line = f"填报人:{header.filler}    联系方式:{header.contact}    填报日期:{filled_on}"
    sheet.merge_range(3, 0, 3, 8, line, plain)
    for column, name in enumerate(columns(form)):
        sheet.write_string(4, column, name, head)
    for row in annex.rows:
        y = _FIRST_ROW + row.number - 1
        sheet.write_number(y, 0, row.number, cell)
        sheet.write_number(y, 3, row.devices, cell)
        sheet.write_number(y, 4, amount_in(row.fines_fen, form.amount_unit), money)
        needs = YES if row.needs_cleanup else NO
        texts = {1: row.scenario, 2: row.basis, 5: needs, 6: row.reason, 7: row.result, 8: row.remark}
        for column, text in texts.items():
            sheet.write_string(y, column, text, cell)
    y = _FIRST_ROW + len(annex.rows)
    for column in range(9):
        sheet.write_blank(y, column, None, cell)
    sheet.write_string(y, 0, "总计", head)
    sheet.write_number(y, 3, annex.total.devices, cell)
    sheet.write_number(y, 4, total_in(annex, form), money)
    sheet.write_string(y, 7, annex.total.result, cell)
    sheet.merge_range(y + 1, 0, y + 1, 8, "填报说明:", plain)
    for number, note in enumerate(NOTES, 1):
        sheet.merge_range(y + 1 + number, 0, y + 1 + number, 8, f"{number}. {note}", plain)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    book.close()
    return buffer.getvalue()
