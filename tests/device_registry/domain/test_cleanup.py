"""The seven situations of PJ §2 at their boundaries, and the way out of use and back. No database, no clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import FindingId, SharingId
from common.values.law import PJ_2_3, PJ_2_5, PJ_2_6
from common.values.profile import BasisLevel
from device_registry.domain import cleanup, findings, stopping
from device_registry.domain.application import Draft
from device_registry.domain.cleanup import Category, Figures, Origin, evaluate, months_after
from device_registry.domain.device import (
    UNITS,
    Contract,
    Device,
    DeviceKind,
    Dossier,
    Function,
    Funding,
    InstallerType,
    Measurement,
    OwnerType,
    Period,
    PermissibleError,
    Quantity,
    Result,
    RevenueLink,
    SharedSource,
    State,
)
from device_registry.domain.findings import CleanupFinding, FindingState, Outcome
from device_registry.domain.stopping import ON_ITS_WAY, STOPPABLE, Remedy, StopReason
from tests.device_registry.domain.dossiers import (
    AGENCY,
    COMPLETE,
    DAY,
    DEVICE,
    FUNCTION,
    LAW,
    NOON,
    PROFILE,
    in_state,
    with_contract,
    with_function,
    with_provision,
)

PROMISE = Commitment(bytes(32))
FINDING = CleanupFinding(
    FindingId.new(NOON), DEVICE.id, AGENCY, Category.CU_3, Origin.AUTO, (), NOON, FindingState.PROPOSED,
    Outcome.CONFIRM, "officer:admin",
)  # fmt: skip


def situations(dossier: Dossier = COMPLETE, figures: Figures | None = None) -> list[tuple[str, str]]:
    found = evaluate(dossier, figures or Figures(), profile=PROFILE, at=NOON)
    return [(each.category.value, each.origin.value) for each in found]


def test_a_device_in_order_is_in_none_of_the_seven_situations() -> None:
    assert situations() == []


@pytest.mark.law(PJ_2_3)
@pytest.mark.parametrize(
    "figures, found",
    [
        (Figures(captures=200, rejected=60), True),
        (Figures(captures=200, rejected=59), False),
        (Figures(captures=199, rejected=199), False),
        (Figures(disputes=10, upheld=1), True),
        (Figures(disputes=11, upheld=1), False),
        (Figures(disputes=9, upheld=9), False),
        (Figures(uptime_per_mille=899), True),
        (Figures(uptime_per_mille=900), False),
        (Figures(fault_open_d=8), True),
        (Figures(fault_open_d=7), False),
        (Figures(failed_readbacks=1), True),
    ],
)
def test_PJ_2_3_each_sign_of_poor_quality_counts_at_its_threshold(figures: Figures, found: bool) -> None:
    assert situations(figures=figures) == ([("CU-3", "AUTO")] if found else [])


@pytest.mark.law(PJ_2_5)
def test_a_flag_of_the_analysis_asks_a_person() -> None:
    assert situations(figures=Figures(flags=("A2",))) == [("CU-5", "PROMPT")]


def test_a_neighbour_and_an_idle_year_ask_whether_the_device_is_needed() -> None:
    assert situations(figures=Figures(neighbours=1)) == [("CU-7", "PROMPT")]
    idle, used = Figures(accepted_in_window=0), Figures(accepted_in_window=1)
    old = replace(COMPLETE, device=replace(DEVICE, in_service_from=NOON - 366 * DAY))

    assert situations(old, idle) == [("CU-7", "PROMPT")]
    assert situations(old, used) == []


@pytest.mark.parametrize("days, found", [(0, True), (-1, False)])
def test_a_device_is_unused_only_after_the_whole_window(days: int, found: bool) -> None:
    first = months_after(NOON.date(), -PROFILE.cleanup.unused_months)
    began = NOON - timedelta(days=(NOON.date() - first).days + days)
    device = replace(COMPLETE, device=replace(DEVICE, in_service_from=began))
    never = replace(COMPLETE, device=replace(DEVICE, in_service_from=None))

    assert (situations(device, Figures(accepted_in_window=0)) == [("CU-7", "PROMPT")]) is found
    assert situations(never, Figures(accepted_in_window=0)) == []


@pytest.mark.parametrize(
    "bases, found",
    [
        ((replace(LAW, level=BasisLevel.ADMIN_REGULATION),), False),
        ((replace(LAW, level=BasisLevel.LOCAL_REGULATION),), True),
        ((replace(LAW, until_day=date(2025, 6, 1)),), True),
        ((replace(LAW, until_day=date(2025, 6, 2)),), False),
        ((), True),
    ],
)
def test_PJ_2_1_only_a_law_or_an_administrative_regulation_in_force_is_a_basis(
    bases: Any, found: bool
) -> None:
    assert situations(with_function(bases=bases)) == ([("CU-1", "AUTO")] if found else [])


@pytest.mark.parametrize("days, found", [(0, False), (1, True)])
def test_a_superseded_standard_counts_until_the_time_for_the_new_assessment_is_over(
    days: int, found: bool
) -> None:
    old = replace(COMPLETE.conformities[0], standard="GA/T 497-2009")
    last = months_after(date(2016, 10, 8), 24) + timedelta(days=days)
    at = NOON + timedelta(days=(last - NOON.date()).days)
    superseded = replace(
        COMPLETE, conformities=(replace(old, from_day=date(2010, 1, 1), recorded_at=at - 900 * DAY),)
    )

    grounds = cleanup.nonconforming(superseded, PROFILE, at)

    assert [ground.code for ground in grounds] == (["CLN_STANDARD_SUPERSEDED"] if found else [])


@pytest.mark.parametrize(
    "provision, expected",
    [
        ({"revenue_link": RevenueLink.DIRECT}, [("CU-6", "AUTO")]),
        ({}, [("CU-6", "PROMPT")]),
        ({"owner": OwnerType.REGULATED_PARTY, "obligation_basis": "条例第五条"}, []),
        (
            {
                "owner": OwnerType.REGULATED_PARTY,
                "obligation_basis": "条例第五条",
                "revenue_link": RevenueLink.DIRECT,
            },
            [("CU-6", "AUTO")],
        ),
        (
            {
                "owner": OwnerType.REGULATED_PARTY,
                "obligation_basis": "条例第五条",
                "funding": Funding.PARTY,
            },
            [],
        ),
    ],
)
def test_PJ_2_6_the_market_entity_alone_and_not_the_party_with_a_duty(provision: Any, expected: Any) -> None:
    dossier = with_provision(installer=InstallerType.MARKET_ENTITY, **provision)

    assert [each for each in situations(dossier) if each[0] == "CU-6"] == expected
    if expected == [("CU-6", "PROMPT")]:
        assert [each for each in situations(with_contract(dossier)) if each[0] == "CU-6"] == []


def test_what_has_a_category_of_its_own_is_not_found_twice() -> None:
    unlawful = replace(COMPLETE, certificates=(), signs=(), publications=())

    assert situations(unlawful) == [("CU-4", "AUTO"), ("CU-7", "AUTO")]


ACTS: dict[str, tuple[tuple[State, ...], Callable[[Dossier], Any]]] = {
    "stop": (STOPPABLE, lambda d: stopping.stop(d.device, reason=StopReason.FINDING)),
    "rectify": (
        (State.STOPPED, *ON_ITS_WAY),
        lambda d: stopping.rectify(
            d, categories=[Category.CU_3], plan=PROMISE, remedy=Remedy(), profile=PROFILE, at=NOON
        ),
    ),
    "rectify without a finding": (
        (State.STOPPED,),
        lambda d: stopping.rectify(d, categories=(), plan=PROMISE, remedy=Remedy(), profile=PROFILE, at=NOON),
    ),
    "hand_in": (
        (State.RECTIFYING,),
        lambda d: stopping.hand_in(d, categories=[Category.CU_3], evidence=PROMISE, files=(), at=NOON),
    ),
    "describe": (
        (State.LEGACY,),
        lambda d: stopping.describe(
            d.device,
            Draft("31010400001190000001", DEVICE.kind, DEVICE.site, DEVICE.provision, (FUNCTION,)),
            profile=PROFILE,
            codes_in_use=(),
            at=NOON,
        ),
    ),
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("act", ACTS)
def test_each_act_of_the_clean_up_is_possible_in_its_own_states_alone(act: str, state: State) -> None:
    states, take = ACTS[act]
    if state in states:
        assert take(in_state(state)).owner == DEVICE.id
        return
    with pytest.raises(Refusal) as refusal:
        take(in_state(state))
    assert (refusal.value.kind, refusal.value.code) == (Kind.CONFLICT, "DEV_TRANSITION_NOT_ALLOWED")


def test_without_a_new_law_a_device_without_one_is_not_rectified() -> None:
    stopped = in_state(State.STOPPED, with_function(bases=(replace(LAW, level=BasisLevel.NONE),)))

    def begin(remedy: Remedy) -> Any:
        return stopping.rectify(
            stopped, categories=[Category.CU_1], plan=PROMISE, remedy=remedy, profile=PROFILE, at=NOON
        )

    for remedy in (Remedy(), Remedy(functions=stopped.device.functions)):
        with pytest.raises(Refusal) as refusal:
            begin(remedy)
        assert refusal.value.code == "CLN_NOT_RECTIFIABLE"
    assert begin(Remedy(functions=(FUNCTION,))).functions == ("CM-0107",)


def test_a_device_is_handed_in_only_when_the_registry_sees_the_fault_gone() -> None:
    unverified = in_state(State.RECTIFYING, replace(COMPLETE, certificates=()))

    with pytest.raises(Refusal) as refusal:
        stopping.hand_in(unverified, categories=[Category.CU_4], evidence=PROMISE, files=(), at=NOON)

    assert [violation.code for violation in refusal.value.violations] == ["DEV_VERIFICATION_MISSING"]


def test_what_a_rectification_replaces_obeys_the_rules_of_a_registration() -> None:
    stopped = in_state(State.STOPPED)
    measures = Measurement(Quantity.SPEED, UNITS[Quantity.SPEED], Decimal(60), PermissibleError())
    shared = replace(
        stopped.device,
        kind=DeviceKind.SHARED_CAMERA,
        provision=replace(DEVICE.provision, owner=OwnerType.OTHER_AGENCY),
        shared=SharedSource("示范市公安局", LAW, SharingId.new(NOON)),
    )

    def refused(dossier: Dossier, function: Function) -> str:
        with pytest.raises(Refusal) as refusal:
            stopping.rectify(
                dossier,
                categories=[Category.CU_3],
                plan=PROMISE,
                remedy=Remedy(functions=(function,)),
                profile=PROFILE,
                at=NOON,
            )
        return refusal.value.code

    assert refused(stopped, replace(FUNCTION, measures=measures)) == "DEV_MEASUREMENT_INCOMPLETE"
    assert refused(replace(stopped, device=shared), replace(FUNCTION, code="CM-0108")) == "DEV_SHARING_ENDED"


@pytest.mark.law(PJ_2_6)
def test_only_another_contract_rectifies_a_device_that_lived_on_the_fines() -> None:
    unlawful = with_contract(with_provision(installer=InstallerType.MARKET_ENTITY))
    periods = (*unlawful.periods, Period(State.STOPPED, NOON - 5 * DAY, NOON - 5 * DAY))
    dossier = in_state(State.RECTIFYING, replace(unlawful, periods=periods))
    [old] = dossier.contracts
    again = replace(old, recorded_at=NOON - DAY)

    def failed(*contracts: Contract, category: Category = Category.CU_6) -> list[str]:
        filed = replace(dossier, contracts=contracts)
        try:
            stopping.hand_in(filed, categories=[category], evidence=PROMISE, files=(), at=NOON)
        except Refusal as refusal:
            return [violation.code for violation in refusal.violations]
        return []

    assert failed(old) == ["DEV_CONTRACT_MISSING"]
    assert failed(old, again) == ["DEV_CONTRACT_MISSING"]  # the old contract, declared once more
    assert failed(old, replace(again, contract_sha256="ef" * 32)) == []
    assert failed(old, category=Category.CU_3) == []


def test_the_record_of_a_rectification_holds_no_words_of_the_provision() -> None:
    provision = replace(DEVICE.provision, obligation_basis="条例第五条", installer_contract="合同〔2025〕8号")
    fact = stopping.rectify(
        in_state(State.STOPPED),
        categories=[Category.CU_3],
        plan=PROMISE,
        remedy=Remedy(provision=provision, obligation_basis=PROMISE, installer_contract=PROMISE),
        profile=PROFILE,
        at=NOON,
    )

    assert fact.provision is not None
    assert (fact.provision.obligation_basis, fact.provision.installer_contract) == (PROMISE, PROMISE)
    assert "条例" not in repr(fact)
    assert "合同" not in repr(fact)


def test_the_period_of_LEGACY_ends_on_the_day_of_the_profile() -> None:
    legacy, days = in_state(State.LEGACY).device, timedelta(days=PROFILE.cleanup.legacy_d)

    def due(since: Any) -> Any:
        return stopping.due_stop(legacy, in_register_since=since, profile=PROFILE, at=NOON)

    assert due(NOON - days).reason is StopReason.LEGACY_EXPIRED
    assert due(NOON - days + timedelta(seconds=1)) is None
    assert stopping.due_stop(DEVICE, in_register_since=NOON - 2 * days, profile=PROFILE, at=NOON) is None


@pytest.mark.parametrize("state", [FindingState.CONFIRMED, FindingState.DISMISSED])
def test_what_was_decided_before_the_device_went_into_use_anew_answers_nothing(state: FindingState) -> None:
    again = cleanup.Situation(Category.CU_3, Origin.AUTO, ())

    def is_new(decided_at: datetime, device: Device = DEVICE) -> bool:
        return findings.is_new(again, [replace(FINDING, state=state, decided_at=decided_at)], device)

    assert [is_new(NOON - 11 * DAY), is_new(NOON - 9 * DAY)] == [True, False]
    assert not is_new(NOON - 11 * DAY, replace(DEVICE, in_service_from=None))


def test_the_one_who_proposed_does_not_decide() -> None:
    with pytest.raises(Refusal) as refusal:
        findings.decide(FINDING, Outcome.DISMISS, reason=PROMISE, by="officer:admin")

    assert (refusal.value.kind, refusal.value.code) == (Kind.FORBIDDEN, "DEV_DUTY_SEPARATION")
    assert (
        findings.decide(FINDING, Outcome.DISMISS, reason=PROMISE, by="officer:head").outcome
        is Outcome.DISMISS
    )


def test_a_second_review_counts_nothing_of_the_first() -> None:
    again = (*COMPLETE.periods, Period(State.UNDER_REVIEW, NOON - DAY, NOON - DAY))
    dossier = in_state(State.UNDER_REVIEW, replace(COMPLETE, periods=again))

    codes = [violation.code for violation in cleanup.otherwise_unlawful(dossier, PROFILE, NOON)]

    assert codes == ["DEV_LEGAL_REVIEW_MISSING", "DEV_TECH_REVIEW_MISSING", "DEV_ACCEPTANCE_TEST_MISSING"]
    assert dossier.conformities[0].result is Result.PASS
