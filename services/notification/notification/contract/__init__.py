"""The wire models of notification, and the client that other services ask with."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from common.calls.http import Peers
from common.values.ids import (
    CaseId,
    ConsentId,
    DocumentId,
    HandsetId,
    MessageId,
    PartyId,
    ServiceId,
)
from common.web.wire import Code, Digest, In, Out, Text
from ledger.canonical import instant


class MessageView(Out):
    """One message in a party's inbox. `kind` is NOTICE (information) or SERVICE (service of process, 送达).

    `served_on` is the legal day of service of a SERVICE message; a NOTICE has none, ever. `title` and `text` are null
    once the case was erased. A message without a document has none of the three `document_…`. `supplement` is the text
    in the other language that the party wishes; the Chinese text prevails. From `seen_at` on: what the party did with
    it, without legal effect of its own.
    """

    message_id: MessageId
    kind: str
    code: str
    title: str | None
    text: str | None
    supplement: str | None
    case_id: CaseId
    document_id: DocumentId | None
    document_kind: str | None
    document_sha256: Digest | None
    state: str
    created_at: datetime
    delivered_at: datetime
    served_on: date | None
    seen_at: datetime | None
    read_at: datetime | None
    downloaded_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    refused_at: datetime | None
    refused_by: str | None
    disputed_at: datetime | None
    dispute_reason: str | None


class OpenedMessageView(MessageView):
    """One message, and how many messages of the inbox nobody opened yet."""

    unread: int


class PeriodView(Out):
    """A period that the message started: `act` can be done until `until`, the first instant after it.

    `days_left` is counted in days of the calendar in Shanghai: 0 on the last day, and after it. `law` is null for a
    period that the city sets.
    """

    act: str
    until: datetime
    days_left: int
    law: str | None


class NextActView(Out):
    """Something that the party can do now, and where. `until` is null where it has no end."""

    act: str
    method: str
    href: str
    until: datetime | None


class SenderView(Out):
    """The agency that tells: its name, its telephone, its window. A field is null where nothing is known now."""

    agency_name: str | None
    agency_phone: str | None
    agency_window: str | None
    portal_url: str | None
    case_number: str | None


class MessageDetailView(OpenedMessageView):
    """One message with all that the party needs to act: who sends it, what ends when, what can be done next.

    `level` is the confidentiality of its words, 1 to 4: above 2 a locked screen should not show them.
    """

    level: int
    sender: SenderView
    periods: list[PeriodView]
    next_acts: list[NextActView]


class AcknowledgementOrder(In):
    """The party confirms the message. Nothing to fill in: the log-in says who confirms."""


class SigningRefusalOrder(In):
    """The party declines to sign for the message. Nothing to fill in, and no reason to give."""


class DisputeOrder(In):
    """不是我 · The party says that the message is not for it, or that the address is not its own."""

    reason: Literal["NOT_ME", "NOT_MY_ADDRESS"]


class StateOrder(In):
    """What the phone has shown: `seen_up_to` and `read_up_to` are places of entries, `ids` messages that were opened.

    A list that showed every entry up to place 12 says `{"seen_up_to": 12}`; a message that the party opened
    `{"ids": ["msg_…"]}`.
    """

    seen_up_to: int = Field(default=0, ge=0, le=10**18)
    read_up_to: int = Field(default=0, ge=0, le=10**18)
    ids: list[MessageId] = Field(default_factory=list, max_length=200)


class InboxStateView(Out):
    """How many messages this call recorded as seen and as read. With `has_more`, say the same again for the rest."""

    seen: int
    read: int
    has_more: bool
    unread: int


class InboxEntryView(Out):
    """What changed at one place of an inbox: a message came (ITEM), is another now (UPDATE), or is gone (TOMBSTONE).

    `message` is the message as it is now, so an older entry of it shows the same; null once it is gone.
    """

    place: int
    change: str
    message_id: MessageId
    message: MessageView | None


class InboxPage(Out):
    """Entries in the order of their places. `next_cursor` is never null: keep it, and ask again with it later.

    `has_more` says that the next page holds entries already. `unread` counts the whole inbox, whatever the filter.
    """

    items: list[InboxEntryView]
    next_cursor: str
    has_more: bool
    unread: int


class HandsetOrder(In):
    """A phone, and the token that the push service of its maker gave it."""

    push: Literal["HMS", "HONOR", "XIAOMI", "OPPO", "VIVO", "APNS", "FCM"]
    token: str = Field(min_length=8, max_length=1000, examples=["token-that-the-maker-gave"])


class PushKeys(In):
    """The keys of a Web Push subscription, base64url: a point of P-256, and 16 random bytes (RFC 8291 §3)."""

    p256dh: str = Field(
        max_length=100,
        examples=["BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"],
    )
    auth: str = Field(max_length=40, examples=["AAECAwQFBgcICQoLDA0ODw"])


class PushSubscriptionOrder(In):
    """`endpoint` and `keys` of a subscription, as a browser's `PushSubscription.toJSON()` writes them."""

    endpoint: str = Field(max_length=1000, examples=["https://push.example/send/abc"])
    keys: PushKeys


