"""How the notices of an agency went out, on the wire: never the words, never an address."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from common.values.ids import AgencyId, CaseId, DeliveryId, MessageId, PartyId
from common.web.wire import Digest, In, Instant, Name, Out


class DeliveryLine(Out):
    """One attempt by one channel. `arrived_at` is what the channel reported, with its `basis`; `code` its last word."""

    channel: str
    state: str
    created_at: datetime
    submitted_at: datetime | None
    arrived_at: datetime | None
    basis: str | None
    code: str | None


class SendingView(Out):
    """How one message went: `told_by` is the inbox, a channel, or the hand of an officer; null while nobody was told.

    `failed_because` names what its words lack, or hold and may not. The words are the party's alone. From `seen_at` on:
    what the party did with it; `disputed_at` says that it holds the message for somebody else's.
    """

    message_id: MessageId
    agency_id: AgencyId
    case_id: CaseId
    party_id: PartyId
    code: str
    kind: str
    template: str
    state: str
    created_at: datetime
    delivered_at: datetime | None
    told_by: str | None
    failure: str | None
    failed_because: list[str]
    seen_at: datetime | None
    read_at: datetime | None
    downloaded_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    disputed_at: datetime | None
    dispute_reason: str | None
    deliveries: list[DeliveryLine]


class SendingList(Out):
    """The messages of one case, oldest first.

    `to_be_called` are those of their parties that would rather be told by voice: call them.
    """

    items: list[SendingView]
    to_be_called: list[PartyId]


class DeliveryEventView(Out):
    """One event of a delivery, by its record in the ledger: `type` is the record's, `delivery.arrived` for example.

    `code` is the provider's word, `why` our own reason, `basis` what an arrival rests on; each null where the event
    has none.
    """

    record_id: UUID
    type: str
    recorded_at: datetime
    delivery_id: DeliveryId
    message_id: MessageId
    case_id: CaseId
    channel: str
    provider: str | None
    code: str | None
    why: str | None
    basis: str | None
    arrived_at: datetime | None
    retry_at: datetime | None


class DeliveryEventList(Out):
    """A stretch of the feed. `next_cursor` is there also where nothing was new: the next call begins at it."""

    items: list[DeliveryEventView]
    next_cursor: str
    has_more: bool


class HandProofView(Out):
    """The proof is kept. Its digest goes into the order that tells by hand."""

    proof_sha256: str


class HandDeliveryOrder(In):
    """An officer told the party: at the window, on the telephone with a recording, or on the spot.

    `to_whom` is the person who was told. `proof_sha256` is the digest of the recording, the photograph or the slip,
    which was uploaded before.
    """

    how: Literal["WINDOW", "TELEPHONE", "ON_THE_SPOT"]
    told_at: Instant
    to_whom: Name
    proof_sha256: Digest
