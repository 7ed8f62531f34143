"""What a finding about the past undoes: exactly the time that was held to be lawful and was not (APL 41; Inv. 3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from common.values.clock import BEIJING
from common.values.errors import Refusal
from common.values.facts import Commitment
from common.values.law import METROLOGY_9
from device_registry.domain.corrections import (
    DeviceCapabilityInvalidated,
    Paper,
    invalidate_paper,
    invalidated,
)
from device_registry.domain.device import Dossier, Period, State
from device_registry.domain.lifecycle import SuspensionReason
from tests.device_registry.domain.dossiers import CERTIFICATE, COMPLETE, DAY, NOON, PROFILE

WHY = Commitment(b"\0" * 32)
MAY_30 = datetime(2025, 5, 30, tzinfo=BEIJING)
RENEWED = replace(
    CERTIFICATE,
    certificate_no="JL-2",
    verified_on=date(2025, 6, 4),
    valid_until=date(2026, 6, 3),
    recorded_at=NOON + 2 * DAY,
)


def with_invalid(day: date, dossier: Dossier = COMPLETE) -> Dossier:
    first, *others = dossier.certificates
    return replace(dossier, certificates=(replace(first, invalid_from=day), *others))


def found(before: Dossier, after: Dossier, at: datetime = NOON) -> list[tuple[str, datetime, datetime]]:
    facts: tuple[DeviceCapabilityInvalidated, ...] = invalidated(before, after, profile=PROFILE, at=at)
    return [(fact.guard, fact.invalid_from, fact.invalid_until) for fact in facts]


@pytest.mark.law(METROLOGY_9)
def test_a_certificate_invalid_since_a_day_undoes_the_time_from_that_midnight_until_now() -> None:
    assert found(COMPLETE, with_invalid(date(2025, 5, 30))) == [("VERIFICATION", MAY_30, NOON)]


def test_the_interval_ends_where_another_certificate_begins_to_count() -> None:
    renewed = replace(COMPLETE, certificates=(CERTIFICATE, RENEWED))

    intervals = found(renewed, with_invalid(date(2025, 5, 30), renewed), at=NOON + 9 * DAY)

    assert intervals == [("VERIFICATION", MAY_30, RENEWED.recorded_at)]


def test_an_interval_never_reaches_back_before_the_service() -> None:
    assert found(COMPLETE, with_invalid(date(2025, 3, 10))) == [
        ("VERIFICATION", COMPLETE.device.in_service_from, NOON)
    ]


def test_time_that_was_unlawful_anyway_is_left_out() -> None:
    pause = (
        Period(State.SUSPENDED, NOON - 2 * DAY, NOON - 2 * DAY, SuspensionReason.ORDERED),
        Period(State.ACTIVE, NOON - DAY, NOON - DAY),
    )
    paused = replace(COMPLETE, periods=(*COMPLETE.periods, *pause))

    assert found(paused, with_invalid(date(2025, 5, 30), paused)) == [
        ("VERIFICATION", MAY_30, NOON - 2 * DAY),
        ("VERIFICATION", NOON - DAY, NOON),
    ]


def test_a_suspension_that_reaches_back_undoes_the_time_since_the_fault() -> None:
    fault = Period(State.SUSPENDED, NOON - 2 * DAY, NOON, SuspensionReason.FAULT)
    facts = invalidated(
        COMPLETE, replace(COMPLETE, periods=(*COMPLETE.periods, fault)), profile=PROFILE, at=NOON
    )

    assert [(f.guard, f.codes, f.invalid_from) for f in facts] == [
        ("STATE", ("E-DEV-01", "E-DEV-05"), NOON - 2 * DAY)
    ]


def test_a_paper_in_the_devices_favour_changes_nothing_about_the_past() -> None:
    assert found(COMPLETE, replace(COMPLETE, certificates=(CERTIFICATE, RENEWED)), at=NOON + 9 * DAY) == []


@pytest.mark.parametrize(
    "number, day, code",
    [
        ("JL-UNKNOWN", date(2025, 5, 30), "DEV_PAPER_UNKNOWN"),
        (CERTIFICATE.certificate_no, date(2025, 3, 9), "DEV_PAPER_PERIOD"),
        (CERTIFICATE.certificate_no, date(2025, 6, 3), "DEV_PAPER_PERIOD"),
    ],
    ids=["another-paper", "before-its-first-day", "after-today"],
)
def test_a_paper_is_invalid_since_a_day_of_its_own(number: str, day: date, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        invalidate_paper(
            COMPLETE, paper=Paper.CERTIFICATE, number=number, invalid_from=day, reason=WHY, at=NOON
        )

    assert refusal.value.code == code


@pytest.mark.parametrize("day, is_taken", [(date(2025, 5, 29), True), (date(2025, 5, 30), False)])
def test_a_finding_can_only_become_an_earlier_day(day: date, is_taken: bool) -> None:
    known = with_invalid(date(2025, 5, 30))
    number = CERTIFICATE.certificate_no
    try:
        fact = invalidate_paper(
            known, paper=Paper.CERTIFICATE, number=number, invalid_from=day, reason=WHY, at=NOON
        )
    except Refusal:
        fact = None

    assert (fact is not None) is is_taken


def test_a_report_that_said_nothing_undoes_its_time_too() -> None:
    report = replace(COMPLETE.conformities[0], invalid_from=legal(NOON - DAY))

    assert [guard for guard, _, _ in found(COMPLETE, replace(COMPLETE, conformities=(report,)))] == [
        "CONFORMITY"
    ]


def legal(at: datetime) -> date:
    return (at + timedelta(hours=8)).date()
