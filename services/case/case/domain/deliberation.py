"""What a case holds of the way from the reviewed defence to the decision: hearing, legal review, discussion, recusals.

    DEFENCE_REVIEW ─[hearing]─▶ HEARING ─[legal review]─▶ LEGAL_REVIEW ─[discussion]─▶ COLLECTIVE_DISCUSSION ─▶ DECIDED

Each is entered where its trigger holds (`triggers`), and nobody passes it by there (`guards.deliberation`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from case.domain.contents import Proposal
from common.values.ids import DocumentId, OfficerId


class HearingGround(StrEnum):
    """Why a hearing is held: the party asked in time, or the agency wants it (APL 63(1))."""

    REQUESTED = "REQUESTED"
    OWN_MOTION = "OWN_MOTION"


class Secrecy(StrEnum):
    """What closes a hearing to the public (APL 64(3))."""

    STATE_SECRET = "STATE_SECRET"
    TRADE_SECRET = "TRADE_SECRET"
    PRIVACY = "PRIVACY"


class Presence(StrEnum):
    """Whether the party was heard. Who stays away or leaves without good reason has waived the hearing (APL 64(6))."""

    ATTENDED = "ATTENDED"
    ABSENT = "ABSENT"
    LEFT = "LEFT"


class Signing(StrEnum):
    """What stands under the record of a hearing: the party's signature, or the chair's note (APL 64(8))."""

    SIGNED = "SIGNED"
    REFUSED = "REFUSED"
    WAIVED = "WAIVED"


class Opinion(StrEnum):
    """What the chair proposes in the report of the hearing."""

    AS_PROPOSED = "AS_PROPOSED"
    LIGHTER = "LIGHTER"
    NO_PENALTY = "NO_PENALTY"
    INVESTIGATE_FURTHER = "INVESTIGATE_FURTHER"


@dataclass(frozen=True)
class Hearing:
    """A hearing about the prior notice `notice_id`, from the request to the report.

    `opens_at` is None until the hearing is ordered, `held_at` until its record is made, `reported_at` until the chair
    has reported. `examined` counts the captures that were shown; of a waived hearing there are none.
    `withdrawn_at`: the party took its request back.
    """

    number: int
    notice_id: DocumentId
    ground: HearingGround
    asked_at: datetime
    ordered_at: datetime | None = None
    opens_at: datetime | None = None
    place: str | None = None
    closed_for: Secrecy | None = None
    chair: OfficerId | None = None
    document_id: DocumentId | None = None
    served_at: datetime | None = None
    presence: Presence | None = None
    held_at: datetime | None = None
    record_id: DocumentId | None = None
    examined: tuple[str, ...] = ()
    opinion: Opinion | None = None
    report_id: DocumentId | None = None
    reported_at: datetime | None = None
    withdrawn_at: datetime | None = None


class Verdict(StrEnum):
    """The conclusion of a legal review: the decision may be made, goes back to be mended, or must not be made."""

    PASS = "PASS"
    RETURN = "RETURN"
    FAIL = "FAIL"


class Point(StrEnum):
    """What a legal review looks at (D-19)."""

    COMPETENCE = "COMPETENCE"
    FACTS = "FACTS"
    EVIDENCE = "EVIDENCE"
    LAW = "LAW"
    DISCRETION = "DISCRETION"
    PROCEDURE = "PROCEDURE"
    DOCUMENTS = "DOCUMENTS"


SUBSTANCE: Final = frozenset({Point.COMPETENCE, Point.FACTS, Point.EVIDENCE, Point.LAW})
"""A fault here is mended by the investigators alone; any other by whoever prepares the decision."""


class Qualification(StrEnum):
    """Why this person may review: the national qualification, or reviews before it was asked for (APL 58(2))."""

    LEGAL_PROFESSION = "LEGAL_PROFESSION"
    REVIEWED_BEFORE_2018 = "REVIEWED_BEFORE_2018"


@dataclass(frozen=True)
class LegalReview:
    """A legal review. `statements` counts the statements of the party that it knew.

    `has_late_note`: it says why the decision may still be made after the ninety days. `distinct` are the penalties,
    by the names that the guard uses, which it found to be about another act (APL 29). `names_new_ground`: it says which
    main fact or reason is another than that of the decision that fell (ALL 71).
    """

    number: int
    verdict: Verdict
    by: OfficerId
    reviewed_at: datetime
    document_id: DocumentId
    statements: int
    wants_discussion: bool
    has_late_note: bool
    distinct: tuple[str, ...] = ()
    names_new_ground: bool = False


@dataclass(frozen=True)
class HeadsOpinion:
    """What one head of the agency said in the discussion."""

    officer_id: OfficerId
    agrees: bool
    given_at: datetime


@dataclass(frozen=True)
class Discussion:
    """A discussion of `proposal` by the heads. `concluded_at` is None until its conclusion is on record.

    `agreed` is the penalty that they agreed to, None where they agreed to none.
    """

    number: int
    proposal: Proposal
    convened_by: OfficerId
    convened_at: datetime
    statements: int
    opinions: tuple[HeadsOpinion, ...] = ()
    agreed: Proposal | None = None
    concluded_at: datetime | None = None
    document_id: DocumentId | None = None


class RecusalGround(StrEnum):
    """Why an officer is to withdraw (APL 43(1))."""

    INTEREST = "INTEREST"
    RELATION = "RELATION"
    OTHER = "OTHER"


@dataclass(frozen=True)
class Recusal:
    """An application that an officer withdraw. `granted` is None until it is decided.

    `is_head`: the officer heads the agency, so the heads decide together; `voted_by` and `vote` are the first of them.
    `acts_stand`: what the officer did stays as it is. `letter_sha256` is the letter of the superior organ, where that
    decided about a head.
    """

    number: int
    officer_id: OfficerId
    ground: RecusalGround
    applied_at: datetime
    is_head: bool
    voted_by: OfficerId | None = None
    vote: bool | None = None
    granted: bool | None = None
    acts_stand: bool | None = None
    replaced_by: OfficerId | None = None
    decided_at: datetime | None = None
    document_id: DocumentId | None = None
    letter_sha256: str | None = None
