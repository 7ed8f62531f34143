"""The wire models of the registry, and the client that other services ask with.

Orders come in, views go out. Coordinates are WGS-84 degrees as decimal text, dates are legal days of Asia/Shanghai,
instants are RFC 3339 in UTC.
"""

from __future__ import annotations

from device_registry.contract.accounts import (
    ClientCertificateOrder,
    ClientCertificateReleaseOrder,
    ClientCertificatesView,
    ClientCertificateView,
    PushAccountDevicesOrder,
    PushAccountDevicesView,
    PushAccountIssued,
    PushAccountOrder,
    PushAccountRevocationOrder,
    PushAccountRevoked,
    PushAccountView,
    SecretAddressIssued,
    SecretAddressOrder,
    SecretAddressView,
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
    ViewOrder,
)
from device_registry.contract.client import DeviceRegistry
from device_registry.contract.contracts import (
    ContractFiledView,
    ContractFileView,
    ContractsView,
    RevenueDeclarationOrder,
    RevenueDeclarationView,
)
from device_registry.contract.corrections import (
    CorrectionOrder,
    CorrectionsView,
    InvalidIntervalView,
    InvalidPaperView,
)
from device_registry.contract.coverage import ApplicationView, CoverageView, NearDeviceView
from device_registry.contract.devices import (
    DevicePage,
    DeviceView,
    FunctionView,
    MeasurementView,
    PermissibleErrorView,
    PublicDevicePage,
    PublicDeviceView,
)
from device_registry.contract.directory import ListedDevicesView, ListedDeviceView
from device_registry.contract.expiry import VerificationExpiryPage, VerificationExpiryView
from device_registry.contract.imports import ImportRowView, ImportView, InputErrorView
from device_registry.contract.keys import (
    NamedKeysView,
    NamedKeyView,
    SigningKeyOrder,
    SigningKeyRevocationOrder,
    SigningKeysView,
    SigningKeyView,
)
from device_registry.contract.operators import (
    InspectionAnswerOrder,
    InspectionOrder,
    InspectionRecordedView,
    InspectionsView,
    InspectionView,
    OperatorOrder,
)
from device_registry.contract.papers import (
    AcceptanceTestOrder,
    ConformityOrder,
    SignageOrder,
    VerificationOrder,
)
from device_registry.contract.plans import PlanDeviceView, PlannedView, PlanOrder, PlanPage, PlanView
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
    "ApplicationView",
    "ApprovalOrder",
    "BasisOrder",
    "Capability",
    "ClientCertificateOrder",
    "ClientCertificateReleaseOrder",
    "ClientCertificateView",
    "ClientCertificatesView",
    "ConformityOrder",
    "ContractFileView",
    "ContractFiledView",
    "ContractsView",
    "CoverageView",
    "CorrectionOrder",
    "CorrectionsView",
    "DevicePage",
    "DeviceRegistry",
    "DeviceView",
    "FunctionOrder",
    "FunctionStandingView",
    "FunctionView",
    "GuardView",
    "MeasurementOrder",
    "MeasurementView",
    "NearDeviceView",
    "OperatorOrder",
    "PermissibleErrorOrder",
    "PermissibleErrorView",
    "ImportRowView",
    "ImportView",
    "InputErrorView",
    "InspectionAnswerOrder",
    "InspectionOrder",
    "InspectionRecordedView",
    "InspectionView",
    "InspectionsView",
    "InstallationOrder",
    "InvalidIntervalView",
    "InvalidPaperView",
    "ListedDeviceView",
    "ListedDevicesView",
    "NamedKeyView",
    "NamedKeysView",
    "PlanDeviceView",
    "PlanOrder",
    "PlanPage",
    "PlanView",
    "PlannedView",
    "PublicDevicePage",
    "PublicDeviceView",
    "PublicationOrder",
    "PushAccountDevicesOrder",
    "PushAccountDevicesView",
    "PushAccountIssued",
    "PushAccountOrder",
    "PushAccountRevocationOrder",
    "PushAccountRevoked",
    "PushAccountView",
    "RegistrationOrder",
    "ResumptionOrder",
    "RevenueDeclarationOrder",
    "RevenueDeclarationView",
    "ReviewOrder",
    "SecretAddressIssued",
    "SecretAddressOrder",
    "SecretAddressView",
    "SignageOrder",
    "SignedCapability",
    "SigningKeyOrder",
    "SigningKeyRevocationOrder",
    "SigningKeyView",
    "SigningKeysView",
    "StateName",
    "SubmissionOrder",
    "SuspensionOrder",
    "TrialOrder",
    "VerificationExpiryPage",
    "VerificationExpiryView",
    "VerificationOrder",
    "ViewOrder",
    "ViolationView",
]
