"""One agency uses a device of another instead of setting up its own (NJ 9(3)); the owner stays the owner (PIPL 26).

    (none) ─request─▶ REQUESTED ─give─▶ GIVEN ─end─▶ ENDED
                          └─refuse─▶ REFUSED

The asking agency registers what it uses as a SHARED_CAMERA. That device is lawful only while the sharing is in force
and an article of a law or an administrative regulation allows the pictures for its purpose.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Final, assert_never

from common.values.calendar import legal_day
from common.values.errors import Kind, Refusal, Violation
from common.values.facts import Commitment, Fact
from common.values.ids import AgencyId, DeviceId, SharingId
from common.values.law import NJ_9, PIPL_26
from common.values.profile import BasisLevel
from device_registry.domain.coverage import NOT_STANDING, Standing
from device_registry.domain.device import Basis, Device, DeviceKind, OwnerType, SharedSource, State

_ALLOWING: Final = (BasisLevel.LAW, BasisLevel.ADMIN_REGULATION)


class SharingState(StrEnum):
    REQUESTED = "REQUESTED"
    GIVEN = "GIVEN"
    REFUSED = "REFUSED"
    ENDED = "ENDED"


@dataclass(frozen=True)
class Sharing:
    """The use of `device_id`, which `agency_id` owns, by `to_agency_id`, for some violations until a day.

    `instead_of` is the draft that the asking agency does not hand in while it may share.
    """

    id: SharingId
    device_id: DeviceId
    agency_id: AgencyId
    to_agency_id: AgencyId
    violations: tuple[str, ...]
    until_day: date
    state: SharingState
    instead_of: DeviceId | None = None
    ended_at: datetime | None = None

    def is_in_force(self, at: datetime) -> bool:
        return self.state is SharingState.GIVEN and legal_day(at) <= self.until_day


@dataclass(frozen=True)
class SharingRequested(Fact):
    """`purpose` commits to what the pictures are for, and `basis` to the article that allows it."""

    type: ClassVar[str] = "sharing.requested"
    device_id: DeviceId
    agency_id: AgencyId
    to_agency_id: AgencyId
    violations: tuple[str, ...]
    until_on: date
    basis_level: BasisLevel
    basis: Commitment
    purpose: Commitment
    instead_of: DeviceId | None


@dataclass(frozen=True)
class SharingGiven(Fact):
    type: ClassVar[str] = "sharing.given"


@dataclass(frozen=True)
class SharingRefused(Fact):
    type: ClassVar[str] = "sharing.refused"
    reason: Commitment


@dataclass(frozen=True)
class SharingEnded(Fact):
    type: ClassVar[str] = "sharing.ended"
    by_agency: AgencyId
    reason: Commitment


@dataclass(frozen=True)
class DeviceSharingEnded(Fact):
    """The sharing on which a device rests was ended, at `ended_at`."""

    type: ClassVar[str] = "device.sharing_ended"
    sharing_id: SharingId
    ended_at: datetime


def request(
    sharing_id: SharingId,
    source: Standing,
    *,
    to_agency_id: AgencyId,
    violations: tuple[str, ...],
    until_on: date,
    basis: Basis,
    basis_committed: Commitment,
    purpose: Commitment,
    instead_of: Device | None,
    at: datetime,
) -> SharingRequested:
    """Ask the owner of a device that stands to share it (NJ 9(3)), for a purpose that a law allows (PIPL 26)."""
    if source.agency_id == to_agency_id or source.state in NOT_STANDING:
        facts = {"device": source.id, "state": source.state}
        raise Refusal(Kind.CONFLICT, "DEV_SHARING_SOURCE", facts, article=NJ_9)
    if until_on < legal_day(at):
        raise Refusal(Kind.INVALID, "DEV_SHARING_PERIOD", {"today": legal_day(at)}, article=NJ_9)
    _require_allowed(basis, at)
    if instead_of is not None and instead_of.state is not State.DRAFT:
        draft = {"device": instead_of.id, "state": instead_of.state}
        raise Refusal(Kind.CONFLICT, "DEV_SHARING_INSTEAD", draft, article=NJ_9)
    return SharingRequested(
        sharing_id,
        source.id,
        source.agency_id,
        to_agency_id,
        violations,
        until_on,
        basis.level,
        basis_committed,
        purpose,
        instead_of.id if instead_of else None,
    )


def give(sharing: Sharing, *, at: datetime) -> SharingGiven:
    """The owner shares its device, while the day until which it was asked for has not passed."""
    _require(sharing, SharingState.REQUESTED)
    if sharing.until_day < legal_day(at):
        raise Refusal(Kind.CONFLICT, "DEV_SHARING_PERIOD", {"today": legal_day(at)}, article=NJ_9)
    return SharingGiven(sharing.id)


def refuse(sharing: Sharing, *, reason: Commitment) -> SharingRefused:
    """The owner does not share its device, and says why. The asking agency may then apply for its own."""
    _require(sharing, SharingState.REQUESTED)
    return SharingRefused(sharing.id, reason)


def end(sharing: Sharing, *, by_agency: AgencyId, reason: Commitment) -> SharingEnded:
    """Either of the two agencies ends the sharing before its day. Nothing that is captured later is evidence."""
    _require(sharing, SharingState.GIVEN)
    return SharingEnded(sharing.id, by_agency, reason)


def require_source(
    shared: SharedSource | None,
    sharing: Sharing | None,
    *,
    kind: DeviceKind,
    owner: OwnerType,
    violations: Collection[str],
    agency_id: AgencyId,
    at: datetime,
) -> None:
    """A shared camera names whose it is and the article that allows its pictures here; no other device does (PIPL 26).

    The agency that shares stays the owner. A source of this register is shared by a sharing that is in force, with this
    agency, for these violations.
    """
    if (kind is DeviceKind.SHARED_CAMERA) is not (shared is not None):
        wording = "" if shared is None else "own"
        raise Refusal(Kind.INVALID, "DEV_PURPOSE_BASIS_MISSING", wording=wording, article=PIPL_26)
    if shared is None:
        return
    if owner is not OwnerType.OTHER_AGENCY:
        raise Refusal(Kind.INVALID, "DEV_SHARED_OWNER", {"owner": owner}, article=PIPL_26)
    _require_allowed(shared.basis, at)
    if shared.sharing_id is None:
        return
    holds = sharing is not None and sharing.to_agency_id == agency_id and sharing.is_in_force(at)
    if not holds or sharing is None or not set(violations) <= set(sharing.violations):
        raise Refusal(Kind.CONFLICT, "DEV_SHARING_ENDED", {"sharing": shared.sharing_id}, article=NJ_9)


def source_ended(device: Device, *, sharing_id: SharingId, ended_at: datetime) -> DeviceSharingEnded | None:
    """The device learns that its sharing was ended; None if it knows that already."""
    if device.shared is None or device.shared.sharing_id != sharing_id or device.shared.ended_at is not None:
        return None
    return DeviceSharingEnded(device.id, sharing_id, ended_at)


def source_lost(device: Device, at: datetime) -> Violation | None:
    """A shared camera rests on a basis that is in force, and on a sharing that has not ended (PIPL 26; NJ 9(3))."""
    if device.kind is not DeviceKind.SHARED_CAMERA:
        return None
    shared = device.shared
    if shared is None or not _allows(shared.basis, at):
        return Violation("DEV_PURPOSE_BASIS_MISSING", str(PIPL_26))
    over = shared.until_day is not None and shared.until_day < legal_day(at)
    if over or (shared.ended_at is not None and shared.ended_at <= at):
        return Violation("DEV_SHARING_ENDED", f"{PIPL_26}; {NJ_9}", {"sharing": shared.sharing_id})
    return None


def _allows(basis: Basis, at: datetime) -> bool:
    day = legal_day(at)
    return (
        basis.level in _ALLOWING
        and basis.from_day <= day
        and (basis.until_day is None or day <= basis.until_day)
    )


def _require_allowed(basis: Basis, at: datetime) -> None:
    if not _allows(basis, at):
        raise Refusal(Kind.INVALID, "DEV_PURPOSE_BASIS_MISSING", article=PIPL_26)


def after(sharing: Sharing, fact: SharingGiven | SharingRefused | SharingEnded, *, at: datetime) -> Sharing:
    """The sharing as `fact`, recorded at `at`, leaves it."""
    match fact:
        case SharingGiven():
            return replace(sharing, state=SharingState.GIVEN)
        case SharingRefused():
            return replace(sharing, state=SharingState.REFUSED)
        case SharingEnded():
            return replace(sharing, state=SharingState.ENDED, ended_at=at)
        case _:
            assert_never(fact)


def _require(sharing: Sharing, needed: SharingState) -> None:
    if sharing.state is not needed:
        facts = {"sharing": sharing.id, "state": sharing.state, "needed": needed}
        raise Refusal(Kind.CONFLICT, "DEV_SHARING_STATE", facts, article=NJ_9)
