"""The application for a device: from the draft to the approval (D-T1 … D-T6; APL 41(1); NJ 9).

register ─▶ DRAFT ─submit─▶ UNDER_REVIEW ─┬─ review_legally ─────┐ both PASS, four persons ─▶ approve
                                          └─ review_technically ─┘ either FAIL ─▶ reject
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final

from common.values.errors import Kind, Refusal
from common.values.facts import Commitment, Fact
from common.values.ids import AgencyId, DeviceId, PlanId, SharingId
from common.values.law import APL_41_1, NJ_9
from common.values.profile import BasisLevel, Profile
from device_registry.domain import compliance, contracts, siting
from device_registry.domain.checklist import LEGAL_ITEMS, TECHNICAL_ITEMS, Checklist, judged
from device_registry.domain.coverage import Near, require_weighed
from device_registry.domain.device import (
    Device,
    DeviceKind,
    Dossier,
    Function,
    Funding,
    InstallerType,
    Measurement,
    OwnerType,
    PlaceType,
    Provision,
    Result,
    Review,
    SharedSource,
    Site,
    State,
)
from device_registry.domain.lifecycle import Act, require
from device_registry.domain.measuring import require_measurable
from device_registry.domain.plans import Linked, Plan, gaps, require_current
from device_registry.domain.privacy import FieldOfView, require_confirmed, require_masked
from device_registry.domain.rounds import round_began
from device_registry.domain.sharing import Sharing, require_source

_VIEW: Final = "L5"
"""The place, and that the field of view excludes private interiors."""


class ReviewKind(StrEnum):
    LEGAL = "LEGAL"
    TECHNICAL = "TECHNICAL"


@dataclass(frozen=True)
class Draft:
    """A device as the applicant describes it. The record of its registration names the codes; the texts stay here."""

    code: str
    kind: DeviceKind
    site: Site
    provision: Provision
    functions: tuple[Function, ...]
    agency_number: str = ""
    shared: SharedSource | None = None


@dataclass(frozen=True)
class MeasuringFunction:
    """A function by its code, and what it measures."""

    code: str
    measures: Measurement


@dataclass(frozen=True)
class DeviceRegistered(Fact):
    """`purpose_basis` is the level of the article that allows the pictures of a shared camera, None for others."""

    type: ClassVar[str] = "device.registered"
    v: ClassVar[int] = 3

    agency_id: AgencyId
    code: str | None
    kind: DeviceKind
    place_type: PlaceType
    division: str | None
    longitude: str | None
    latitude: str | None
    functions: tuple[str, ...]
    measuring: tuple[MeasuringFunction, ...]
    owner_type: OwnerType
    installer_type: InstallerType
    funding: Funding
    purpose_basis: BasisLevel | None
    sharing_id: SharingId | None


@dataclass(frozen=True)
class DeviceSubmitted(Fact):
    """Commitments to the reasons: why the device is needed, what else was weighed, why here and why so many.

    `plan_id` is the work plan that provides for the device, None where none was named; `warnings` say how far it does
    not. `nearby` are the devices that might have been shared, and `sharing` commits to why none of them is.
    """

    type: ClassVar[str] = "device.submitted"
    v: ClassVar[int] = 3
    necessity: Commitment
    alternatives: Commitment
    siting: Commitment
    plan_id: PlanId | None
    warnings: tuple[str, ...]
    nearby: tuple[DeviceId, ...]
    sharing: Commitment | None
    sketch_sha256: str
    windows: int
    masks: int


@dataclass(frozen=True)
class Reasons:
    """Commitments to the texts of an application; `sharing` is None where it does not say why no device is shared."""

    necessity: Commitment
    alternatives: Commitment
    siting: Commitment
    sharing: Commitment | None = None


@dataclass(frozen=True)
class DeviceLegallyReviewed(Fact):
    type: ClassVar[str] = "device.legally_reviewed"
    v: ClassVar[int] = 3
    result: Result
    failed_items: tuple[str, ...]
    items_na: tuple[str, ...]
    notes: Commitment
    opinion: Commitment
    mask_sample_sha256: str | None


@dataclass(frozen=True)
class DeviceTechnicallyReviewed(Fact):
    type: ClassVar[str] = "device.technically_reviewed"
    v: ClassVar[int] = 2
    result: Result
    failed_items: tuple[str, ...]
    items_na: tuple[str, ...]
    notes: Commitment
    opinion: Commitment


@dataclass(frozen=True)
class DeviceRejected(Fact):
    type: ClassVar[str] = "device.rejected"
    review: ReviewKind


@dataclass(frozen=True)
class DeviceApproved(Fact):
    type: ClassVar[str] = "device.approved"
    profile: str


def register(
    device_id: DeviceId,
    draft: Draft,
    *,
    agency_id: AgencyId,
    profile: Profile,
    codes_in_use: Collection[str],
    sharing: Sharing | None = None,
    at: datetime,
) -> DeviceRegistered:
    """Open the file of a device that is wanted (D-T1). A place where none may be is refused here already (NJ 9).

    `sharing` is the one that a shared camera names.
    """
    if draft.code in codes_in_use:
        raise Refusal(Kind.CONFLICT, "DEV_CODE_IN_USE", {"code": draft.code}, article=NJ_9)
    siting.require_lawful(draft.site, draft.provision, profile)
    if not draft.functions:
        raise Refusal(Kind.INVALID, "DEV_FUNCTION_MISSING", article=APL_41_1)
    for function in draft.functions:
        require_measurable(function)
    require_source(
        draft.shared,
        sharing,
        kind=draft.kind,
        owner=draft.provision.owner,
        violations=[function.code for function in draft.functions],
        agency_id=agency_id,
        at=at,
    )
    return DeviceRegistered(
        device_id,
        agency_id=agency_id,
        code=draft.code,
        kind=draft.kind,
        place_type=draft.site.place_type,
        division=draft.site.division,
        longitude=str(draft.site.longitude),
        latitude=str(draft.site.latitude),
        functions=tuple(function.code for function in draft.functions),
        measuring=tuple(MeasuringFunction(f.code, f.measures) for f in draft.functions if f.measures),
        owner_type=draft.provision.owner,
        installer_type=draft.provision.installer,
        funding=draft.provision.funding,
        purpose_basis=draft.shared.basis.level if draft.shared else None,
        sharing_id=draft.shared.sharing_id if draft.shared else None,
    )


def begun(fact: DeviceRegistered, draft: Draft, *, by: str) -> Device:
    """The device that `fact`, recorded by the person `by`, begins."""
    return Device(
        id=DeviceId(fact.owner),
        agency_id=fact.agency_id,
        code=draft.code,
        kind=draft.kind,
        state=State.DRAFT,
        site=draft.site,
        provision=draft.provision,
        functions=draft.functions,
        registered_by=by,
        agency_number=draft.agency_number,
        shared=draft.shared,
    )


def submit(
    dossier: Dossier,
    *,
    reasons: Reasons,
    view: FieldOfView,
    plan: Plan | None,
    linked: Iterable[Linked],
    nearby: Sequence[Near],
    shared_instead: bool,
    profile: Profile,
    at: datetime,
) -> DeviceSubmitted:
    """Hand the application in for review with its reasons (D-T2; NJ 7, 9). Every function cites an article.

    The work plan that it names is one of the agency's that runs. A device without one is reviewed all the same, and
    both reviewers see that it is in no plan, or that its plan does not provide for it. `linked` are the devices that
    named the plan before, `nearby` those that might be shared. A market entity's contract is on record before (PJ §1).
    `shared_instead`: the agency asked to share another device instead, and nobody refused that or ended it.
    """
    device = dossier.device
    if device.state is not State.LEGACY:  # a device of before the platform may be handed in as it is (D-T0b)
        require(device, Act.SUBMIT)
    if not device.functions:
        raise Refusal(Kind.INVALID, "DEV_FUNCTION_MISSING", article=APL_41_1)
    bare = [function.code for function in device.functions if not function.bases]
    if bare:
        raise Refusal(
            Kind.INVALID,
            "DEV_LEGAL_BASIS_INSUFFICIENT",
            {"bare": bare, "device": device.id},
            wording="bare",
            article=NJ_9,
        )
    if plan is not None:
        require_current(plan, agency_id=device.agency_id, at=at)
    contracts.require_on_record(dossier, at)
    require_masked(view)
    if shared_instead:
        facts = {"device": device.id}
        raise Refusal(Kind.CONFLICT, "DEV_DUPLICATE_COVERAGE", facts, wording="shared", article=NJ_9)
    require_weighed(nearby, is_justified=reasons.sharing is not None, profile=profile)
    violations = [function.code for function in device.functions]
    return DeviceSubmitted(
        device.id,
        reasons.necessity,
        reasons.alternatives,
        reasons.siting,
        plan.id if plan else None,
        gaps(plan, linked, violations=violations, division=device.site.division),
        tuple(each.device.id for each in nearby),
        reasons.sharing,
        view.sketch_sha256,
        len(view.windows),
        len(view.masks),
    )


def review_legally(
    dossier: Dossier,
    *,
    checklist: Checklist,
    notes: Commitment,
    opinion: Commitment,
    view: FieldOfView | None = None,
    mask_sample_sha256: str | None = None,
    by: str,
) -> DeviceLegallyReviewed:
    """The legal review passes when none of L1 … L8 fails (D-T3; NJ 9). The reviewer has no other part in it.

    Where homes are in the `view`, L5 passes with the digest of a sample image that shows them masked.
    """
    require(dossier.device, Act.REVIEW)
    _once(dossier, bool(_of_this_round(dossier, dossier.legal_reviews)), ReviewKind.LEGAL)
    others = _of_this_round(dossier, dossier.technical_reviews)
    _require_separate(dossier, by, [*_applicants(dossier), *(review.reviewer for review in others)])
    items = judged(checklist, LEGAL_ITEMS)
    require_confirmed(view, passes=_VIEW not in items.failed, sample_sha256=mask_sample_sha256)
    return DeviceLegallyReviewed(
        dossier.device.id,
        _result(items.failed),
        items.failed,
        items.absent,
        notes,
        opinion,
        mask_sample_sha256,
    )


def review_technically(
    dossier: Dossier, *, checklist: Checklist, notes: Commitment, opinion: Commitment, by: str
) -> DeviceTechnicallyReviewed:
    """The technical review passes when none of T1 … T9 fails (D-T4; NJ 8, 9)."""
    require(dossier.device, Act.REVIEW)
    _once(dossier, bool(_of_this_round(dossier, dossier.technical_reviews)), ReviewKind.TECHNICAL)
    others = _of_this_round(dossier, dossier.legal_reviews)
    _require_separate(dossier, by, [*_applicants(dossier), *(review.reviewer for review in others)])
    items = judged(checklist, TECHNICAL_ITEMS)
    return DeviceTechnicallyReviewed(
        dossier.device.id, _result(items.failed), items.failed, items.absent, notes, opinion
    )


def reject(
    device: Device, review: DeviceLegallyReviewed | DeviceTechnicallyReviewed
) -> tuple[DeviceRejected, ...]:
    """A failed review ends the application by itself (D-T6); a review that passed leads to no rejection."""
    require(device, Act.REJECT)
    if review.result is Result.PASS:
        return ()
    kind = ReviewKind.LEGAL if isinstance(review, DeviceLegallyReviewed) else ReviewKind.TECHNICAL
    return (DeviceRejected(device.id, kind),)


def approve(dossier: Dossier, *, profile: Profile, by: str, at: datetime) -> DeviceApproved:
    """The head signs when basis and both reviews stand, neither older than twelve months (D-T5; APL 41(1))."""
    require(dossier.device, Act.APPROVE)
    hands = _of_this_round(dossier, (*dossier.legal_reviews, *dossier.technical_reviews))
    _require_separate(dossier, by, [*_applicants(dossier), *(review.reviewer for review in hands)])
    failed = compliance.evaluate(dossier, profile, at, compliance.OF_APPROVAL)
    compliance.require(failed, f"Device {dossier.device.id} cannot be approved")
    return DeviceApproved(dossier.device.id, profile.id)


def _of_this_round(dossier: Dossier, reviews: tuple[Review, ...]) -> list[Review]:
    """The reviews since the device was handed in for the last time."""
    periods = dossier.periods
    began = round_began(dossier, periods[-1].recorded_at) if periods else None
    return [review for review in reviews if began is None or review.at >= began]


def _applicants(dossier: Dossier) -> Iterable[str]:
    device = dossier.device
    return {device.registered_by, device.submitted_by or device.registered_by}


def _require_separate(dossier: Dossier, by: str, others: Iterable[str]) -> None:
    # Inv. 2: applicant, legal reviewer, technical reviewer and approver are four persons.
    if by in others:
        raise Refusal(Kind.FORBIDDEN, "DEV_DUTY_SEPARATION", {"device": dossier.device.id}, article=APL_41_1)


def _once(dossier: Dossier, done: bool, kind: ReviewKind) -> None:
    if done:
        raise Refusal(
            Kind.CONFLICT,
            "DEV_TRANSITION_NOT_ALLOWED",
            {"kind": kind, "device": dossier.device.id},
            wording="reviewed",
            article=APL_41_1,
        )


def _result(failed: tuple[str, ...]) -> Result:
    return Result.FAIL if failed else Result.PASS
