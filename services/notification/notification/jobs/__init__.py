"""Work without a caller: what is erased in case is erased here, and inboxes are thinned out."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

from common.door import erasure
from common.door.feed import LedgerEntry, follow
from common.door.uow import change, operational
from common.policy import Action, authorize, service_actor
from common.values.ids import CaseId
from notification.domain.message import erase
from notification.domain.serving.opening import erase as erase_service
from notification.runtime import NotificationRuntime
from notification.store import documents, inbox, messages, services
from notification.store.parties import resource

ERASED: Final = "case.erased"


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
