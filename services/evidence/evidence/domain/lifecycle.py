"""The whole of a capture, and the state in which each fact leaves it.

The other files of this folder hold the rules: each looks at a part of the capture and returns a fact. Only `after`
knows which state follows from a fact; the store writes down what `after` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from common.values.ids import AgencyId, CaseId, DeviceId, EvidenceId, OfficerId
from evidence.domain.capture import (
    EvidenceDuplicated,
    EvidenceIngested,
    Flag,
    Passage,
    Picture,
    State,
    Subject,
    Submission,
    TimeSource,
    Transport,
)
from evidence.domain.checks import Checked, Code, EvidenceChecked, Result
from evidence.domain.custody import (
    EvidenceBackedUp,
    EvidenceDisclosed,
    EvidenceExported,
    EvidenceFrozen,
    InCustody,
)
from evidence.domain.erasure import Erasure, ErasureProposed, EvidenceErased
from evidence.domain.invalidation import EvidenceInvalidated, Invalidation
from evidence.domain.measurement import Measured, Measurement
from evidence.domain.review import (
    AcceptanceProposed,
    Attribute,
    EvidenceAccepted,
    EvidenceRejected,
    LateReviewAllowed,
    ReviewStarted,
    UnderReview,
)
from evidence.domain.signed import Level, Signed
from evidence.domain.transport import EvidenceQuarantined

CaptureFact = (
    EvidenceDuplicated
    | EvidenceChecked
    | EvidenceQuarantined
    | ReviewStarted
    | AcceptanceProposed
    | EvidenceAccepted
    | EvidenceRejected
    | LateReviewAllowed
    | EvidenceBackedUp
    | EvidenceFrozen
    | EvidenceDisclosed
    | EvidenceExported
    | ErasureProposed
    | EvidenceErased
    | EvidenceInvalidated
)
"""Everything that can happen to a capture after it was ingested."""


class Act(StrEnum):
    """One act of the review."""

    TAKEN = "TAKEN"
    PROPOSED = "PROPOSED"
    CONFIRMED = "CONFIRMED"
    REJECTED = "REJECTED"
    LATE_ALLOWED = "LATE_ALLOWED"


@dataclass(frozen=True)
class Review:
    """One act of one officer, with the attributes or the codes that the officer named."""

    officer_id: OfficerId
    act: Act
    reviewed_at: datetime
    attributes: tuple[Attribute, ...] = ()
    codes: tuple[Code, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Capture:
    """A capture with everything on record about it. `pictures` are numbered from 1, `reviews` are in order.

    `subject` is None once the capture was erased. `reasons` are the officers' words by the field of their commitment:
    why it came in late, why an attribute failed. `erasure` is the newest proposal; `is_erased` says that one was
    approved, or that the secret of the capture is destroyed, whatever the rows say.
    """

    id: EvidenceId
    agency_id: AgencyId
    device_id: DeviceId
    device_code: str
    account: str
    object_id: str
    state: State
    captured_at: datetime
    captured_from: TimeSource
    received_at: datetime
    transport: Transport
    signed: Signed | None
    missing_from: int | None
    violation_code: str | None
    subject: Subject | None = field(repr=False)
    passage: Passage
    measured: Measured | None
    flags: tuple[Flag, ...]
    body_sha256: str
    content_key: str
    version_of: EvidenceId | None
    pictures: tuple[Picture, ...]
    near_duplicate_of: EvidenceId | None = None
    duplicate_count: int = 1
    lawful: bool | None = None
    check_codes: tuple[Code, ...] = ()
    device_failures: tuple[str, ...] = ()
    violation_codes: tuple[str, ...] = ()
    capability_sha256: str | None = None
    ruleset: str | None = None
    measurements: tuple[Measurement, ...] = ()
    checked_at: datetime | None = None
    quarantined_at: datetime | None = None
    taken_by: OfficerId | None = None
    proposed_by: OfficerId | None = None
    confirmed_by: OfficerId | None = None
    late_allowed: bool = False
    reasons: Mapping[str, str] = field(default_factory=dict, repr=False)
    accepted_at: datetime | None = None
    rejected_at: datetime | None = None
    rejection_codes: tuple[Code, ...] = ()
    backed_up_at: datetime | None = None
    copies: tuple[str, ...] = ()
    case_id: CaseId | None = None
    frozen_at: datetime | None = None
    reviews: tuple[Review, ...] = ()
    erasure: Erasure | None = None
    is_erased: bool = False
    invalidations: tuple[Invalidation, ...] = ()

    @property
    def signing_level(self) -> Level:
        """How near to its source the capture was signed; T0 where it was not, or where it is not what was signed."""
        if self.signed is None or self.transport is not Transport.SIGNED:
            return Level.T0
        return self.signed.level

    @property
    def ended_at(self) -> datetime | None:
        """When the capture failed, was put apart, rejected or accepted; None while it waits for one of these."""
        match self.state:
            case State.QUARANTINED:
                return self.quarantined_at
            case State.TECH_FAILED:
                return self.checked_at
            case State.REJECTED:
                return self.rejected_at
            case State.ACCEPTED | State.FROZEN:
                return self.accepted_at
            case State.INGESTED | State.TECH_PASSED | State.IN_REVIEW:
                return None

    @property
    def checked(self) -> Checked:
        """The part of the capture that its technical checks look at."""
        return Checked(
            id=self.id,
            device_id=self.device_id,
            state=self.state,
            captured_at=self.captured_at,
            violation_code=self.violation_code,
            flags=frozenset(self.flags),
            pictures=self.pictures,
            measured=self.measured,
        )

    @property
    def under_review(self) -> UnderReview:
        """The part of the capture that its review looks at."""
        leave = (review.officer_id for review in self.reviews if review.act is Act.LATE_ALLOWED)
        return UnderReview(
            id=self.id,
            device_id=self.device_id,
            state=self.state,
            pictures=frozenset(range(1, len(self.pictures) + 1)),
            violation_code=self.violation_code,
            violation_codes=self.violation_codes,
            taken_by=self.taken_by,
            proposed_by=self.proposed_by,
            late_allowed_by=next(leave, None),
            late_ingest=Flag.LATE_INGEST in self.flags,
            measurements=self.measurements,
            invalidated=tuple(code for found in self.invalidations for code in found.codes),
        )

    @property
    def in_custody(self) -> InCustody:
        """The part of the capture that custody looks at."""
        digests = {self.body_sha256, *(picture.sha256 for picture in self.pictures)}
        if self.capability_sha256 is not None:
            digests.add(self.capability_sha256)
        return InCustody(self.id, self.device_id, self.state, tuple(sorted(digests)), self.backed_up_at)


def begin(fact: EvidenceIngested, submission: Submission) -> Capture:
    """The capture that `fact` brings into being; `submission` holds the device's words that no record holds."""
    return Capture(
        id=EvidenceId(fact.owner),
        agency_id=fact.agency_id,
        device_id=fact.device_id,
        device_code=submission.device_code,
        account=fact.account,
        object_id=submission.object_id,
        state=State.INGESTED,
        captured_at=fact.captured_at,
        captured_from=fact.captured_from,
        received_at=fact.received_at,
        transport=fact.transport,
        signed=fact.signed,
        missing_from=fact.missing_from,
        violation_code=fact.violation_code,
        subject=submission.subject,
        passage=fact.passage,
        measured=fact.measured,
        flags=fact.flags,
        body_sha256=fact.body_sha256,
        content_key=fact.content_key,
        version_of=fact.version_of,
        pictures=submission.pictures,
    )


