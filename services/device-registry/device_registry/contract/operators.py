"""The regulated party's own device: who runs it, the agency's inspections, the party's answers."""

from __future__ import annotations

from datetime import date, datetime

from common.values.ids import DeviceId, PartyId
from common.web.wire import Day, In, Out, Text
from device_registry.contract.words import ResultName


class OperatorOrder(In):
    """设备运营人: the party that runs its own device under a duty of the law (NJ 9(2))."""

    party_id: PartyId


class InspectionOrder(In):
    """监督检查: what was found on which day. A FAIL names the last day to mend it, a PASS none."""

    inspected_on: Day
    result: ResultName
    findings: Text
    rectify_by: Day | None = None


class InspectionAnswerOrder(In):
    """What the party did about an inspection."""

    answer: Text


class InspectionView(Out):
    """An inspection; `answer` is null until the party answered."""

    n: int
    inspected_on: date
    result: ResultName
    findings: str
    rectify_by: date | None
    recorded_at: datetime
    answer: str | None
    answered_at: datetime | None


class InspectionsView(Out):
    """The inspections of one device, oldest first."""

    device_id: DeviceId
    inspections: list[InspectionView]


class InspectionRecordedView(Out):
    """The number of the inspection that was recorded or answered."""

    device_id: DeviceId
    n: int
