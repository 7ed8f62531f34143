"""The wire models of evidence, and the client by which another service asks it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from common.calls.http import Peers
from common.values.ids import AgencyId, CaseId, EvidenceId
from common.web.wire import Code, Digest, In, Out, Text
from evidence.contract.counts import Captures as Captures
from evidence.contract.counts import DeviceCapturesView as DeviceCapturesView
from evidence.contract.erasure import ErasureApprovalOrder as ErasureApprovalOrder
from evidence.contract.erasure import ErasureOrder as ErasureOrder
from evidence.contract.erasure import ErasureReason as ErasureReason
from evidence.contract.erasure import ErasureView as ErasureView
from evidence.contract.hearing import Hearings as Hearings
from evidence.contract.holds import DeviceHoldsView as DeviceHoldsView
from evidence.contract.holds import Holds as Holds
from evidence.contract.invalidation import InvalidationView as InvalidationView
from evidence.contract.redaction import RedactionsView as RedactionsView
from evidence.contract.redaction import RegionsOrder as RegionsOrder
from evidence.contract.signed import SequenceGapsView as SequenceGapsView
from evidence.contract.signed import SequenceGapView as SequenceGapView
from evidence.contract.signed import SignedCaptureView as SignedCaptureView
from evidence.contract.signed import SignedView as SignedView

RejectionCode = Literal[
    "E-DEV-01", "E-DEV-02", "E-DEV-03", "E-DEV-04", "E-DEV-05", "E-DEV-06", "E-INT-01", "E-INT-02",
    "E-INT-03", "E-INT-04", "E-INT-05", "E-INT-06", "E-QLT-01", "E-QLT-02", "E-QLT-03", "E-QLT-04",
    "E-FAC-01", "E-FAC-02", "E-FAC-03", "E-SUB-01", "E-SUB-02", "E-SUB-03", "E-EXM-01", "E-EXM-02",
    "E-EXM-03", "E-EXM-04", "E-EXM-05", "E-DUP-01", "E-TIM-01", "E-TIM-02", "E-TIM-03", "E-JUR-01",
    "E-SEC-01", "E-PRV-01",
]  # fmt: skip
"""The catalogue of reasons why a capture is not evidence; a test compares it with `Code` of the domain."""


class MediaView(Out):
    """One picture: its number in the capture, SHA-256 in hex, size in bytes, extent in pixels, GA/T 1400 type."""

    n: int
    sha256: str
    size: int
    media_type: str
    width: int
    height: int
    kind: str
    shot_at: datetime | None


class ReviewView(Out):
    """One act of the review, in order."""

    officer_id: str
    act: str
    attributes: list[str]
    codes: list[str]
    reviewed_at: datetime


class PassageView(Out):
    """The device's words: lane from the left, direction (HDirectionType), class of the vehicle (GA 24.4)."""

    lane: int | None
    direction: str | None
    vehicle_class: str | None


class MeasuredView(Out):
    """A value as the device gave it, nothing deducted; `value` is a decimal number as text."""

    quantity: str
    value: str
    unit: str


class MeasurementView(Out):
    """The value against the limit of one violation, each figure a decimal number as text in `unit`.

    `error` is the maximum permissible error at that value, `deducted` the value less the error; a violation is only a
    deducted value above `limit`. All three are null where no value came.
    """

    violation_code: str
    quantity: str
    unit: str
    limit: str
    value: str | None
    error: str | None
    deducted: str | None
    exceeds: bool


