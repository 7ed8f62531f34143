"""The yearly reports of new devices, and the lives of devices that they count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, assert_never

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.ids import AgencyId, AnnualReportId, DeviceId
from device_registry.domain.annual import (
    AnnualDrafted,
    AnnualFact,
    AnnualOverdue,
    AnnualReceived,
    AnnualReminded,
    AnnualReport,
    AnnualRequested,
    Balance,
    Life,
    after,
    begun,
)
from device_registry.domain.cleanup import IN_USE
from device_registry.domain.device import DeviceKind, State
from device_registry.store import tables
from device_registry.store.tables_cleanup import annual_reports as table


@dataclass(frozen=True)
class NewDevice:
    """One device that was activated in the year, as the report lists it; every cell is text."""

    device_id: DeviceId
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class AnnualContent:
    """What the file of a report prints."""

    agency_name: str
    balances: tuple[Balance, ...]
    devices: tuple[NewDevice, ...]


@dataclass(frozen=True)
class AnnualEntry:
    """A report with its content, None until it is drafted."""

    report: AnnualReport
    content: AnnualContent | None


def resource(report: AnnualReport) -> Resource:
    """The report as the policy sees it."""
    return Resource(report.id, report.agency_id)


async def lock(tx: Tx, report_id: AnnualReportId) -> AnnualReport:
    """The report, held until commit."""
    row = (await tx.conn.execute(_by_id(report_id).with_for_update())).mappings().one_or_none()
    if row is None:
        raise not_found(report_id)
    return _report(row)


async def get(at: Tx | View, report_id: AnnualReportId) -> AnnualEntry:
    """The report. Refusal NOT_FOUND without one that the caller sees."""
    row = (await at.conn.execute(_by_id(report_id))).mappings().one_or_none()
    if row is None:
        raise not_found(report_id)
    return _entry(row)


async def list_all(v: View, *, overdue: bool, after: str, limit: int) -> list[AnnualEntry]:
    """The reports that the caller sees, oldest first, after the id `after`; only those that are overdue, if asked."""
    query = sa.select(table).where(table.c.id > after).order_by(table.c.id).limit(limit)
    if overdue:
        query = query.where(table.c.overdue_at.is_not(None))
    return [_entry(row) for row in (await v.conn.execute(query)).mappings()]


async def list_open(v: View) -> list[AnnualReport]:
    """The reports that miss a receipt."""
    query = sa.select(table).where(table.c.is_filed.is_(False)).order_by(table.c.id)
    return [_report(row) for row in (await v.conn.execute(query)).mappings()]


async def list_owing(v: View, *, year: int) -> list[AgencyId]:
    """The agencies with a device in the register that were not asked for their report of `year`."""
    asked = sa.select(table.c.agency_id).where(table.c.year == year)
    devices = tables.devices
    query = sa.select(devices.c.agency_id).where(devices.c.agency_id.not_in(asked)).distinct()
    return sorted(AgencyId(each) for each in (await v.conn.execute(query)).scalars())


async def list_lives(at: View, agency_id: AgencyId, *, since: datetime, until: datetime) -> Sequence[Life]:
    """The devices of an agency that were ever in use: what they were at `since`, and what they were before `until`."""
    query = sa.text("""
        SELECT d.id, d.kind,
            (SELECT p.state FROM device_periods p WHERE p.device_id = d.id AND p.effective_from < :since
             ORDER BY p.n DESC LIMIT 1) AS was,
            (SELECT p.state FROM device_periods p WHERE p.device_id = d.id AND p.effective_from < :until
             ORDER BY p.n DESC LIMIT 1) AS state,
            EXISTS (SELECT FROM device_periods p WHERE p.device_id = d.id AND p.state = 'ACTIVE'
                    AND p.effective_from >= :since AND p.effective_from < :until) AS activated
        FROM devices d WHERE d.agency_id = :agency AND d.in_service_from IS NOT NULL ORDER BY d.id""")
    rows = await at.conn.execute(query, {"since": since, "until": until, "agency": agency_id})
    return [
        Life(
            DeviceId(row.id),
            DeviceKind(row.kind),
            State(row.was) if row.was else None,
            row.activated,
            State(row.state) if row.state else None,
        )
        for row in rows
    ]


async def count_in_use(at: Tx | View, agency_id: AgencyId, *, until: datetime) -> int:
    """How many devices of the agency the register shows as in use: now, or just before `until` once that is past."""
    devices, periods = tables.devices, tables.periods
    last = (
        sa.select(periods.c.state)
        .where(periods.c.device_id == devices.c.id, periods.c.effective_from < until)
        .order_by(periods.c.n.desc())
        .limit(1)
        .scalar_subquery()
    )
    state = devices.c.state if at.now < until else last
    query = sa.select(sa.func.count()).where(devices.c.agency_id == agency_id, state.in_(IN_USE))
    return int(await at.conn.scalar(query) or 0)


async def add(tx: Tx, permit: Permit, fact: AnnualRequested) -> AnnualReport:
    """The report that `fact` asks for."""
    tx.record(permit, fact)
    report = begun(fact)
    row = {
        "id": report.id,
        "agency_id": report.agency_id,
        "year": report.year,
        "reminded": [],
        "content": None,
        "drafted_at": None,
        "receipts": {},
        "is_filed": False,
        "overdue_at": None,
    }
    await tx.add(fact, table, row)
    return report


async def save(
    tx: Tx, permit: Permit, report: AnnualReport, *facts: AnnualFact, texts: AnnualContent | None = None
) -> AnnualReport:
    """The report as `facts` leave it; `texts` is the content of a draft."""
    tx.record(permit, *facts)
    for fact in facts:
        report = after(report, fact, at=tx.now)
        match fact:
            case AnnualReminded():
                values: dict[str, Any] = {"reminded": list(report.reminded)}
            case AnnualDrafted():
                values = {"content": asdict(texts) if texts else None, "drafted_at": report.drafted_at}
            case AnnualReceived():
                known = await tx.conn.scalar(sa.select(table.c.receipts).where(table.c.id == report.id))
                receipt = {"number": fact.number, "received_on": fact.received_on.isoformat()}
                values = {"receipts": (known or {}) | {fact.recipient.value: receipt}}
                values["is_filed"] = report.is_filed
            case AnnualOverdue():
                values = {"overdue_at": report.overdue_at}
            case _:
                assert_never(fact)
        await tx.set(fact, table, {"id": report.id}, values)
    return report


def _by_id(report_id: AnnualReportId) -> sa.Select[Any]:
    return sa.select(table).where(table.c.id == report_id)


def _report(row: sa.RowMapping) -> AnnualReport:
    return AnnualReport(
        AnnualReportId(row["id"]),
        AgencyId(row["agency_id"]),
        row["year"],
        tuple(row["reminded"]),
        row["drafted_at"],
        {name: receipt["number"] for name, receipt in row["receipts"].items()},
        row["overdue_at"],
    )


def _entry(row: sa.RowMapping) -> AnnualEntry:
    content = row["content"]
    if content is None:
        return AnnualEntry(_report(row), None)
    devices = tuple(
        NewDevice(DeviceId(each["device_id"]), tuple((name, text) for name, text in each["cells"]))
        for each in content["devices"]
    )
    balances = tuple(Balance(**each) for each in content["balances"])
    return AnnualEntry(_report(row), AnnualContent(content["agency_name"], balances, devices))
