"""The wire models of services of process."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from common.values.ids import AgencyId, CaseId, ConsentId, DocumentId, OfficerId, PartyId, ServiceId
from common.web.wire import Code, Digest, In, Instant, LongText, Name, Out, Text


class StepView(Out):
    """One manner of a service that was tried. `failure` says why it did not reach the party; null while it runs.

    `arrival` is the sign by which an electronic document is known to have arrived; `deemed_on` is the last day of a
    public notice. `words` are what the officers wrote of it.
    """

    n: int
    manner: str
    ground: str | None
    channel: str | None
    consent_id: ConsentId | None
    begun_at: datetime
    sent_at: datetime | None
    arrived_at: datetime | None
    arrival: str | None
    deemed_on: date | None
    ended_at: datetime | None
    failure: str | None
    words: dict[str, str]


class ProofView(Out):
    """A proof that was uploaded, under its digest."""

    n: int
    kind: str
    sha256: Digest
    added_at: datetime


class RebuttalView(Out):
    """The party says that the document arrived at `claimed_at`. `accepted` is null until it is decided."""

    n: int
    claimed_at: datetime
    made_at: datetime
    accepted: bool | None


class EffectView(Out):
    """The effect of a service: the legal day, the instant that it follows from, and the article that says so."""

    manner: str
    step: int
    served_at: datetime
    served_on: date
    basis: str
    arrived_at: datetime | None


class ServiceView(Out):
    """One service of process (送达). `tasks` are what an officer has to do now: CHOOSE_MANNER, DECIDE_DOUBT,
    GIVE_PAPER, JUDGE_REBUTTAL, SNAPSHOT_…; `overdue` says that `serve_by` has passed.

    `first_effect` is the day as it stood before the party proved another, or another manner reached a party whose first
    service was in doubt; the same as `effect` otherwise. `denied_at`: the channel said then that what was served never
    arrived; until `doubt_settled_at` nothing is counted from the service against the party.
    """

    service_id: ServiceId
    agency_id: AgencyId
    case_id: CaseId
    party_id: PartyId
    document_id: DocumentId
    document_kind: str
    document_sha256: Digest
    state: str
    first: str
    ordered_at: datetime
    alarm_on: date
    serve_by: date | None
    overdue: bool
    tasks: list[str]
    effect: EffectView | None
    first_effect: EffectView | None
    abandoned_at: datetime | None
    abandoned_for: str | None
    denied_at: datetime | None
    doubt_settled_at: datetime | None
    paper_asked_at: datetime | None
    paper_given_at: datetime | None
    steps: list[StepView]
    proofs: list[ProofView]
    rebuttals: list[RebuttalView]


class OutcomeOrder(In):
    """How a manner ended. `result` is SERVED, or why it reached nobody.

    SERVED: `signed_as` says who signed the return, `witness` whose representative saw a leaving; `proofs` are digests
    of proofs that were uploaded before. Every failure has a `note`: the reason that the file keeps.
    """

    result: Literal[
        "SERVED",
        "REFUSED",
        "ABSENT",
        "ADDRESS_WRONG",
        "NOBODY_TO_SIGN",
        "RETURNED",
        "NOT_FORWARDED",
        "WITHDRAWN",
    ]
    at: Instant
    signed_as: (
        Literal[
            "SELF",
            "ADULT_CO_RESIDENT",
            "LEGAL_REPRESENTATIVE",
            "MAIL_ROOM",
            "AGENT",
            "DESIGNATED_RECIPIENT",
        ]
        | None
    ) = None
    signer: Name | None = None
    witness: Literal["GRASSROOTS_ORGANISATION", "EMPLOYER"] | None = None
    witness_name: Name | None = None
    proofs: list[Digest] = []
    second_officer: OfficerId | None = None
    note: LongText | None = None


class AttemptOrder(In):
    """One manner begins. `at` is when it was done, sent or published; the electronic manner begins now.

    `ground` opens a manner that the law opens only then, and `reasons` say why it is there. `outcome` ends the manner
    in the same act: a visit, or a party who comes to the window.
    """

    manner: Literal["DIRECT", "LEAVING", "ELECTRONIC", "ENTRUSTED", "POSTAL", "FORWARDED", "PUBLIC_NOTICE"]
    at: Instant | None = None
    channel: Code | None = Field(default=None, examples=[None])
    ground: (
        Literal[
            "REFUSED",
            "DIRECT_DIFFICULT",
            "MILITARY",
            "IMPRISONED",
            "COMPULSORY_EDUCATION",
            "WHEREABOUTS_UNKNOWN",
            "OTHERS_FAILED",
        ]
        | None
    ) = None
    reasons: LongText | None = None
    place: Text | None = None
    tracking_number: Code | None = None
    outcome: OutcomeOrder | None = None


class AbandonmentOrder(In):
    """Why the service is given up. The case then orders it anew, or does without."""

    reasons: LongText


class RebuttalOrder(In):
    """The document arrived at `arrived_at`: why, and the digests of the proofs uploaded before."""

    arrived_at: Instant
    statement: LongText
    proofs: list[Digest] = []


class DoubtDecisionOrder(In):
    """Why the document was served although its channel denied the arrival. Whoever is not sure serves it anew."""

    reasons: LongText


class RebuttalDecisionOrder(In):
    """Whether the claimed time is proved, and why."""

    accepted: bool
    reasons: LongText
