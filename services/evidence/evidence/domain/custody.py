"""The custody of evidence: it is copied, shown, handed over and frozen (NJ 17; EvR 60(1)).

    ACCEPTED ──backed_up──▶ ACCEPTED ──freeze (the case is decided)──▶ FROZEN

Every look at evidence and every bundle of it leaves a record in its stream, with the purpose.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from common.values.errors import Kind, Refusal
from common.values.facts import Fact
from common.values.ids import AgencyId, CaseId, DeviceId, EvidenceId, OfficerId
from common.values.law import EVR_60, NJ_14, NJ_17, OLR_16, PIPL_51
from common.values.readingrules import ReadingRules
from evidence.domain.capture import CaptureOfDevice, State


class Purpose(StrEnum):
    """Why personal data or evidence is read (NJ 17; PIPL 6). TRANSFER is the exchange's own: nobody states it."""

    CASE_HANDLING = "CASE_HANDLING"
    REVIEW = "REVIEW"
    APPEAL = "APPEAL"
    SUPERVISION = "SUPERVISION"
    TRANSFER = "TRANSFER"


@dataclass(frozen=True)
class InCustody:
    """A capture as custody sees it: the hex digests of its originals, and whether a second copy stands."""

    id: EvidenceId
    device_id: DeviceId
    state: State
    originals: tuple[str, ...]
    backed_up_at: datetime | None = None


@dataclass(frozen=True)
class EvidenceBackedUp(CaptureOfDevice):
    """Every original was copied to the second store and read back, and the bytes were the same."""

    type: ClassVar[str] = "evidence.backed_up"

    digests: tuple[str, ...]


@dataclass(frozen=True)
class EvidenceFrozen(Fact):
    """A decision rests on this evidence: from now on nothing about it changes."""

    type: ClassVar[str] = "evidence.frozen"

    case_id: CaseId
    digests: tuple[str, ...]

    @property
    def subject(self) -> str | None:
        return self.case_id.stream


@dataclass(frozen=True)
class EvidenceDisclosed(CaptureOfDevice):
    """A person saw the evidence or its personal data. `picture` is its number, None for the fields alone."""

    type: ClassVar[str] = "evidence.disclosed"

    purpose: Purpose
    picture: int | None
    sha256: str | None
    fields: tuple[str, ...]


@dataclass(frozen=True)
class UnmaskingOutlier(CaptureOfDevice):
    """An officer unmasked so many captures on the day `on` that the supervisor hears of it (NJ 17)."""

    type: ClassVar[str] = "evidence.unmasking.outlier"

    agency_id: AgencyId
    by: OfficerId
    count: int
    on: date


@dataclass(frozen=True)
class EvidenceExported(CaptureOfDevice):
    """A bundle left the system. `manifest_sha256` and `bundle_sha256` are hex, `size` is bytes."""

    type: ClassVar[str] = "evidence.exported"

    purpose: Purpose
    case_id: CaseId | None
    bundle_sha256: str
    manifest_sha256: str
    size: int
    log_size: int


def purpose_of(stated: str | None) -> Purpose:
    """The purpose that a reader states; personal data is read for one of these and for no other (PIPL 6)."""
    stateable = [purpose for purpose in Purpose if purpose is not Purpose.TRANSFER]
    for purpose in stateable:
        if purpose == stated:
            return purpose
    raise Refusal(
        Kind.FORBIDDEN, "PURPOSE_NOT_ALLOWED", {"purposes": stateable}, wording="evidence", article=NJ_17
    )


def back_up(capture: InCustody, *, reread: tuple[str, ...]) -> EvidenceBackedUp:
    """Record that the agency holds a second copy (NJ 17).

    `reread` are the hashes of the bytes that were read back from the second store, not of the bytes that were sent:
    only a copy that was read is known to exist.
    """
    if capture.state not in (State.ACCEPTED, State.FROZEN):
        raise Refusal(
            Kind.CONFLICT,
            "EVD_NOT_ACCEPTED",
            {"capture": capture.id, "state": capture.state},
            wording="copy",
            article=NJ_17,
        )
    if sorted(reread) != sorted(capture.originals):
        raise Refusal(Kind.CONFLICT, "E-INT-01", {"capture": capture.id}, article=OLR_16)
    return EvidenceBackedUp(capture.id, capture.device_id, tuple(sorted(reread)))


def freeze(capture: InCustody, case_id: CaseId) -> EvidenceFrozen:
    """Close the evidence of a decided case: later evidence cannot support the decision (EvR 60(1))."""
    if capture.state is not State.ACCEPTED:
        raise Refusal(
            Kind.CONFLICT, "EVD_NOT_ACCEPTED", {"capture": capture.id, "state": capture.state}, article=EVR_60
        )
    return EvidenceFrozen(capture.id, case_id, tuple(sorted(capture.originals)))


def disclose(
    capture: InCustody,
    *,
    purpose: Purpose,
    picture: int | None = None,
    sha256: str | None = None,
    fields: tuple[str, ...] = (),
) -> EvidenceDisclosed:
    """Record that a person saw a picture or unmasked fields (NJ 17)."""
    return EvidenceDisclosed(capture.id, capture.device_id, purpose, picture, sha256, fields)


def require_budget(
    capture: InCustody, nth: int | None, *, agency_id: AgencyId, by: OfficerId, rules: ReadingRules, on: date
) -> tuple[UnmaskingOutlier, ...]:
    """The fact that the supervisor hears of, at the count that the city names. `nth` is None once the day's is spent.

    Refusal UNMASKING_BUDGET_SPENT. What an officer has taken for review is its work and costs nothing of this.
    """
    if nth is None:
        facts = {"budget": rules.unmaskings_per_day}
        raise Refusal(Kind.FORBIDDEN, "UNMASKING_BUDGET_SPENT", facts, wording="evidence", article=PIPL_51)
    if nth != rules.outlier_at:
        return ()
    return (UnmaskingOutlier(capture.id, capture.device_id, agency_id, by, nth, on),)


def require_evidence(capture: InCustody, *, is_erased: bool) -> None:
    """The bundle of a case holds accepted evidence: what nobody reviewed, or what failed, is none (NJ 14(1)).

    Of an erased capture a bundle shows no more than the records, whatever became of it.
    """
    if capture.state not in (State.ACCEPTED, State.FROZEN) and not is_erased:
        raise Refusal(
            Kind.CONFLICT,
            "EVD_NOT_ACCEPTED",
            {"capture": capture.id, "state": capture.state},
            wording="bundle",
            article=NJ_14,
        )


def export(
    capture: InCustody,
    *,
    purpose: Purpose,
    case_id: CaseId | None,
    bundle_sha256: str,
    manifest_sha256: str,
    size: int,
    log_size: int,
) -> EvidenceExported:
    """Record that a bundle with this evidence was handed out, so that the bundle can be compared with the log."""
    return EvidenceExported(
        capture.id, capture.device_id, purpose, case_id, bundle_sha256, manifest_sha256, size, log_size
    )
