"""From a file to its rows and subjects, and a batch to the wire."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from typing import Annotated

from fastapi import Path

from common.door.uow import Tx
from common.policy import Mandate, Permit
from common.values.errors import Kind, Refusal
from common.values.ids import ComparisonId
from common.values.law import NJ_18_1
from data_exchange import inquiry
from data_exchange.api.asking import Asker, provider_of, text_of
from data_exchange.api.views import agency_of
from data_exchange.contract.batches import BatchOrder, BatchPartView, BatchView
from data_exchange.domain import comparing
from data_exchange.domain.agreed import Grant, require_level
from data_exchange.domain.batches import Batch, open_batch
from data_exchange.domain.comparing import Question
from data_exchange.domain.comparison import ComparisonKind, ComparisonRefused
from data_exchange.domain.exchange import Purpose
from data_exchange.domain.registers import register_for
from data_exchange.domain.subjects import Subject, SubjectKind, subject_of
from data_exchange.runtime import DataExchangeRuntime
from data_exchange.store import agreements, batches
from data_exchange.store.comparisons import AnswerTexts
from ledger.canonical import canonical

PartNumber = Annotated[int, Path(ge=1, le=1000, description="第几部分 · The number of the part, from 1.")]


async def question_of(
    runtime: DataExchangeRuntime, order: BatchOrder, mandate: Mandate, grant: Grant | None
) -> Question:
    """What the file asks; its rows are not known yet, so any subject stands for them."""
    require_level(grant)
    kind, subject_kind = ComparisonKind(order.kind), SubjectKind(order.subject_kind)
    register = register_for(tuple(runtime.registers.values()), kind, order.register_name)
    return Question(
        agency_of(mandate),
        kind,
        Purpose(order.purpose),
        order.case_id,
        await inquiry.standing_of(runtime, order.case_id),
        subject_kind,
        Subject(subject_kind, ""),
        register,
        grant=grant,
        provider_id=await provider_of(runtime, register, grant),
    )


async def find_or_add(
    tx: Tx, permit: Permit, comparison_id: ComparisonId, question: Question, order: BatchOrder
) -> Batch:
    """The batch of the same file under the same agreement, or a new one."""
    same = await batches.find_same(
        tx,
        order.sha256,
        agency_id=question.agency_id,
        case_id=order.case_id,
        kind=question.kind,
        purpose=question.purpose,
        agreement_id=question.grant_ids[0],
    )
    if same is not None:
        return same
    provisions = tuple(text_of(each) for each in order.basis)
    fact = open_batch(
        comparison_id,
        question,
        basis=await tx.commit_to(comparison_id, "basis", canonical(list(provisions)).decode()),
        media_type=order.media_type,
        sha256=order.sha256,
        count=order.rows,
    )
    return await batches.add(tx, permit, fact, texts=AnswerTexts("", provisions))


async def refused(
    tx: Tx, comparison_id: ComparisonId, question: Question, refusal: Refusal, order: BatchOrder
) -> tuple[ComparisonRefused, AnswerTexts]:
    """The refused file as a fact, and its texts."""
    provisions = tuple(text_of(each) for each in order.basis)
    basis = await tx.commit_to(comparison_id, "basis", canonical(list(provisions)).decode())
    fact = comparing.refuse(comparison_id, question, refusal, basis=basis, about=None)
    return fact, AnswerTexts("", provisions)


async def asker_of(tx: Tx, batch: Batch) -> Asker:
    """For whom the subjects of the file are counted."""
    comparison = batch.comparison
    agreement = await agreements.get(tx, comparison.agreement_id) if comparison.agreement_id else None
    return Asker(comparison.agency_id, comparison.purpose, agreement)


def digest_of(field: str, content: bytes) -> str:
    """The SHA-256 of `content` in hex. Raises Refusal DX_CONTENT_DIGEST unless the field Content-Digest agrees."""
    digest = hashlib.sha256(content).digest()
    wanted = f"sha-256=:{b64encode(digest).decode()}:"
    if not content or wanted not in (part.strip() for part in field.split(",")):
        raise Refusal(
            Kind.INVALID, "DX_CONTENT_DIGEST", {"computed": wanted, "size": len(content)}, article=NJ_18_1
        )
    return digest.hex()


async def content_of(runtime: DataExchangeRuntime, batch: Batch) -> bytes:
    """The bytes of every part that arrived, in order."""
    stream = batch.id.stream
    return b"".join([await runtime.sealed.get(part.sha256, of=stream) for part in batch.parts])


def subjects_of(batch: Batch, texts: list[str]) -> list[Subject | None]:
    """The subject of each row; None where it is none."""
    return [subject_of(batch.subject_kind, text) for text in texts]


def batch_view(batch: Batch) -> BatchView:
    comparison = batch.comparison
    return BatchView(
        comparison_id=batch.id,
        kind=comparison.kind,
        purpose=comparison.purpose,
        case_id=comparison.case_id,
        state=comparison.state,
        code=comparison.code,
        register_name=comparison.register,
        asked_at=comparison.asked_at,
        rows=batch.rows,
        done=batch.done,
        matched=batch.matched,
        unmatched=batch.unmatched,
        ambiguous=batch.ambiguous,
        unreadable=batch.unreadable,
        parts=[BatchPartView(n=part.n, sha256=part.sha256, size=part.size) for part in batch.parts],
    )
