"""The jurisdiction profile: every number and text that differs between cities, versioned.

A profile is a value: `common.values.datafiles` loads one, and every decision names the profile, its version and its
digest. A figure that only the city's own legal office may set is None until the office sets it; a decision
that needs it is refused with PROFILE_INCOMPLETE. Money is integer fen, coordinates are WGS-84
degrees as Decimal with six places, `_wd` counts working days and `_cd` calendar days.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Final

from common.values.abnormalityrules import AbnormalityRules
from common.values.amendmentrules import AmendmentRules
from common.values.catalogue import BasisLevel as BasisLevel
from common.values.catalogue import CatalogueItem as CatalogueItem
from common.values.catalogue import Clause as Clause
from common.values.catalogue import Factor as Factor
from common.values.catalogue import PenaltyKind as PenaltyKind
from common.values.catalogue import Tier as Tier
from common.values.catalogue import require_one_a_day
from common.values.cleanuprules import CleanupRules
from common.values.errors import Kind, Refusal
from common.values.exchangerules import ExchangeRules
from common.values.handinginrules import HandingInRules
from common.values.inspectionrules import InspectionRules
from common.values.law import APL_59
from common.values.notificationrules import NotificationRules
from common.values.openpoints import ClosedPoint
from common.values.overrides import Override
from common.values.performancerules import PerformanceRules
from common.values.readingrules import ReadingRules
from common.values.registerrules import RegisterRules
from common.values.reviewrules import ReviewRules
from common.values.rulesets import RuleSet
from common.values.sealrules import SealRules
from common.values.sitingrules import SitingRules
from common.values.watchrules import WatchRules


class BasisPolicy(StrEnum):
    """STRICT: only a law or an administrative regulation activates a device (APL 41(1))."""

    STRICT = "STRICT"
    VARIANCE = "VARIANCE"


class DayUnit(StrEnum):
    CALENDAR = "CALENDAR"
    WORKING = "WORKING"


class ServiceStrategy(StrEnum):
    """When an electronic service takes effect (CPL 90; RTP 56)."""

    ARRIVAL = "ARRIVAL"
    SEND_SUCCESS_REBUTTABLE = "SEND_SUCCESS_REBUTTABLE"


@dataclass(frozen=True)
class Bounds:
    """A box in degrees, edges included."""

    west: Decimal
    south: Decimal
    east: Decimal
    north: Decimal

    def contains(self, longitude: Decimal, latitude: Decimal) -> bool:
        return self.west <= longitude <= self.east and self.south <= latitude <= self.north


@dataclass(frozen=True)
class Division:
    """An administrative division: its GB/T 2260 code, its name, other spellings, its box where it is known.

    A street has nine digits, the first six of which are those of its district. Raises ValueError for another code.
    """

    code: str
    name: str
    aliases: tuple[str, ...]
    bounds: Bounds | None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9]{6}([0-9]{3})?", self.code):
            raise ValueError(f"{self.code} is no division: GB/T 2260 has six digits, a street nine")


# The shortest periods that a city may set: the time is the party's. APL 64, 67(3); ARL 20; ALL 46; CPL 95; AEL 54.
_AT_LEAST: Final = {
    "hearing_request_wd": 5,
    "hearing_notice_wd": 7,
    "pay_cd": 15,
    "reconsideration_cd": 60,
    "litigation_months": 6,
    "public_notice_cd": 30,
    "demand_wait_wd": 10,
}
# The longest periods that a city may set: the limit binds the agency. APL 36 (five years at the most), 48(2), 61(1).
_AT_MOST: Final = {"service_wd": 7, "withdraw_publication_wd": 3, "limitation_years": 5}


@dataclass(frozen=True)
class Limits:
    """The periods that the city may set. The statutory ones stand here too, so that one table shows all.

    Raises ValueError for a period outside the law, so that no document can name a shortened time to pay.
    """

    ingest_hours: int
    review_wd: int
    notice_wd: int
    notice_sla_wd: int
    dispute_wd: int
    eliminate_wd: int
    identify_party_wd: int
    file_decision_cd: int
    file_extension_cd: int
    decide_cd: int
    defence_wd: int
    defence_review_wd: int
    hearing_request_wd: int
    hearing_notice_wd: int
    service_wd: int
    public_notice_cd: int
    pay_cd: int
    publish_wd: int
    withdraw_publication_wd: int
    demand_wait_wd: int
    court_apply_months: int
    reconsideration_cd: int
    litigation_months: int
    limitation_years: int
    close_cd: int
    archive_cd: int
    transfer_wd: int
    assist_reply_wd: int
    urge_reply_wd: int

    def __post_init__(self) -> None:
        wrong = [f"{name} is at least {n}" for name, n in _AT_LEAST.items() if getattr(self, name) < n]
        wrong += [f"{name} is at most {n}" for name, n in _AT_MOST.items() if getattr(self, name) > n]
        if wrong:
            raise ValueError(f"the law says: {', '.join(wrong)}")


@dataclass(frozen=True)
class Thresholds:
    """From which fine, in fen, a hearing must be offered (APL 63) and heads must discuss (APL 57(2))."""

    hearing_fine_person: int | None
    hearing_fine_org: int | None
    collective_fine: int | None


@dataclass(frozen=True)
class Trial:
    """A device's acceptance test: how many captures, and how many of a thousand must be right."""

    min_captures: int
    min_accuracy_per_mille: int | None