def after(capture: Capture, fact: CaptureFact, *, at: datetime) -> Capture:
    """The capture as `fact`, which happened `at` that time, leaves it."""
    match fact:
        case EvidenceDuplicated():
            # Nothing about a frozen capture changes (Inv. 6), nor about an erased one; the record counts on.
            stands_still = capture.state is State.FROZEN or capture.is_erased
            return capture if stands_still else replace(capture, duplicate_count=fact.duplicate_count)
        case EvidenceChecked():
            return replace(
                capture,
                state=State.TECH_PASSED if fact.result is Result.PASSED else State.TECH_FAILED,
                check_codes=fact.codes,
                device_failures=fact.device_failures,
                flags=fact.flags,
                lawful=fact.lawful,
                capability_sha256=fact.capability_sha256,
                violation_code=fact.violation_code,
                violation_codes=fact.violation_codes,
                ruleset=fact.ruleset,
                measurements=fact.measurements,
                near_duplicate_of=fact.near_duplicate_of,
                checked_at=at,
            )
        case EvidenceQuarantined():
            return replace(capture, state=State.QUARANTINED, check_codes=fact.codes, quarantined_at=at)
        case ReviewStarted():
            taken = replace(capture, state=State.IN_REVIEW, taken_by=fact.reviewer)
            return _reviewed(taken, Review(fact.reviewer, Act.TAKEN, at))
        case AcceptanceProposed():
            proposed = replace(capture, proposed_by=fact.reviewer, violation_code=fact.violation_code)
            return _reviewed(proposed, Review(fact.reviewer, Act.PROPOSED, at, fact.attributes))
        case EvidenceAccepted():
            accepted = replace(capture, state=State.ACCEPTED, confirmed_by=fact.confirmed_by, accepted_at=at)
            return _reviewed(accepted, Review(fact.confirmed_by, Act.CONFIRMED, at, fact.attributes))
        case EvidenceRejected():
            rejected = replace(capture, state=State.REJECTED, rejection_codes=fact.codes, rejected_at=at)
            return _reviewed(
                rejected, Review(fact.reviewer, Act.REJECTED, at, fact.attributes, codes=fact.codes)
            )
        case LateReviewAllowed():
            allowed = replace(capture, late_allowed=True)
            return _reviewed(allowed, Review(fact.allowed_by, Act.LATE_ALLOWED, at))
        case EvidenceBackedUp():
            return replace(capture, backed_up_at=at, copies=fact.digests)
        case EvidenceFrozen():
            return replace(capture, state=State.FROZEN, case_id=fact.case_id, frozen_at=at)
        case EvidenceDisclosed() | EvidenceExported():
            return capture
        case ErasureProposed():
            return replace(capture, erasure=Erasure(fact.reason, fact.proposed_by, at))
        case EvidenceErased():
            proposal = capture.erasure or Erasure(fact.reason, fact.proposed_by, at)
            approved = replace(proposal, approved_by=fact.approved_by, approved_at=at)
            return replace(capture, subject=None, erasure=approved, is_erased=True)
        case EvidenceInvalidated():
            found = Invalidation(fact.source, fact.guard, fact.codes, fact.invalid_from, fact.invalid_until)
            return replace(capture, invalidations=(*capture.invalidations, found))
        case _:
            assert_never(fact)


def _reviewed(capture: Capture, review: Review) -> Capture:
    return replace(capture, reviews=(*capture.reviews, review))
