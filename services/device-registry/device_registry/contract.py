"""What crosses the wire: orders in, views out, and the client that other services ask with.

Stands alone: it restates the domain's words as literals, and a test holds the two lists together. Coordinates are
WGS-84 degrees as decimal text, dates are legal days of Asia/Shanghai, instants RFC 3339 in UTC.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from common.calls.http import Peers
from common.values.ids import AgencyId, DeviceId, ImportId
from common.web.wire import Code, Day, Digest, In, Instant, Name, Out, Page, Text
from ledger.canonical import instant

StateName = Literal[
    "LEGACY", "DRAFT", "UNDER_REVIEW", "REJECTED", "APPROVED", "INSTALLED", "TRIAL", "PUBLISHED", "ACTIVE",
    "MAINTENANCE", "SUSPENDED", "STOPPED", "RECTIFYING", "RETIRED",
]  # fmt: skip
KindName = Literal[
    "FIXED_CAMERA", "MOBILE_VEHICLE", "UAV", "SENSOR", "REGULATED_PARTY_DEVICE", "SHARED_CAMERA"
]
PlaceTypeName = Literal[
    "ROAD", "PUBLIC_SPACE", "CONSTRUCTION_SITE", "BUSINESS_PREMISES", "WATERWAY", "MILITARY_OR_SECRET_VICINITY",
    "UNKNOWN", "HOTEL_GUEST_ROOM", "PRIVATE_DINING_ROOM", "PUBLIC_DORMITORY", "PUBLIC_BATHROOM", "CHANGING_ROOM",
    "FITTING_ROOM", "TOILET", "MOTHER_BABY_ROOM", "PRIVATE_RESIDENCE_INTERIOR", "OTHER_PRIVACY_PLACE",
]  # fmt: skip
BasisLevelName = Literal[
    "LAW",
    "ADMIN_REGULATION",
    "LOCAL_REGULATION",
    "DEPARTMENT_RULE",
    "LOCAL_GOV_RULE",
    "NORMATIVE_DOCUMENT",
    "NONE",
]
MetrologyName = Literal["MANDATORY", "NO_REGULATION", "NONE"]
ResultName = Literal["PASS", "FAIL"]
ItemName = Literal["PASS", "FAIL", "NA"]
ReasonName = Literal[
    "ORDERED", "VERIFICATION_EXPIRED", "GUARD_FAILED", "SIGNAGE_MISSING", "ABNORMAL_VOLUME", "FAULT", "CLOCK_DRIFT",
    "MAINTENANCE_OVERDUE", "VERIFICATION_FAILED",
]  # fmt: skip

DeviceCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{20}$")]
"""The 20 digits of GA/T 1400, as text: a spreadsheet rounds them."""

PaperNo = Annotated[str, StringConstraints(pattern=r"^[\w(（〔\[][\w ./()（）〔〕\[\]-]{0,79}$")]
"""The number of a paper or a standard. It enters a record, so it is no free text: up to 80 letters and digits."""

Longitude = Annotated[Decimal, Field(ge=-180, le=180, max_digits=9, decimal_places=6)]
Latitude = Annotated[Decimal, Field(ge=-90, le=90, max_digits=8, decimal_places=6)]
Count = Annotated[int, Field(ge=0, le=10_000_000, strict=True)]


class BasisOrder(In):
    """An article that allows or requires the device, with its first and last day in force."""

    level: BasisLevelName
    title: Text
    article: Text
    from_on: Day
    until_on: Day | None = None


class FunctionOrder(In):
    """One violation that the device records, with its own bases and metrology class."""

    code: Code
    name: Text
    metrology: MetrologyName = "NONE"
    bases: list[BasisOrder] = Field(min_length=1, max_length=10)


class RegistrationOrder(In):
    """设置申请: the draft of a device. `division` is a GB/T 2260 code or a name that the profile knows."""

    device_code: DeviceCode
    kind: KindName = "FIXED_CAMERA"
    place: Name
    place_type: PlaceTypeName
    division: Text
    longitude: Longitude
    latitude: Latitude
    direction: str = Field(default="", max_length=80)
    secret_unit_consent: str = Field(default="", max_length=200)
    owner_type: Literal["AGENCY", "REGULATED_PARTY", "OTHER_AGENCY"] = "AGENCY"
    installer_type: Literal["AGENCY", "MARKET_ENTITY", "REGULATED_PARTY"] = "AGENCY"
    funding: Literal["FISCAL", "MARKET_ENTITY", "PARTY", "SHARED_WITH_PARTY"] = "FISCAL"
    revenue_link: Literal["NONE", "DIRECT", "INDIRECT", "SHARE_BEARING"] = "NONE"
    obligation_basis: str = Field(default="", max_length=500)
    installer_contract: str = Field(default="", max_length=200)
    functions: list[FunctionOrder] = Field(min_length=1, max_length=20)


class SubmissionOrder(In):
    """Why the device is needed, what else was considered, why here and so many (NJ 9), under which plan (NJ 7)."""

    necessity: Text
    alternatives: Text
    siting: Text
    plan: Code


class ReviewOrder(In):
    """法制审核 or 技术审核: every item of the checklist, L1 … L8 or T1 … T9, and the opinion."""

    checklist: dict[Annotated[str, StringConstraints(pattern=r"^[LT][1-9]$")], ItemName]
    opinion: Text


class ApprovalOrder(In):
    """设置批准. Nothing to fill in: the approval is the act."""


class InstallationOrder(In):
    """安装验收: where it stands now, and the digest of a photograph of its field of view."""

    longitude: Longitude
    latitude: Latitude
    view_sha256: Digest
    installer: Name


class TrialOrder(In):
    """试运行: by how much the device's clock was off when it was connected, in milliseconds."""

    clock_drift_ms: Annotated[int, Field(ge=-86_400_000, le=86_400_000, strict=True)]


