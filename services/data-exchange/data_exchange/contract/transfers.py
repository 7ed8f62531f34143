"""Transfers on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from common.values.ids import AgencyId, CaseId, EvidenceId, ExchangeId
from common.web.wire import Day, Digest, In, Instant, Name, Out, Text
from data_exchange.contract.exchanges import BasisOrder, ExchangeView

TransferKind = Literal["TRANSFER", "CRIMINAL_TRANSFER"]
EnclosureCode = Literal["TRANSFER_LETTER", "INVESTIGATION_REPORT", "GOODS_LIST", "EXPERT_REPORT", "OTHER"]
"""The five enclosures of CrimT 6; a test compares it with `Enclosure` of the domain."""
FilingCode = Literal["FILED", "NOT_FILED"]
OutcomeCode = Literal["PENALISED", "NOT_PENALISED", "PROSECUTED", "NOT_PROSECUTED"]


class CaseTransferOrder(In):
    """Draft a transfer (移送). `recognised_at`: when the agency recognised that another one is competent.

    `evidence_ids` are captures of the agency: their pictures, digests and proofs enter the package by themselves. With
    `case_id` and without them, the captures of that case or lead do.
    `basis` are the provisions that make the receiver competent; `handling` is what was done so far; `examined`: an
    inspection or expert report exists. `reverse_of` is the criminal transfer that the police transfer back.
    """

    kind: TransferKind = "TRANSFER"
    to_agency_id: AgencyId
    case_id: CaseId | None = None
    recognised_at: Instant
    basis: list[BasisOrder] = Field(min_length=1, max_length=10)
    subject: Text
    summary: Text
    handling: list[Text] = Field(default=[], max_length=50)
    contact: Text
    limitation_on: Day | None = None
    examined: bool = False
    evidence_ids: list[EvidenceId] = Field(default=[], max_length=20)
    reverse_of: ExchangeId | None = None


class UploadOrder(In):
    """Announce a file. `sha256` and `size` are those of the whole file, which comes in parts of up to 4 MiB."""

    enclosure: EnclosureCode
    name: Name = Field(examples=["附件.pdf"])
    media_type: Text = Field(examples=["application/pdf"])
    size: int
    sha256: Digest
    level: int = Field(default=3, ge=1, le=4)


class CompletionOrder(In):
    """The body of a completion is empty: every part came."""


class SubmissionOrder(In):
    """The body of a submission is empty: the manifest is made from the package."""


class TransferApprovalOrder(In):
    """The head approves the manifest with this digest, and no other."""

    manifest_sha256: Digest


class ReasonOrder(In):
    """The reasons, in words."""

    reason: Text


class DispatchOrder(In):
    """The body of a dispatch is empty."""


class VerifiedFile(In):
    """One file as the receiver has it: its number and the SHA-256 of the bytes that arrived."""

    n: int
    sha256: Digest


class TransferReceiptOrder(In):
    """The receiver verified the manifest and every file in it."""

    manifest_sha256: Digest
    files: list[VerifiedFile] = Field(max_length=500)


class FilingOrder(In):
    """The receiver is competent; it files the case or not, with reasons."""

    filing: FilingCode
    reason: Text


class ReturnOrder(In):
    """The receiver is not competent. It names the competent agency."""

    competent_agency_id: AgencyId | None = None
    reason: Text


class ForwardingOrder(In):
    """The police forward the case to the agency that is competent."""

    competent_agency_id: AgencyId
    reason: Text


class ResultOrder(In):
    """The result of the case that was filed, and when it was decided."""

    outcome: OutcomeCode
    decided_at: Instant
    text: Text


class GoodsOrder(In):
    """How many goods are handed over with the material of the case, and the protocol in words."""

    items: int = Field(ge=0, le=100_000)
    note: Text


class FileView(Out):
    """One file of the package: fetch it at `href`. `evidence_id` names the capture that it is a picture of.

    `name` is null once the transfer was erased.
    """

    n: int
    enclosure: str
    name: str | None
    sha256: Digest
    size: int
    media_type: str
    level: int
    evidence_id: str | None
    picture: int | None
    href: str


class PartView(Out):
    """A part that came."""

    part: int
    size: int
    sha256: Digest


class UploadView(Out):
    """One upload. `verdict` is PENDING until its completion, then ACCEPTED, or REFUSED with the `codes` of faults."""

    upload: int
    enclosure: str
    name: str
    media_type: str
    size: int
    sha256: Digest
    level: int
    part_bytes: int
    parts: list[PartView]
    verdict: str
    codes: list[str]


class CaseTransferView(ExchangeView):
    """One transfer. `is_late`: it left after its period. `missing`: the enclosures that the package still needs.

    `manifest_sha256` is the digest of the signed manifest, `receipt_sha256` of the signed receipt.
    """

    recognised_at: datetime
    prepared_by: str
    submitted_by: str | None
    approved_by: str | None
    approved_at: datetime | None
    dispatched_at: datetime | None
    is_late: bool | None
    limitation_on: date | None
    reverse_of: ExchangeId | None
    missing: list[str]
    files: list[FileView]
    manifest_sha256: Digest | None
    received_by: str | None
    receipt_sha256: Digest | None
    filing: str | None
    competent_agency_id: AgencyId | None
    reconsidered_at: datetime | None
    goods_handed_at: datetime | None
    outcome: str | None
    result_is_late: bool | None