class CaptureView(Out):
    """One capture. `plate` is masked unless a purpose was given and the reader may see it (`unmasked`).

    `plate_written` is the device's own text where it differs from the plate, null while that is masked.

    `transport` says how it is known who sent it: a capture without the proof that the law demands is QUARANTINED.
    `signing_level` is T2 where the camera signed it, T1 where our gateway beside the camera did, else T0. From
    `missing_from` up to the number before its own, manifests of the same key had not arrived with it.
    `lawful` is the device's standing at the second of capture, null before the check. `reviewers` are the
    officers who proposed and confirmed, in this order. `late_reason` is why it came in late, for the second officer to
    weigh; `failed_attributes` are those that an officer did not find present, with the reason. `review_due_on` is the
    last day of the review period.
    `near_duplicate_of` is an earlier capture of the device that shows the same plate, or a picture that looks the same.
    `invalidations` are what was found later against its device; with one of them it is not accepted any more.
    Of an erased capture (`is_erased`) the pictures, the message and the plate are gone; `erasure` says why.
    """

    id: str
    state: str
    agency_id: str
    device_id: str
    device_code: str
    object_id: str
    captured_at: datetime
    captured_from: str
    received_at: datetime
    transport: str
    signing_level: str
    signed: SignedView | None
    missing_from: int | None
    violation_code: str | None
    plate: str | None
    plate_color: str | None
    plate_class: str | None
    plate_written: str | None
    unmasked: bool
    passage: PassageView
    measured: MeasuredView | None
    flags: list[str]
    body_sha256: str
    version_of: str | None
    near_duplicate_of: str | None
    duplicate_count: int
    lawful: bool | None
    check_codes: list[str]
    device_failures: list[str]
    capability_sha256: str | None
    ruleset: str | None
    measurements: list[MeasurementView]
    checked_at: datetime | None
    quarantined_at: datetime | None
    taken_by: str | None
    reviewers: list[str]
    review_due_on: date
    late_allowed: bool
    late_reason: str | None
    accepted_at: datetime | None
    rejected_at: datetime | None
    rejection_codes: list[str]
    failed_attributes: dict[str, str]
    backed_up: bool
    backed_up_at: datetime | None
    case_id: str | None
    frozen_at: datetime | None
    media: list[MediaView]
    reviews: list[ReviewView]
    is_erased: bool
    erasure: ErasureView | None
    invalidations: list[InvalidationView]


class CaptureSummary(Out):
    """One capture in a list: nothing personal."""

    id: str
    state: str
    agency_id: str
    device_id: str
    captured_at: datetime
    received_at: datetime
    violation_code: str | None
    check_codes: list[str]
    flags: list[str]
    pictures: int


class AttributesOrder(In):
    """The four attributes of APL 41(2), each answered by the officer: 真实、清晰、完整、准确."""

    true: bool
    clear: bool
    complete: bool
    accurate: bool


class AcceptanceProposalOrder(In):
    """The first officer's answers; `violation_code` names or corrects the violation of the city's catalogue.

    `late_reason` says why a capture flagged LATE_INGEST came in late: such a one is not accepted without. The text
    stays in the service, sealed; the record holds a commitment.
    """

    attributes: AttributesOrder
    violation_code: Code | None = None
    late_reason: Text | None = None


class AcceptanceOrder(In):
    """The second officer's answers."""

    attributes: AttributesOrder


class RejectionOrder(In):
    """Why the capture is not evidence: codes of the catalogue, for example `E-QLT-02`, and the four attributes.

    Each attribute that is not present has its reason in `reasons`. The texts stay in the service, sealed.
    """

    codes: list[RejectionCode] = Field(min_length=1, max_length=10)
    attributes: AttributesOrder
    reasons: dict[Literal["true", "clear", "complete", "accurate"], Text] = Field(default_factory=dict)


class LateReviewOrder(In):
    """Why a review may end after its period. The text stays in the service; the record holds a commitment."""

    reason: Text


class ReviewOrder(In):
    """The body of an order to take a capture into review is empty: the officer is known from the token."""


class BundleOrder(In):
    """The body of an order for a bundle of one capture is empty: the purpose stands in the header."""


class CaseBundleOrder(In):
    """A court bundle of a case with all its evidence."""

    case_id: CaseId


class BundleView(Out):
    """A bundle that was made: fetch it at `href`. Digests are SHA-256 in hex, `size` is bytes of the ZIP.

    `records` counts the ledger entries in it, `log_size` is the size of the log its proofs lead to.
    """

    sha256: Digest
    manifest_sha256: Digest
    size: int
    records: int
    media: int
    log_size: int
    evidence_ids: list[str]
    case_id: str | None
    href: str


class WitnessView(Out):
    """One witness of the ledger: the largest size that it cosigned and its time, null if it never did."""

    name: str
    size: int | None
    at: datetime | None


class Standing(Out):
    """How far witnesses have cosigned the ledger. Their times are real time, `published_at` is the ledger's.

    `age_s` are the seconds since a quorum of witnesses last cosigned, null: never. `unwitnessed`: the newest
    checkpoint lacks a quorum, and it is older than a few seconds.
    """

    size: int
    published_at: datetime | None
    witnessed_size: int | None
    witnessed_at: datetime | None
    age_s: float | None
    witnesses: list[WitnessView]
    unwitnessed: bool


