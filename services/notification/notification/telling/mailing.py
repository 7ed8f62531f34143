"""Works through the batches that were ordered: each item is a notice like every other, made in a change of its own."""

from __future__ import annotations

import logging

from common.door.uow import change, operational, view
from common.values.errors import Kind, Refusal
from common.values.ids import MailingId
from notification.domain.mailings import Item, Mailing, Result, finish
from notification.domain.templates import Language
from notification.runtime import NotificationRuntime
from notification.store import mailings
from notification.telling.context import Asked
from notification.telling.making import mandate, tell

log = logging.getLogger(__name__)


async def send_mailings(runtime: NotificationRuntime) -> None:
    """Make the notices that wait, batch by batch, and finish each batch of which every item has its result."""
    async with view(runtime.db, mandate()) as v:
        waiting = await mailings.list_open(v)
    for mailing_id in waiting:
        await _work(runtime, mailing_id)


async def _work(runtime: NotificationRuntime, mailing_id: MailingId) -> None:
    async with view(runtime.db, mandate()) as v:
        mailing = await mailings.get(v, mailing_id)
        lines = await mailings.list_lines(v, mailing_id)
    if mailing.items is None:
        return  # another process finished it meanwhile
    for line in lines:
        if line.result is None:
            result = await _made(runtime, mailing, mailing.items.items[line.n], cause=str(line.cause))
            # After the notice, never before it: if we crash here, it is asked for again and is made already.
            async with operational(runtime.db) as conn:
                await mailings.note(conn, mailing_id, line.n, result)
    async with change(runtime.db, mandate()) as tx:
        mailing = await mailings.lock(tx, mailing_id)
        results = [each.result for each in await mailings.list_lines(tx, mailing_id) if each.result]
        if mailing.finished_at is None and len(results) == mailing.count:
            permit = tx.permit(mailings.resource_of(mailing.id, mailing.agency_id))
            await mailings.save(tx, permit, mailing, finish(mailing, results))


async def _made(runtime: NotificationRuntime, mailing: Mailing, item: Item, *, cause: str) -> Result:
    says = {Language.ZH: item.values, Language.EN: {**item.values, **item.values_en}}
    asked = Asked(mailing.code, item.case_id, cause, says=says, agency_id=mailing.agency_id)
    try:
        return await tell(runtime, asked)
    except Refusal as refusal:
        if refusal.kind in (Kind.NOT_FOUND, Kind.GONE):
            return Result.NOT_FOUND
        if refusal.kind is Kind.UNAVAILABLE:
            raise  # the next run goes on with this item
        # One item that cannot be made stops none of the others.
        log.error("couldn't make item %s of batch %s: %s", cause, mailing.id, refusal.code)  # noqa: TRY400
        return Result.NOT_SENT