@dataclass(frozen=True)
class FirstOffence:
    lookback_months: int
    count_waived: bool


@dataclass(frozen=True)
class AnnexOne:
    title: str
    amount_unit: str
    window_months: int
    fine_basis: str


@dataclass(frozen=True)
class ServiceRules:
    strategy: ServiceStrategy
    consent_required: bool


@dataclass(frozen=True)
class EvidenceRules:
    max_clock_drift_s: int
    digest_by_account: bool  # whether an account may be allowed to push by Digest alone (NJ 8)
    near_duplicate_s: int  # within so many seconds a capture of the same plate may show the same act (APL 29)
    keep_rejected_d: int  # days after which a capture that never became evidence is erased (PIPL 19)
    view_ms_per_picture: int  # how long each picture is looked at before an acceptance; no law sets it
    lease_minutes: int  # how long a capture that one officer took is left out of the others' queue
    viid_server_id: str  # the code of this platform in GA/T 1400: 20 digits, of which the type is 503

    def __post_init__(self) -> None:
        if self.view_ms_per_picture < 1 or self.lease_minutes < 1:
            raise ValueError("view_ms_per_picture and lease_minutes are at least 1")
        if not re.fullmatch(r"[0-9]{10}503[0-9]{7}", self.viid_server_id):
            raise ValueError("viid_server_id has 20 digits, and type 503 in its digits 11 to 13")


class Suite(StrEnum):
    """A digest with a signature, as the ledger's genesis names it. Every log has the first."""

    SHA256_ED25519 = "sha256-ed25519"
    SM3_SM2 = "sm3-sm2"


@dataclass(frozen=True)
class LedgerRules:
    """Which outsiders vouch for the ledger, and how often.

    `witness_grace_s`: how old the newest witnessed checkpoint may be when a notice or decision is issued; None
    where the city names no witnesses. `time_stamp_every_s`: how often a checkpoint gets an RFC 3161 token.
    """

    suites: tuple[Suite, ...]
    witness_grace_s: int | None
    time_stamp_every_s: int

    def __post_init__(self) -> None:
        if Suite.SHA256_ED25519 not in self.suites:
            raise ValueError(f"every ledger has the suite {Suite.SHA256_ED25519}")


@dataclass(frozen=True)
class Office:
    """Details that an agency's documents print: contact, collecting bank, organs of remedy (APL 59, 67; ARL 22(2)).

    `hours` are those of the window. Since `page_published_on` the page of the agency is public, with its filing basis,
    procedure and remedies (APL 39); None while it is not, and then the agency files no case.
    """

    agency_name: str
    document_prefix: str
    phone: str
    address: str
    hours: str
    portal_url: str
    bank_name: str
    bank_address: str
    reconsideration_organ: str
    reconsideration_url: str
    court: str
    page_published_on: date | None

    def __post_init__(self) -> None:
        # Pages make a link of it, so it must be no script; empty where the organ has no page.
        if self.reconsideration_url and not self.reconsideration_url.startswith("https://"):
            raise ValueError("reconsideration_url begins with https://")

    def is_published(self, on: date) -> bool:
        """Whether the page of the agency is public on that day."""
        return self.page_published_on is not None and self.page_published_on <= on


