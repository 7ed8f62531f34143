"""Work without a caller: prompts of the ledger become messages, and erasures there erase here."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

from common.door import erasure
from common.door.feed import LedgerEntry, follow
from common.door.uow import Tx, change, operational, view
from common.policy import Action, authorize, service_actor
from common.values.ids import CaseId, DocumentId, MessageId, PartyId
from notification.domain.message import (
    Failure,
    Order,
    create,
    deliver,
    erase,
    fail,
)
from notification.domain.serving.opening import erase as erase_service
from notification.domain.templates import MessageKind, template_for
from notification.runtime import NotificationRuntime
from notification.serving.fetching import keep_document
from notification.store import documents, inbox, messages, services
from notification.store.parties import resource

PROMPTED: Final = "case.prompted"
ERASED: Final = "case.erased"
TYPES: Final = {PROMPTED: "case"}
PROMPT_DOCUMENT: Final = "D-02"


async def fill_inboxes(runtime: NotificationRuntime) -> None:
    """Turn every new prompt into a message."""

    async def handle(entry: LedgerEntry) -> None:
        await _handle(runtime, entry)

    while await follow(runtime.db, runtime.feed, "inbox", TYPES, handle):
        continue


async def follow_erasures(runtime: NotificationRuntime) -> None:
    """Destroy our copies of the documents of every erased case, each message and each service with its record."""

    async def handle(entry: LedgerEntry) -> None:
        case_id = CaseId(entry.record["stream"].partition("/")[2])
        mandate = authorize(service_actor("notification"), Action.MESSAGE_ERASE)
        async with change(runtime.db, mandate) as tx:
            for message in await messages.lock_by_case(tx, case_id):
                if not message.is_gone:
                    permit = tx.permit(resource(message.id, message.party_id))
                    await messages.save(tx, permit, message, erase(message))
                    await erasure.order(tx, message.id.stream)
            for service in await services.lock_by_case(tx, case_id):
                if service.erased_at is None:
                    permit = tx.permit(services.resource(service))
                    await services.save(tx, permit, service, erase_service(service))
                    await erasure.order(tx, service.id.stream)
        # Also for a case without a message: a crash between the fetch of a document and its message leaves a copy. If
        # we crash here, the entry is handed out again.
        await asyncio.to_thread(runtime.db.secrets.erase, case_id.stream)

    while await follow(runtime.db, runtime.feed, "erasures", {ERASED: "case"}, handle):
        continue
    await destroy_erased(runtime)


async def destroy_erased(runtime: NotificationRuntime) -> None:
    """Destroy the copies of every message and every service whose erasure is due."""
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
    order = order_of(entry)
    if runtime.db.secrets.is_erased(order.case_id.stream):
        return  # our database is an older backup without the message; case sends no document of an erased case
    mandate = authorize(service_actor("notification"), Action.MESSAGE_DELIVER)
    async with view(runtime.db, mandate) as v:
        if await messages.is_made(v, order.cause):
            return
    # Fetched before the change: a slow answer may not hold the party's inbox.
    intact = await keep_document(
        runtime, order.document_id, sha256=order.document_sha256, case_id=order.case_id
    )
    async with change(runtime.db, mandate) as tx:
        if not await messages.is_made(tx, order.cause):
            await _make(runtime, tx, order, intact=intact)


def order_of(entry: LedgerEntry) -> Order:
    """The order in the record of `entry`: a prompt informs."""
    data = entry.record["data"]
    return Order(
        kind=MessageKind.NOTICE,
        party_id=PartyId(data["party_id"]),
        case_id=CaseId(entry.record["stream"].partition("/")[2]),
        document_id=DocumentId(data["document_id"]),
        document_kind=PROMPT_DOCUMENT,
        document_sha256=data["sha256"],
        cause=str(entry.record_id),
    )


async def _make(runtime: NotificationRuntime, tx: Tx, order: Order, *, intact: bool) -> None:
    """The message with its delivery or failure: our own inbox is reached by committing."""
    created = create(MessageId.new(tx.now), order, official_domain=runtime.profile.city_domain)
    permit = tx.permit(resource(MessageId(created.owner), order.party_id))
    message = await messages.add(tx, permit, created, texts=template_for(created.document_kind).words)
    fact = deliver(message) if intact else fail(message, Failure.DOCUMENT_DIFFERS)
    await messages.save(tx, permit, message, fact)
