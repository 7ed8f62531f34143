"""Out of use by the clean-up, and the way back (D-T0b, D-T15 … D-T17; PJ §2–3).

    ACTIVE, SUSPENDED, MAINTENANCE, LEGACY ──stop──▶ STOPPED ──rectify──▶ RECTIFYING ──hand_in──▶ UNDER_REVIEW ─▶ …
    UNDER_REVIEW … PUBLISHED, a finding is confirmed ────────rectify──────▲
    LEGACY ──describe──▶ LEGACY ──submit (application)──▶ UNDER_REVIEW

From UNDER_REVIEW on a device takes the whole path again, with reviews, trial and publication of its own. A device in
maintenance is stopped too: PJ §2 asks for it at once, and it would come back into use by itself. A device on its way
into use is not stopped, because nothing of it is in use; a finding that is confirmed holds it up until it is rectified.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from common.values.errors import Kind, Refusal, Violation
from common.values.facts import Commitment, Fact
from common.values.ids import FindingId
from common.values.law import APL_41, PJ_2
from common.values.profile import Profile
from device_registry.domain import compliance, contracts, siting
from device_registry.domain.application import Draft
from device_registry.domain.cleanup import Category, living_on_fines
from device_registry.domain.device import (
    Device,
    Dossier,
    Function,
    Funding,
    InstallerType,
    OwnerType,
    Provision,
    RevenueLink,
    State,
)
from device_registry.domain.measuring import require_measurable
from device_registry.domain.sharing import Sharing, require_source


class StopReason(StrEnum):
    FINDING = "FINDING"  # a person confirmed a finding of the clean-up
    LEGACY_EXPIRED = "LEGACY_EXPIRED"  # an imported device that nobody handed in for review in time


@dataclass(frozen=True)
class Rectification:
    """An attempt to remove the faults of these categories; `evidence` and `handed_in_at` are None until D-T17."""

    categories: tuple[Category, ...]
    plan: str
    begun_at: datetime
    evidence: str | None
    handed_in_at: datetime | None


STOPPABLE = (State.LEGACY, State.ACTIVE, State.SUSPENDED, State.MAINTENANCE)
ON_ITS_WAY = (State.UNDER_REVIEW, State.APPROVED, State.INSTALLED, State.TRIAL, State.PUBLISHED)
"""A confirmed finding holds a device in these states up; it is rectified from there, and begins the way anew."""


@dataclass(frozen=True)
class DeviceStopped(Fact):
    """`finding` is the finding that was confirmed, None where the period of D-T0b ran out."""

    type: ClassVar[str] = "device.stopped"
    reason: StopReason
    finding: FindingId | None
    category: Category | None


@dataclass(frozen=True)
class NewProvision:
    """The provision that replaces the old one, as a fact says it: its two texts are commitments, None where empty."""

    owner: OwnerType
    installer: InstallerType
    funding: Funding
    revenue_link: RevenueLink
    obligation_basis: Commitment | None
    installer_contract: Commitment | None


@dataclass(frozen=True)
class DeviceRectificationBegun(Fact):
    """A plan for the faults of these categories. New bases and a new provision replace those of before."""

    type: ClassVar[str] = "device.rectification_begun"
    v: ClassVar[int] = 2
    categories: tuple[Category, ...]
    plan: Commitment
    functions: tuple[str, ...]
    provision: NewProvision | None


@dataclass(frozen=True)
class DeviceRectified(Fact):
    """The faults are removed, says the agency; the reviews begin again."""

    type: ClassVar[str] = "device.rectified"
    categories: tuple[Category, ...]
    evidence: Commitment
    files: tuple[str, ...]


@dataclass(frozen=True)
class DeviceDescribed(Fact):
    """An imported device is described as a new one would be, so that it can be reviewed."""

    type: ClassVar[str] = "device.described"
    code: str
    functions: tuple[str, ...]


@dataclass(frozen=True)
class Remedy:
    """What replaces the unlawful part: functions with new bases, a new contract and owner.

    `obligation_basis` and `installer_contract` commit to the texts of `provision`, None where they are empty.
    """

    functions: tuple[Function, ...] | None = None
    provision: Provision | None = None
    obligation_basis: Commitment | None = None
    installer_contract: Commitment | None = None


def stop(
    device: Device, *, reason: StopReason, finding: FindingId | None = None, category: Category | None = None
) -> DeviceStopped:
    """Out of use at once: what the device records from now on is no evidence (D-T15, D-T0b; PJ §2; E-DEV-01)."""
    _require(device, STOPPABLE, "STOP")
    return DeviceStopped(device.id, reason, finding, category)


def due_stop(
    device: Device, *, in_register_since: datetime, profile: Profile, at: datetime
) -> DeviceStopped | None:
    """A LEGACY device whose period is over is stopped by the registry itself (D-T0b; PJ §2).

    Whatever is not handed in for review within the period was not shown to satisfy APL 41.
    """
    if device.state is not State.LEGACY or at < in_register_since + timedelta(days=profile.cleanup.legacy_d):
        return None
    return stop(device, reason=StopReason.LEGACY_EXPIRED)


def rectify(
    dossier: Dossier,
    *,
    categories: Collection[Category],
    plan: Commitment,
    remedy: Remedy,
    sharing: Sharing | None = None,
    profile: Profile,
    at: datetime,
) -> DeviceRectificationBegun:
    """Begin to remove the faults (D-T16). Without a law there is nothing to repair, so CU-1 asks for a new basis;
    a contract that lives on fines is not mended but replaced, so CU-6 asks for a new contract and a lawful owner.

    A device that lives on the fines is rectified as CU-6, also where its import stopped it without a finding (D-T0).
    What is replaced obeys the rules of D-T1: a function that measures says how, and a shared camera gets no function or
    owner that its `sharing` does not cover.

    `categories` are those of the findings that hold the device up. Without one only a stopped device is rectified.
    """
    device = dossier.device
    _require(device, (State.STOPPED, *ON_ITS_WAY) if categories else (State.STOPPED,), "RECTIFY")
    prohibited = siting.prohibited_place(device.site, profile)
    if prohibited is not None:
        raise _not_rectifiable(device, prohibited)
    replaced = remedied(device, remedy)
    for function in remedy.functions or ():
        require_measurable(function)
    if device.shared is not None and replaced != device:
        require_source(
            device.shared,
            sharing,
            kind=device.kind,
            owner=replaced.provision.owner,
            violations=[function.code for function in replaced.functions],
            agency_id=device.agency_id,
            at=at,
        )
    if living_on_fines(device.provision):
        categories = {*categories, Category.CU_6}
    if Category.CU_1 in categories:
        lacking = [
            compliance.legal_basis(function, dossier.law, at)
            for function in replaced.functions or (compliance.NO_FUNCTION,)
        ]
        first = next((violation for violation in lacking if violation), None)
        if remedy.functions is None or first is not None:
            raise _not_rectifiable(device, first, wording="basis")
    if Category.CU_6 in categories:
        fault = siting.cost_shifted(replaced.provision) or siting.market_entity_revenue(replaced.provision)
        is_old = replaced.provision.installer_contract == device.provision.installer_contract
        by_market = replaced.provision.installer is InstallerType.MARKET_ENTITY
        if remedy.provision is None or fault is not None or (by_market and is_old):
            raise _not_rectifiable(device, fault, wording="contract")
    return DeviceRectificationBegun(
        device.id,
        tuple(sorted(categories)),
        plan,
        tuple(function.code for function in remedy.functions or ()),
        _new_provision(remedy),
    )


def hand_in(
    dossier: Dossier,
    *,
    categories: Collection[Category],
    evidence: Commitment,
    files: tuple[str, ...],
    at: datetime,
) -> DeviceRectified:
    """Hand the rectified device in for the whole path again (D-T17; APL 41).

    What the registry can see for itself it does not take on trust: basis, standard, verification and provision hold,
    and where the contract was the fault (PJ §2.6) another one was filed since the device was stopped.
    """
    device = dossier.device
    _require(device, (State.RECTIFYING,), "HAND_IN")
    failed: list[Violation | None] = []
    if Category.CU_1 in categories:
        failed += [
            compliance.legal_basis(function, dossier.law, at)
            for function in device.functions or (compliance.NO_FUNCTION,)
        ]
    if Category.CU_2 in categories:
        failed.append(compliance.conformity(dossier, at))
    if Category.CU_4 in categories:
        failed += [
            compliance.verification(function, dossier.certificates, at) for function in device.functions
        ]
    if Category.CU_6 in categories:
        failed += [siting.cost_shifted(device.provision), siting.market_entity_revenue(device.provision)]
        stopped = [period.recorded_at for period in dossier.periods if period.state is State.STOPPED]
        failed.append(contracts.missing(dossier, at, since=max(stopped, default=None)))
    compliance.require(tuple(v for v in failed if v), f"Device {device.id} is not rectified")
    if not device.functions:
        raise Refusal(Kind.INVALID, "DEV_FUNCTION_MISSING", article=APL_41)
    return DeviceRectified(device.id, tuple(sorted(categories)), evidence, files)


def describe(
    device: Device,
    draft: Draft,
    *,
    profile: Profile,
    codes_in_use: Collection[str],
    sharing: Sharing | None = None,
    at: datetime,
) -> DeviceDescribed:
    """Describe an imported device as D-T1 asks for a new one; only then can it be handed in (D-T0b).

    `sharing` is the one that a shared camera names.
    """
    _require(device, (State.LEGACY,), "DESCRIBE")
    siting.require_lawful(draft.site, draft.provision, profile)
    for function in draft.functions:
        require_measurable(function)
    violations = tuple(function.code for function in draft.functions)
    require_source(
        draft.shared,
        sharing,
        kind=draft.kind,
        owner=draft.provision.owner,
        violations=violations,
        agency_id=device.agency_id,
        at=at,
    )
    if draft.code != device.code and draft.code in codes_in_use:
        raise Refusal(Kind.CONFLICT, "DEV_CODE_IN_USE", {"code": draft.code}, article=PJ_2)
    return DeviceDescribed(device.id, draft.code, violations)


def described(device: Device, draft: Draft) -> Device:
    """The device as the draft describes it. It keeps the number of the inventory where the draft gives none."""
    return replace(
        device,
        code=draft.code,
        kind=draft.kind,
        site=draft.site,
        provision=draft.provision,
        functions=draft.functions,
        shared=draft.shared,
        agency_number=draft.agency_number or device.agency_number,
    )


def remedied(device: Device, remedy: Remedy) -> Device:
    """The device with what the remedy replaces."""
    return replace(
        device,
        functions=device.functions if remedy.functions is None else remedy.functions,
        provision=remedy.provision or device.provision,
    )


def _new_provision(remedy: Remedy) -> NewProvision | None:
    given = remedy.provision
    if given is None:
        return None
    return NewProvision(
        given.owner,
        given.installer,
        given.funding,
        given.revenue_link,
        remedy.obligation_basis,
        remedy.installer_contract,
    )


def _require(device: Device, needed: tuple[State, ...], act: str) -> None:
    if device.state not in needed:
        raise Refusal(
            Kind.CONFLICT,
            "DEV_TRANSITION_NOT_ALLOWED",
            {"device": device.id, "state": device.state, "act": act, "needed": needed},
            article=PJ_2,
        )


def _not_rectifiable(device: Device, violation: Violation | None, *, wording: str = "") -> Refusal:
    violations = (violation,) if violation is not None else ()
    return Refusal(
        Kind.CONFLICT,
        "CLN_NOT_RECTIFIABLE",
        {"device": device.id},
        wording=wording,
        article=PJ_2,
        violations=violations,
    )
