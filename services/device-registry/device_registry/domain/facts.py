"""Every fact of a device that is on the register, and the device as each of them leaves it.

A paper leaves the device as it is. Every other fact moves it to the state that `lifecycle.ALLOWED` names for its act,
and begins a period of the device's life.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from device_registry.domain.application import (
    DeviceApproved,
    DeviceLegallyReviewed,
    DeviceRejected,
    DeviceSubmitted,
    DeviceTechnicallyReviewed,
)
from device_registry.domain.changes import DeviceChangeRefused, DeviceMateriallyChanged
from device_registry.domain.device import Device, State
from device_registry.domain.lifecycle import (
    ALLOWED,
    Act,
    DeviceActivated,
    DeviceInstalled,
    DevicePublished,
    DeviceResumed,
    DeviceSuspended,
    DeviceTrialStarted,
)
from device_registry.domain.operators import DeviceOperatorNamed
from device_registry.domain.papers import (
    DeviceAcceptanceTested,
    DeviceConformityRecorded,
    DeviceSignageRecorded,
    DeviceVerificationRecorded,
)
from device_registry.domain.retirement import DeviceRetired, DeviceRetirementProposed
from device_registry.domain.sharing import DeviceSharingEnded
from device_registry.domain.stopping import (
    DeviceDescribed,
    DeviceRectificationBegun,
    DeviceRectified,
    DeviceStopped,
)
from device_registry.domain.watched import WatchedFact, state_after

DeviceFact = (
    DeviceSubmitted
    | DeviceLegallyReviewed
    | DeviceTechnicallyReviewed
    | DeviceRejected
    | DeviceApproved
    | DeviceInstalled
    | DeviceTrialStarted
    | DeviceAcceptanceTested
    | DeviceConformityRecorded
    | DeviceVerificationRecorded
    | DeviceSignageRecorded
    | DevicePublished
    | DeviceActivated
    | DeviceSuspended
    | DeviceResumed
    | DeviceStopped
    | DeviceRectificationBegun
    | DeviceRectified
    | DeviceDescribed
    | DeviceMateriallyChanged
    | DeviceChangeRefused
    | DeviceRetirementProposed
    | DeviceRetired
    | DeviceOperatorNamed
    | DeviceSharingEnded
    | WatchedFact
)


def after(device: Device, fact: DeviceFact, *, by: str, at: datetime) -> Device:
    """The device as `fact`, recorded by the person `by` at the instant `at`, leaves it."""
    if isinstance(fact, WatchedFact):
        return replace(device, state=state_after(device.state, fact))
    match fact:
        case DeviceSubmitted():
            return replace(
                _led_by(Act.SUBMIT, device), submitted_by=by, plan_id=fact.plan_id, warnings=fact.warnings
            )
        case DeviceRejected():
            return _led_by(Act.REJECT, device)
        case DeviceApproved():
            return _led_by(Act.APPROVE, device)
        case DeviceInstalled():
            return _led_by(Act.INSTALL, device)
        case DeviceTrialStarted():
            return _led_by(Act.START_TRIAL, device)
        case DevicePublished():
            return _led_by(Act.PUBLISH, device)
        case DeviceActivated():
            return replace(_led_by(Act.ACTIVATE, device), in_service_from=at)
        case DeviceSuspended():
            return _led_by(Act.SUSPEND, device)
        case DeviceResumed():
            return _led_by(Act.RESUME, device)
        case DeviceStopped():
            return replace(device, state=State.STOPPED)
        case DeviceRectificationBegun():
            return replace(device, state=State.RECTIFYING)
        case DeviceRectified() | DeviceMateriallyChanged():
            return replace(device, state=State.UNDER_REVIEW, submitted_by=by)
        case DeviceChangeRefused():
            return replace(device, state=State.SUSPENDED)
        case DeviceSharingEnded():
            assert device.shared is not None
            return replace(device, shared=replace(device.shared, ended_at=fact.ended_at))
        case DeviceOperatorNamed():
            return replace(device, operator_id=fact.party_id)
        case DeviceLegallyReviewed() | DeviceTechnicallyReviewed() | DeviceAcceptanceTested():
            return device
        case DeviceConformityRecorded() | DeviceVerificationRecorded() | DeviceSignageRecorded():
            return device
        case DeviceDescribed() | DeviceRetirementProposed():
            return device
        case DeviceRetired():
            return replace(device, state=State.RETIRED)
        case _:
            assert_never(fact)


def effective_from(fact: DeviceFact, *, at: datetime) -> datetime:
    """The instant from which the state that `fact` leads to counts: the recording, at `at`.

    A suspension alone may name an earlier instant, because what an unsound device recorded is not evidence (APL 41).
    """
    return fact.effective_from if isinstance(fact, DeviceSuspended) else at


def _led_by(act: Act, device: Device) -> Device:
    return replace(device, state=ALLOWED[act][1])
