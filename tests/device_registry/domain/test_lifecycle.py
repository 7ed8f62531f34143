"""The transitions on the path to ACTIVE and back: every other one is refused (APL 41)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId
from common.values.law import APL_41, APL_41_1, NJ_8, NJ_10, NJ_11
from common.values.profile import DayUnit
from device_registry.domain import application, lifecycle, maintenance, papers
from device_registry.domain.application import Draft, Reasons
from device_registry.domain.checklist import LEGAL_ITEMS, TECHNICAL_ITEMS, Checklist, ItemResult
from device_registry.domain.device import Device, Dossier, Funding, PlaceType, Result, Review, SignKind, State
from device_registry.domain.facts import after, effective_from
from device_registry.domain.lifecycle import ALLOWED, Act, SuspensionReason
from device_registry.domain.privacy import FieldOfView
from device_registry.domain.upkeep import Maintenance, Upkeep, Upkeeper
from tests.device_registry.domain.dossiers import (
    AGENCY,
    CALENDAR,
    COMPLETE,
    DAY,
    DEVICE,
    NOON,
    PROFILE,
    in_state,
)

PROMISE = Commitment(bytes(32))
LEGAL = Checklist(dict.fromkeys(LEGAL_ITEMS, ItemResult.PASS))
TECHNICAL = Checklist(dict.fromkeys(TECHNICAL_ITEMS, ItemResult.PASS))
DRAFT = Draft("31010400001190000001", DEVICE.kind, DEVICE.site, DEVICE.provision, DEVICE.functions)
UNREVIEWED = replace(in_state(State.UNDER_REVIEW), legal_reviews=(), technical_reviews=(), approvals=())


def suspend(device: Device, **changes: Any) -> Any:
    given: dict[str, Any] = {
        "reason": SuspensionReason.ORDERED,
        "effective_from": NOON,
        "by_agency": AGENCY,
        "at": NOON,
    }
    return lifecycle.suspend(device, **(given | changes))


def resume(dossier: Dossier, **changes: Any) -> Any:
    given: dict[str, Any] = {"suspended_by": None, "by_agency": AGENCY, "profile": PROFILE, "at": NOON}
    return lifecycle.resume(dossier, **(given | changes))


ACTS: dict[Act, Callable[[Dossier], Any]] = {
    Act.SUBMIT: lambda d: application.submit(
        d,
        reasons=Reasons(PROMISE, PROMISE, PROMISE),
        view=FieldOfView("ab" * 32),
        plan=None,
        linked=(),
        nearby=(),
        shared_instead=False,
        profile=PROFILE,
        at=NOON,
    ),
    Act.REVIEW: lambda d: application.review_legally(
        replace(d, legal_reviews=()), checklist=LEGAL, notes=PROMISE, opinion=PROMISE, by="officer:legal"
    ),
    Act.REJECT: lambda d: application.reject(d.device, failed_review())[0],
    Act.APPROVE: lambda d: application.approve(d, profile=PROFILE, by="officer:head", at=NOON),
    Act.INSTALL: lambda d: lifecycle.install(
        d.device,
        longitude=Decimal("121.445721"),
        latitude=Decimal("31.210443"),
        view_sha256="ab" * 32,
        sign_sha256="cd" * 32,
        profile=PROFILE,
    ),
    Act.START_TRIAL: lambda d: lifecycle.start_trial(d.device, clock_drift_ms=12, profile=PROFILE),
    Act.TEST: lambda d: papers.record_acceptance_test(
        d.device, captures=120, correct=119, tested_on=NOON.date(), by="officer:tech", at=NOON
    ),
    Act.PUBLISH: lambda d: lifecycle.publish(
        d, published_at=NOON, profile=PROFILE, calendar=CALENDAR, at=NOON
    ),
    Act.ACTIVATE: lambda d: lifecycle.activate(d, profile=PROFILE, at=NOON),
    Act.SUSPEND: lambda d: suspend(d.device),
    Act.RESUME: resume,
}


def failed_review() -> application.DeviceLegallyReviewed:
    return application.DeviceLegallyReviewed(DEVICE.id, Result.FAIL, ("L1",), (), PROMISE, PROMISE, None)


def register(draft: Draft, codes_in_use: Collection[str] = ()) -> application.DeviceRegistered:
    return application.register(
        DEVICE.id, draft, agency_id=AGENCY, profile=PROFILE, codes_in_use=codes_in_use, at=NOON
    )


@pytest.mark.parametrize("act", Act)
def test_an_act_is_possible_in_its_own_state(act: Act) -> None:
    fact = ACTS[act](in_state(ALLOWED[act][0]))

    assert fact.owner == DEVICE.id


@pytest.mark.parametrize(
    "act, state",
    [
        (Act.SUBMIT, State.UNDER_REVIEW),
        (Act.REVIEW, State.UNDER_REVIEW),
        (Act.REJECT, State.REJECTED),
        (Act.APPROVE, State.APPROVED),
        (Act.INSTALL, State.INSTALLED),
        (Act.START_TRIAL, State.TRIAL),
        (Act.TEST, State.TRIAL),
        (Act.PUBLISH, State.PUBLISHED),
        (Act.ACTIVATE, State.ACTIVE),
        (Act.SUSPEND, State.SUSPENDED),
        (Act.RESUME, State.ACTIVE),
    ],
)
def test_the_fact_of_an_act_leads_to_one_state(act: Act, state: State) -> None:
    before = in_state(ALLOWED[act][0])

    device = after(before.device, ACTS[act](before), by="officer:clerk", at=NOON)

    assert device.state is state


def test_the_person_who_submits_becomes_an_applicant() -> None:
    draft = replace(in_state(State.DRAFT).device, submitted_by=None)

    device = after(draft, ACTS[Act.SUBMIT](Dossier(draft)), by="officer:clerk", at=NOON)

    assert (device.registered_by, device.submitted_by) == ("officer:admin", "officer:clerk")


def test_service_begins_with_the_activation_and_a_resumption_does_not_move_it() -> None:
    published = in_state(State.PUBLISHED, replace(COMPLETE, device=replace(DEVICE, in_service_from=None)))
    suspended = in_state(State.SUSPENDED)

    activated = after(published.device, ACTS[Act.ACTIVATE](published), by="officer:head", at=NOON)
    resumed = after(suspended.device, resume(suspended), by="officer:head", at=NOON)

    assert activated.in_service_from == NOON
    assert resumed.in_service_from == NOON - 10 * DAY


def test_a_suspension_alone_takes_effect_before_it_is_recorded() -> None:
    suspended = suspend(DEVICE, effective_from=NOON - 3 * DAY)
    resumed = resume(in_state(State.SUSPENDED))

    assert effective_from(suspended, at=NOON) == NOON - 3 * DAY
    assert effective_from(resumed, at=NOON) == NOON


def test_a_device_in_maintenance_is_suspended_too_and_the_end_of_the_work_leaves_it_so() -> None:
    resting = in_state(State.MAINTENANCE)
    work = Upkeep(maintenances=(Maintenance(1, Upkeeper.AGENCY, NOON - DAY),))

    suspended = after(resting.device, suspend(resting.device), by="officer:head", at=NOON)
    ended = maintenance.end(
        replace(resting, device=suspended, upkeep=work),
        review=None,
        parts=(),
        work=PROMISE,
        profile=PROFILE,
        at=NOON,
    )

    assert suspended.state is State.SUSPENDED
    assert after(suspended, ended, by="officer:operator", at=NOON).state is State.SUSPENDED


@pytest.mark.law(NJ_11)
def test_a_device_is_not_resumed_while_somebody_works_on_it() -> None:
    running = Maintenance(1, Upkeeper.AGENCY, NOON - DAY)
    done = replace(running, ended_at=NOON)
    suspended = in_state(State.SUSPENDED)

    with pytest.raises(Refusal) as refusal:
        resume(replace(suspended, upkeep=Upkeep(maintenances=(running,))))

    assert (refusal.value.kind, refusal.value.code) == (Kind.CONFLICT, "DEV_MAINTENANCE_OPEN")
    assert resume(replace(suspended, upkeep=Upkeep(maintenances=(done,)))).owner == DEVICE.id


def test_a_paper_leaves_the_device_as_it_is() -> None:
    sign = papers.record_signage(
        DEVICE, kind=SignKind.SIGN, photo_sha256="ab" * 32, from_on=NOON.date(), until_on=None, at=NOON
    )

    assert after(DEVICE, sign, by="officer:admin", at=NOON) == DEVICE


@pytest.mark.parametrize(
    "act, state",
    [
        (act, state)
        for act in Act
        for state in State
        if state is not ALLOWED[act][0]
        and (act, state) not in {(Act.SUBMIT, State.LEGACY), (Act.SUSPEND, State.MAINTENANCE)}
    ],
)
def test_an_act_is_refused_in_every_other_state(act: Act, state: State) -> None:
    with pytest.raises(Refusal) as refusal:
        ACTS[act](in_state(state))

    assert (refusal.value.kind, refusal.value.code) == (Kind.CONFLICT, "DEV_TRANSITION_NOT_ALLOWED")


def test_an_imported_device_is_handed_in_once_it_says_what_it_records() -> None:
    legacy = in_state(State.LEGACY)

    with pytest.raises(Refusal) as refusal:
        ACTS[Act.SUBMIT](replace(legacy, device=replace(legacy.device, functions=())))

    assert refusal.value.code == "DEV_FUNCTION_MISSING"
    assert ACTS[Act.SUBMIT](legacy).owner == DEVICE.id


def test_a_device_in_a_private_place_is_refused_at_registration() -> None:
    draft = replace(DRAFT, site=replace(DRAFT.site, place_type=PlaceType.TOILET))

    with pytest.raises(Refusal) as refusal:
        register(draft)

    assert (refusal.value.kind, refusal.value.code) == (Kind.INVALID, "DEV_PROHIBITED_PLACE")


def test_registration_names_all_that_is_unlawful_under_the_first() -> None:
    draft = replace(
        DRAFT,
        site=replace(DRAFT.site, division="320106"),
        provision=replace(DRAFT.provision, funding=Funding.PARTY),
    )

    with pytest.raises(Refusal) as refusal:
        register(draft)

    assert refusal.value.code == "DEV_COST_SHIFTED"
    assert [violation.code for violation in refusal.value.violations] == [
        "DEV_COST_SHIFTED",
        "OUT_OF_TERRITORY",
    ]


def test_two_devices_of_an_agency_do_not_share_a_code() -> None:
    with pytest.raises(Refusal) as refusal:
        register(DRAFT, {DRAFT.code})

    assert refusal.value.code == "DEV_CODE_IN_USE"


@pytest.mark.parametrize("by", ["officer:admin", "officer:tech"])
def test_the_legal_reviewer_is_neither_applicant_nor_technical_reviewer(by: str) -> None:
    reviewed = replace(UNREVIEWED, technical_reviews=COMPLETE.technical_reviews)

    with pytest.raises(Refusal) as refusal:
        application.review_legally(reviewed, checklist=LEGAL, notes=PROMISE, opinion=PROMISE, by=by)

    assert (refusal.value.kind, refusal.value.code) == (Kind.FORBIDDEN, "DEV_DUTY_SEPARATION")


@pytest.mark.parametrize("by", ["officer:admin", "officer:legal"])
def test_the_technical_reviewer_is_neither_applicant_nor_legal_reviewer(by: str) -> None:
    reviewed = replace(UNREVIEWED, legal_reviews=COMPLETE.legal_reviews)

    with pytest.raises(Refusal) as refusal:
        application.review_technically(reviewed, checklist=TECHNICAL, notes=PROMISE, opinion=PROMISE, by=by)

    assert refusal.value.code == "DEV_DUTY_SEPARATION"


@pytest.mark.parametrize("by", ["officer:drafted", "officer:admin", "officer:legal", "officer:tech"])
def test_the_approver_had_no_other_part_in_the_device(by: str) -> None:
    reviewed = in_state(State.UNDER_REVIEW, replace(COMPLETE, approvals=()))
    drafted = replace(reviewed, device=replace(reviewed.device, registered_by="officer:drafted"))

    with pytest.raises(Refusal) as refusal:
        application.approve(drafted, profile=PROFILE, by=by, at=NOON)

    assert refusal.value.code == "DEV_DUTY_SEPARATION"


def test_a_checklist_is_complete_or_refused_item_by_item() -> None:
    partial = Checklist(dict.fromkeys(LEGAL_ITEMS[:-1], ItemResult.PASS) | {"T1": ItemResult.PASS})

    with pytest.raises(Refusal) as refusal:
        application.review_legally(
            UNREVIEWED, checklist=partial, notes=PROMISE, opinion=PROMISE, by="officer:legal"
        )

    assert refusal.value.code == "DEV_CHECKLIST_INCOMPLETE"
    assert [error.pointer for error in refusal.value.errors] == ["/checklist/L8", "/checklist/T1"]


@pytest.mark.law(APL_41_1)
def test_basis_power_law_and_place_always_apply_and_every_other_na_or_fail_says_why() -> None:
    nothing_applies = Checklist(dict.fromkeys(LEGAL_ITEMS, ItemResult.NA), {"L4": "无", "L6": " ", "T1": "x"})

    with pytest.raises(Refusal) as refusal:
        application.review_legally(
            UNREVIEWED, checklist=nothing_applies, notes=PROMISE, opinion=PROMISE, by="officer:legal"
        )

    assert refusal.value.code == "DEV_CHECKLIST_INCOMPLETE"
    assert [(error.pointer, error.code) for error in refusal.value.errors] == [
        *((f"/checklist/{item}", "CHECKLIST_ITEM_APPLIES") for item in ("L1", "L2", "L3", "L5")),
        *((f"/notes/{item}", "CHECKLIST_NOTE") for item in ("L1", "L2", "L3", "L5", "L6", "L7", "L8")),
        ("/notes/T1", "CHECKLIST_ITEM"),
    ]


def test_one_failed_item_fails_the_review_and_rejects_the_device() -> None:
    results = {**LEGAL.results, "L4": ItemResult.FAIL, "L7": ItemResult.NA}
    checklist = Checklist(results, {"L4": "罚款收入与设备数量挂钩。", "L7": "不处理敏感个人信息。"})

    fact = application.review_legally(
        UNREVIEWED, checklist=checklist, notes=PROMISE, opinion=PROMISE, by="officer:legal"
    )
    (rejected,) = application.reject(UNREVIEWED.device, fact)

    assert (fact.result, fact.failed_items, fact.items_na) == (Result.FAIL, ("L4",), ("L7",))
    assert rejected.review == "LEGAL"


def test_a_review_that_passes_rejects_nothing() -> None:
    fact = application.review_legally(
        UNREVIEWED, checklist=LEGAL, notes=PROMISE, opinion=PROMISE, by="officer:legal"
    )

    assert application.reject(UNREVIEWED.device, fact) == ()


def test_a_registered_device_is_a_draft_of_its_agency() -> None:
    device = application.begun(register(DRAFT), DRAFT, by="officer:admin")

    assert (device.id, device.agency_id, device.state) == (DEVICE.id, AGENCY, State.DRAFT)
    assert (device.code, device.site, device.functions) == (DRAFT.code, DRAFT.site, DRAFT.functions)
    assert (device.registered_by, device.submitted_by) == ("officer:admin", None)


def test_a_device_that_records_no_violation_is_not_registered() -> None:
    with pytest.raises(Refusal) as refusal:
        register(replace(DRAFT, functions=()))

    assert refusal.value.code == "DEV_FUNCTION_MISSING"


def test_an_approval_without_reviews_names_both() -> None:
    with pytest.raises(Refusal) as refusal:
        application.approve(UNREVIEWED, profile=PROFILE, by="officer:head", at=NOON)

    assert [violation.code for violation in refusal.value.violations] == [
        "DEV_LEGAL_REVIEW_MISSING",
        "DEV_TECH_REVIEW_MISSING",
    ]


@pytest.mark.law(NJ_10)
@pytest.mark.parametrize("latitude, stands", [("31.210620", True), ("31.210630", False)])
def test_a_device_stands_within_twenty_metres_of_its_approved_place(latitude: str, stands: bool) -> None:
    approved = in_state(State.APPROVED).device
    where = {"longitude": Decimal("121.445721"), "latitude": Decimal(latitude)}

    if stands:
        assert (
            lifecycle.install(
                approved, **where, view_sha256="ab" * 32, sign_sha256="cd" * 32, profile=PROFILE
            ).metres_off
            == 20
        )
    else:
        with pytest.raises(Refusal, match="20 m are allowed") as refusal:
            lifecycle.install(
                approved, **where, view_sha256="ab" * 32, sign_sha256="cd" * 32, profile=PROFILE
            )
        assert refusal.value.article is NJ_10


@pytest.mark.law(NJ_8)
def test_a_clock_that_is_more_than_three_seconds_off_starts_no_trial() -> None:
    with pytest.raises(Refusal) as refusal:
        lifecycle.start_trial(in_state(State.INSTALLED).device, clock_drift_ms=-3001, profile=PROFILE)

    assert (refusal.value.code, refusal.value.article) == ("DEV_CLOCK_DRIFT", NJ_8)


@pytest.mark.parametrize(
    "published_at", [NOON + timedelta(seconds=1), NOON - 85 * DAY], ids=["future", "unapproved"]
)
def test_a_publication_lies_between_the_approval_and_now(published_at: Any) -> None:
    with pytest.raises(Refusal) as refusal:
        lifecycle.publish(
            in_state(State.TRIAL), published_at=published_at, profile=PROFILE, calendar=CALENDAR, at=NOON
        )

    assert refusal.value.code == "DEV_PUBLICATION_PERIOD"


@pytest.mark.law(NJ_10)
def test_NJ_10_2_the_lead_time_runs_from_the_record_and_not_from_a_day_that_is_claimed() -> None:
    fact = lifecycle.publish(
        in_state(State.TRIAL), published_at=NOON - DAY, profile=PROFILE, calendar=CALENDAR, at=NOON
    )

    assert (fact.published_at, fact.lead_ends_at) == (NOON - DAY, NOON + 30 * DAY)


def test_a_lead_time_in_working_days_skips_the_dragon_boat_holiday() -> None:
    weekdays = replace(PROFILE, publication_lead_days=1, publication_lead_unit=DayUnit.WORKING)

    # Friday 30 May 2025; 31 May to 2 June are off, so the one working day is Tuesday 3 June.
    end = lifecycle.lead_end(NOON - 3 * DAY, profile=weekdays, calendar=CALENDAR)

    assert end == NOON + DAY + timedelta(hours=12)


def test_a_suspension_may_reach_back_to_when_the_fault_began() -> None:
    fact = suspend(DEVICE, reason=SuspensionReason.FAULT, effective_from=NOON - 3 * DAY)

    assert (fact.reason, fact.effective_from) == (SuspensionReason.FAULT, NOON - 3 * DAY)


@pytest.mark.law(APL_41)
@pytest.mark.parametrize(
    "start", [NOON - 11 * DAY, NOON + timedelta(seconds=1)], ids=["before-service", "future"]
)
def test_a_suspension_outside_the_service_period_is_refused(start: Any) -> None:
    with pytest.raises(Refusal) as refusal:
        suspend(DEVICE, effective_from=start)

    assert refusal.value.article is APL_41


def test_only_the_supervisor_lifts_a_suspension_by_the_supervisor() -> None:
    supervisor = AgencyId.new(NOON)
    suspended = in_state(State.SUSPENDED)

    with pytest.raises(Refusal) as refusal:
        resume(suspended, suspended_by=supervisor)

    assert refusal.value.code == "DEV_SUSPENDED_BY_ANOTHER"
    assert resume(suspended, suspended_by=supervisor, by_agency=supervisor).owner == DEVICE.id


def test_a_device_does_not_resume_while_a_guard_fails() -> None:
    with pytest.raises(Refusal) as refusal:
        resume(replace(in_state(State.SUSPENDED), certificates=()))

    assert [violation.code for violation in refusal.value.violations] == ["DEV_VERIFICATION_MISSING"]


def test_an_approval_asks_for_reviews_within_twelve_months() -> None:
    old = replace(
        in_state(State.UNDER_REVIEW, replace(COMPLETE, approvals=())),
        legal_reviews=(Review(Result.PASS, "officer:legal", NOON - 366 * DAY),),
    )

    with pytest.raises(Refusal) as refusal:
        application.approve(old, profile=PROFILE, by="officer:head", at=NOON)

    assert [violation.code for violation in refusal.value.violations] == ["DEV_LEGAL_REVIEW_MISSING"]
