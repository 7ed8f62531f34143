"""A material change of a device in use (D-T19; APL 41): nobody reviewed or published the device that it becomes.

    ACTIVE ──change──▶ UNDER_REVIEW ─▶ the whole path again
                            └─a failed review─▶ SUSPENDED, as it was before ──resume──▶ ACTIVE

A device is moved, records something new, recognises by another model, or applies another limit. It leaves service at
once and is handed in again in the same act, with reasons of its own. What it captured before stays as it was: a
question about an instant before the change is answered with the place and the functions of that time.

Nothing may be changed on the road before the approval, so a device whose change is refused is the device that was
reviewed, approved and published before. Its head puts it back into use, and every guard is asked again (D-T14): only
a person can say that it still stands there unchanged.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from common.values.errors import Kind, Refusal
from common.values.facts import Commitment, Fact
from common.values.law import APL_41, NJ_9
from common.values.profile import Profile
from device_registry.domain import siting
from device_registry.domain.application import (
    DeviceLegallyReviewed,
    DeviceTechnicallyReviewed,
    MeasuringFunction,
    ReviewKind,
)
from device_registry.domain.device import Device, Dossier, Former, Function, PlaceType, Result, Site, State
from device_registry.domain.lifecycle import metres_between
from device_registry.domain.measuring import require_measurable


class ChangeKind(StrEnum):
    MOVE = "MOVE"
    NEW_FUNCTION = "NEW_FUNCTION"
    MODEL = "MODEL"
    LIMIT = "LIMIT"


@dataclass(frozen=True)
class Change:
    """What is to change: a MOVE has a `site`, NEW_FUNCTION and LIMIT have all `functions` from then on."""

    kind: ChangeKind
    site: Site | None = None
    functions: tuple[Function, ...] | None = None


@dataclass(frozen=True)
class DeviceMateriallyChanged(Fact):
    """The device from here on, as the application that follows describes it; `reason` commits to why."""

    type: ClassVar[str] = "device.materially_changed"
    kind: ChangeKind
    reason: Commitment
    place_type: PlaceType
    division: str | None
    longitude: str
    latitude: str
    functions: tuple[str, ...]
    measuring: tuple[MeasuringFunction, ...]


@dataclass(frozen=True)
class DeviceChangeRefused(Fact):
    """A review failed the change of this number: the device is what it was, and out of use until it is resumed."""

    type: ClassVar[str] = "device.change_refused"
    number: int
    review: ReviewKind


def change(
    device: Device, wanted: Change, *, reason: Commitment, profile: Profile
) -> DeviceMateriallyChanged:
    """Take the device out of use to become what is `wanted` (D-T19).

    A place where no device may be is refused for a move as for a new one (NJ 9). What is not material needs no review:
    a move within the tolerance of an installation, functions with nothing new, limits that stay.
    """
    if device.state is not State.ACTIVE:
        raise Refusal(
            Kind.CONFLICT,
            "DEV_TRANSITION_NOT_ALLOWED",
            {"device": device.id, "state": device.state, "act": "CHANGE", "needed": State.ACTIVE},
            article=APL_41,
        )
    _require_whole(device, wanted)
    if wanted.site is not None:
        siting.require_lawful(wanted.site, device.provision, profile)
        _require_moved(device, wanted.site, profile)
    if wanted.functions is not None:
        for function in wanted.functions:
            require_measurable(function)
        _require_new(device, wanted.kind, wanted.functions)
    after = changed(device, wanted)
    return DeviceMateriallyChanged(
        device.id,
        wanted.kind,
        reason,
        after.site.place_type,
        after.site.division,
        str(after.site.longitude),
        str(after.site.latitude),
        tuple(function.code for function in after.functions),
        tuple(MeasuringFunction(f.code, f.measures) for f in after.functions if f.measures),
    )


def changed(device: Device, wanted: Change) -> Device:
    """The device that is applied for: a draft of the one that is wanted, until it is handed in."""
    return replace(
        device,
        state=State.DRAFT,
        site=wanted.site or device.site,
        functions=device.functions if wanted.functions is None else wanted.functions,
    )


def refuse(
    dossier: Dossier, review: DeviceLegallyReviewed | DeviceTechnicallyReviewed
) -> DeviceChangeRefused | None:
    """A failed review ends the change and not the device (D-T6, D-T19); None where the review is of no change."""
    refused = _under_review(dossier)
    if refused is None or review.result is Result.PASS:
        return None
    kind = ReviewKind.LEGAL if isinstance(review, DeviceLegallyReviewed) else ReviewKind.TECHNICAL
    return DeviceChangeRefused(dossier.device.id, refused.number, kind)


def restored(dossier: Dossier) -> Device:
    """The device under review as it was before the change: place, functions, applicant and plan."""
    was = _under_review(dossier)
    assert was is not None
    return replace(
        dossier.device,
        site=was.site,
        functions=was.functions,
        submitted_by=was.submitted_by,
        plan_id=was.plan_id,
        warnings=was.warnings,
    )


def _under_review(dossier: Dossier) -> Former | None:
    """The change that is reviewed now; None for a device that is reviewed as a new or a rectified one."""
    if not dossier.former or dossier.device.state is not State.UNDER_REVIEW:
        return None
    last, began = dossier.former[-1], dossier.periods[-1].recorded_at
    return last if last.until == began and last.refused_at is None else None


def as_it_was(dossier: Dossier, at: datetime) -> Dossier:
    """The dossier with the place and the functions that the device had at `at`."""
    later = [former for former in dossier.former if at < former.until]
    if not later:
        return dossier
    was = later[0]
    return replace(dossier, device=replace(dossier.device, site=was.site, functions=was.functions))


def _require_whole(device: Device, wanted: Change) -> None:
    has_site, has_functions = wanted.site is not None, wanted.functions is not None
    needs_functions = wanted.kind in (ChangeKind.NEW_FUNCTION, ChangeKind.LIMIT)
    if (has_site, has_functions) != (wanted.kind is ChangeKind.MOVE, needs_functions):
        facts = {"device": device.id, "kind": wanted.kind}
        raise Refusal(Kind.INVALID, "DEV_CHANGE_INCOMPLETE", facts, article=APL_41)


def _require_moved(device: Device, site: Site, profile: Profile) -> None:
    assert site.longitude is not None
    assert site.latitude is not None
    off = metres_between(device, longitude=site.longitude, latitude=site.latitude)
    here = device.site
    is_same = (site.place_type, site.direction) == (here.place_type, here.direction)
    if is_same and off <= profile.install_tolerance_m:
        facts = {"device": device.id, "off": off, "tolerance_m": profile.install_tolerance_m}
        raise Refusal(Kind.CONFLICT, "DEV_CHANGE_NOT_MATERIAL", facts, wording="move", article=NJ_9)


def _require_new(device: Device, kind: ChangeKind, functions: Collection[Function]) -> None:
    before = {function.code: function.measures for function in device.functions}
    after = {function.code: function.measures for function in functions}
    if kind is ChangeKind.NEW_FUNCTION:
        is_material, wording = bool(after.keys() - before.keys()), "function"
    else:
        is_material, wording = after.keys() == before.keys() and after != before, "limit"
    if not is_material:
        facts = {"device": device.id}
        raise Refusal(Kind.CONFLICT, "DEV_CHANGE_NOT_MATERIAL", facts, wording=wording, article=APL_41)
