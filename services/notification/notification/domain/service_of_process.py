"""Service of process (送达): by which manner, and on which day, a document takes effect on the party.

    DIRECT, FORWARDED      the day of the signature on the return (CPL 87, 88, 92-94)
    LEAVING                the day the document was left (CPL 89)
    ENTRUSTED, POSTAL      the day on the return receipt (CPL 91)
    ELECTRONIC             the day it arrived in the system that the party named (CPL 90), or by the traffic rule
                           the day the agency's system sent it, until the party proves another (RTP 56)
    PUBLIC_NOTICE          so many calendar days after publication as the profile says (CPL 95)

Electronic service needs a consent; `consent` has its rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar, Final, assert_never

from common.values.calendar import legal_day
from common.values.errors import Kind, Refusal
from common.values.facts import Fact
from common.values.ids import CaseId, ConsentId, DocumentId, PartyId
from common.values.law import CPL_88, CPL_89, CPL_90, CPL_91, CPL_94, CPL_95, RTP_56, Article
from common.values.manner import Manner
from common.values.profile import ServiceStrategy
from notification.domain.consent import Consent, require_consent
from notification.domain.message import Message, State
from notification.domain.templates import MessageKind


@dataclass(frozen=True)
class DocumentServed(Fact):
    """A document took legal effect on a party. `served_at` is the instant of arrival,
    `served_on` the legal day and `basis` the article that fixes it."""

    type: ClassVar[str] = "document.served"

    document_id: DocumentId
    document_kind: str
    document_sha256: str
    case_id: CaseId
    party_id: PartyId
    manner: Manner
    consent_id: ConsentId
    served_at: datetime
    served_on: date
    basis: str

    @property
    def subject(self) -> str | None:
        return self.case_id.stream


@dataclass(frozen=True)
class Course:
    """The course of one service. `effected_at` is the instant of the signature, the leaving, the receipt or the
    publication, as the table above says for the manner. An electronic service has `sent_at` and, once it is known,
    `arrived_at`; `proven_on` is the day of arrival that the party has proved.
    """

    manner: Manner
    effected_at: datetime | None = None
    sent_at: datetime | None = None
    arrived_at: datetime | None = None
    proven_on: date | None = None


_BASIS: Final = {
    Manner.DIRECT: CPL_88,
    Manner.LEAVING: CPL_89,
    Manner.ENTRUSTED: CPL_91,
    Manner.POSTAL: CPL_91,
    Manner.FORWARDED: CPL_94,
    Manner.PUBLIC_NOTICE: CPL_95,
}


@dataclass(frozen=True)
class DateOfService:
    """The legal day (Asia/Shanghai) on which a document is served, and the article that says so."""

    day: date
    basis: Article


def date_of_service(
    course: Course, *, strategy: ServiceStrategy, public_notice_days: int
) -> DateOfService | None:
    """When the document is served, or None while it is not.

    A document that arrives at 23:59 is served that day. Public notice counts calendar days from the day
    after publication and needs no working day, because nobody has to act within that period (CPL 95).
    """
    if course.manner is Manner.ELECTRONIC:
        return _electronic(course, strategy)
    if course.effected_at is None:
        return None
    days = public_notice_days if course.manner is Manner.PUBLIC_NOTICE else 0
    return DateOfService(legal_day(course.effected_at) + timedelta(days=days), _BASIS[course.manner])


def _electronic(course: Course, strategy: ServiceStrategy) -> DateOfService | None:
    match strategy:
        case ServiceStrategy.ARRIVAL:
            return DateOfService(legal_day(course.arrived_at), CPL_90) if course.arrived_at else None
        case ServiceStrategy.SEND_SUCCESS_REBUTTABLE:
            # The agency's own date is a presumption: the day that the party proves takes its place.
            day = course.proven_on or (legal_day(course.sent_at) if course.sent_at else None)
            return DateOfService(day, RTP_56) if day else None
        case _:
            assert_never(strategy)


def serve(
    message: Message, consent: Consent, *, at: datetime, strategy: ServiceStrategy, public_notice_days: int
) -> DocumentServed:
    """The document reached the party's inbox at `at`, and is served by that.

    Raises Refusal NOTI_KIND_MIXED for a notice, which has no legal effect however it is read (Inv. 1).
    """
    if message.kind is not MessageKind.SERVICE or message.state is not State.DELIVERED:
        raise Refusal(
            Kind.CONFLICT,
            "NOTI_KIND_MIXED",
            {"message": message.id, "kind": message.kind, "state": message.state},
            wording="message",
            article=CPL_90,
        )
    course = Course(Manner.ELECTRONIC, sent_at=at, arrived_at=at)
    effect = date_of_service(course, strategy=strategy, public_notice_days=public_notice_days)
    assert effect is not None
    return DocumentServed(
        owner=message.id,
        document_id=message.document_id,
        document_kind=message.document_kind,
        document_sha256=message.document_sha256,
        case_id=message.case_id,
        party_id=message.party_id,
        manner=Manner.ELECTRONIC,
        consent_id=require_consent((consent,), message.document_kind, at=at).id,
        served_at=at,
        served_on=effect.day,
        basis=effect.basis.cite,
    )
