"""The jurisdiction profile: every number and text that differs between cities, versioned.

A profile is a value: `common.values.datafiles` loads one, and every decision names the profile, its version and its
digest. A figure that only the city's own legal office may set is None until the office sets it; a decision
that needs it is refused with PROFILE_INCOMPLETE. Money is integer fen, coordinates are WGS-84
degrees as Decimal with six places, `_wd` counts working days and `_cd` calendar days.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Final

from common.values.abnormalityrules import AbnormalityRules
from common.values.cleanuprules import CleanupRules
from common.values.errors import Kind, Refusal
from common.values.exchangerules import ExchangeRules
from common.values.inspectionrules import InspectionRules
from common.values.law import APL_59
from common.values.notificationrules import NotificationRules
from common.values.performancerules import PerformanceRules
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


class BasisLevel(StrEnum):
    """The level of a legal source, highest first; NONE is 无依据, UNKNOWN is a source whose level nobody stated."""

    LAW = "LAW"
    ADMIN_REGULATION = "ADMIN_REGULATION"
    LOCAL_REGULATION = "LOCAL_REGULATION"
    DEPARTMENT_RULE = "DEPARTMENT_RULE"
    LOCAL_GOV_RULE = "LOCAL_GOV_RULE"
    NORMATIVE_DOCUMENT = "NORMATIVE_DOCUMENT"
    NONE = "NONE"
    UNKNOWN = "UNKNOWN"


class PenaltyKind(StrEnum):
    """The kinds of penalty in the order of their weight (APL 9)."""

    WARNING = "WARNING"
    CIRCULATED_CRITICISM = "CIRCULATED_CRITICISM"
    FINE = "FINE"
    CONFISCATE_GAINS = "CONFISCATE_GAINS"
    CONFISCATE_PROPERTY = "CONFISCATE_PROPERTY"
    SUSPEND_LICENCE = "SUSPEND_LICENCE"
    DOWNGRADE_QUALIFICATION = "DOWNGRADE_QUALIFICATION"
    REVOKE_LICENCE = "REVOKE_LICENCE"
    RESTRICT_OPERATION = "RESTRICT_OPERATION"
    ORDER_SUSPENSION = "ORDER_SUSPENSION"
    ORDER_CLOSURE = "ORDER_CLOSURE"
    RESTRICT_EMPLOYMENT = "RESTRICT_EMPLOYMENT"
    DETENTION = "DETENTION"


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
    """An administrative division: its GB/T 2260 code, its name, other spellings, its box where it is known."""

    code: str
    name: str
    aliases: tuple[str, ...]
    bounds: Bounds | None


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
    viid_server_id: str  # the code of this platform in GA/T 1400: 20 digits, of which the type is 503

    def __post_init__(self) -> None:
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
    """Details that an agency's documents print: contact, collecting bank, organs of remedy (APL 59, 67; ARL 22(2))."""

    agency_name: str
    document_prefix: str
    phone: str
    address: str
    portal_url: str
    bank_name: str
    bank_address: str
    reconsideration_organ: str
    reconsideration_url: str
    court: str


@dataclass(frozen=True)
class Clause:
    """A provision as a document quotes it: 《name》article, for example 第九十三条第二款."""

    level: BasisLevel
    name: str
    article: str

    @property
    def zh(self) -> str:
        return f"《{self.name}》{self.article}"


@dataclass(frozen=True)
class Factor:
    """One condition of a tier: the circumstance `code` has one of `values`."""

    code: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Tier:
    """A step of the discretion benchmark: when it applies, and the range it allows, in fen."""

    code: str
    name: str
    factors: tuple[Factor, ...]
    min_fen: int
    max_fen: int
    proposed_fen: int


@dataclass(frozen=True)
class CatalogueItem:
    """One violation of the city's published list. Immutable once used: a change is a new version."""

    code: str
    version: int
    name: str
    violated: Clause
    penalty: Clause
    device_basis: Clause
    kind: PenaltyKind
    min_fen: int
    max_fen: int
    tiers: tuple[Tier, ...]
    benchmark_published_on: date | None
    in_offsite_list: bool
    correctable: bool
    surcharge_claimed: bool
    ruleset: str
    valid_from: date


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
    basis_policy: BasisPolicy
    publication_lead_days: int
    publication_lead_unit: DayUnit
    share_radius_m: int
    install_tolerance_m: int
    siting: SitingRules
    filing_basis_published_on: date | None
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
    performance: PerformanceRules
    seal: SealRules
    watch: WatchRules
    register: RegisterRules
    review: ReviewRules
    anomaly_auto_suspend: bool
    abnormality: AbnormalityRules
    inspections: InspectionRules
    offices: tuple[Office, ...]
    catalogue: tuple[CatalogueItem, ...]
    rulesets: tuple[RuleSet, ...]
    digest: bytes

    @property
    def id(self) -> str:
        """The name of the profile in a fact: `DEMO@2025.1`."""
        return f"{self.profile}@{self.version}"

    def division(self, name: str) -> Division | None:
        """The division that is called or coded `name`, other spellings included; None if it is not ours."""
        return self._divisions.get(name)

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

    def item(self, code: str) -> CatalogueItem:
        """The catalogue item of a violation code. Raises Refusal NOT_IN_CATALOGUE."""
        for item in self.catalogue:
            if item.code == code:
                return item
        raise Refusal(
            Kind.INVALID, "NOT_IN_CATALOGUE", {"profile": self.id, "codes": [i.code for i in self.catalogue]}
        )

    def ruleset(self, code: str) -> RuleSet:
        """The newest rule set for a violation code. Raises Refusal NOT_IN_CATALOGUE."""
        fitting = [r for r in self.rulesets if code in r.violation_codes]
        if not fitting:
            raise Refusal(Kind.INVALID, "NOT_IN_CATALOGUE", {"profile": self.id}, wording="ruleset")
        return max(fitting, key=lambda r: r.version)
