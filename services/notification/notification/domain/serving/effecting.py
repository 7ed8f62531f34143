"""A manner that reached the party, with the proof that the law demands, or that failed, with its reason (CPL 87–95).

    DIRECT      the return of service (送达回证), signed by the party or by someone who may sign (CPL 87, 88)
    LEAVING     left at the residence: a witness and the return, or photographs or a video (CPL 89)
    ENTRUSTED, POSTAL   the return receipt (CPL 91)
    FORWARDED   the return, signed by the party (CPL 94)

The day of an electronic service comes from its arrival, that of a public notice from its time: nobody states them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Final

from common.values.calendar import legal_day
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId, CaseId, ConsentId, DocumentId, OfficerId, PartyId
from common.values.law import APL_42, APL_61, CPL_87, CPL_88, CPL_89, CPL_91, CPL_94, Article
from common.values.manner import Manner
from notification.domain.service_of_process import DateOfService
from notification.domain.serving.service import (
    Changing,
    Effect,
    Failure,
    PartyKind,
    ProofKind,
    Service,
    Step,
    require_not_erased,
    require_waiting,
)


class Capacity(StrEnum):
    """Who may sign the return (CPL 88)."""

    SELF = "SELF"
    ADULT_CO_RESIDENT = "ADULT_CO_RESIDENT"
    LEGAL_REPRESENTATIVE = "LEGAL_REPRESENTATIVE"
    MAIL_ROOM = "MAIL_ROOM"
    AGENT = "AGENT"
    DESIGNATED_RECIPIENT = "DESIGNATED_RECIPIENT"


class Witness(StrEnum):
    """Whose representative may witness a leaving (CPL 89)."""

    GRASSROOTS_ORGANISATION = "GRASSROOTS_ORGANISATION"
    EMPLOYER = "EMPLOYER"


MAY_SIGN: Final = {
    PartyKind.PERSON: (
        Capacity.SELF,
        Capacity.ADULT_CO_RESIDENT,
        Capacity.AGENT,
        Capacity.DESIGNATED_RECIPIENT,
    ),
    PartyKind.ORGANISATION: (
        Capacity.LEGAL_REPRESENTATIVE,
        Capacity.MAIL_ROOM,
        Capacity.AGENT,
        Capacity.DESIGNATED_RECIPIENT,
    ),
}
FAILURES: Final = {
    Manner.DIRECT: (Failure.REFUSED, Failure.ABSENT, Failure.ADDRESS_WRONG, Failure.NOBODY_TO_SIGN),
    Manner.LEAVING: (Failure.ADDRESS_WRONG, Failure.ABSENT),
    Manner.ENTRUSTED: (Failure.REFUSED, Failure.ABSENT, Failure.ADDRESS_WRONG, Failure.RETURNED),
    Manner.POSTAL: (Failure.REFUSED, Failure.ABSENT, Failure.ADDRESS_WRONG, Failure.RETURNED),
    Manner.FORWARDED: (Failure.NOT_FORWARDED, Failure.ADDRESS_WRONG),
    Manner.ELECTRONIC: (Failure.WITHDRAWN,),
    Manner.PUBLIC_NOTICE: (Failure.WITHDRAWN,),
}
"""The reasons for which an officer may end a manner; an electronic one also fails by itself."""

_VISITED: Final = (Manner.DIRECT, Manner.LEAVING)
_RULES: Final[dict[Manner, tuple[Article, frozenset[ProofKind]]]] = {
    Manner.DIRECT: (CPL_88, frozenset({ProofKind.RETURN_SLIP})),
    Manner.LEAVING: (CPL_89, frozenset({ProofKind.PHOTO, ProofKind.VIDEO})),
    Manner.ENTRUSTED: (CPL_91, frozenset({ProofKind.RETURN_RECEIPT})),
    Manner.POSTAL: (CPL_91, frozenset({ProofKind.RETURN_RECEIPT})),
    Manner.FORWARDED: (CPL_94, frozenset({ProofKind.RETURN_SLIP})),
}


@dataclass(frozen=True)
class DocumentServed(Changing):
    """A document took legal effect on a party, in the step `step` of this service.

    `served_at` is the instant from which `served_on`, the legal day, follows by `basis`; `arrived_at` and `arrival`
    say when and by what sign an electronic document arrived at the system that the recipient named. The period of
    reconsideration runs from there (ARL 20), whatever day `basis` fixes. A second one of a service follows a doubt: the
    document reached the party by another manner, and its day takes the place of the first.
    """

    type: ClassVar[str] = "document.served"

    document_id: DocumentId
    document_kind: str
    document_sha256: str
    case_id: CaseId
    party_id: PartyId
    step: int
    manner: Manner
    served_at: datetime
    served_on: date
    basis: str
    sent_at: datetime | None = None
    arrived_at: datetime | None = None
    arrival: str | None = None
    channel: str | None = None
    consent_id: ConsentId | None = None
    signed_as: Capacity | None = None
    witness: Witness | None = None
    proofs: tuple[str, ...] = ()
    texts: Commitment | None = None
    by: OfficerId | None = None
    second: OfficerId | None = None

    @property
    def subject(self) -> str | None:
        return self.case_id.stream

    def applied(self, service: Service, *, at: datetime) -> Service:
        effect = Effect(self.step, self.manner, self.served_at, self.served_on, self.basis, self.arrived_at)
        denied = service.effect.step if service.effect else None
        steps = tuple(self._ended(step, at, denied) for step in service.steps)
        first = service.first_effect or effect
        settled = at if service.in_doubt else service.doubt_settled_at
        return replace(service, effect=effect, first_effect=first, steps=steps, doubt_settled_at=settled)

    def _ended(self, step: Step, at: datetime, denied: int | None) -> Step:
        if step.n == denied:
            return replace(step, failure=Failure.BOUNCED)
        if step.n == self.step:
            return replace(step, ended_at=step.ended_at or at, failure=None)
        return replace(step, ended_at=at, failure=Failure.OVERTAKEN) if step.is_running else step


@dataclass(frozen=True)
class StepFailed(Changing):
    """The manner did not reach the party, and why. Nobody is served by it; another manner is open.

    A manner that could not even begin, because its condition had gone, has this fact alone.
    """

    type: ClassVar[str] = "service.step_failed"

    case_id: CaseId
    n: int
    manner: Manner
    reason: Failure
    failed_at: datetime
    proofs: tuple[str, ...] = ()
    texts: Commitment | None = None
    by: OfficerId | None = None

    @property
    def subject(self) -> str | None:
        return self.case_id.stream

    def applied(self, service: Service, *, at: datetime) -> Service:
        step = service.step(self.n) or Step(self.n, self.manner, None, self.failed_at)
        ended = replace(step, ended_at=self.failed_at, failure=self.reason)
        others = tuple(other for other in service.steps if other.n != self.n)
        return replace(service, steps=tuple(sorted((*others, ended), key=lambda each: each.n)))


@dataclass(frozen=True)
class Hand:
    """An officer of an act, as identity knows it: whose, and until when certified; None where it knows of neither."""

    id: OfficerId
    agency_id: AgencyId | None
    certificate_until: date | None

    def is_qualified(self, at: datetime) -> bool:
        """Whether the certificate is valid on the day of the act, its last day included."""
        return self.certificate_until is not None and legal_day(at) <= self.certificate_until


@dataclass(frozen=True)
class Hands:
    """The officers of an act: the one who acts and reports it, and the second one, whom the first names."""

    first: Hand
    second: Hand | None


@dataclass(frozen=True)
class Handed:
    """What an officer says of a document that reached somebody. `proofs` are digests of uploaded proofs."""

    at: datetime
    signed_as: Capacity | None
    witness: Witness | None
    proofs: tuple[str, ...]


def reach(
    service: Service, n: int, handed: Handed, hands: Hands, *, texts: Commitment | None, at: datetime
) -> DocumentServed:
    """The manner of step `n` reached the party. Raises Refusal for a proof that the law demands and nobody uploaded."""
    step = require_running(service, n)
    if step.manner not in _RULES:
        raise Refusal(Kind.CONFLICT, "NOTI_SERVICE_EFFECT_BY_RULE", {"manner": step.manner}, article=APL_61)
    law, demanded = _RULES[step.manner]
    _require_within(step, handed.at, at)
    kinds = _kinds_of(service, handed.proofs)
    _require_hands(step.manner, hands, service.agency_id, at=handed.at)
    if step.manner is Manner.DIRECT and handed.signed_as not in MAY_SIGN[service.party_kind]:
        may = [capacity.value for capacity in MAY_SIGN[service.party_kind]]
        raise Refusal(Kind.INVALID, "NOTI_SERVICE_SIGNER", {"may": may}, article=CPL_88)
    witnessed = handed.witness is not None and ProofKind.RETURN_SLIP in kinds
    if not kinds & demanded and not (step.manner is Manner.LEAVING and witnessed):
        raise Refusal(
            Kind.CONFLICT,
            "NOTI_SERVICE_PROOF_MISSING",
            {"manner": step.manner, "proofs": sorted(demanded)},
            article=CPL_87 if step.manner is Manner.DIRECT else law,
        )
    return served(service, step, DateOfService(handed.at, law), handed=handed, hands=hands, texts=texts)


def served(
    service: Service,
    step: Step,
    effect: DateOfService,
    *,
    handed: Handed | None = None,
    hands: Hands | None = None,
    texts: Commitment | None = None,
) -> DocumentServed:
    """The one fact by which a document is served. Raises Refusal unless the service still waits for it."""
    require_waiting(service, act="serving the document")
    return DocumentServed(
        owner=service.id,
        document_id=service.document_id,
        document_kind=service.document_kind,
        document_sha256=service.document_sha256,
        case_id=service.case_id,
        party_id=service.party_id,
        step=step.n,
        manner=step.manner,
        served_at=effect.at,
        served_on=effect.day,
        basis=effect.basis.cite,
        sent_at=step.sent_at,
        arrived_at=step.arrived_at,
        arrival=step.arrival,
        channel=step.channel,
        consent_id=step.consent_id,
        signed_as=handed.signed_as if handed else None,
        witness=handed.witness if handed else None,
        proofs=handed.proofs if handed else (),
        texts=texts,
        by=hands.first.id if hands else None,
        second=hands.second.id if hands and hands.second else None,
    )


def fail_step(
    service: Service,
    n: int,
    reason: Failure,
    *,
    failed_at: datetime,
    proofs: tuple[str, ...],
    texts: Commitment | None,
    by: OfficerId,
    at: datetime,
) -> StepFailed:
    """The manner of step `n` did not reach the party, as an officer reports it, with the reason."""
    step = require_running(service, n)
    if reason not in FAILURES[step.manner]:
        may = [failure.value for failure in FAILURES[step.manner]]
        raise Refusal(
            Kind.INVALID, "NOTI_SERVICE_FAILURE", {"manner": step.manner, "may": may}, article=APL_61
        )
    if texts is None:
        raise Refusal(Kind.INVALID, "NOTI_SERVICE_REASONS_MISSING", {"manner": step.manner}, article=APL_61)
    _require_within(step, failed_at, at)
    _kinds_of(service, proofs)
    return StepFailed(service.id, service.case_id, n, step.manner, reason, failed_at, proofs, texts, by)


def require_running(service: Service, n: int) -> Step:
    """The step `n`, which is not over. Raises Refusal NOTI_SERVICE_STEP_OVER."""
    require_not_erased(service)
    require_waiting(service, act="ending a manner")
    step = service.step(n)
    if step is None or not step.is_running:
        raise Refusal(
            Kind.CONFLICT, "NOTI_SERVICE_STEP_OVER", {"service": service.id, "n": n}, article=APL_61
        )
    return step


def _require_within(step: Step, moment: datetime, at: datetime) -> None:
    if not step.begun_at <= moment <= at:
        raise Refusal(
            Kind.INVALID,
            "NOTI_SERVICE_TIME",
            {"service": f"step {step.n}", "from": step.begun_at, "until": at},
            article=CPL_87,
        )


def _kinds_of(service: Service, proofs: tuple[str, ...]) -> set[ProofKind]:
    """The kinds of the named proofs. Raises Refusal NOTI_SERVICE_PROOF_UNKNOWN for one that nobody uploaded."""
    known = {proof.sha256: proof.kind for proof in service.proofs}
    if not set(proofs) <= set(known):
        raise Refusal(Kind.INVALID, "NOTI_SERVICE_PROOF_UNKNOWN", {"service": service.id}, article=CPL_87)
    return {known[sha256] for sha256 in proofs}


def _require_hands(manner: Manner, hands: Hands, agency_id: AgencyId, *, at: datetime) -> None:
    """Two officers of the agency, and both certificates are valid on the day of the act (APL 42)."""
    if manner not in _VISITED:
        return
    if hands.second is None or hands.second.id == hands.first.id:
        raise Refusal(Kind.CONFLICT, "NOTI_SERVICE_TWO_OFFICERS", {"manner": manner}, article=APL_42)
    if hands.second.agency_id != agency_id:
        raise Refusal(
            Kind.CONFLICT,
            "NOTI_SERVICE_OFFICER_UNQUALIFIED",
            {"officer": hands.second.id, "agency": agency_id},
            wording="foreign",
            article=APL_42,
        )
    for hand in (hands.first, hands.second):
        if not hand.is_qualified(at):
            raise Refusal(
                Kind.CONFLICT, "NOTI_SERVICE_OFFICER_UNQUALIFIED", {"officer": hand.id}, article=APL_42
            )
