"""A comparison (比对): one agency asks a register about one subject, or a file of them, for one case (NJ 17, 18).

    asked ─▶ ANSWERED | REFUSED                                              one subject
    asked ─▶ OPEN ─complete─▶ QUEUED ─▶ RUNNING ─▶ DONE | FAILED             a file of subjects

Every call is a record, the refused ones too: for which case, by which purpose and legal basis, which fields and how
many rows were given, about whom (a keyed digest), by which register, and how long it took.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final

from common.values.facts import Commitment, Fact
from common.values.ids import AgencyId, AgreementId, CaseId, ComparisonId, PurposeId
from data_exchange.domain.exchange import Purpose
from data_exchange.domain.subjects import SubjectKind


class ComparisonKind(StrEnum):
    """What is asked. VERIFY asks whether one value is true and is answered by yes or no, without any field."""

    PLATE_OWNER = "PLATE_OWNER"
    SHOP_LICENCE = "SHOP_LICENCE"
    PERMIT = "PERMIT"
    PRIOR_PENALTY = "PRIOR_PENALTY"
    PERSON_CONTACT = "PERSON_CONTACT"
    VERIFY = "VERIFY"


class PenaltyDomain(StrEnum):
    """Which earlier penalties are asked about. Those of public security are sealed by law (PSP 136)."""

    ADMINISTRATIVE = "ADMINISTRATIVE"
    PUBLIC_SECURITY = "PUBLIC_SECURITY"


class Verdict(StrEnum):
    MATCH = "MATCH"
    NO_MATCH = "NO_MATCH"
    AMBIGUOUS = "AMBIGUOUS"
    INVALID = "INVALID"


class ComparisonState(StrEnum):
    ANSWERED = "ANSWERED"
    REFUSED = "REFUSED"
    OPEN = "OPEN"
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"


PURPOSES: Final[dict[ComparisonKind, frozenset[Purpose]]] = {
    ComparisonKind.PLATE_OWNER: frozenset({Purpose.IDENTIFY_PARTY}),
    ComparisonKind.SHOP_LICENCE: frozenset({Purpose.IDENTIFY_PARTY, Purpose.CHECK_PERMIT}),
    ComparisonKind.PERMIT: frozenset({Purpose.CHECK_PERMIT}),
    ComparisonKind.PRIOR_PENALTY: frozenset({Purpose.CHECK_PRIOR_PENALTY}),
    ComparisonKind.PERSON_CONTACT: frozenset({Purpose.CONTACT_PARTY, Purpose.SERVE_DOCUMENT}),
    ComparisonKind.VERIFY: frozenset({Purpose.VERIFY_FACT, Purpose.IDENTIFY_PARTY, Purpose.CHECK_PERMIT}),
}
"""For which purposes each kind may be asked. To verify a fact needs no copy of it, so that purpose has VERIFY alone."""

SUBJECTS: Final[dict[ComparisonKind, frozenset[SubjectKind]]] = {
    ComparisonKind.PLATE_OWNER: frozenset({SubjectKind.PLATE}),
    ComparisonKind.SHOP_LICENCE: frozenset({SubjectKind.CREDIT_CODE}),
    ComparisonKind.PERMIT: frozenset({SubjectKind.PLATE, SubjectKind.CREDIT_CODE}),
    ComparisonKind.PRIOR_PENALTY: frozenset(
        {SubjectKind.PLATE, SubjectKind.PERSON_ID, SubjectKind.CREDIT_CODE}
    ),
    ComparisonKind.PERSON_CONTACT: frozenset({SubjectKind.PERSON_ID}),
    ComparisonKind.VERIFY: frozenset({SubjectKind.PLATE, SubjectKind.PERSON_ID, SubjectKind.CREDIT_CODE}),
}
"""By what each kind asks."""


@dataclass(frozen=True)
class Comparison:
    """One comparison. `is_sealed`: what it was answered is shown to nobody but the agency that asked (PSP 136).

    `rows` and `verdict` are None where nothing was given, and always for a sealed one. A partner's system asked under
    an agreement and for a purpose under it; an officer asks under neither.
    """

    id: ComparisonId
    agency_id: AgencyId
    by: str
    kind: ComparisonKind
    purpose: Purpose
    case_id: CaseId | None
    state: ComparisonState
    register: str | None
    asked_at: datetime
    is_sealed: bool = False
    code: str | None = None
    rows: int | None = None
    verdict: Verdict | None = None
    fields: tuple[str, ...] = ()
    latency_ms: int = 0
    agreement_id: AgreementId | None = None
    purpose_id: PurposeId | None = None


@dataclass(frozen=True)
class OfComparison(Fact):
    """A fact that enters the stream of a comparison."""

    owner: ComparisonId


@dataclass(frozen=True)
class ComparisonAnswered(OfComparison):
    """A register answered about one subject. `basis` and `answer` commit to texts; `about` is a keyed digest.

    For a sealed answer the record holds no outcome: `count` and `verdict` are None and `fields` is empty (PSP 136).
    """

    type: ClassVar[str] = "comparison.answered"
    agency_id: AgencyId
    kind: ComparisonKind
    purpose: Purpose
    case_id: CaseId
    basis: Commitment
    register: str
    about: bytes
    fields: tuple[str, ...]
    count: int | None
    verdict: Verdict | None
    answer: Commitment
    is_sealed: bool
    latency_ms: int
    agreement_id: AgreementId | None = None
    purpose_id: PurposeId | None = None

    @property
    def subject(self) -> str | None:
        return self.case_id.stream

    def begun(self, *, by: str, at: datetime) -> Comparison:
        """The comparison that this fact, recorded at `at`, makes."""
        return Comparison(
            self.owner,
            self.agency_id,
            by,
            self.kind,
            self.purpose,
            self.case_id,
            ComparisonState.ANSWERED,
            self.register,
            at,
            is_sealed=self.is_sealed,
            rows=self.count,
            verdict=self.verdict,
            fields=self.fields,
            latency_ms=self.latency_ms,
            agreement_id=self.agreement_id,
            purpose_id=self.purpose_id,
        )


@dataclass(frozen=True)
class ComparisonRefused(OfComparison):
    """A comparison was refused by `code`, and the register gave nothing. `about` is None for what is no subject."""

    type: ClassVar[str] = "comparison.refused"
    agency_id: AgencyId
    kind: ComparisonKind
    purpose: Purpose
    case_id: CaseId | None
    basis: Commitment
    register: str | None
    about: bytes | None
    code: str
    latency_ms: int
    agreement_id: AgreementId | None = None
    purpose_id: PurposeId | None = None

    @property
    def subject(self) -> str | None:
        return self.case_id.stream if self.case_id else None

    def begun(self, *, by: str, at: datetime) -> Comparison:
        """The comparison that this fact, recorded at `at`, makes."""
        return Comparison(
            self.owner,
            self.agency_id,
            by,
            self.kind,
            self.purpose,
            self.case_id,
            ComparisonState.REFUSED,
            self.register,
            at,
            code=self.code,
            latency_ms=self.latency_ms,
            agreement_id=self.agreement_id,
            purpose_id=self.purpose_id,
        )


@dataclass(frozen=True)
class ComparisonRead(OfComparison):
    """Somebody of the agency that asked looked at the answer again."""

    type: ClassVar[str] = "comparison.read"
    agency_id: AgencyId
    case_id: CaseId

    @property
    def subject(self) -> str | None:
        return self.case_id.stream
