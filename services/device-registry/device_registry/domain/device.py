"""The nouns: a device, its functions, and the dated papers that make it lawful.

A paper speaks about the real world (`from_day`, `until_day`: legal days of Asia/Shanghai, both included) and was
put on record at `recorded_at`. A paper in the device's favour counts from the later of the two (Inv. 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum

from common.values.calendar import legal_day
from common.values.citations import Citation, cited
from common.values.ids import AgencyId, DeviceId, PartyId, PlanId
from common.values.profile import BasisLevel
from device_registry.domain.citedlaw import NOTHING_KNOWN, CitedLaw


class State(StrEnum):
    """The states of a device. Only in ACTIVE may a capture become evidence (APL 41)."""

    LEGACY = "LEGACY"
    DRAFT = "DRAFT"
    UNDER_REVIEW = "UNDER_REVIEW"
    REJECTED = "REJECTED"
    APPROVED = "APPROVED"
    INSTALLED = "INSTALLED"
    TRIAL = "TRIAL"
    PUBLISHED = "PUBLISHED"
    ACTIVE = "ACTIVE"
    MAINTENANCE = "MAINTENANCE"
    SUSPENDED = "SUSPENDED"
    STOPPED = "STOPPED"
    RECTIFYING = "RECTIFYING"
    RETIRED = "RETIRED"


class DeviceKind(StrEnum):
    FIXED_CAMERA = "FIXED_CAMERA"
    MOBILE_VEHICLE = "MOBILE_VEHICLE"
    UAV = "UAV"
    SENSOR = "SENSOR"
    REGULATED_PARTY_DEVICE = "REGULATED_PARTY_DEVICE"
    SHARED_CAMERA = "SHARED_CAMERA"
    UNKNOWN = "UNKNOWN"


class PlaceType(StrEnum):
    """Where a device stands. The second group is the floor of VSR 8."""

    ROAD = "ROAD"
    PUBLIC_SPACE = "PUBLIC_SPACE"
    CONSTRUCTION_SITE = "CONSTRUCTION_SITE"
    BUSINESS_PREMISES = "BUSINESS_PREMISES"
    WATERWAY = "WATERWAY"
    SCHOOL = "SCHOOL"
    MEDICAL_INSTITUTION = "MEDICAL_INSTITUTION"
    MILITARY_OR_SECRET_VICINITY = "MILITARY_OR_SECRET_VICINITY"
    UNKNOWN = "UNKNOWN"

    HOTEL_GUEST_ROOM = "HOTEL_GUEST_ROOM"
    PRIVATE_DINING_ROOM = "PRIVATE_DINING_ROOM"
    PUBLIC_DORMITORY = "PUBLIC_DORMITORY"
    PUBLIC_BATHROOM = "PUBLIC_BATHROOM"
    CHANGING_ROOM = "CHANGING_ROOM"
    FITTING_ROOM = "FITTING_ROOM"
    TOILET = "TOILET"
    MOTHER_BABY_ROOM = "MOTHER_BABY_ROOM"
    PRIVATE_RESIDENCE_INTERIOR = "PRIVATE_RESIDENCE_INTERIOR"
    OTHER_PRIVACY_PLACE = "OTHER_PRIVACY_PLACE"


class Metrology(StrEnum):
    """Whether a function measures a quantity that must be verified (Metrology 9)."""

    MANDATORY = "MANDATORY"
    NO_REGULATION = "NO_REGULATION"
    NONE = "NONE"
    UNKNOWN = "UNKNOWN"


class Quantity(StrEnum):
    """The quantities that a function may measure. Their units: `UNITS`."""

    SPEED = "SPEED"
    WEIGHT = "WEIGHT"


UNITS = {Quantity.SPEED: "km/h", Quantity.WEIGHT: "kg"}


class OwnerType(StrEnum):
    AGENCY = "AGENCY"
    REGULATED_PARTY = "REGULATED_PARTY"
    OTHER_AGENCY = "OTHER_AGENCY"
    UNKNOWN = "UNKNOWN"


class InstallerType(StrEnum):
    AGENCY = "AGENCY"
    MARKET_ENTITY = "MARKET_ENTITY"
    REGULATED_PARTY = "REGULATED_PARTY"
    UNKNOWN = "UNKNOWN"


class Funding(StrEnum):
    FISCAL = "FISCAL"
    MARKET_ENTITY = "MARKET_ENTITY"
    PARTY = "PARTY"
    SHARED_WITH_PARTY = "SHARED_WITH_PARTY"
    UNKNOWN = "UNKNOWN"


class RevenueLink(StrEnum):
    """How an installer's income hangs on the fines, if it does (PJ-1.2)."""

    NONE = "NONE"
    DIRECT = "DIRECT"
    INDIRECT = "INDIRECT"
    SHARE_BEARING = "SHARE_BEARING"
    UNKNOWN = "UNKNOWN"


