"""The orders about a hearing and a discussion of the heads, and what a case shows of both."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from case.contract.filing import Line
from case.contract.paying import Fen
from common.values.ids import DocumentId, EvidenceId, OfficerId
from common.web.wire import Digest, In, Instant, Out, Text


class HearingRequestOrder(In):
    """The party asks for a hearing. It costs nothing (APL 63(2)) and needs no reason."""


class HearingOrder(In):
    """When and where the hearing takes place, and who chairs it. `closed_for` says what closes it to the public, null
    for a public one.
    """

    opens_at: Instant
    place: Line
    chair_officer_id: OfficerId
    chair_name: Line
    closed_for: Literal["STATE_SECRET", "TRADE_SECRET", "PRIVACY"] | None = None


class HearingRecordOrder(In):
    """The record of the hearing, by its chair (APL 64(4) to (8)).

    `case_made` is what the investigators brought forward, `party_said` what the party and its agents answered; the
    second is empty only where the party stayed away or left. `examined` are the captures that were shown and answered.
    `proof_sha256` names the signed sheet or the recording, uploaded to the case before; `signing_note` is the chair's
    word where the party did not sign.
    """

    presence: Literal["ATTENDED", "ABSENT", "LEFT"]
    began_at: Instant
    attendees: list[Line] = Field(min_length=1, max_length=20)
    agents: list[Line] = Field(default_factory=list, max_length=2)
    case_made: list[Line] = Field(min_length=1, max_length=100)
    party_said: list[Line] = Field(default_factory=list, max_length=100)
    examined: list[EvidenceId] = Field(default_factory=list, max_length=200)
    signing: Literal["SIGNED", "REFUSED", "WAIVED"]
    signing_note: Line | None = None
    proof_sha256: Digest
    no_conflict: bool
    signed_as: Line


class HearingReportOrder(In):
    """The chair's report: what the hearing showed, the opinion, and its reasons."""

    opinion: Literal["AS_PROPOSED", "LIGHTER", "NO_PENALTY", "INVESTIGATE_FURTHER"]
    findings: list[Line] = Field(min_length=1, max_length=50)
    reasons: list[Line] = Field(min_length=1, max_length=50)
    signed_as: Line


class HearingView(Out):
    """A hearing from its request to its report. `served_at`: when the notice of time and place reached the party.

    `opinion` is null for whoever may not read what the agency deliberates.
    """

    ground: str
    asked_at: datetime
    ordered_at: datetime | None
    opens_at: datetime | None
    place: str | None
    closed_for: str | None
    chair: OfficerId | None
    document_id: DocumentId | None
    served_at: datetime | None
    presence: str | None
    held_at: datetime | None
    opinion: str | None
    reported_at: datetime | None


class DiscussionOrder(In):
    """The penalty that the heads are to discuss: as notified, or lighter."""

    kind: Literal["FINE", "WARNING"] = "FINE"
    fine_fen: Fen


class HeadsOpinionOrder(In):
    """What one head thinks, in their own words and under their own name."""

    agrees: bool
    words: Text
    signed_as: Line


class AgreedOrder(In):
    """The penalty that the heads agreed to."""

    kind: Literal["FINE", "WARNING"] = "FINE"
    fine_fen: Fen


class DiscussionConclusionOrder(In):
    """What the heads agreed to; `agreed` is null for no penalty. `proof_sha256` names the signed sheet."""

    agreed: AgreedOrder | None
    conclusion: Line
    place: Line
    observers: Annotated[list[Line], Field(default_factory=list, max_length=20)]
    recorder: Line
    proof_sha256: Digest
    signed_as: Line


class DiscussionView(Out):
    """A discussion of the heads, for those who work on the case. Their opinions stand in D-22, the agency's own."""

    fine_fen: int
    kind: str
    convened_by: OfficerId
    convened_at: datetime
    heads: int
    concluded_at: datetime | None
    agreed_fen: int | None
    document_id: DocumentId | None
