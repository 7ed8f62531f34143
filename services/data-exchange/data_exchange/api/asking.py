"""From an order to a question, from a register's answer to a fact, and both to the wire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from common.door.uow import Tx
from common.policy import Mandate, not_found
from common.values.errors import Refusal
from common.values.ids import AgencyId, ComparisonId
from data_exchange import connectors, inquiry
from data_exchange.api.views import agency_of
from data_exchange.connectors import access
from data_exchange.connectors.findings import Fault
from data_exchange.contract.comparisons import (
    ComparisonOrder,
    ComparisonSummary,
    ComparisonView,
    WithheldView,
)
from data_exchange.contract.exchanges import BasisOrder
from data_exchange.documents.addresses import addresses_of
from data_exchange.domain import comparing
from data_exchange.domain.agreed import Grant, over_subjects, require_level
from data_exchange.domain.agreements import Agreement
from data_exchange.domain.comparing import Claim, Finding, Question
from data_exchange.domain.comparison import (
    Comparison,
    ComparisonAnswered,
    ComparisonKind,
    ComparisonRefused,
    PenaltyDomain,
)
from data_exchange.domain.exchange import Purpose
from data_exchange.domain.registers import Register, register_for
from data_exchange.domain.subjects import SubjectKind, subject_of
from data_exchange.runtime import DataExchangeRuntime
from data_exchange.store import subjects
from data_exchange.store.comparisons import AnswerTexts
from ledger.canonical import canonical


@dataclass(frozen=True)
class Outcome:
    """What came of a question before the change: a refusal, or the register's finding."""

    refusal: Refusal | None
    finding: Finding | None = None
    latency_ms: int = 0


@dataclass(frozen=True)
class Asker:
    """For whom subjects are counted: an agency with its purpose, and the agreement where a system asks."""

    agency_id: AgencyId
    purpose: Purpose
    agreement: Agreement | None

    @classmethod
    def of(cls, question: Question) -> Asker:
        agreement = question.grant.agreement if question.grant else None
        return cls(question.agency_id, question.purpose, agreement)


async def question_of(
    runtime: DataExchangeRuntime, order: ComparisonOrder, mandate: Mandate, grant: Grant | None
) -> Question:
    """The question that `order` puts, with the standing of its case now."""
    require_level(grant)
    kind, subject_kind = ComparisonKind(order.kind), SubjectKind(order.subject.kind)
    register = register_for(tuple(runtime.registers.values()), kind, order.register_name)
    return Question(
        agency_of(mandate),
        kind,
        Purpose(order.purpose),
        order.case_id,
        await inquiry.standing_of(runtime, order.case_id),
        subject_kind,
        subject_of(subject_kind, order.subject.value),
        register,
        domain=PenaltyDomain(order.domain),
        claim=Claim(order.claim.pointer, order.claim.value) if order.claim else None,
        grant=grant,
        provider_id=await provider_of(runtime, register, grant),
    )


async def provider_of(
    runtime: DataExchangeRuntime, register: Register | None, grant: Grant | None
) -> AgencyId | None:
    """The agency whose register it is. It matters under an agreement alone, so nobody is asked without one."""
    if register is None or grant is None:
        return None
    return (await addresses_of(runtime)).find(register.provider)


async def outcome_of(runtime: DataExchangeRuntime, question: Question) -> Outcome:
    """What the register says to `question`, unless there is an objection to asking it at all."""
    refusal = comparing.objection(question)
    register, subject = question.register, question.subject
    if refusal is None and register is not None:
        refusal = await access.pause_of(runtime.db, question.agency_id, register.name)
    if refusal is not None or register is None or subject is None:
        return Outcome(refusal)
    said = await connectors.look_up(runtime, register, question.kind, [subject])
    if isinstance(said, Fault):
        return Outcome(comparing.register_silent(register), latency_ms=said.latency_ms)
    key = await subjects.hash_key(runtime.db.secrets, register.name, question.grant_ids[0])
    return Outcome(None, comparing.find(question, said.rows[0], key=key, latency_ms=said.latency_ms))


