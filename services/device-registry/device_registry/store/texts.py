"""The texts that a row has beside its fact. The record commits to them or leaves them out; only the row has them."""

from __future__ import annotations

from dataclasses import dataclass

from device_registry.domain.device import Device
from device_registry.domain.privacy import FieldOfView


@dataclass(frozen=True)
class ApplicationTexts:
    """Of `DeviceSubmitted`: why the device is needed, what else was weighed, why here and why so many.

    `sharing` says why no device nearby is shared, empty where none was; `view` has what the sketch shows.
    """

    necessity: str
    alternatives: str
    siting: str
    sharing: str
    view: FieldOfView


@dataclass(frozen=True)
class ReviewText:
    """Of `DeviceLegallyReviewed` and `DeviceTechnicallyReviewed`: the notes by their items, and the opinion."""

    notes: tuple[tuple[str, str], ...]
    opinion: str


@dataclass(frozen=True)
class InstallationText:
    """Of `DeviceInstalled`: the name of the installer."""

    installer: str


@dataclass(frozen=True)
class PaperText:
    """Of `DeviceConformityRecorded` and `DeviceVerificationRecorded`: the name of the issuer."""

    issuer: str


@dataclass(frozen=True)
class SignText:
    """Of `DeviceSignageRecorded`: where the sign stands, and the words on it."""

    position: str
    text: str


@dataclass(frozen=True)
class PublicationTexts:
    """Of `DevicePublished`."""

    url: str
    channel: str
    complaint_phone: str


@dataclass(frozen=True)
class PeriodNote:
    """Of `DeviceSuspended`, `DeviceResumed` and `DevicePaperInvalidated`: the words of the order or of the reason."""

    note: str


@dataclass(frozen=True)
class Replacement:
    """Of `DeviceDescribed` and `DeviceRectificationBegun`: the device with what they replace, and the plan."""

    device: Device
    plan: str = ""


@dataclass(frozen=True)
class ChangeText:
    """Of `DeviceMateriallyChanged`: the device that is applied for, the one that it was, and why it changes."""

    device: Device
    former: Device
    reason: str


@dataclass(frozen=True)
class Restored:
    """Of `DeviceChangeRefused`: the device as it was before the change."""

    device: Device


@dataclass(frozen=True)
class RectificationText:
    """Of `DeviceRectified`: what was done."""

    evidence: str


@dataclass(frozen=True)
class RetirementTexts:
    """Of `DeviceRetirementProposed`: what becomes of the raw data, and who keeps it."""

    disposition: str
    keeper: str


Texts = (
    ApplicationTexts
    | ReviewText
    | InstallationText
    | PaperText
    | SignText
    | PublicationTexts
    | PeriodNote
    | Replacement
    | ChangeText
    | Restored
    | RectificationText
    | RetirementTexts
)
