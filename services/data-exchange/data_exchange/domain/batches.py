"""A comparison of a file of subjects, as a job that a crash can stop between any two rows.

    OPEN ─parts─▶ OPEN ─complete─▶ QUEUED ─compare rows─▶ RUNNING ─ … ─▶ DONE | FAILED

The rows are compared in their order, some at a time, and each time is one fact. So `done` says exactly which rows are
compared: after a crash the job goes on there, and no row is lost or compared twice.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId, AgreementId, CaseId, ComparisonId, PurposeId
from common.values.law import NJ_18_1
from data_exchange.domain.batchfiles import count_of, rows_in
from data_exchange.domain.comparing import Question
from data_exchange.domain.comparison import (
    Comparison,
    ComparisonKind,
    ComparisonState,
    OfComparison,
    Verdict,
)
from data_exchange.domain.exchange import Purpose
from data_exchange.domain.subjects import SubjectKind


@dataclass(frozen=True)
class Part:
    """One part of the file as it arrived."""

    n: int
    sha256: str
    size: int


@dataclass(frozen=True)
class Batch:
    """A file of `rows` subjects, `done` of which are compared. `sha256` is that of the whole file."""

    comparison: Comparison
    subject_kind: SubjectKind
    media_type: str
    sha256: str
    rows: int
    done: int = 0
    matched: int = 0
    unmatched: int = 0
    ambiguous: int = 0
    unreadable: int = 0
    parts: tuple[Part, ...] = ()

    @property
    def id(self) -> ComparisonId:
        return self.comparison.id


@dataclass(frozen=True)
class BatchOpened(OfComparison):
    """A file was announced: how many rows, and the digest of its bytes."""

    type: ClassVar[str] = "comparison.batch.opened"
    agency_id: AgencyId
    kind: ComparisonKind
    purpose: Purpose
    case_id: CaseId
    basis: Commitment
    register: str
    subject_kind: SubjectKind
    media_type: str
    sha256: str
    count: int
    agreement_id: AgreementId | None = None
    purpose_id: PurposeId | None = None

    @property
    def subject(self) -> str | None:
        return self.case_id.stream

    def begun(self, *, by: str, at: datetime) -> Comparison:
        """The comparison that this fact, recorded at `at`, begins."""
        return Comparison(
            self.owner,
            self.agency_id,
            by,
            self.kind,
            self.purpose,
            self.case_id,
            ComparisonState.OPEN,
            self.register,
            at,
            agreement_id=self.agreement_id,
            purpose_id=self.purpose_id,
        )


@dataclass(frozen=True)
class OfBatch(OfComparison, ABC):
    """A fact that leaves a batch in another state."""

    @abstractmethod
    def applied(self, batch: Batch) -> Batch:
        """`batch` as this fact leaves it."""


@dataclass(frozen=True)
class BatchPartReceived(OfBatch):
    """A part arrived. A part of the same number replaces it until the file is complete."""

    type: ClassVar[str] = "comparison.batch.part_received"
    n: int
    sha256: str
    size: int

    def applied(self, batch: Batch) -> Batch:
        others = tuple(part for part in batch.parts if part.n != self.n)
        part = Part(self.n, self.sha256, self.size)
        return replace(batch, parts=tuple(sorted((*others, part), key=lambda each: each.n)))


@dataclass(frozen=True)
class BatchCompleted(OfBatch):
    """The file is whole: its bytes and its rows are those that were announced."""

    type: ClassVar[str] = "comparison.batch.completed"
    subjects: int

    def applied(self, batch: Batch) -> Batch:
        return _in(batch, ComparisonState.QUEUED)


@dataclass(frozen=True)
class BatchRowsCompared(OfBatch):
    """`count` rows from `first_row` on were compared. `abouts` are the keyed digests of their subjects."""

    type: ClassVar[str] = "comparison.batch.rows_compared"
    first_row: int
    count: int
    matched: int
    unmatched: int
    ambiguous: int
    unreadable: int
    abouts: tuple[bytes, ...]
    fields: tuple[str, ...]
    latency_ms: int

    def applied(self, batch: Batch) -> Batch:
        return replace(
            _in(batch, ComparisonState.RUNNING),
            done=batch.done + self.count,
            matched=batch.matched + self.matched,
            unmatched=batch.unmatched + self.unmatched,
            ambiguous=batch.ambiguous + self.ambiguous,
            unreadable=batch.unreadable + self.unreadable,
        )


@dataclass(frozen=True)
class BatchDone(OfBatch):
    """Every row has its verdict."""

    type: ClassVar[str] = "comparison.batch.done"
    matched: int
    unmatched: int
    ambiguous: int
    unreadable: int

    def applied(self, batch: Batch) -> Batch:
        return _in(batch, ComparisonState.DONE)


@dataclass(frozen=True)
class BatchFailed(OfBatch):
    """The file is not compared any further, by `code`."""

    type: ClassVar[str] = "comparison.batch.failed"
    code: str

    def applied(self, batch: Batch) -> Batch:
        comparison = replace(batch.comparison, state=ComparisonState.FAILED, code=self.code)
        return replace(batch, comparison=comparison)


def open_batch(
    comparison_id: ComparisonId,
    question: Question,
    *,
    basis: Commitment,
    media_type: str,
    sha256: str,
    count: int,
) -> BatchOpened:
    """Announce a file. `question` was put without objection; it stands for every row."""
    assert question.case_id is not None
    assert question.register is not None
    return BatchOpened(
        comparison_id,
        question.agency_id,
        question.kind,
        question.purpose,
        question.case_id,
        basis,
        question.register.name,
        question.subject_kind,
        media_type,
        sha256,
        count,
        *question.grant_ids,
    )


def receive_part(batch: Batch, *, n: int, sha256: str, size: int) -> BatchPartReceived | None:
    """Take a part of the file; None for the same part a second time."""
    if Part(n, sha256, size) in batch.parts:
        return None
    require_state(batch, ComparisonState.OPEN)
    return BatchPartReceived(batch.id, n, sha256, size)


def require_whole(batch: Batch, content: bytes) -> list[str]:
    """The rows of the whole file. Raises Refusal DX_BATCH_DIFFERS unless it is the file that was announced."""
    require_state(batch, ComparisonState.OPEN)
    rows = rows_in(content, batch.media_type)
    if hashlib.sha256(content).hexdigest() != batch.sha256:
        raise _differs(batch, "digest")
    if rows is None or len(rows) != batch.rows:
        raise _differs(batch, "rows")
    return rows


def complete(batch: Batch, *, subjects: int) -> BatchCompleted:
    """Queue the whole file, which is about `subjects` different subjects."""
    require_state(batch, ComparisonState.OPEN)
    return BatchCompleted(batch.id, subjects)


def compare_rows(
    batch: Batch,
    verdicts: Sequence[Verdict],
    *,
    abouts: Sequence[bytes],
    fields: Sequence[str],
    latency_ms: int,
) -> BatchRowsCompared:
    """Give the next rows their verdicts."""
    require_state(batch, ComparisonState.QUEUED, ComparisonState.RUNNING)
    return BatchRowsCompared(
        batch.id,
        batch.done,
        len(verdicts),
        count_of(verdicts, Verdict.MATCH),
        count_of(verdicts, Verdict.NO_MATCH),
        count_of(verdicts, Verdict.AMBIGUOUS),
        count_of(verdicts, Verdict.INVALID),
        tuple(abouts),
        tuple(sorted(set(fields))),
        latency_ms,
    )


def finish(batch: Batch) -> BatchDone | None:
    """The end, once every row is compared; None before."""
    if batch.done < batch.rows:
        return None
    return BatchDone(batch.id, batch.matched, batch.unmatched, batch.ambiguous, batch.unreadable)


def fail(batch: Batch, code: str) -> BatchFailed:
    """Stop here, for example because the case was closed meanwhile."""
    return BatchFailed(batch.id, code)


def require_state(batch: Batch, *states: ComparisonState) -> None:
    """Raises Refusal DX_BATCH_STATE unless the batch is in one of `states`."""
    state = batch.comparison.state
    if state not in states:
        facts = {"comparison": batch.id, "state": state, "wanted": list(states)}
        raise Refusal(Kind.CONFLICT, "DX_BATCH_STATE", facts, article=NJ_18_1)


def _in(batch: Batch, state: ComparisonState) -> Batch:
    return replace(batch, comparison=replace(batch.comparison, state=state))


def _differs(batch: Batch, what: str) -> Refusal:
    facts = {"comparison": batch.id, "rows": batch.rows, "sha256": batch.sha256}
    return Refusal(Kind.INVALID, "DX_BATCH_DIFFERS", facts, wording=what, article=NJ_18_1)