async def judged(
    tx: Tx,
    comparison_id: ComparisonId,
    question: Question,
    outcome: Outcome,
    *,
    order: ComparisonOrder,
    runtime: DataExchangeRuntime,
) -> tuple[ComparisonAnswered | ComparisonRefused, AnswerTexts, Refusal | None]:
    """The fact that follows from `outcome` within the budget of subjects, its texts, and the refusal if it is one."""
    basis = await tx.commit_to(comparison_id, "basis", canonical([text_of(b) for b in order.basis]).decode())
    asked = [question.subject] if question.subject is not None else []
    abouts = await subjects.digests(tx.secrets, asked)
    marks = await subjects.marks(tx.secrets, comparison_id, asked)
    about = marks[0] if marks else None
    texts = AnswerTexts(order.subject.value, tuple(text_of(each) for each in order.basis))
    refusal, finding = outcome.refusal, outcome.finding
    if finding is not None:
        asker = Asker.of(question)
        refusal = await over_budget(tx, runtime, abouts, asker=asker)
        if refusal is None and question.claim is not None:
            tried = await subjects.claims_with(tx, question.agency_id, abouts[0], question.claim)
            refusal = comparing.over_claims(tried, runtime.profile.exchange)
    if refusal is not None or finding is None:
        assert refusal is not None
        latency_ms = outcome.latency_ms
        fact = comparing.refuse(
            comparison_id, question, refusal, basis=basis, about=about, latency_ms=latency_ms
        )
        return fact, texts, refusal
    await count(tx, Asker.of(question), abouts)
    if question.claim is not None:
        await subjects.count_claim(tx, question.agency_id, abouts[0], question.claim)
    texts = AnswerTexts(
        texts.subject,
        texts.basis,
        finding.verdict,
        tuple(orjson.dumps(row).decode() for row in finding.shown.rows),
        finding.shown.withheld,
    )
    content = await tx.commit_to(comparison_id, "answer", orjson.dumps([texts.verdict, *texts.rows]).decode())
    given = comparing.answer(comparison_id, question, finding, basis=basis, content=content, about=marks[0])
    return given, texts, None


async def over_budget(
    tx: Tx, runtime: DataExchangeRuntime, abouts: Sequence[bytes], *, asker: Asker
) -> Refusal | None:
    """Why nobody may be asked about `abouts`: the budget of the agency, then the number of the agreement."""
    usage = await subjects.usage_with(tx, asker.agency_id, asker.purpose, abouts)
    refusal = comparing.over_budget(asker.purpose, usage, runtime.profile.exchange)
    if refusal is not None or asker.agreement is None:
        return refusal
    asked = await subjects.usage_of_agreement_with(tx, asker.agreement.id, abouts)
    return over_subjects(asker.agreement, asked, now=tx.now)


async def count(tx: Tx, asker: Asker, abouts: Sequence[bytes]) -> None:
    """Count `abouts` as asked about, for the budget and under the agreement."""
    await subjects.count_subjects(tx, asker.agency_id, asker.purpose, abouts)
    if asker.agreement is not None:
        await subjects.count_of_agreement(tx, asker.agreement.id, abouts)


def text_of(basis: BasisOrder) -> str:
    """A provision as letters print it."""
    return f"《{basis.name}》{basis.article}"


def require_same_agreement(comparison: Comparison, grant: Grant | None) -> None:
    """Raises Refusal NOT_FOUND for a system that reads a comparison under another agreement, or an officer's.

    Such an answer was filtered by other rules.
    """
    if grant is not None and comparison.agreement_id != grant.agreement.id:
        raise not_found(comparison.id)


def summary_view(comparison: Comparison) -> ComparisonSummary:
    return ComparisonSummary(**_head(comparison))


def comparison_view(comparison: Comparison, texts: AnswerTexts | None) -> ComparisonView:
    return ComparisonView(
        **_head(comparison),
        verdict=texts.verdict if texts else None,
        rows=[orjson.loads(row) for row in texts.rows] if texts else None,
        withheld=[WithheldView(pointer=w.pointer, clause=w.clause) for w in texts.withheld] if texts else [],
    )


def _head(comparison: Comparison) -> dict[str, Any]:
    return {
        "comparison_id": comparison.id,
        "agency_id": comparison.agency_id,
        "kind": comparison.kind,
        "purpose": comparison.purpose,
        "case_id": comparison.case_id,
        "state": comparison.state,
        "register_name": comparison.register,
        "asked_at": comparison.asked_at,
        "sealed": comparison.is_sealed,
        "code": comparison.code,
    }
