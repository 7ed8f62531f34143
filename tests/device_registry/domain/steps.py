"""The steps of the device, D-T0 to D-T19: who acts, from where to where, what holds the step up, its record.

`test_transitions` shows that each row is true, and that nothing else is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple

from common.policy import Action
from common.values.ids import AgencyId, FindingId
from device_registry.domain import application, changes, lifecycle, maintenance, retirement, stopping
from device_registry.domain.application import Reasons, ReviewKind
from device_registry.domain.changes import Change, ChangeKind
from device_registry.domain.checklist import Checklist
from device_registry.domain.cleanup import Category
from device_registry.domain.compliance import Guard
from device_registry.domain.device import Dossier, Funding, PlaceType, State
from device_registry.domain.findings import FindingState, Outcome, decide, propose
from device_registry.domain.legacy import DeviceImported
from device_registry.domain.lifecycle import Act, SuspensionReason
from device_registry.domain.privacy import FieldOfView
from device_registry.domain.retirement import RawDataHeld, Retirement, RetirementCause
from device_registry.domain.stopping import ON_ITS_WAY, STOPPABLE, Remedy, StopReason
from device_registry.domain.upkeep import MaintenanceCause, Part, Upkeep, Upkeeper
from tests.device_registry.domain import test_cleanup, test_legacy, test_lifecycle, test_upkeep_transitions
from tests.device_registry.domain.dossiers import CALENDAR, DAY, DEVICE, NOON, PROFILE, SITE, with_function
from tests.device_registry.domain.test_lifecycle import DRAFT, LEGAL, PROMISE, TECHNICAL, UNREVIEWED

SUPERVISOR = AgencyId.new(NOON)
Try = Callable[[Dossier], Any]


class Step(NamedTuple):
    """One way of a step: the right to act, the states from and to, its record, and what refuses it, by code.

    The record is the document of the step: the registry prints no sheet of it.
    """

    action: Action
    states: tuple[State, ...]
    to: State
    record: str
    act: Try
    refused: dict[str, Try] = {}  # noqa: RUF012
    guards: tuple[Guard, ...] = ()


def submit(d: Dossier, **given: Any) -> Any:
    order: dict[str, Any] = {
        "reasons": Reasons(PROMISE, PROMISE, PROMISE),
        "view": FieldOfView("ab" * 32),
        "plan": None,
        "linked": (),
        "nearby": (),
        "shared_instead": False,
        "profile": PROFILE,
        "at": NOON,
    }
    return application.submit(d, **(order | given))


def review(d: Dossier, kind: ReviewKind, *, by: str = "", items: Checklist | None = None) -> Any:
    bare = replace(d, legal_reviews=(), technical_reviews=())
    given: dict[str, Any] = {"notes": PROMISE, "opinion": PROMISE}
    if kind is ReviewKind.LEGAL:
        return application.review_legally(bare, checklist=items or LEGAL, by=by or "officer:legal", **given)
    return application.review_technically(
        bare, checklist=items or TECHNICAL, by=by or "officer:tech", **given
    )


def ended(d: Dossier, *parts: Part) -> Any:
    running = d if d.device.state is not State.MAINTENANCE else replace(d, upkeep=RUNNING)
    return maintenance.end(running, review=None, parts=parts, work=PROMISE, profile=PROFILE, at=NOON)


RUNNING: Upkeep = test_upkeep_transitions.RUNNING


def install(d: Dossier, latitude: str = "31.210443") -> Any:
    return lifecycle.install(
        d.device,
        longitude=Decimal("121.445721"),
        latitude=Decimal(latitude),
        view_sha256="ab" * 32,
        sign_sha256="cd" * 32,
        profile=PROFILE,
    )


def change(d: Dossier, kind: ChangeKind = ChangeKind.MODEL, **wanted: Any) -> Any:
    return changes.change(d.device, Change(kind, **wanted), reason=PROMISE, profile=PROFILE)


def rectify(d: Dossier, *categories: Category) -> Any:
    return stopping.rectify(
        d, categories=categories or [Category.CU_3], plan=PROMISE, remedy=Remedy(), profile=PROFILE, at=NOON
    )


def hand_in(d: Dossier, *categories: Category) -> Any:
    return stopping.hand_in(d, categories=categories or [Category.CU_3], evidence=PROMISE, files=(), at=NOON)


def retire(d: Dossier, *, by: str = "officer:head", is_proposed: bool = True, cases: int = 0) -> Any:
    newest = Retirement(1, RetirementCause.SCRAPPED, "officer:admin") if is_proposed else None
    return retirement.approve(d.device, newest, held=RawDataHeld(2 * cases, cases), by=by)


def stopped(d: Dossier) -> Any:
    return stopping.stop(d.device, reason=StopReason.FINDING, finding=FindingId.new(NOON))


def confirmed(by: str) -> Try:
    return lambda d: decide(test_cleanup.FINDING, Outcome.CONFIRM, reason=PROMISE, by=by)


def refused_proposal(d: Dossier) -> Any:
    opened = replace(test_cleanup.FINDING, category=Category.CU_7, state=FindingState.OPEN, proposal=None)
    return propose(opened, Outcome.CONFIRM, text="不合理", reason=PROMISE)


A, S = Act, State
ACTS, suspend, resume = test_lifecycle.ACTS, test_lifecycle.suspend, test_lifecycle.resume
EVERY = tuple(Guard)
ON_THE_WAY = tuple(state for state in State if state is not S.RETIRED)
DUTY = "DEV_DUTY_SEPARATION"

TABLE: dict[str, tuple[Step, ...]] = {
    # No guard keeps an inventory out: what fails is a finding, and a private place or the fines stop the device.
    "D-T0": (
        Step(Action.DEVICE_CARRY_IMPORT, (), S.LEGACY, "device.imported", lambda d: imported("道路")),
        Step(Action.DEVICE_CARRY_IMPORT, (), S.STOPPED, "device.imported", lambda d: imported("公共卫生间")),
    ),
    "D-T0b": (
        Step(Action.DEVICE_SUBMIT, (S.LEGACY,), S.UNDER_REVIEW, "device.submitted", submit),
        Step(
            Action.DEVICE_STOP_AUTOMATICALLY,
            (S.LEGACY,),
            S.STOPPED,
            "device.stopped",
            lambda d: stopping.due_stop(
                d.device, in_register_since=NOON - 4_000 * DAY, profile=PROFILE, at=NOON
            ),
        ),
    ),
    "D-T1": (
        Step(
            Action.DEVICE_REGISTER,
            (),
            S.DRAFT,
            "device.registered",
            lambda d: test_lifecycle.register(DRAFT),
            {
                "DEV_PROHIBITED_PLACE": lambda d: drafted(site=replace(SITE, place_type=PlaceType.TOILET)),
                "OUT_OF_TERRITORY": lambda d: drafted(site=replace(SITE, division="320106")),
                "DEV_COST_SHIFTED": lambda d: drafted(
                    provision=replace(DEVICE.provision, funding=Funding.PARTY)
                ),
                "DEV_FUNCTION_MISSING": lambda d: drafted(functions=()),
                "DEV_CODE_IN_USE": lambda d: test_lifecycle.register(DRAFT, [DRAFT.code]),
            },
        ),
    ),
    "D-T2": (
        Step(
            Action.DEVICE_SUBMIT,
            (S.DRAFT, S.LEGACY),
            S.UNDER_REVIEW,
            "device.submitted",
            submit,
            {
                "DEV_FUNCTION_MISSING": lambda d: submit(with_device(d, functions=())),
                "DEV_LEGAL_BASIS_INSUFFICIENT": lambda d: submit(
                    replace(d, device=replace(with_function(bases=()).device, state=d.device.state))
                ),
                "DEV_PRIVACY_MASK_MISSING": lambda d: submit(
                    d, view=FieldOfView("ab" * 32, windows=(((1, 1), (3, 1), (3, 3)),))
                ),
                "DEV_DUPLICATE_COVERAGE": lambda d: submit(d, shared_instead=True),
            },
        ),
    ),
    "D-T3": (
        Step(
            Action.DEVICE_REVIEW_LEGALLY,
            (S.UNDER_REVIEW,),
            S.UNDER_REVIEW,
            "device.legally_reviewed",
            lambda d: review(d, ReviewKind.LEGAL),
            {
                DUTY: lambda d: review(d, ReviewKind.LEGAL, by="officer:admin"),
                "DEV_CHECKLIST_INCOMPLETE": lambda d: review(d, ReviewKind.LEGAL, items=Checklist({})),
            },
        ),
    ),
    "D-T4": (
        Step(
            Action.DEVICE_REVIEW_TECHNICALLY,
            (S.UNDER_REVIEW,),
            S.UNDER_REVIEW,
            "device.technically_reviewed",
            lambda d: review(d, ReviewKind.TECHNICAL),
            {
                DUTY: lambda d: review(d, ReviewKind.TECHNICAL, by="officer:admin"),
                "DEV_CHECKLIST_INCOMPLETE": lambda d: review(d, ReviewKind.TECHNICAL, items=Checklist({})),
            },
        ),
    ),
    "D-T5": (
        Step(
            Action.DEVICE_APPROVE,
            (S.UNDER_REVIEW,),
            S.APPROVED,
            "device.approved",
            ACTS[A.APPROVE],
            {
                DUTY: lambda d: application.approve(d, profile=PROFILE, by="officer:admin", at=NOON),
                "DEV_GUARD_FAILED": lambda d: ACTS[A.APPROVE](
                    replace(UNREVIEWED, device=replace(UNREVIEWED.device, state=d.device.state))
                ),
            },
            (Guard.LEGAL_BASIS, Guard.LEGAL_REVIEW, Guard.TECHNICAL_REVIEW),
        ),
    ),
    "D-T6": (
        Step(Action.DEVICE_REVIEW_LEGALLY, (S.UNDER_REVIEW,), S.REJECTED, "device.rejected", ACTS[A.REJECT]),
    ),
    "D-T7": (
        Step(
            Action.DEVICE_INSTALL,
            (S.APPROVED,),
            S.INSTALLED,
            "device.installed",
            install,
            {
                "DEV_INSTALLED_ELSEWHERE": lambda d: install(d, "31.210630"),
                "NO_LOCATION": lambda d: install(
                    with_device(d, site=replace(SITE, longitude=None, latitude=None))
                ),
            },
        ),
    ),
    "D-T8": (
        Step(
            Action.DEVICE_START_TRIAL,
            (S.INSTALLED,),
            S.TRIAL,
            "device.trial_started",
            ACTS[A.START_TRIAL],
            {
                "DEV_CLOCK_DRIFT": lambda d: lifecycle.start_trial(
                    d.device, clock_drift_ms=3001, profile=PROFILE
                )
            },
        ),
    ),
    "D-T9": (
        Step(
            Action.DEVICE_PUBLISH,
            (S.TRIAL,),
            S.PUBLISHED,
            "device.published",
            ACTS[A.PUBLISH],
            {
                "DEV_PUBLICATION_PERIOD": lambda d: lifecycle.publish(
                    d, published_at=NOON + DAY, profile=PROFILE, calendar=CALENDAR, at=NOON
                )
            },
            tuple(guard for guard in Guard if guard is not Guard.PUBLICATION),
        ),
    ),
    "D-T10": (
        Step(
            Action.DEVICE_ACTIVATE, (S.PUBLISHED,), S.ACTIVE, "device.activated", ACTS[A.ACTIVATE], {}, EVERY
        ),
    ),
    # A suspended device is maintained as well, and stays suspended.
    "D-T11": (
        Step(
            Action.DEVICE_MAINTAIN,
            (S.ACTIVE, S.SUSPENDED),
            S.MAINTENANCE,
            "device.maintenance_started",
            test_upkeep_transitions.start,
            {
                "DEV_UPKEEPER": lambda d: maintenance.start(
                    d, by=Upkeeper.REGULATED_PARTY, cause=MaintenanceCause.REPAIR
                ),
                "DEV_TRANSITION_NOT_ALLOWED": lambda d: test_upkeep_transitions.start(
                    replace(d, upkeep=RUNNING)
                ),
            },
        ),
        Step(
            Action.DEVICE_MAINTAIN,
            (S.MAINTENANCE,),
            S.ACTIVE,
            "device.maintenance_ended",
            ended,
            {"DEV_GUARD_FAILED": lambda d: ended(d, Part(PROFILE.watch.metrology_parts[0]))},
            tuple(guard for guard in Guard if guard is not Guard.MAINTENANCE),  # which this very act ends
        ),
    ),
    # From MAINTENANCE too: the end of the work would put the device back into use.
    "D-T12": (
        Step(
            Action.DEVICE_SUSPEND_AUTOMATICALLY,
            (S.ACTIVE, S.MAINTENANCE),
            S.SUSPENDED,
            "device.suspended",
            lambda d: suspend(d.device, reason=SuspensionReason.VERIFICATION_EXPIRED, by_agency=None),
            {"DEV_SUSPENSION_PERIOD": lambda d: suspend(d.device, effective_from=NOON + DAY)},
        ),
    ),
    "D-T13": (
        Step(
            Action.DEVICE_SUSPEND,
            (S.ACTIVE, S.MAINTENANCE),
            S.SUSPENDED,
            "device.suspended",
            lambda d: suspend(d.device, by_agency=SUPERVISOR),
            {"DEV_SUSPENSION_PERIOD": lambda d: suspend(d.device, effective_from=NOON - 11 * DAY)},
        ),
    ),
    "D-T14": (
        Step(
            Action.DEVICE_RESUME,
            (S.SUSPENDED,),
            S.ACTIVE,
            "device.resumed",
            resume,
            {
                "DEV_SUSPENDED_BY_ANOTHER": lambda d: resume(d, suspended_by=SUPERVISOR),
                "DEV_MAINTENANCE_OPEN": lambda d: resume(replace(d, upkeep=RUNNING)),
            },
            EVERY,
        ),
    ),
    # A LEGACY device and one in maintenance are stopped as well: PJ §2 asks for it at once.
    "D-T15": (
        Step(
            Action.FINDING_DECIDE,
            STOPPABLE,
            S.STOPPED,
            "device.stopped",
            stopped,
            {DUTY: confirmed(by="officer:admin"), "CLN_TEXT_TOO_SHORT": refused_proposal},
        ),
    ),
    # On its way into use a device is held up by a finding, and rectified from where it is.
    "D-T16": (
        Step(
            Action.DEVICE_RECTIFY,
            (S.STOPPED, *ON_ITS_WAY),
            S.RECTIFYING,
            "device.rectification_begun",
            rectify,
            {"CLN_NOT_RECTIFIABLE": lambda d: rectify(d, Category.CU_1)},
        ),
    ),
    "D-T17": (
        Step(
            Action.DEVICE_RECTIFY,
            (S.RECTIFYING,),
            S.UNDER_REVIEW,
            "device.rectified",
            hand_in,
            {
                "DEV_GUARD_FAILED": lambda d: hand_in(replace(d, certificates=()), Category.CU_4),
                "DEV_FUNCTION_MISSING": lambda d: hand_in(with_device(d, functions=())),
            },
        ),
    ),
    "D-T18": (
        Step(
            Action.DEVICE_RETIRE,
            ON_THE_WAY,
            S.RETIRED,
            "device.retired",
            retire,
            {
                "DEV_RETIREMENT_NOT_PROPOSED": lambda d: retire(d, is_proposed=False),
                DUTY: lambda d: retire(d, by="officer:admin"),
                "DEV_RAW_DATA_HELD": lambda d: retire(d, cases=1),
            },
        ),
    ),
    # The whole device leaves service: the registry knows no function under review beside others in use.
    "D-T19": (
        Step(
            Action.DEVICE_CHANGE,
            (S.ACTIVE,),
            S.UNDER_REVIEW,
            "device.materially_changed",
            change,
            {
                "DEV_CHANGE_INCOMPLETE": lambda d: change(d, ChangeKind.MOVE),
                "DEV_CHANGE_NOT_MATERIAL": lambda d: change(
                    d, ChangeKind.LIMIT, functions=d.device.functions
                ),
                "DEV_PROHIBITED_PLACE": lambda d: change(
                    d, ChangeKind.MOVE, site=replace(SITE, place_type=PlaceType.TOILET)
                ),
            },
        ),
    ),
}


def imported(place_type: str) -> DeviceImported:
    return test_legacy.brought(f"设置地点=某处 场所类型={place_type}").fact


def drafted(**changes: Any) -> Any:
    return test_lifecycle.register(replace(DRAFT, **changes))


def with_device(d: Dossier, **changes: Any) -> Dossier:
    return replace(d, device=replace(d.device, **changes))
