"""The wire models of the registry, and the client that other services ask with.

Orders come in, views go out. Coordinates are WGS-84 degrees as decimal text, dates are legal days of Asia/Shanghai,
instants are RFC 3339 in UTC.
"""

from __future__ import annotations

from device_registry.contract.accounts import (
    PushAccountDevicesOrder,
    PushAccountDevicesView,
    PushAccountIssued,
    PushAccountOrder,
    PushAccountView,
)
from device_registry.contract.applications import (
    ApprovalOrder,
    BasisOrder,
    FunctionOrder,
    MeasurementOrder,
    PermissibleErrorOrder,
    RegistrationOrder,
    ReviewOrder,
    SubmissionOrder,
)
from device_registry.contract.client import DeviceRegistry
from device_registry.contract.devices import (
    DevicePage,
    DeviceView,
    FunctionView,
    MeasurementView,
    PermissibleErrorView,
    PublicDevicePage,
    PublicDeviceView,
)
from device_registry.contract.imports import ImportRowView, ImportView, InputErrorView
from device_registry.contract.papers import (
    AcceptanceTestOrder,
    ConformityOrder,
    SignageOrder,
    VerificationOrder,
)
from device_registry.contract.service import (
    ActivationOrder,
    InstallationOrder,
    PublicationOrder,
    ResumptionOrder,
    SuspensionOrder,
    TrialOrder,
)
from device_registry.contract.standing import (
    Capability,
    FunctionStandingView,
    GuardView,
    SignedCapability,
    ViolationView,
)
from device_registry.contract.words import StateName

__all__ = [
    "AcceptanceTestOrder",
    "ActivationOrder",
    "ApprovalOrder",
    "BasisOrder",
    "Capability",
    "ConformityOrder",
    "DevicePage",
    "DeviceRegistry",
    "DeviceView",
    "FunctionOrder",
    "FunctionStandingView",
    "FunctionView",
    "GuardView",
    "MeasurementOrder",
    "MeasurementView",
    "PermissibleErrorOrder",
    "PermissibleErrorView",
    "ImportRowView",
    "ImportView",
    "InputErrorView",
    "InstallationOrder",
    "PublicDevicePage",
    "PublicDeviceView",
    "PublicationOrder",
    "PushAccountDevicesOrder",
    "PushAccountDevicesView",
    "PushAccountIssued",
    "PushAccountOrder",
    "PushAccountView",
    "RegistrationOrder",
    "ResumptionOrder",
    "ReviewOrder",
    "SignageOrder",
    "SignedCapability",
    "StateName",
    "SubmissionOrder",
    "SuspensionOrder",
    "TrialOrder",
    "VerificationOrder",
    "ViolationView",
]
