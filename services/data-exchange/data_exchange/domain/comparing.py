"""The rules of a comparison: who may ask what for which case, and what an answer may say (NJ 17, 18; PSP 136)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from common.values.errors import Kind, Refusal
from common.values.exchangerules import ExchangeRules
from common.values.facts import Commitment
from common.values.ids import AgencyId, AgreementId, CaseId, ComparisonId, PurposeId
from common.values.law import NJ_17, NJ_18_1, NJ_18_2, PIPL_6, PSP_136
from data_exchange.domain import agreed
from data_exchange.domain.agreed import Grant, Source
from data_exchange.domain.comparison import (
    PURPOSES,
    SUBJECTS,
    Comparison,
    ComparisonAnswered,
    ComparisonKind,
    ComparisonRead,
    ComparisonRefused,
    PenaltyDomain,
    Verdict,
)
from data_exchange.domain.exchange import Purpose
from data_exchange.domain.filtering import FieldRules, Filtered, Row, filtered, value_at
from data_exchange.domain.registers import Register
from data_exchange.domain.standing import CaseStanding
from data_exchange.domain.subjects import Subject, SubjectKind


@dataclass(frozen=True)
class Claim:
    """The value that VERIFY asks about, and the field in which a register would hold it."""

    pointer: str
    value: str


@dataclass(frozen=True)
class Question:
    """One question as it was put. `subject` is None where the text is no subject, `case` where there is no case.

    A partner's system asks under a `grant`; `provider_id` is then the agency whose register it is.
    """

    agency_id: AgencyId
    kind: ComparisonKind
    purpose: Purpose
    case_id: CaseId | None
    case: CaseStanding | None
    subject_kind: SubjectKind
    subject: Subject | None
    register: Register | None
    domain: PenaltyDomain = PenaltyDomain.ADMINISTRATIVE
    claim: Claim | None = None
    grant: Grant | None = None
    provider_id: AgencyId | None = None

    @property
    def is_sealed(self) -> bool:
        return self.kind is ComparisonKind.PRIOR_PENALTY and self.domain is PenaltyDomain.PUBLIC_SECURITY

    @property
    def rules(self) -> FieldRules:
        """What may leave: the register's rules, narrowed by the agreement of a system's call."""
        assert self.register is not None
        return (
            self.register.rules
            if self.grant is None
            else agreed.narrowed(self.register.rules, self.grant.agreement, region=self.register.region)
        )

    @property
    def grant_ids(self) -> tuple[AgreementId | None, PurposeId | None]:
        """The agreement and the purpose under which it was put."""
        return (self.grant.agreement.id, self.grant.purpose.id) if self.grant else (None, None)


@dataclass(frozen=True)
class Usage:
    """How many different subjects were asked about, the new ones of this call among them. None: no officer asks."""

    of_purpose: int
    of_officer: int | None


@dataclass(frozen=True)
class Finding:
    """What the register gave, filtered. `latency_ms` is the time that it took."""

    verdict: Verdict
    shown: Filtered
    latency_ms: int


def objection(question: Question) -> Refusal | None:
    """Why `question` may not be put to a register; None if it may.

    An agency that asks about somebody names an open case of its own (NJ 17). Earlier violations of public security are
    sealed: only an organ that handles a case may ask about them (PSP 136).
    """
    return (
        _not_granted(question)
        or _no_case(question)
        or _not_this_purpose(question)
        or _nothing_to_ask(question)
    )


def over_budget(purpose: Purpose, usage: Usage, rules: ExchangeRules) -> Refusal | None:
    """Why no more subjects may be asked about; None within the budget.

    All modes count together: a register is not to be read out subject by subject (PIPL 6). A system is bound by the
    number of its agreement instead of that of an officer.
    """
    if usage.of_officer is not None and usage.of_officer > rules.subjects_per_officer_day:
        facts = {"most": rules.subjects_per_officer_day, "asked": usage.of_officer}
        return Refusal(Kind.LIMITED, "DX_SUBJECT_BUDGET", facts, wording="officer", article=PIPL_6)
    if usage.of_purpose > rules.subjects_per_purpose_30d:
        facts = {"most": rules.subjects_per_purpose_30d, "asked": usage.of_purpose}
        return Refusal(Kind.LIMITED, "DX_SUBJECT_BUDGET", facts | {"purpose": purpose}, article=PIPL_6)
    return None


def over_claims(tried: int, rules: ExchangeRules) -> Refusal | None:
    """Why no further value may be tried on one subject today; None within the budget.

    A yes or no copies nothing, but enough of them read a field out (PIPL 6).
    """
    most = rules.claims_per_subject_day
    if tried <= most:
        return None
    return Refusal(Kind.LIMITED, "DX_CLAIM_BUDGET", {"most": most, "tried": tried}, article=PIPL_6)


def register_silent(register: Register) -> Refusal:
    """The register did not answer in time, or not in its own form."""
    return Refusal(Kind.UNAVAILABLE, "DX_REGISTER_UNAVAILABLE", {"register": register.name}, article=NJ_18_2)


def find(question: Question, rows: Sequence[Row], *, key: bytes, latency_ms: int) -> Finding:
    """What of the register's `rows` answers `question` and may be shown.

    VERIFY shows no row: whether the value is true can be said without copying anything.
    """
    rules, claim = question.rules, question.claim
    own = filtered(rows, rules, key=key)
    if claim is not None:
        in_scope = [row for row in rows if rules.admits(row)]
        is_true = any(str(value_at(row, claim.pointer)) == claim.value for row in in_scope)
        return Finding(Verdict.MATCH if is_true else Verdict.NO_MATCH, Filtered((), own.withheld), latency_ms)
    return Finding(verdict_of(question.kind, len(own.rows)), own, latency_ms)


def answer(
    comparison_id: ComparisonId,
    question: Question,
    finding: Finding,
    *,
    basis: Commitment,
    content: Commitment,
    about: bytes,
) -> ComparisonAnswered:
    """Give the answer. `question` was put without objection."""
    assert question.case_id is not None
    assert question.register is not None
    sealed = question.is_sealed
    return ComparisonAnswered(
        comparison_id,
        question.agency_id,
        question.kind,
        question.purpose,
        question.case_id,
        basis,
        question.register.name,
        about,
        () if sealed else finding.shown.fields,
        None if sealed else len(finding.shown.rows),
        None if sealed else finding.verdict,
        content,
        sealed,
        finding.latency_ms,
        *question.grant_ids,
    )


def refuse(
    comparison_id: ComparisonId,
    question: Question,
    refusal: Refusal,
    *,
    basis: Commitment,
    about: bytes | None,
    latency_ms: int = 0,
) -> ComparisonRefused:
    """Record that `question` was refused: a look-up that was tried is on record like one that was made."""
    return ComparisonRefused(
        comparison_id,
        question.agency_id,
        question.kind,
        question.purpose,
        question.case_id,
        basis,
        question.register.name if question.register else None,
        about,
        refusal.code,
        latency_ms,
        *question.grant_ids,
    )


def verdict_of(kind: ComparisonKind, rows: int) -> Verdict:
    """Several rows are an ambiguous owner or licence; of penalties and permits somebody may have several."""
    if rows == 0:
        return Verdict.NO_MATCH
    single = kind in (ComparisonKind.PLATE_OWNER, ComparisonKind.SHOP_LICENCE, ComparisonKind.PERSON_CONTACT)
    return Verdict.AMBIGUOUS if single and rows > 1 else Verdict.MATCH


def still_open(comparison: Comparison, case: CaseStanding | None) -> Refusal | None:
    """Why a file may not be compared any further: its case was closed meanwhile (NJ 17). None while it is open."""
    if case is not None and case.is_open:
        return None
    return Refusal(Kind.CONFLICT, "DX_CASE_CLOSED", {"case": comparison.case_id}, article=NJ_17)


def read(comparison: Comparison, case: CaseStanding | None, *, agency_id: AgencyId | None) -> ComparisonRead:
    """Look at an answer again. A sealed one opens only for the agency that asked, while its case is open (PSP 136)."""
    assert comparison.case_id is not None
    if comparison.is_sealed:
        is_own = agency_id == comparison.agency_id
        if not is_own or case is None or not case.is_open or case.agency_id != agency_id:
            raise Refusal(
                Kind.FORBIDDEN, "DX_PRIOR_OFFENCE_SEALED", {"comparison": comparison.id}, wording="read",
                article=PSP_136,
            )  # fmt: skip
    return ComparisonRead(comparison.id, comparison.agency_id, comparison.case_id)


def _no_case(question: Question) -> Refusal | None:
    if question.case_id is None and question.is_sealed:
        return Refusal(Kind.FORBIDDEN, "DX_PRIOR_OFFENCE_SEALED", article=PSP_136)
    if question.case_id is None:
        facts = {"purpose": question.purpose}
        return Refusal(Kind.FORBIDDEN, "DX_CASE_REQUIRED", facts, article=NJ_17)
    case = question.case
    if case is None or case.agency_id != question.agency_id:
        return Refusal(Kind.FORBIDDEN, "DX_CASE_NOT_OWN", {"case": question.case_id}, article=NJ_17)
    if not case.is_open:
        return Refusal(Kind.CONFLICT, "DX_CASE_CLOSED", {"case": question.case_id}, article=NJ_17)
    return None


def _not_granted(question: Question) -> Refusal | None:
    if question.grant is None:
        return None
    case_names = (str(question.case_id), question.case.number) if question.case else ()
    register = question.register
    return agreed.objection(
        question.grant,
        Source(register.name, question.provider_id, register.region) if register else None,
        purpose=question.purpose,
        case_names=case_names,
    )


def _not_this_purpose(question: Question) -> Refusal | None:
    purposes = PURPOSES[question.kind]
    if question.purpose in purposes:
        return None
    facts = {"kind": question.kind, "purpose": question.purpose, "purposes": sorted(purposes)}
    return Refusal(Kind.FORBIDDEN, "DX_PURPOSE_NOT_OF_KIND", facts, article=NJ_17)


def _nothing_to_ask(question: Question) -> Refusal | None:
    if question.subject_kind not in SUBJECTS[question.kind]:
        facts = {"kind": question.kind, "subjects": sorted(SUBJECTS[question.kind])}
        return Refusal(Kind.INVALID, "DX_SUBJECT_NOT_OF_KIND", facts, article=NJ_18_1)
    if question.subject is None:
        facts = {"subject": question.subject_kind}
        return Refusal(Kind.INVALID, "DX_SUBJECT_UNREADABLE", facts, article=NJ_18_1)
    if question.register is None:
        return Refusal(Kind.INVALID, "DX_NO_REGISTER", {"kind": question.kind}, article=NJ_18_2)
    claim, rules = question.claim, question.rules
    if (claim is not None) != (question.kind is ComparisonKind.VERIFY):
        return Refusal(Kind.INVALID, "DX_CLAIM_WITH_VERIFY", article=NJ_18_1)
    if claim is not None and claim.pointer not in rules.testable:
        facts = {"fields": list(rules.testable), "clause": rules.clause}
        return Refusal(Kind.FORBIDDEN, "DX_FIELD_NOT_AGREED", facts, article=NJ_18_2)
    return None
