"""Work without a caller: prompts and ordered services of the ledger become messages, and erasures there erase here."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

from case.contract import Case
from common.door import erasure
from common.door.blobs import sha256_hex
from common.door.feed import LedgerEntry, follow
from common.door.uow import Tx, change, operational, view
from common.policy import Action, authorize, service_actor
from common.values.ids import CaseId, DocumentId, MessageId, PartyId
from common.values.manner import Manner
from notification.domain.consent import find_consent
from notification.domain.facts import MessageFact, after
from notification.domain.message import (
    Failure,
    Message,
    Order,
    create,
    deliver,
    erase,
    fail,
)
from notification.domain.service_of_process import serve
from notification.domain.templates import MessageKind, template_for
from notification.runtime import NotificationRuntime
from notification.store import consents, documents, inbox, messages
from notification.store.parties import resource

PROMPTED: Final = "case.prompted"
SERVICE_ORDERED: Final = "case.service.ordered"
ERASED: Final = "case.erased"
TYPES: Final = dict.fromkeys((PROMPTED, SERVICE_ORDERED), "case")
PROMPT_DOCUMENT: Final = "D-02"


async def fill_inboxes(runtime: NotificationRuntime) -> None:
    """Turn every new prompt and every new order of electronic service into a message."""

    async def handle(entry: LedgerEntry) -> None:
        await _handle(runtime, entry)

    while await follow(runtime.db, runtime.feed, "inbox", TYPES, handle):
        continue


async def follow_erasures(runtime: NotificationRuntime) -> None:
    """Destroy our copies of the documents of every erased case, each message with its record."""

    async def handle(entry: LedgerEntry) -> None:
        case_id = CaseId(entry.record["stream"].partition("/")[2])
        mandate = authorize(service_actor("notification"), Action.MESSAGE_ERASE)
        async with change(runtime.db, mandate) as tx:
            for message in await messages.lock_by_case(tx, case_id):
                if not message.is_gone:
                    permit = tx.permit(resource(message.id, message.party_id))
                    await messages.save(tx, permit, message, erase(message))
                    await erasure.order(tx, message.id.stream)
        # Also for a case without a message: a crash between the fetch of a document and its message leaves a copy. If
        # we crash here, the entry is handed out again.
        await asyncio.to_thread(runtime.db.secrets.erase, case_id.stream)

    while await follow(runtime.db, runtime.feed, "erasures", {ERASED: "case"}, handle):
        continue
    await destroy_erased(runtime)


async def destroy_erased(runtime: NotificationRuntime) -> None:
    """Destroy the copies of every message whose erasure is due."""
    await erasure.carry_out(runtime.db, documents.Copies(runtime.db.secrets, runtime.sealed))


async def thin_out_inboxes(runtime: NotificationRuntime) -> None:
    """Delete the needless entries of the inboxes that are older than the profile keeps them."""
    kept = timedelta(days=runtime.profile.notification.entries_kept_d)
    async with operational(runtime.db) as conn:
        await inbox.thin_out(conn, until=runtime.clock() - kept)


async def look_again(runtime: NotificationRuntime) -> None:
    """Every erasure on record is due once more: a secret may have come back with a backup of the secrets."""
    await erasure.look_again(runtime.db)
    await destroy_erased(runtime)


async def _handle(runtime: NotificationRuntime, entry: LedgerEntry) -> None:
    if entry.record["type"] == SERVICE_ORDERED and entry.record["data"]["manner"] != Manner.ELECTRONIC:
        return  # an officer serves by hand; his return says so, and no inbox does
    order = order_of(entry)
    if runtime.db.secrets.is_erased(order.case_id.stream):
        return  # our database is an older backup without the message; case sends no document of an erased case
    mandate = authorize(service_actor("notification"), Action.MESSAGE_DELIVER)
    async with view(runtime.db, mandate) as v:
        if await messages.is_made(v, order.cause):
            return
    # Fetched before the change: a slow answer may not hold the party's inbox.
    intact = await _fetch(runtime, order)
    async with change(runtime.db, mandate) as tx:
        if not await messages.is_made(tx, order.cause):
            await _make(runtime, tx, order, intact=intact)


def order_of(entry: LedgerEntry) -> Order:
    """The order in the record of `entry`. A prompt informs, an ordered service serves."""
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
    """Keep the document's bytes; False if they are not those that the record names (Inv. 4)."""
    content = await Case(runtime.peers).document(order.document_id)
    if sha256_hex(content) != order.document_sha256:
        return False
    await documents.put(runtime.sealed, content, order.case_id)
    return True


async def _make(runtime: NotificationRuntime, tx: Tx, order: Order, *, intact: bool) -> None:
    """The message with its delivery or failure: our own inbox is reached by committing."""
    created = create(MessageId.new(tx.now), order, official_domain=runtime.profile.city_domain)
    permit = tx.permit(resource(MessageId(created.owner), order.party_id))
    message = await messages.add(tx, permit, created, texts=template_for(created.document_kind).words)
    await messages.save(tx, permit, message, *await _sent(runtime, tx, message, intact=intact))


async def _sent(
    runtime: NotificationRuntime, tx: Tx, message: Message, *, intact: bool
) -> tuple[MessageFact, ...]:
    """The facts of sending `message`: it is delivered, it is delivered and serves, or it fails."""
    if not intact:
        return (fail(message, Failure.DOCUMENT_DIFFERS),)
    if message.kind is MessageKind.NOTICE:
        return (deliver(message),)
    # Asked again here, under lock: consent may have been withdrawn since the officer ordered service (Inv. 2).
    signed = await consents.lock_by_party(tx, message.party_id)
    consent = find_consent(signed, message.document_kind, at=tx.now)
    if consent is None:
        return (fail(message, Failure.CONSENT_REQUIRED),)
    delivered = deliver(message)
    served = serve(
        after(message, delivered, at=tx.now),
        consent,
        at=tx.now,
        strategy=runtime.profile.service.strategy,
        public_notice_days=runtime.profile.limits.public_notice_cd,
    )
    return (delivered, served)