class ProvenView(Out):
    """One entry of the ledger: `entry` is its exact bytes in base64, `proof` its c2sp.org/tlog-proof as text."""

    index: int
    record_id: UUID
    entry: str
    proof: str


class ExtractView(Out):
    """The records of one object and the entries about keys, all proved under `checkpoint`, which names `size` entries.

    `witnesses` cosigned that checkpoint; `policy` is the log's c2sp.org/tlog-policy.
    """

    origin: str
    size: int
    checkpoint: str
    policy: str
    witnesses: list[str]
    records: list[ProvenView]
    keys: list[ProvenView]


class VouchedExtractView(ExtractView):
    """The records of several objects. `statement` is a monitor's note on where each ends, `leads` the proof from the
    tree that it speaks of to the checkpoint; both are null if no monitor answered.
    """

    statement: str | None
    leads: str | None


class EntryProofView(Out):
    """Why an entry lies in the log of `size` entries: hashes in base64, leaf level first, and the signed checkpoint."""

    index: int
    size: int
    leaf_hash: str
    hashes: list[str]
    checkpoint: str | None


class TransferCaptureView(Out):
    """One capture as a transfer to another agency names it: nothing personal, and the digests of its pictures."""

    id: EvidenceId
    agency_id: str
    state: str
    device_id: str
    device_code: str
    captured_at: datetime
    violation_code: str | None
    capability_sha256: str | None
    media: list[MediaView]


class Evidence:
    """Asks the evidence service, as the service that holds `peers`."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def capture(self, evidence_id: EvidenceId) -> CaptureView:
        """The capture with its plate unmasked, for a case. Every reading is on record. Refusal NOT_FOUND."""
        return CaptureView.model_validate(
            await self._peers.get("evidence", f"/v1/captures/{evidence_id}/case-view")
        )

    async def capture_to_transfer(self, evidence_id: EvidenceId, agency_id: AgencyId) -> TransferCaptureView:
        """A capture of `agency_id`, which transfers it. Refusal NOT_FOUND for another agency's, GONE if erased."""
        path = f"/v1/captures/{evidence_id}/transfer-view"
        answer = await self._peers.get("evidence", path, {"agency_id": agency_id})
        return TransferCaptureView.model_validate(answer)

    async def picture_to_transfer(self, evidence_id: EvidenceId, n: int, agency_id: AgencyId) -> bytes:
        """The original bytes of picture `n`. Every fetch is on record. Refusals as `capture_to_transfer`."""
        path = f"/v1/captures/{evidence_id}/transfer-images/{n}"
        return (await self._peers.read("evidence", path, {"agency_id": agency_id})).content

    async def picture_for_party(self, evidence_id: EvidenceId, n: int) -> bytes:
        """Picture `n` as the party may see it: a JPEG, covered but for what is open. Refusal NOT_FOUND, GONE."""
        path = f"/v1/captures/{evidence_id}/party-images/{n}"
        return (await self._peers.read("evidence", path)).content

    async def standing(self) -> Standing:
        """How far witnesses have cosigned the ledger by now. Refusal PEER_UNAVAILABLE if evidence does not answer."""
        return Standing.model_validate(await self._peers.get("evidence", "/v1/ledger/standing"))

    async def extract(self, stream: str) -> ExtractView:
        """Every record of `stream`, `noun/id`, proved under one checkpoint, with the entries about keys."""
        return ExtractView.model_validate(
            await self._peers.get("evidence", f"/v1/ledger/streams/{stream}/extract")
        )

    async def vouched(self, streams: Sequence[str]) -> VouchedExtractView:
        """Every record of these streams under one checkpoint, with a monitor's word on where each ends."""
        answer = await self._peers.get("evidence", "/v1/ledger-extracts", {"streams": ",".join(streams)})
        return VouchedExtractView.model_validate(answer)

    async def entry(self, index: int) -> bytes:
        """The exact bytes of an entry of the ledger. Refusal NOT_FOUND."""
        answer = await self._peers.get("evidence", f"/v1/ledger/entries/{index}")
        return base64.b64decode(answer["entry"])

    async def proof(self, index: int) -> EntryProofView:
        """Why the newest checkpoint names the entry `index`. Refusal NOT_FOUND."""
        answer = await self._peers.get("evidence", f"/v1/ledger/proofs/{index}")
        return EntryProofView.model_validate(answer)