class Datum(StrEnum):
    """What the coordinates of a device rest on. UNKNOWN: a file did not say it, so they may be 500 m away."""

    WGS84 = "WGS84"
    UNKNOWN = "UNKNOWN"


class SignKind(StrEnum):
    """How people are told that a device watches: a vehicle wears it, and a drone has none that anybody could read."""

    SIGN = "SIGN"
    LIVERY = "LIVERY"
    ROUTE_NOTICE = "ROUTE_NOTICE"


class Result(StrEnum):
    PASS = "PASS"
    FAIL = "FAIL"


class PaperKind(StrEnum):
    """The kinds of metrology papers: only a VERIFICATION satisfies a MANDATORY function."""

    VERIFICATION = "VERIFICATION"
    CALIBRATION = "CALIBRATION"
    TYPE_TEST = "TYPE_TEST"


@dataclass(frozen=True)
class Basis:
    """An article that allows or requires the device; `until_day` is its last day in force, None while it is.

    A normative document has no article that counts: `organ` and `number` say who issued it and under which number.
    """

    level: BasisLevel
    title: str
    article: str
    from_day: date
    until_day: date | None = None
    organ: str = ""
    number: str = ""

    @property
    def citation(self) -> Citation:
        return cited(self.title, self.article)

    def level_on(self, day: date) -> BasisLevel | None:
        """Its level, or None on a day on which it is not in force."""
        is_in_force = self.from_day <= day and (self.until_day is None or day <= self.until_day)
        return self.level if is_in_force else None


@dataclass(frozen=True)
class PermissibleError:
    """The maximum permissible error, as the verification certificate states it (Metrology 9).

    `amount` in the unit of the quantity, `percent` of the measured value. With both, the amount counts below
    `percent_from` and the percentage from there on. The figures are those of the certificate, never ours.
    """

    amount: Decimal | None = None
    percent: Decimal | None = None
    percent_from: Decimal | None = None


@dataclass(frozen=True)
class Measurement:
    """What a function measures, and the limit above which there is a violation: `limit` in `unit`."""

    quantity: Quantity
    unit: str
    limit: Decimal
    error: PermissibleError


@dataclass(frozen=True)
class Function:
    """One thing a device records: the violation's code and name, its own bases, its own metrology class.

    `measures` is None for a function that records a fact in pictures alone.
    """

    code: str
    name: str
    metrology: Metrology
    bases: tuple[Basis, ...]
    measures: Measurement | None = None


@dataclass(frozen=True)
class Site:
    """Where and whose. Coordinates are degrees with six decimals; None if unknown, as an import may be.

    They are WGS-84, unless `datum` says that nobody knows what they rest on.
    """

    place: str
    place_type: PlaceType
    division: str | None
    longitude: Decimal | None
    latitude: Decimal | None
    direction: str = ""
    secret_unit_consent: str = ""
    datum: Datum = Datum.WGS84


@dataclass(frozen=True)
class Provision:
    """Who owns, installs and pays (PJ §1; NJ 5, 9(2)). The texts are empty where nothing is claimed.

    UNKNOWN comes from an inventory that does not say it. No device of that kind is published.
    """

    owner: OwnerType = OwnerType.AGENCY
    installer: InstallerType = InstallerType.AGENCY
    funding: Funding = Funding.FISCAL
    revenue_link: RevenueLink = RevenueLink.NONE
    obligation_basis: str = ""
    installer_contract: str = ""


