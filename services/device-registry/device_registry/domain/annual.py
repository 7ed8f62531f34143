"""The yearly report of new devices (新增情况报告, PJ §3(3)): to the government, and on file with the justice bureau.

(1 December) request ─▶ remind on the days of the profile ─▶ draft, as often as needed ─▶ two receipts ─▶ FILED
beside it: 31 December passes without both receipts ─▶ overdue (OV-8)

The balance: what was in use as the year began, and what came into use, less what was stopped and retired, is what is
in use. It is counted in two ways, from the lives of the devices and from the register, and must agree.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, assert_never

from common.values.calendar import end_of, legal_day
from common.values.errors import Kind, Refusal
from common.values.facts import Fact
from common.values.ids import AgencyId, AnnualReportId, DeviceId
from common.values.law import PJ_3_3
from common.values.profile import Profile
from device_registry.domain.cleanup import IN_USE
from device_registry.domain.device import DeviceKind, State


class Recipient(StrEnum):
    GOVERNMENT = "GOVERNMENT"
    JUSTICE = "JUSTICE"


@dataclass(frozen=True)
class Life:
    """A device as the year began and as it ends; `activated` says that a period of service began in between.

    `now` is what it is at present or, once the year is over, what it was on 31 December; None for a later device.
    """

    device_id: DeviceId
    kind: DeviceKind
    was: State | None
    activated: bool
    now: State | None

    @property
    def is_new(self) -> bool:
        """Whether it came into use in the year. One that was resumed or repaired was in use all the time."""
        return self.activated and self.was not in IN_USE


@dataclass(frozen=True)
class Balance:
    """opening + new - stopped - retired = closing, of one kind of device."""

    kind: str
    opening: int
    new: int
    stopped: int
    retired: int
    closing: int


@dataclass(frozen=True)
class AnnualReport:
    """`reminded` are the days of December on which the agency was reminded."""

    id: AnnualReportId
    agency_id: AgencyId
    year: int
    reminded: tuple[int, ...] = ()
    drafted_at: datetime | None = None
    receipts: Mapping[str, str] | None = None
    overdue_at: datetime | None = None

    @property
    def due(self) -> date:
        return date(self.year, 12, 31)

    @property
    def is_filed(self) -> bool:
        return len(self.receipts or {}) == len(Recipient)


@dataclass(frozen=True)
class AnnualRequested(Fact):
    type: ClassVar[str] = "annual_report.requested"
    owner: AnnualReportId
    agency_id: AgencyId
    year: int
    due: date


@dataclass(frozen=True)
class AnnualReminded(Fact):
    type: ClassVar[str] = "annual_report.reminded"
    owner: AnnualReportId
    agency_id: AgencyId
    day: int


@dataclass(frozen=True)
class AnnualDrafted(Fact):
    type: ClassVar[str] = "annual_report.drafted"
    owner: AnnualReportId
    opening: int
    new: int
    stopped: int
    retired: int
    closing: int
    pdf_sha256: str
    made_at: datetime


@dataclass(frozen=True)
class AnnualReceived(Fact):
    """One of the two recipients gave a receipt."""

    type: ClassVar[str] = "annual_report.received"
    owner: AnnualReportId
    recipient: Recipient
    number: str
    received_on: date


@dataclass(frozen=True)
class AnnualOverdue(Fact):
    type: ClassVar[str] = "annual_report.overdue"
    owner: AnnualReportId
    agency_id: AgencyId
    year: int


AnnualFact = AnnualReminded | AnnualDrafted | AnnualReceived | AnnualOverdue


def request(report_id: AnnualReportId, agency_id: AgencyId, *, year: int) -> AnnualRequested:
    """Ask an agency for its report of `year`, due on 31 December (PJ §3(3))."""
    return AnnualRequested(report_id, agency_id, year, date(year, 12, 31))


def due_reminder(report: AnnualReport, *, profile: Profile, at: datetime) -> AnnualReminded | None:
    """The newest reminder whose day has come and that was not given; None where there is none."""
    today = legal_day(at)
    passed = [day for day in profile.cleanup.reminder_days if date(report.year, 12, day) <= today]
    if report.is_filed or today > report.due or not passed or max(passed) in report.reminded:
        return None
    return AnnualReminded(report.id, report.agency_id, max(passed))


def due_overdue(report: AnnualReport, *, at: datetime) -> AnnualOverdue | None:
    """Overdue from 1 January on, once, while a receipt is missing (PJ §3(3))."""
    if report.is_filed or report.overdue_at is not None or at < end_of(report.due):
        return None
    return AnnualOverdue(report.id, report.agency_id, report.year)


def balance(lives: Iterable[Life]) -> tuple[Balance, ...]:
    """The balance of each kind of device. What left the use otherwise than by retirement counts as stopped."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for life in lives:
        of_kind = counts[life.kind.value]
        was_in_use = life.was in IN_USE
        of_kind[0] += was_in_use
        of_kind[1] += life.is_new
        left = (was_in_use or life.activated) and life.now not in IN_USE
        of_kind[2] += left and life.now is not State.RETIRED
        of_kind[3] += left and life.now is State.RETIRED
    return tuple(
        Balance(kind, opening, new, stopped, retired, opening + new - stopped - retired)
        for kind, (opening, new, stopped, retired) in sorted(counts.items())
        if opening or new
    )


