"""Was the device lawful at that second? (APL 41; Inv. 3)"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from common.values.clock import BEIJING
from common.values.law import APL_41
from device_registry.domain.device import Dossier, Period, PlaceType, Result, State
from device_registry.domain.lifecycle import SuspensionReason
from device_registry.domain.standing import Standing, due_suspension, standing
from tests.device_registry.domain.dossiers import CERTIFICATE, COMPLETE, DAY, NOON, PROFILE, with_site

JULY_5 = datetime(2025, 7, 5, 10, 0, tzinfo=BEIJING)


def at(when: datetime, dossier: Dossier = COMPLETE) -> Standing:
    return standing(dossier, profile=PROFILE, at=when, known_at=NOON + 400 * DAY)


def test_a_device_in_service_with_all_papers_is_lawful() -> None:
    standing = at(NOON)

    assert (standing.state, standing.lawful, standing.codes) == (State.ACTIVE, True, ())
    assert {result.passed for result in standing.guards} == {True}
    assert [function.lawful for function in standing.functions] == [True]


@pytest.mark.parametrize(
    "when, state",
    [(NOON - 91 * DAY, None), (NOON - 61 * DAY, State.DRAFT), (NOON - 11 * DAY, State.PUBLISHED)],
)
def test_before_its_activation_no_capture_is_lawful(when: datetime, state: State | None) -> None:
    standing = at(when)

    assert standing.state is state
    assert "E-DEV-01" in standing.codes


@pytest.mark.law(APL_41)
def test_the_second_of_the_activation_is_the_first_lawful_one() -> None:
    assert at(NOON - 10 * DAY).lawful
    assert not at(NOON - 10 * DAY - timedelta(microseconds=1)).lawful


def test_a_later_certificate_never_heals_an_earlier_gap() -> None:
    renewed = replace(
        CERTIFICATE, verified_on=date(2025, 7, 10), valid_until=date(2026, 7, 9), recorded_at=NOON + 38 * DAY
    )
    healed = replace(COMPLETE, certificates=(CERTIFICATE, renewed))

    assert at(JULY_5, healed).codes == ("E-DEV-03",)
    assert at(NOON + 40 * DAY, healed).lawful


def test_a_certificate_dated_back_when_it_was_recorded_heals_nothing_either() -> None:
    backdated = replace(
        CERTIFICATE, verified_on=date(2025, 6, 25), valid_until=date(2026, 6, 24), recorded_at=NOON + 38 * DAY
    )

    assert at(JULY_5, replace(COMPLETE, certificates=(CERTIFICATE, backdated))).codes == ("E-DEV-03",)


def test_a_failed_verification_counts_from_its_own_day_whenever_recorded() -> None:
    failed = replace(
        CERTIFICATE, result=Result.FAIL, verified_on=date(2025, 5, 30), recorded_at=NOON + 20 * DAY
    )

    assert at(NOON, replace(COMPLETE, certificates=(CERTIFICATE, failed))).codes == ("E-DEV-03",)


def test_a_suspension_recorded_later_reaches_back_over_captures() -> None:
    fault = Period(State.SUSPENDED, NOON - 2 * DAY, NOON + DAY, SuspensionReason.FAULT)
    back = Period(State.ACTIVE, NOON + 2 * DAY, NOON + 2 * DAY)
    repaired = replace(COMPLETE, periods=(*COMPLETE.periods, fault, back))

    assert at(NOON, repaired).codes == ("E-DEV-01", "E-DEV-05")
    assert at(NOON - 3 * DAY, repaired).lawful
    assert at(NOON + 3 * DAY, repaired).lawful


SPOILT = {
    "E-DEV-02 sign": (replace(COMPLETE, signs=()), "E-DEV-02"),
    "E-DEV-02 publication": (replace(COMPLETE, publications=()), "E-DEV-02"),
    "E-DEV-03": (replace(COMPLETE, certificates=()), "E-DEV-03"),
    "E-DEV-04 legal": (replace(COMPLETE, legal_reviews=()), "E-DEV-04"),
    "E-DEV-04 technical": (replace(COMPLETE, technical_reviews=()), "E-DEV-04"),
    "E-DEV-06": (with_site(place_type=PlaceType.CHANGING_ROOM), "E-DEV-06"),
}


@pytest.mark.parametrize("dossier, code", SPOILT.values(), ids=SPOILT.keys())
def test_each_gap_has_its_code(dossier: Dossier, code: str) -> None:
    assert at(NOON, dossier).codes == (code,)


def test_an_expired_certificate_suspends_from_midnight_and_not_from_when_we_looked() -> None:
    fact = due_suspension(COMPLETE, profile=PROFILE, at=JULY_5)

    assert fact is not None
    assert fact.reason is SuspensionReason.VERIFICATION_EXPIRED
    assert fact.effective_from == datetime(2025, 7, 1, tzinfo=BEIJING)


def test_a_suspension_by_itself_never_reaches_back_before_the_service() -> None:
    old = replace(COMPLETE, certificates=(replace(CERTIFICATE, valid_until=date(2025, 4, 1)),))

    fact = due_suspension(old, profile=PROFILE, at=NOON)

    assert fact is not None
    assert fact.effective_from == COMPLETE.device.in_service_from


SERVED = replace(
    CERTIFICATE, verified_on=date(2025, 7, 10), valid_until=date(2026, 7, 9), recorded_at=NOON + 38 * DAY
)
IN_2026 = datetime(2026, 7, 12, 3, tzinfo=BEIJING)
RESUMED = (
    Period(State.SUSPENDED, datetime(2025, 7, 1, tzinfo=BEIJING), NOON + 29 * DAY, "VERIFICATION_EXPIRED"),
    Period(State.ACTIVE, NOON + 38 * DAY, NOON + 38 * DAY),
)


@pytest.mark.law(APL_41)
def test_a_suspension_by_itself_leaves_the_lawful_service_before_it_alone() -> None:
    """The first certificate ends, the device resumes with a second one, and that one ends a year later."""
    unplanned = replace(PROFILE, watch=replace(PROFILE.watch, maintenance_interval_d=700))
    dossier = replace(COMPLETE, certificates=(CERTIFICATE, SERVED), periods=(*COMPLETE.periods, *RESUMED))
    not_resumed_again = replace(dossier, periods=COMPLETE.periods)

    for each in (dossier, not_resumed_again):
        fact = due_suspension(each, profile=unplanned, at=IN_2026)
        assert fact is not None
        assert fact.effective_from == datetime(2026, 7, 10, tzinfo=BEIJING)


def test_a_sign_lost_for_the_second_time_suspends_from_its_second_loss() -> None:
    first, second = date(2025, 5, 26), date(2025, 5, 31)
    lost = replace(COMPLETE.signs[0], until_day=first)
    again = replace(
        COMPLETE.signs[0], from_day=date(2025, 5, 29), until_day=second, recorded_at=NOON - 4 * DAY
    )

    fact = due_suspension(replace(COMPLETE, signs=(lost, again)), profile=PROFILE, at=NOON)

    assert fact is not None
    assert (fact.reason, fact.effective_from) == (
        SuspensionReason.SIGNAGE_MISSING,
        datetime(2025, 6, 1, tzinfo=BEIJING),
    )


def test_a_suspension_by_itself_reaches_back_no_further_than_the_last_resumption() -> None:
    back = Period(State.ACTIVE, NOON - DAY, NOON - DAY)
    resting = Period(State.SUSPENDED, NOON - 5 * DAY, NOON - 5 * DAY)
    void = replace(CERTIFICATE, invalid_from=date(2025, 3, 11))

    fact = due_suspension(
        replace(COMPLETE, certificates=(void,), periods=(*COMPLETE.periods, resting, back)),
        profile=PROFILE,
        at=NOON,
    )

    assert fact is not None
    assert fact.effective_from == NOON - DAY


@pytest.mark.parametrize("state", [state for state in State if state is not State.ACTIVE])
def test_only_an_active_device_is_suspended_by_itself(state: State) -> None:
    resting = replace(COMPLETE, device=replace(COMPLETE.device, state=state))

    assert due_suspension(resting, profile=PROFILE, at=JULY_5) is None


def test_a_sound_device_is_not_suspended() -> None:
    assert due_suspension(COMPLETE, profile=PROFILE, at=NOON) is None
