"""Comparisons of a file of subjects on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from common.values.ids import CaseId, ComparisonId
from common.web.wire import Code, Digest, In, Out
from data_exchange.contract.comparisons import SubjectCode
from data_exchange.contract.exchanges import BasisOrder, PurposeCode


class BatchOrder(In):
    """Announce a file: how many rows it has, and the SHA-256 of its bytes. CSV has a column `subject`, NDJSON a field.

    The same file for the same case and purpose is one batch, however often it is announced.
    """

    kind: Literal["PLATE_OWNER", "SHOP_LICENCE", "PERMIT", "PERSON_CONTACT"]
    purpose: PurposeCode
    case_id: CaseId
    basis: list[BasisOrder] = Field(min_length=1, max_length=10)
    subject_kind: SubjectCode
    media_type: Literal["text/csv", "application/x-ndjson"]
    rows: int = Field(ge=1, le=50_000, strict=True)
    sha256: Digest
    register_name: Code | None = None


class CompletionOrder(In):
    """The body of a completion is empty: rows and digest were announced."""


class BatchPartView(Out):
    """One part of the file as it arrived."""

    n: int
    sha256: Digest
    size: int


class BatchView(Out):
    """A file and how far it is compared: `done` of `rows`, and how many have each verdict."""

    comparison_id: ComparisonId
    kind: str
    purpose: str
    case_id: CaseId | None
    state: str
    code: str | None
    register_name: str | None
    asked_at: datetime
    rows: int
    done: int
    matched: int
    unmatched: int
    ambiguous: int
    unreadable: int
    parts: list[BatchPartView]