@dataclass(frozen=True)
class Device:
    """One capture point with its recognition software. `registered_by` and `submitted_by` are the applicant.

    `agency_number` is what the agency prints on the device itself, beside the code of twenty digits; it may be empty.
    `operator_id` is the regulated party that runs the device as its own duty (NJ 9(2)), once the agency named it.
    `plan_id` is the work plan of the agency that provides for it, and `warnings` say how far it does not (NJ 7).
    """

    id: DeviceId
    agency_id: AgencyId
    code: str | None
    kind: DeviceKind
    state: State
    site: Site
    provision: Provision
    functions: tuple[Function, ...]
    registered_by: str
    submitted_by: str | None = None
    plan_id: PlanId | None = None
    in_service_from: datetime | None = None
    agency_number: str = ""
    warnings: tuple[str, ...] = ()
    operator_id: PartyId | None = None


@dataclass(frozen=True)
class Review:
    """A legal or a technical review: who, when, and the items of its checklist that failed."""

    result: Result
    reviewer: str
    at: datetime
    failed_items: tuple[str, ...] = ()


@dataclass(frozen=True)
class Approval:
    approver: str
    at: datetime


@dataclass(frozen=True)
class Contract:
    """The contract with a market entity, and its signed declaration of no link to the fines (PJ §1)."""

    contract_sha256: str
    declaration_sha256: str
    declared_on: date
    recorded_at: datetime


@dataclass(frozen=True)
class Conformity:
    """A test report against a national or industry standard (NJ 8). An empty `until_day` never expires.

    `invalid_from` is the day since which it was found, later, to say nothing.
    """

    standard: str
    report_no: str
    issuer: str
    result: Result
    from_day: date
    until_day: date | None
    recorded_at: datetime
    invalid_from: date | None = None


@dataclass(frozen=True)
class Certificate:
    """A metrology certificate for some functions; its validity is the one printed on it (Metrology 9).

    `invalid_from` is the day since which it was found, later, to say nothing.
    """

    kind: PaperKind
    certificate_no: str
    issuer: str
    result: Result
    functions: tuple[str, ...]
    verified_on: date
    valid_until: date
    recorded_at: datetime
    invalid_from: date | None = None


@dataclass(frozen=True)
class Sign:
    """A conspicuous sign at the device, with the digest of its photograph; `until_day` once it is reported gone."""

    photo_sha256: str
    from_day: date
    until_day: date | None
    recorded_at: datetime
    kind: SignKind = SignKind.SIGN


@dataclass(frozen=True)
class Publication:
    """The location's publication. `lead_ends_at`: the first instant at which the device may be used."""

    url: str
    channel: str
    published_at: datetime
    lead_ends_at: datetime
    recorded_at: datetime


@dataclass(frozen=True)
class AcceptanceTest:
    """The trial's outcome as counts, so that the accuracy can be computed again by anybody."""

    captures: int
    correct: int
    tested_on: date
    recorded_at: datetime


@dataclass(frozen=True)
class Period:
    """The device is in `state` from `effective_from`, until a period recorded later says otherwise."""

    state: State
    effective_from: datetime
    recorded_at: datetime
    reason: str | None = None


@dataclass(frozen=True)
class Dossier:
    """Everything the registry knows of one device, each list in the order of recording.

    `law` is what the catalogue of legal sources says of the statutes that the device cites.
    """

    device: Device
    legal_reviews: tuple[Review, ...] = ()
    technical_reviews: tuple[Review, ...] = ()
    approvals: tuple[Approval, ...] = ()
    contracts: tuple[Contract, ...] = ()
    conformities: tuple[Conformity, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    signs: tuple[Sign, ...] = ()
    publications: tuple[Publication, ...] = ()
    acceptance_tests: tuple[AcceptanceTest, ...] = ()
    periods: tuple[Period, ...] = ()
    law: CitedLaw = NOTHING_KNOWN


def round_began(dossier: Dossier, at: datetime) -> datetime:
    """When the review that counts at `at` began: a device that is reviewed anew shows nothing of an earlier review."""
    begun = [p.recorded_at for p in dossier.periods if p.state is State.UNDER_REVIEW and p.recorded_at <= at]
    return max(begun, default=datetime.min.replace(tzinfo=UTC))


def counts(from_day: date, until_day: date | None, recorded_at: datetime, *, at: datetime) -> bool:
    """Whether a paper speaks for the device at `at`: begun, on record by then, and not past its last day (Inv. 3)."""
    day = legal_day(at)
    return recorded_at <= at and from_day <= day and (until_day is None or day <= until_day)
