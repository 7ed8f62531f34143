"""Work without a caller: what the ledger says a party must be told or served goes into the inbox;
what was erased goes from here too.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from case.contract import Cases
from common.door.blobs import sha256_hex
from common.door.relay import LedgerEntry, follow
from common.door.uow import Tx, change, view
from common.policy import Action, authorize, service_actor
from common.values.facts import Fact
from common.values.ids import CaseId, DocumentId, MessageId, PartyId
from notification import store
from notification.domain.delivery import (
    Failure,
    Message,
    MessageKind,
    Order,
    after,
    begun,
    create,
    deliver,
    erase,
    fail,
)
from notification.domain.service_of_process import Manner, after_service, find_consent, serve
from notification.runtime import NotificationRuntime

PROMPTED: Final = "case.prompted"
SERVICE_ORDERED: Final = "case.service.ordered"
ERASED: Final = "case.erased"
TYPES: Final = dict.fromkeys((PROMPTED, SERVICE_ORDERED), "case")
PROMPT_DOCUMENT: Final = "D-02"

log = logging.getLogger(__name__)


async def fill_inboxes(runtime: NotificationRuntime) -> None:
    """Turn every new prompt and every new order of electronic service into a message."""

    async def handle(entry: LedgerEntry) -> None:
        await _handle(runtime, entry)

    while await follow(runtime.db, runtime.peers, "inbox", TYPES, handle):
        continue


async def follow_erasures(runtime: NotificationRuntime) -> None:
    """Destroy our copies of every erased case's documents, each message with its record."""

    async def handle(entry: LedgerEntry) -> None:
        case_id = CaseId(entry.record["stream"].partition("/")[2])
        mandate = authorize(service_actor("notification"), Action.MESSAGE_ERASE)
        async with change(runtime.db, mandate) as tx:
            for message in await store.lock_of_case(tx, case_id):
                if not await store.is_erased(tx, message.id):
                    permit = tx.permit(store.resource(message.id, message.party_id))
                    tx.record(permit, erase(message))
        # If we crash here the entry is handed out again; every start looks at all erasures besides.
        await _destroy(runtime, case_id)

    while await follow(runtime.db, runtime.peers, "erasures", {ERASED: "case"}, handle):
        continue


async def look_again(runtime: NotificationRuntime) -> None:
    """Carry out every erasure on record once more: a secret may have come back with a backup of the secrets."""
    async with view(runtime.db, authorize(service_actor("notification"), Action.MESSAGE_ERASE)) as v:
        erased = await store.list_erased_cases(v)
    for case_id in erased:
        await _destroy(runtime, case_id)


async def _destroy(runtime: NotificationRuntime, case_id: CaseId) -> None:
    mandate = authorize(service_actor("notification"), Action.MESSAGE_ERASE)
    async with view(runtime.db, mandate) as v:
        messages = await store.list_of_case(v, case_id)
    # The secret first: what is lost of the rest is unreadable.
    for stream in (case_id.stream, *(message.id.stream for message in messages)):
        await asyncio.to_thread(runtime.db.secrets.erase, stream)
    copies = [message.document_sha256 for message in messages]
    await runtime.sealed.remove(copies, of=case_id.stream)
    await runtime.sealed.remove_clear(copies)
    await store.forget_values(runtime.db, messages)
    log.info("erased the copies of %s", case_id)


async def _handle(runtime: NotificationRuntime, entry: LedgerEntry) -> None:
    if entry.record["type"] == SERVICE_ORDERED and entry.record["data"]["manner"] != Manner.ELECTRONIC:
        return  # served by hand: a service officer's return will say so, not an inbox
    order = order_of(entry)
    if runtime.db.secrets.is_erased(order.case_id.stream):
        return  # we were restored to before the message; its case was erased since, and nobody sends its document
    mandate = authorize(service_actor("notification"), Action.MESSAGE_DELIVER)
    async with view(runtime.db, mandate) as v:
        if await store.is_made(v, order.cause):
            return
    # Fetched before the change: a slow answer may not hold the party's inbox.
    intact = await _fetch(runtime, order)
    async with change(runtime.db, mandate) as tx:
        if not await store.is_made(tx, order.cause):
            await _make(runtime, tx, order, intact=intact)


def order_of(entry: LedgerEntry) -> Order:
    """What the record of `entry` orders. A prompt informs, ordered service serves."""
    data = entry.record["data"]
    prompted = entry.record["type"] == PROMPTED
    return Order(
        kind=MessageKind.NOTICE if prompted else MessageKind.SERVICE,
        party_id=PartyId(data["party_id"]),
        case_id=CaseId(entry.record["stream"].partition("/")[2]),
        document_id=DocumentId(data["document_id"]),
        document_kind=PROMPT_DOCUMENT if prompted else data["document_kind"],
        document_sha256=data["sha256"],
        cause=str(entry.record_id),
    )


async def _fetch(runtime: NotificationRuntime, order: Order) -> bool:
    """Keep the document's bytes, if they are the ones that the record names (Inv. 4)."""
    content = await Cases(runtime.peers).document(order.document_id)
    if sha256_hex(content) != order.document_sha256:
        return False
    # Under the case's secret, which is known before the message is: a copy that a crash left goes with it.
    await runtime.sealed.put(content, of=[order.case_id.stream])
    return True


async def _make(runtime: NotificationRuntime, tx: Tx, order: Order, *, intact: bool) -> None:
    """The message, and what becomes of it at once: our own inbox is reached by committing."""
    message_id = MessageId.new(tx.now)
    permit = tx.permit(store.resource(message_id, order.party_id))
    made = create(message_id, order, official_domain=runtime.profile.city_domain)
    message = begun(made, seq=await store.next_seq(tx, order.party_id), at=tx.now)
    if not intact:
        message, facts = _given_up(message, Failure.DOCUMENT_DIFFERS, tx)
    elif order.kind is MessageKind.NOTICE:
        message, facts = _delivered(message, tx)
    else:
        message, facts = await _served(runtime, message, tx)
    await store.add_message(tx, permit, message, made, *facts)


def _given_up(message: Message, reason: Failure, tx: Tx) -> tuple[Message, list[Fact]]:
    failed = fail(message, reason)
    return after(message, failed, tx.now), [failed]


def _delivered(message: Message, tx: Tx) -> tuple[Message, list[Fact]]:
    delivered = deliver(message)
    return after(message, delivered, tx.now), [delivered]


async def _served(runtime: NotificationRuntime, message: Message, tx: Tx) -> tuple[Message, list[Fact]]:
    # Asked again here, under lock: consent may have been withdrawn since the officer ordered service (Inv. 2).
    consents = await store.lock_consents_of(tx, message.party_id)
    consent = find_consent(consents, message.document_kind, at=tx.now)
    if consent is None:
        return _given_up(message, Failure.CONSENT_REQUIRED, tx)
    message, facts = _delivered(message, tx)
    served = serve(
        message,
        consent,
        at=tx.now,
        strategy=runtime.profile.service.strategy,
        public_notice_days=runtime.profile.limits.public_notice_cd,
    )
    return after_service(message, served), [*facts, served]
