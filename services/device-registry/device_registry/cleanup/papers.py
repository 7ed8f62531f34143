"""The documents of a clean-up report as PDF/A-3a: Annex 1, the overall report, the zero declaration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from common.documents.glyphs import as_drawable
from common.documents.render import Template, render
from common.values.profile import AnnexOne, Profile
from device_registry.cleanup.content import (
    NOTES,
    SUBTITLE,
    Agency,
    AnnexForm,
    Figure,
    OverallReport,
    TableRow,
    ZeroDeclaration,
)
from device_registry.cleanup.workbook import columns, total_in
from device_registry.domain.annex import NO, SHORT, YES, Annex, Header, Row
from device_registry.domain.cleanup import Category
from device_registry.domain.concluding import Overall
from device_registry.domain.inspections import Inspection, InspectionOutcome
from device_registry.domain.money import amount_in

_FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True)
class Inspected:
    """The verification on site, of the agency's devices: drawn, found in order, not in order, not visited yet."""

    drawn: int = 0
    resolved: int = 0
    unresolved: int = 0

    @classmethod
    def of(cls, inspections: Sequence[Inspection]) -> Inspected:
        outcomes = [inspection.outcome for inspection in inspections]
        resolved = outcomes.count(InspectionOutcome.RESOLVED)
        return cls(len(outcomes), resolved, outcomes.count(InspectionOutcome.UNRESOLVED))

    @property
    def zh(self) -> str:
        if not self.drawn:
            return "尚未抽取实地核查设备"
        waiting = self.drawn - self.resolved - self.unresolved
        return (
            f"抽取 {self.drawn} 台(套),核查属实或者已整改 {self.resolved} 台(套),"
            f"未整改到位 {self.unresolved} 台(套),待核查 {waiting} 台(套)"
        )


def annex_pdf(annex: Annex, header: Header, form: AnnexOne, at: datetime, *, number: str) -> bytes:
    """附件1 on A4 landscape."""
    template = Template("附件1", form.title, _FOLDER / "annex1.typ", AnnexForm)
    total = annex.total
    content = AnnexForm(
        agency=Agency(as_drawable(header.unit)),
        number=number,
        subtitle=SUBTITLE,
        filler=as_drawable(header.filler),
        contact=as_drawable(header.contact),
        filled_on=_day(header),
        columns=columns(form),
        rows=tuple(TableRow(_cells(row, form)) for row in annex.rows),
        total=TableRow(
            ("总计", "", "", f"{total.devices}", f"{total_in(annex, form)}", "", "", total.result, "")
        ),
        notes=NOTES,
    )
    return render(template, content, at)


def overall_pdf(
    overall: Overall,
    header: Header,
    texts: tuple[str, str],
    inspected: Inspected,
    profile: Profile,
    *,
    as_of: date,
    number: str,
    at: datetime,
) -> bytes:
    """总体情况报告. `texts` are the agency's words about problems and next steps."""
    template = Template(
        "D-38", "执法类电子技术监控设备清理规范总体情况报告", _FOLDER / "overall.typ", OverallReport
    )
    content = OverallReport(
        agency=Agency(as_drawable(header.unit)),
        number=number,
        recipient=profile.cleanup.recipients[1],
        as_of=as_of,
        totals=(
            Figure("清理前在用设备", f"{overall.devices} 台(套)"),
            *_figures(overall.by_kind),
            *(Figure(f"设置依据最高层级:{name}", f"{count} 台(套)") for name, count in overall.by_level),
        ),
        findings=tuple(
            Figure(f"第{number}项:{SHORT[Category(f'CU-{number}')]}", f"{count} 台(套)")
            for number, count in overall.by_category
        ),
        results=(
            Figure("停止使用", f"{overall.stopped} 台(套)"),
            Figure("保留并继续使用", f"{overall.kept} 台(套)"),
            Figure("其中已整改", f"{overall.rectified} 台(套)"),
        ),
        fines=f"近三年作出且未撤销的罚款合计 {amount_in(overall.fines_fen, 'YUAN')} 元",
        top=tuple(Figure(as_drawable(place), f"{amount_in(fen, 'YUAN')} 元") for place, fen in overall.top),
        inspections=inspected.zh,
        problems=as_drawable(texts[0]),
        next_steps=as_drawable(texts[1]),
        filler=as_drawable(header.filler),
        contact=as_drawable(header.contact),
    )
    return render(template, content, at)


def zero_pdf(header: Header, profile: Profile, *, as_of: date, number: str, at: datetime) -> bytes:
    """The written reply of an agency that uses no device (PJ §3(2))."""
    template = Template(
        "D-38", "关于没有使用电子技术监控设备的书面反馈", _FOLDER / "zero.typ", ZeroDeclaration
    )
    content = ZeroDeclaration(
        agency=Agency(as_drawable(header.unit)),
        number=number,
        recipient=profile.cleanup.recipients[1],
        as_of=as_of,
        filler=as_drawable(header.filler),
        contact=as_drawable(header.contact),
        filled_on=_day(header),
    )
    return render(template, content, at)


def _cells(row: Row, form: AnnexOne) -> tuple[str, ...]:
    texts = (row.scenario, row.basis, row.reason, row.remark)
    scenario, basis, reason, remark = (as_drawable(text) for text in texts)
    amount = f"{amount_in(row.fines_fen, form.amount_unit)}"
    needs = YES if row.needs_cleanup else NO
    return (f"{row.number}", scenario, basis, f"{row.devices}", amount, needs, reason, row.result, remark)


def _figures(counted: tuple[tuple[str, int], ...]) -> tuple[Figure, ...]:
    return tuple(Figure(name, f"{count} 台(套)") for name, count in counted)


def _day(header: Header) -> date:
    if header.filled_on is None:
        raise ValueError("a report without its date is refused before it is printed")
    return header.filled_on