class AcceptanceTestOrder(In):
    """How many captures of the trial were looked at, and how many of them were right."""

    captures: Count
    correct: Count
    tested_on: Day


class ConformityOrder(In):
    """检测报告 against a national or industry standard, from its date on; without a last day it does not expire."""

    standard: PaperNo
    report_no: PaperNo
    issuer: Text
    result: ResultName
    from_on: Day
    until_on: Day | None = None


class VerificationOrder(In):
    """检定证书 (or a calibration, or a type test): validity as printed on it, functions by violation code."""

    kind: Literal["VERIFICATION", "CALIBRATION", "TYPE_TEST"] = "VERIFICATION"
    certificate_no: PaperNo
    issuer: Text
    result: ResultName
    functions: list[Code] = Field(min_length=1, max_length=20)
    verified_on: Day
    valid_until: Day


class SignageOrder(In):
    """标志标识: the digest of its photograph, since when it stands, and its last day if it is gone."""

    photo_sha256: Digest
    text: Text
    from_on: Day
    until_on: Day | None = None


class PublicationOrder(In):
    """设置地点公布: where and when it was published; now, if `published_at` is not given.

    The lead time runs from this order, not from `published_at`.
    """

    url: Annotated[str, StringConstraints(pattern=r"^https?://[\x21-\x7e]{3,490}$")]
    channel: Text
    complaint_phone: Annotated[str, StringConstraints(pattern=r"^[0-9+ -]{5,20}$")]
    published_at: Instant | None = None


class ActivationOrder(In):
    """启用决定."""


class SuspensionOrder(In):
    """暂停使用: why, since when (now, if not given), and the order's text."""

    reason: ReasonName
    effective_from: Instant | None = None
    note: Text


class ResumptionOrder(In):
    """恢复使用: how the cause was cleared."""

    note: Text


class PushAccountOrder(In):
    """A Digest account for the device."""


class FunctionView(Out):
    code: str
    name: str
    metrology: MetrologyName
    bases: list[str]


class DeviceView(Out):
    """One device as it stands. `findings` are the guards that failed when it was imported."""

    id: DeviceId
    agency_id: AgencyId
    device_code: str | None
    kind: KindName
    state: StateName
    place: str
    place_type: PlaceTypeName
    division: str | None
    longitude: str | None
    latitude: str | None
    direction: str
    owner_type: str
    installer_type: str
    funding: str
    functions: list[FunctionView]
    in_service_from: datetime | None
    findings: list[str]


class DevicePage(Page[DeviceView]):
    """Devices in the order of their ids, oldest first."""


class ViolationView(Out):
    code: str
    law: str
    detail: str