class HandsetView(Out):
    """A phone or browser that may be pushed to, until it ended. Where a push reaches it is shown to nobody."""

    handset_id: HandsetId
    push: str
    registered_at: datetime
    readdressed_at: datetime | None
    ended_at: datetime | None


class ConsentStatementView(Out):
    """The confirmation's text (送达地址确认书, D-26): read it before signing. `documents` may be covered."""

    text_version: str
    text: str
    documents: list[str]
    channels: list[str]


class ConsentOrder(In):
    """The party signs: these documents may be served by `channel` at `address`, having read `text_version`.

    `documents` are numbers of legal documents, `D-14` and `D-20a`; `channel` is `INBOX`, `EMAIL` or
    `FAX`; `address` is the account, mailbox or number there. Consent is never part of a log-in or a payment.
    """

    documents: list[Code]
    channel: Code = "INBOX"
    address: Text
    text_version: Code


class ConsentView(Out):
    """One consent to electronic service. `signed_at` is the server's time. `statement` is the text that was signed."""

    consent_id: ConsentId
    party_id: PartyId
    documents: list[str]
    channel: str
    text_version: str
    statement: str
    signed_at: datetime
    withdrawn_at: datetime | None


class ConsentStandingView(Out):
    """The consents of a party at `at`: signed by then and not withdrawn, oldest first."""

    party_id: PartyId
    at: datetime
    consents: list[ConsentView]

    def covering(self, document_kind: str) -> ConsentView | None:
        """The first consent that covers a document of `document_kind` (`D-14`, `D-20a`), or None."""
        return next((consent for consent in self.consents if document_kind in consent.documents), None)


class Notification:
    """notification, as another service asks it."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def consent(self, party_id: PartyId, at: datetime) -> ConsentStandingView:
        """The consents of `party_id` at `at`; `consents` is empty if the party signed none."""
        path = f"/v1/parties/{party_id}/e-service-consent"
        return ConsentStandingView.model_validate(
            await self._peers.get("notification", path, {"at": instant(at)})
        )

    async def services(self, case_id: CaseId) -> list[ServiceId]:
        """The services of process of a case, in the order in which they were opened."""
        found: list[ServiceId] = []
        asked = {"case_id": case_id, "limit": "200"}
        while True:
            page = await self._peers.get("notification", "/v1/services-of-process", asked)
            found += [ServiceId(each["service_id"]) for each in page["items"]]
            if page["next_cursor"] is None:
                return found
            asked["cursor"] = page["next_cursor"]

    async def service_certificate(self, service_id: ServiceId) -> bytes:
        """Everything that proves one service of process, as a tar that verifies itself. Refusal NOT_FOUND."""
        path = f"/v1/services-of-process/{service_id}/certificate"
        return (await self._peers.read("notification", path)).content
