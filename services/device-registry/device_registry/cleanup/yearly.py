"""The yearly report of new devices: asked for and reminded of in December, and its content from the register."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Final

from common.documents.figures import day
from common.documents.glyphs import as_drawable
from common.documents.render import Template, render
from common.door.uow import View, change, view
from common.policy import Action, Mandate, Resource, authorize, service_actor
from common.values.calendar import end_of, legal_day, start_of
from common.values.ids import AnnualReportId, DeviceId
from common.values.profile import Profile
from device_registry.cleanup.content import Agency, AnnualForm, Figure, TableRow
from device_registry.cleanup.nightly import SERVICE
from device_registry.domain import annual as law
from device_registry.domain.annex import cited
from device_registry.domain.annual import AnnualReport, Balance
from device_registry.domain.concluding import KINDS
from device_registry.domain.device import DeviceKind, Result
from device_registry.runtime import RegistryRuntime
from device_registry.store import annual, dossiers
from device_registry.store.annual import AnnualContent, NewDevice

_TEMPLATE: Final = Template(
    "D-38", "执法类电子技术监控设备新增情况报告", Path(__file__).parent / "annual.typ", AnnualForm
)


async def watch_reports(runtime: RegistryRuntime) -> None:
    """Ask every agency with a device in December, remind it, and note who missed 31 December (PJ §3(3))."""
    mandate = authorize(service_actor(SERVICE), Action.CAMPAIGN_WORK)
    async with view(runtime.db, mandate) as v:
        today = legal_day(v.now)
        owing = await annual.list_owing(v, year=today.year) if today.month == 12 else []
        waiting = await annual.list_open(v)
        due = [r for r in waiting if law.due_overdue(r, at=v.now) or _reminder(runtime, r, v.now)]
    for agency_id in owing:
        async with change(runtime.db, mandate) as tx:
            report_id = AnnualReportId.new(tx.now)
            permit = tx.permit(Resource(report_id, agency_id))
            await annual.add(tx, permit, law.request(report_id, agency_id, year=today.year))
    for report in due:
        await _note(runtime, mandate, report.id)


async def _note(runtime: RegistryRuntime, mandate: Mandate, report_id: AnnualReportId) -> None:
    async with change(runtime.db, mandate) as tx:
        report = await annual.lock(tx, report_id)
        fact = _reminder(runtime, report, tx.now) or law.due_overdue(report, at=tx.now)
        if fact is not None:
            await annual.save(tx, tx.permit(annual.resource(report)), report, fact)


def _reminder(runtime: RegistryRuntime, report: AnnualReport, at: datetime) -> law.AnnualReminded | None:
    return law.due_reminder(report, profile=runtime.profile, at=at)


async def content_of(v: View, report: AnnualReport, *, agency_name: str) -> tuple[AnnualContent, int]:
    """The content as the register has it now, and the register's own count of devices in use.

    A report that is drafted after its year ends with 31 December all the same.
    """
    since, until = start_of(date(report.year, 1, 1)), end_of(report.due)
    lives = await annual.list_lives(v, report.agency_id, since=since, until=until)
    new = [life.device_id for life in lives if life.is_new]
    devices = tuple([await _new_device(v, device_id) for device_id in new])
    content = AnnualContent(agency_name, law.balance(lives), devices)
    return content, await annual.count_in_use(v, report.agency_id, until=until)


async def _new_device(v: View, device_id: DeviceId) -> NewDevice:
    dossier = await dossiers.get(v, device_id)
    device = dossier.device
    legal, technical = dossier.legal_reviews[-1:], dossier.technical_reviews[-1:]
    passed = [paper for paper in dossier.conformities if paper.result is Result.PASS][-1:]
    verified = [paper for paper in dossier.certificates if paper.result is Result.PASS][-1:]
    signs, published = dossier.signs[-1:], dossier.publications[-1:]
    bases = dict.fromkeys(cited(basis) for function in device.functions for basis in function.bases)
    cells = {
        "设备编号": device.code or "",
        "种类": KINDS[device.kind],
        "执法情形": "、".join(function.name for function in device.functions),
        "设置地点": device.site.place,
        "设置依据": ";".join(bases),
        "法制审核": "、".join(day(review.at) for review in legal),
        "技术审核": "、".join(day(review.at) for review in technical),
        "标准": "、".join(f"{paper.standard}({paper.report_no})" for paper in passed),
        "检定": "、".join(f"{paper.certificate_no},至{day(paper.valid_until)}" for paper in verified)
        or "不适用",
        "标志设置": "、".join(day(sign.from_day) for sign in signs),
        "公布": "、".join(f"{day(entry.published_at)},{entry.channel},{entry.url}" for entry in published),
        "启用": day(device.in_service_from) if device.in_service_from else "",
        "权属、经费、安装": f"{device.provision.owner}、{device.provision.funding}、{device.provision.installer}",
    }
    return NewDevice(device_id, tuple(cells.items()))


def annual_pdf(report: AnnualReport, content: AnnualContent, profile: Profile, at: datetime) -> bytes:
    """The report as PDF/A-3a, made at `at`; without new devices it is a zero report."""
    form = AnnualForm(
        agency=Agency(as_drawable(content.agency_name)),
        number=report.id,
        recipient="、".join(profile.cleanup.recipients),
        year=f"{report.year}",
        balances=tuple(TableRow(_cells(each)) for each in content.balances)
        or (TableRow(("合计", "0", "0", "0", "0", "0")),),
        devices=tuple(
            TableRow(tuple(f"{name}:{as_drawable(text)}" for name, text in each.cells if text))
            for each in content.devices
        ),
        summary=Figure("新增设备", f"{len(content.devices)} 台(套)"),
    )
    return render(_TEMPLATE, form, at)


def _cells(balance: Balance) -> tuple[str, ...]:
    counts = (balance.opening, balance.new, balance.stopped, balance.retired, balance.closing)
    return (KINDS[DeviceKind(balance.kind)], *(f"{count}" for count in counts))