class GuardView(Out):
    guard: str
    passed: bool
    violations: list[ViolationView]


class FunctionStandingView(Out):
    code: str
    name: str
    lawful: bool


class Capability(Out):
    """What the registry states of a device at `at`, as known at `known_at`; `state` is null before its first day."""

    device_id: DeviceId
    device_code: str | None
    agency_id: AgencyId
    at: datetime
    known_at: datetime
    state: StateName | None
    lawful: bool
    codes: list[str]
    functions: list[FunctionStandingView]
    guards: list[GuardView]
    place: str
    division: str | None
    longitude: str | None
    latitude: str | None
    profile: str

    def statement(self) -> dict[str, Any]:
        """What is signed: every field, instants with six decimals."""
        value = self.model_dump(mode="json")
        return value | {"at": instant(self.at), "known_at": instant(self.known_at)}

    def allows(self, violation_code: str) -> bool:
        """Whether the device might lawfully record this violation at `at`."""
        return any(function.code == violation_code and function.lawful for function in self.functions)


class SignedCapability(Out):
    """The statement as signed by the registry (`note`, UTF-8), its SHA-256, and what it says."""

    note: str
    sha256: str
    capability: Capability

    @property
    def note_bytes(self) -> bytes:
        """The exact bytes to keep: they verify against the registry's record key."""
        return self.note.encode()


class PushAccountIssued(Out):
    """The one time that the password is shown: null in the answer to a repeated request, for it is not stored.

    A lost password is replaced by a new account.
    """

    account: str
    password: str | None
    realm: str
    device_id: DeviceId
    device_code: str


class PushAccountView(Out):
    """What intake needs to check a Digest answer: HA1 = MD5(account:realm:password), and whose captures may come."""

    account: str
    realm: str
    ha1: str
    devices: dict[str, DeviceId]
    agency_id: AgencyId


class InputErrorView(Out):
    pointer: str
    code: str
    message: str


class ImportRowView(Out):
    """One row of the file: `row` is its line. A refused row says in `errors` which cell, and what would be accepted."""

    row: int
    outcome: Literal["IMPORTED", "UNCHANGED", "REFUSED"]
    device_id: DeviceId | None = None
    state: StateName | None = None
    findings: list[str] = []
    errors: list[InputErrorView] = []
    record_id: str | None = None


class ImportView(Out):
    """The answer to a whole file: every row is in `rows`, in the file's order.

    `id` is null where nothing was imported: a rehearsal, or a file that was imported before.
    """

    id: ImportId | None
    source: str
    file_sha256: str
    dry_run: bool
    total: int
    imported: int
    unchanged: int
    refused: int
    findings: dict[str, int]
    rows: list[ImportRowView]


class PublicDeviceView(Out):
    """The public fields of a device (APL 41(1); NJ 10); coordinates are rounded to about ten metres."""

    device_code: str | None
    agency_id: AgencyId
    kind: KindName
    state: StateName
    place: str
    direction: str
    longitude: str | None
    latitude: str | None
    functions: list[str]
    bases: list[str]
    published_at: datetime | None
    active_since: datetime | None
    verification_valid_until: date | None
    complaint_phone: str


class PublicDevicePage(Page[PublicDeviceView]):
    """Published devices in the order of their registration."""


class DeviceRegistry:
    """The registry, as other services ask it."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def capability(self, device_id: DeviceId, at: datetime) -> SignedCapability:
        """The device's standing at `at`, signed. Refusal NOT_FOUND for an unknown device, INVALID for the future."""
        answer = await self._peers.get(
            "device-registry", f"/v1/devices/{device_id}/capability", {"at": at.isoformat()}
        )
        return SignedCapability.model_validate(answer)

    async def published(self, device_id: DeviceId) -> PublicDeviceView:
        """The device as the public list shows it. Refusal NOT_FOUND if the list does not show it."""
        answer = await self._peers.get("device-registry", f"/v1/public/devices/{device_id}")
        return PublicDeviceView.model_validate(answer)

    async def push_account(self, account: str) -> PushAccountView:
        """The Digest account. Refusal NOT_FOUND if there is none; only evidence may ask."""
        return PushAccountView.model_validate(
            await self._peers.get("device-registry", f"/v1/push-accounts/{account}")
        )
