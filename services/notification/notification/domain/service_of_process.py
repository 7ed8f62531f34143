"""Service of process (送达): by which manner, and on which day, a document takes effect on the party.

    DIRECT, FORWARDED      the day of the signature on the return (CPL 87, 88, 92-94)
    LEAVING                the day the document was left (CPL 89)
    ENTRUSTED, POSTAL      the day on the return receipt (CPL 91)
    ELECTRONIC             the day it arrived in the system the party named (CPL 90), or by the traffic rule
                           the day the agency's system sent it, until the party proves another (RTP 56)
    PUBLIC_NOTICE          so many calendar days after publication as the profile says (CPL 95)

Electronic service needs the party's consent, signed, covering that kind of document, and standing at the
moment of delivery (APL 61(2)). Consent is a form of its own, taken back at any time for the future.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final

from common.values.calendar import legal_day
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment, Fact
from common.values.ids import CaseId, ConsentId, DocumentId, PartyId
from common.values.law import APL_61_2, CPL_88, CPL_89, CPL_90, CPL_91, CPL_94, CPL_95, RTP_56, Article
from common.values.profile import ServiceStrategy
from notification.domain.delivery import Message, MessageKind, State


class Manner(StrEnum):
    DIRECT = "DIRECT"
    LEAVING = "LEAVING"
    ELECTRONIC = "ELECTRONIC"
    ENTRUSTED = "ENTRUSTED"
    POSTAL = "POSTAL"
    FORWARDED = "FORWARDED"
    PUBLIC_NOTICE = "PUBLIC_NOTICE"


@dataclass(frozen=True)
class Statement:
    """The text of a confirmation as the agency's legal office approved it (D-26)."""

    version: str
    text: str
    documents: tuple[str, ...]
    channels: tuple[str, ...]


STATEMENT: Final = Statement(
    version="ES-2025.1",
    text=(
        "我同意行政执法机关以电子方式向我送达本确认书所列的法律文书。文书到达我指定的电子送达地址所在系统的日期，"
        "即为送达日期，并产生与直接送达同等的法律效力；无论我是否打开阅读。电子送达地址变更的，我应当及时告知并重新确认。"
        "我有权随时要求取得纸质文书，也有权随时撤回本同意；撤回自撤回之时起生效，不影响此前已经完成的送达。"
        "是否同意电子送达，不影响我的实体权利和处理结果。"
    ),
    documents=("D-14", "D-20a"),
    channels=("INBOX",),
)


@dataclass(frozen=True)
class Consent:
    """A party's consent to electronic service of `documents`."""

    id: ConsentId
    party_id: PartyId
    documents: frozenset[str]
    channel: str
    text_version: str
    signed_at: datetime
    withdrawn_at: datetime | None = None

    def stands(self, at: datetime) -> bool:
        """Whether it was signed by `at` and not withdrawn by then."""
        return self.signed_at <= at and (self.withdrawn_at is None or at < self.withdrawn_at)

    def covers(self, document_kind: str) -> bool:
        return document_kind in self.documents


@dataclass(frozen=True)
class ConsentSigned(Fact):
    """The party signed. The address enters as a commitment; the text by its version."""

    type: ClassVar[str] = "consent.signed"

    party_id: PartyId
    documents: tuple[str, ...]
    channel: str
    address: Commitment
    text_version: str

    @property
    def subject(self) -> str | None:
        return self.party_id.stream


@dataclass(frozen=True)
class ConsentWithdrawn(Fact):
    """The party took the consent back, for the future."""

    type: ClassVar[str] = "consent.withdrawn"

    party_id: PartyId

    @property
    def subject(self) -> str | None:
        return self.party_id.stream


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


