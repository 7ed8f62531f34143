"""Messages and consents as wire models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from case.contract import NoticeContextView
from common.policy import Mandate
from common.values.errors import Kind, Refusal
from common.values.ids import DocumentId, PartyId
from notification.contract import (
    ConsentView,
    InboxEntryView,
    MessageDetailView,
    MessageView,
    NextActView,
    OpenedMessageView,
    PeriodView,
    SenderView,
)
from notification.contract.telling import DeliveryLine, SendingView
from notification.domain.consent import STATEMENT, Consent
from notification.domain.delivery import Delivery
from notification.domain.message import Message
from notification.domain.nextacts import Ends, ends_of, next_acts
from notification.domain.templates import class_of
from notification.runtime import NotificationRuntime
from notification.store.inbox import Entry


def party_of(mandate: Mandate) -> PartyId:
    """The party that acts. The acts of an inbox are permitted to parties alone."""
    if mandate.actor.party_id is None:
        raise Refusal(Kind.FORBIDDEN, "FORBIDDEN", wording="no_party")
    return mandate.actor.party_id


def message_view(message: Message) -> MessageView:
    """`message` on the wire. An inbox shows only messages that arrived, so this one has an instant of delivery."""
    assert message.delivered_at is not None
    return MessageView(
        message_id=message.id,
        kind=message.kind,
        code=message.code,
        title=message.words.title if message.words else None,
        text=message.words.text if message.words else None,
        supplement=message.words.supplement if message.words else None,
        case_id=message.case_id,
        document_id=message.document_id,
        document_kind=message.document_kind,
        document_sha256=message.document_sha256,
        state=message.state,
        created_at=message.created_at,
        delivered_at=message.delivered_at,
        served_on=message.served_on,
        **asdict(message.engagement),
    )


def opened_view(message: Message, *, unread: int) -> OpenedMessageView:
    """`message` on the wire, with the count of the inbox."""
    return OpenedMessageView(**dict(message_view(message)), unread=unread)


def detail_view(
    message: Message, context: NoticeContextView | None, *, unread: int, runtime: NotificationRuntime
) -> MessageDetailView:
    """`message` with its sender, its periods and its next acts; `context` is None while the case does not say."""
    at = runtime.clock()
    correct_until = context.correct_until if context else None
    ends = ends_of(message, _started(context), correct_until=correct_until)
    return MessageDetailView(
        **dict(message_view(message)),
        unread=unread,
        level=class_of(message.code).level,
        sender=SenderView(
            agency_name=context.agency_name if context else None,
            agency_phone=context.agency_phone if context else None,
            agency_window=context.agency_address if context else None,
            portal_url=context.portal_url if context else None,
            case_number=context.number if context else None,
        ),
        periods=[
            PeriodView(
                act=each.act,
                until=each.until,
                days_left=each.days_left(at),
                law=each.law,
            )
            for each in ends
        ],
        next_acts=[NextActView(**asdict(each)) for each in next_acts(message, ends, at=at)],
    )


def _started(context: NoticeContextView | None) -> dict[DocumentId, list[Ends]]:
    """The periods of the case by the document that started each; none while the case does not say."""
    started: dict[DocumentId, list[Ends]] = {}
    for period in context.periods if context else ():
        started.setdefault(period.document_id, []).append(Ends(period.act, period.until, period.law))
    return started


def entry_view(entry: Entry, message: Message | None) -> InboxEntryView:
    """`entry` on the wire, with its message as it is now; None where it is gone."""
    return InboxEntryView(
        place=entry.place,
        change=entry.change,
        message_id=entry.message_id,
        message=message_view(message) if message else None,
    )


def consent_view(consent: Consent) -> ConsentView:
    """`consent` on the wire, with the text that the party signed."""
    return ConsentView(
        consent_id=consent.id,
        party_id=consent.party_id,
        documents=sorted(consent.documents),
        channel=consent.channel,
        text_version=consent.text_version,
        statement=STATEMENT.text,
        signed_at=consent.signed_at,
        withdrawn_at=consent.withdrawn_at,
    )


def sending_view(message: Message, sent: Sequence[Delivery]) -> SendingView:
    """How `message` went out, for the agency that tells: not what it says, and not where to."""
    return SendingView(
        message_id=message.id,
        agency_id=message.agency_id,
        case_id=message.case_id,
        party_id=message.party_id,
        code=message.code,
        kind=message.kind,
        template=message.template,
        state=message.state,
        created_at=message.created_at,
        delivered_at=message.delivered_at,
        told_by=message.told_by,
        failure=message.failure,
        failed_because=list(message.failed_because),
        **asdict(message.engagement),
        deliveries=[
            DeliveryLine(
                channel=each.channel,
                state=each.state,
                created_at=each.created_at,
                submitted_at=each.submitted_at,
                arrived_at=each.arrived_at,
                basis=each.basis,
                code=each.code,
            )
            for each in sent
        ],
    )