@dataclass(frozen=True)
class Profile:
    """One city's figures. `digest` is the SHA-256 of the file they came from."""

    profile: str
    version: str
    city: str
    city_domain: str
    valid_from: date
    territory: Bounds | None
    admin_divisions: tuple[Division, ...]
    overrides: tuple[Override, ...]
    closed_points: tuple[ClosedPoint, ...]
    basis_policy: BasisPolicy
    publication_lead_days: int
    publication_lead_unit: DayUnit
    share_radius_m: int
    install_tolerance_m: int
    siting: SitingRules
    limits: Limits
    clock_stops: tuple[str, ...]
    thresholds: Thresholds
    trial: Trial
    summary_for_offsite: bool
    first_offence: FirstOffence
    annex1: AnnexOne
    cleanup: CleanupRules
    service: ServiceRules
    evidence: EvidenceRules
    ledger: LedgerRules
    exchange: ExchangeRules
    notification: NotificationRules
    reading: ReadingRules
    performance: PerformanceRules
    seal: SealRules
    watch: WatchRules
    register: RegisterRules
    review: ReviewRules
    anomaly_auto_suspend: bool
    abnormality: AbnormalityRules
    inspections: InspectionRules
    amendments: AmendmentRules
    handing_in: HandingInRules
    offices: tuple[Office, ...]
    catalogue: tuple[CatalogueItem, ...]
    rulesets: tuple[RuleSet, ...]
    digest: bytes

    def __post_init__(self) -> None:
        require_one_a_day(self.catalogue)

    @property
    def id(self) -> str:
        """The name of the profile in a fact: `DEMO@2025.1`."""
        return f"{self.profile}@{self.version}"

    def division(self, name: str) -> Division | None:
        """The division that is called or coded `name`, other spellings included; None if it is not ours.

        The nine digits of a street that has no entry of its own are a part of its district.
        """
        found = self._divisions.get(name)
        if found is None and re.fullmatch(r"[0-9]{9}", name):
            district = self._divisions.get(name[:6])
            return replace(district, code=name) if district else None
        return found

    @cached_property
    def _divisions(self) -> dict[str, Division]:
        named = [(name, d) for d in self.admin_divisions for name in (d.code, d.name, *d.aliases)]
        return dict(reversed(named))  # the first one of a name counts

    def covers(self, longitude: Decimal, latitude: Decimal) -> bool:
        """Whether the point lies in the box of the city's territory; a box, so a neighbour's edge may pass."""
        return self.territory is not None and self.territory.contains(longitude, latitude)

    def office(self, agency_name: str | None) -> Office:
        """The details that the documents of this agency print. Raises Refusal PROFILE_INCOMPLETE without them."""
        for office in self.offices:
            if office.agency_name == agency_name:
                return office
        raise Refusal(
            Kind.CONFLICT, "PROFILE_INCOMPLETE", {"profile": self.id}, wording="office", article=APL_59
        )

    def item(self, code: str, *, on: date) -> CatalogueItem:
        """The version of a violation that is in force on that day. Raises Refusal NOT_IN_CATALOGUE."""
        found = self.find_item(code, on=on)
        if found is None:
            codes = sorted({item.code for item in self.catalogue})
            raise Refusal(Kind.INVALID, "NOT_IN_CATALOGUE", {"profile": self.id, "codes": codes})
        return found

    def find_item(self, code: str, *, on: date) -> CatalogueItem | None:
        """As `item`; None where no version is in force on that day."""
        return next((i for i in self.catalogue if i.code == code and i.is_in_force(on)), None)

    def item_version(self, code: str, version: int) -> CatalogueItem:
        """The version of a violation with that number. Raises Refusal NOT_IN_CATALOGUE."""
        found = next((i for i in self.catalogue if (i.code, i.version) == (code, version)), None)
        if found is None:
            facts = {"profile": self.id, "codes": [item.id for item in self.catalogue if item.code == code]}
            raise Refusal(Kind.INVALID, "NOT_IN_CATALOGUE", facts)
        return found

    def find_ruleset(self, code: str, *, on: date) -> RuleSet | None:
        """The newest rule set for a violation code that was in effect on that day; None without one."""
        fitting = [r for r in self.rulesets if code in r.violation_codes and r.effective_from <= on]
        return max(fitting, key=lambda r: r.effective_from, default=None)

    def ruleset(self, code: str, *, on: date) -> RuleSet:
        """As `find_ruleset`. Raises Refusal NOT_IN_CATALOGUE without one."""
        found = self.find_ruleset(code, on=on)
        if found is None:
            raise Refusal(Kind.INVALID, "NOT_IN_CATALOGUE", {"profile": self.id}, wording="ruleset")
        return found