def sign_consent(
    consent_id: ConsentId,
    party_id: PartyId,
    *,
    documents: Sequence[str],
    channel: str,
    address: Commitment,
    text_version: str,
) -> ConsentSigned:
    """Take the party's signed confirmation (APL 61(2)).

    Only to the text in force: a consent to a text nobody can show any more proves nothing. Only to
    documents and channels the text names, because the party was told about no others.
    """
    if text_version != STATEMENT.version:
        message = f"The confirmation in force is {STATEMENT.version}; read it and sign that one."
        raise Refusal(Kind.INVALID, "NOTI_STATEMENT_VERSION", message, article=APL_61_2)
    if not documents or not set(documents) <= set(STATEMENT.documents) or channel not in STATEMENT.channels:
        accepted = f"{', '.join(STATEMENT.documents)} by {', '.join(STATEMENT.channels)}"
        message = f"A consent covers at least one document that the text names: {accepted}."
        raise Refusal(Kind.INVALID, "NOTI_CONSENT_SCOPE", message, article=APL_61_2)
    return ConsentSigned(consent_id, party_id, tuple(sorted(set(documents))), channel, address, text_version)


def signed(fact: ConsentSigned, at: datetime) -> Consent:
    """The consent that `fact`, made at `at`, begins."""
    return Consent(
        ConsentId(fact.owner), fact.party_id, frozenset(fact.documents), fact.channel, fact.text_version, at
    )


def withdraw_consent(consent: Consent) -> ConsentWithdrawn:
    """Take the consent back. No reason is asked for; what was served before stays served."""
    if consent.withdrawn_at is not None:
        message = f"Consent {consent.id} was withdrawn already."
        raise Refusal(Kind.CONFLICT, "NOTI_CONSENT_WITHDRAWN", message, article=APL_61_2)
    return ConsentWithdrawn(consent.id, consent.party_id)


def withdrawn(consent: Consent, at: datetime) -> Consent:
    """The consent as its withdrawal at `at` leaves it."""
    return replace(consent, withdrawn_at=at)


def find_consent(consents: Sequence[Consent], document_kind: str, *, at: datetime) -> Consent | None:
    """The oldest consent that stands at `at` and covers `document_kind`, or None."""
    standing = [consent for consent in consents if consent.stands(at) and consent.covers(document_kind)]
    return min(standing, key=lambda consent: consent.signed_at, default=None)


def require_consent(consents: Sequence[Consent], document_kind: str, *, at: datetime) -> Consent:
    """The consent on which `document_kind` may be served electronically at `at` (Inv. 2).

    Raises Refusal NOTI_CONSENT_REQUIRED where none stands and covers it: electronic service without a
    signed confirmation has no effect, whatever the party has in fact read (APL 61(2)).
    """
    consent = find_consent(consents, document_kind, at=at)
    if consent is None:
        raise Refusal(
            Kind.CONFLICT,
            "NOTI_CONSENT_REQUIRED",
            f"No signed consent to electronic service of {document_kind} stands; serve it in another manner.",
            article=APL_61_2,
        )
    return consent


@dataclass(frozen=True)
class Course:
    """What happened in one manner of service. `effected_at` is what the table above names for the manner:
    signature, leaving, receipt or publication. Electronic: `sent_at` and, once known, `arrived_at`;
    `proven_on` is the day of arrival that the party has proved.
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
    after publication and binds no working day: it is not a period in which someone has to act (CPL 95).
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


def serve(
    message: Message, consent: Consent, *, at: datetime, strategy: ServiceStrategy, public_notice_days: int
) -> DocumentServed:
    """The document reached the party's inbox at `at`, and is served by that.

    Raises Refusal NOTI_KIND_MIXED for a notice, which has no legal effect however it is read (Inv. 1).
    """
    if message.kind is not MessageKind.SERVICE or message.state is not State.DELIVERED:
        why = f"Message {message.id} is a {message.kind} that is {message.state}; it serves nothing."
        raise Refusal(Kind.CONFLICT, "NOTI_KIND_MIXED", why, article=CPL_90)
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


def after_service(message: Message, fact: DocumentServed) -> Message:
    """The message as its service leaves it."""
    return replace(message, served_on=fact.served_on, consent_id=fact.consent_id)