def draft(
    report: AnnualReport, balances: tuple[Balance, ...], *, in_use: int, pdf_sha256: str, made_at: datetime
) -> AnnualDrafted:
    """Draft the report. `in_use` is the register's own count: the balance must end with it."""
    closing = sum(each.closing for each in balances)
    if closing != in_use:
        raise Refusal(Kind.CONFLICT, "ANR_UNBALANCED", {"closing": closing, "in_use": in_use}, article=PJ_3_3)
    if report.receipts:
        raise Refusal(Kind.CONFLICT, "ANR_FILED", {"report": report.id}, article=PJ_3_3)
    return AnnualDrafted(
        report.id,
        sum(each.opening for each in balances),
        sum(each.new for each in balances),
        sum(each.stopped for each in balances),
        sum(each.retired for each in balances),
        closing,
        pdf_sha256,
        made_at,
    )


def receive(
    report: AnnualReport, recipient: Recipient, *, number: str, received_on: date, at: datetime
) -> AnnualReceived:
    """Record a receipt of a report that was drafted; each recipient gives one."""
    if report.drafted_at is None:
        raise Refusal(Kind.CONFLICT, "ANR_NOT_DRAFTED", {"report": report.id}, article=PJ_3_3)
    if recipient.value in (report.receipts or {}):
        raise Refusal(Kind.CONFLICT, "ANR_RECEIVED", {"recipient": recipient}, article=PJ_3_3)
    if not legal_day(report.drafted_at) <= received_on <= legal_day(at):
        facts = {"first": legal_day(report.drafted_at), "last": legal_day(at)}
        raise Refusal(Kind.INVALID, "ANR_RECEIPT_DAY", facts, article=PJ_3_3)
    return AnnualReceived(report.id, recipient, number, received_on)


def begun(fact: AnnualRequested) -> AnnualReport:
    """The report that `fact` asks for."""
    return AnnualReport(fact.owner, fact.agency_id, fact.year)


def after(report: AnnualReport, fact: AnnualFact, *, at: datetime) -> AnnualReport:
    """The report as `fact`, recorded at `at`, leaves it."""
    match fact:
        case AnnualReminded():
            return replace(report, reminded=(*report.reminded, fact.day))
        case AnnualDrafted():
            return replace(report, drafted_at=fact.made_at)
        case AnnualReceived():
            known = dict(report.receipts or {})
            return replace(report, receipts=known | {fact.recipient.value: fact.number})
        case AnnualOverdue():
            return replace(report, overdue_at=at)
        case _:
            assert_never(fact)
