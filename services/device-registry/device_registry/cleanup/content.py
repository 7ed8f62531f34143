"""The content that each document of the clean-up must have; a field without a default is mandatory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from common.documents.content import Content
from common.values.law import PJ_3_2, PJ_3_3, PJ_ANNEX_1

SUBTITLE: Final = "(各街道、区直行政执法机关填报)"
NOTES: Final = (
    "“具体情形”按清理规范前的实际情形逐项填写。",
    "“设置依据”填写法律、法规、规章的具体条款;没有依据的,填写“无依据”;规范性文件填写名称、发文机关和文号。",
    "“清理规范结果”填写“停止使用”或“保留并继续使用”。",
    "“总计”填写设备数量、近三年罚款金额、清理规范结果的汇总结果。",
)
"""The four filling notes of the annex (填报说明), in short."""


@dataclass(frozen=True)
class Agency(Content):
    """The agency that reports. `address` and `phone` are what the page's head may print."""

    name: str
    address: str = ""
    phone: str = ""


@dataclass(frozen=True)
class TableRow(Content):
    """A row as the form prints it: the nine cells as text."""

    cells: tuple[str, ...]


@dataclass(frozen=True)
class AnnexForm(Content):
    """附件1. `columns` are the nine headings, the unit of the amount among them."""

    article = PJ_ANNEX_1

    agency: Agency
    number: str
    subtitle: str
    filler: str
    contact: str
    filled_on: date
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    total: TableRow
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Figure(Content):
    """A counted thing: its name, and the figure with its unit."""

    name: str
    figure: str


@dataclass(frozen=True)
class OverallReport(Content):
    """总体情况报告: scope, totals, findings by item, results, fines, verification on site, problems, next steps."""

    article = PJ_3_2

    agency: Agency
    number: str
    recipient: str
    as_of: date
    totals: tuple[Figure, ...]
    findings: tuple[Figure, ...]
    results: tuple[Figure, ...]
    fines: str
    inspections: str
    problems: str
    next_steps: str
    filler: str
    contact: str
    top: tuple[Figure, ...] = ()


@dataclass(frozen=True)
class ZeroDeclaration(Content):
    """没有使用电子技术监控设备的书面反馈."""

    article = PJ_3_2

    agency: Agency
    number: str
    recipient: str
    as_of: date
    filler: str
    contact: str
    filled_on: date


@dataclass(frozen=True)
class AnnualForm(Content):
    """新增情况报告. `devices` are empty in a zero report."""

    article = PJ_3_3

    agency: Agency
    number: str
    recipient: str
    year: str
    balances: tuple[TableRow, ...]
    summary: Figure
    devices: tuple[TableRow, ...] = ()
