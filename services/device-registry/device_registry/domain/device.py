"""The nouns: a device, its functions, and the dated papers that make it lawful.

A paper speaks about the real world (`from_day`, `until_day`: legal days of Asia/Shanghai, both included) and was
put on record at `recorded_at`. A paper in the device's favour counts from the later of the two (Inv. 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from common.values.calendar import legal_day
from common.values.citations import Citation, cited
from common.values.ids import AgencyId, DeviceId, PartyId, PlanId, SharingId
from common.values.profile import BasisLevel
from device_registry.domain.citedlaw import NOTHING_KNOWN, CitedLaw
from device_registry.domain.upkeep import NO_UPKEEP, Upkeep
from device_registry.domain.words import (
    UNITS as UNITS,
)
from device_registry.domain.words import (
    Datum as Datum,
)
from device_registry.domain.words import (
    DeviceKind as DeviceKind,
)
from device_registry.domain.words import (
    Funding as Funding,
)
from device_registry.domain.words import (
    InstallerType as InstallerType,
)
from device_registry.domain.words import (
    Metrology as Metrology,
)
from device_registry.domain.words import (
    OwnerType as OwnerType,
)
from device_registry.domain.words import (
    PaperKind as PaperKind,
)
from device_registry.domain.words import (
    PlaceType as PlaceType,
)
from device_registry.domain.words import (
    Quantity as Quantity,
)
from device_registry.domain.words import (
    Result as Result,
)
from device_registry.domain.words import (
    RevenueLink as RevenueLink,
)
from device_registry.domain.words import (
    SignKind as SignKind,
)
from device_registry.domain.words import (
    State as State,
)


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
class SharedSource:
    """Where the pictures of a SHARED_CAMERA come from: `agency` names the agency that stays its owner.

    `basis` is the article that allows the pictures for this other purpose (PIPL 26). A source that stands in this
    register was given by a sharing: until the end of `until_day`, or until its owner ended it at `ended_at`.
    """

    agency: str
    basis: Basis
    sharing_id: SharingId | None = None
    until_day: date | None = None
    ended_at: datetime | None = None


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
    shared: SharedSource | None = None


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
class Former:
    """What the device was until its material change `number` at `until`; `is_moved` says that it then left its place.

    A change that a review refused at `refused_at` was never made: the device is again what it was.
    """

    number: int
    site: Site
    functions: tuple[Function, ...]
    until: datetime
    is_moved: bool
    submitted_by: str | None = None
    plan_id: PlanId | None = None
    warnings: tuple[str, ...] = ()
    refused_at: datetime | None = None

    def counts(self, at: datetime) -> bool:
        """Whether the change was under way or made at `at`."""
        return self.until <= at and (self.refused_at is None or at < self.refused_at)


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
    upkeep: Upkeep = NO_UPKEEP
    former: tuple[Former, ...] = ()


def counts(from_day: date, until_day: date | None, recorded_at: datetime, *, at: datetime) -> bool:
    """Whether a paper speaks for the device at `at`: begun, on record by then, and not past its last day (Inv. 3)."""
    day = legal_day(at)
    return recorded_at <= at and from_day <= day and (until_day is None or day <= until_day)
