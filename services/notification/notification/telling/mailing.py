"""Works through the batches that were ordered: each item is a notice like every other, made in a change of its own."""

from __future__ import annotations

import logging
from typing import Final

from common.door.uow import change, operational, view
from common.values.errors import Kind, Refusal
from common.values.ids import MailingId
from notification.domain.mailings import Item, Mailing, Result, finish
from notification.domain.templates import Language
from notification.runtime import NotificationRuntime
from notification.store import mailings
from notification.store.mailings import Line
from notification.telling.context import Asked
from notification.telling.making import mandate, tell

log = logging.getLogger(__name__)

MOST_FAULTS: Final = 5
"""So often an item is tried that a fault of ours stops."""


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
            await _work_on(runtime, mailing, mailing.items.items[line.n], line)
    async with change(runtime.db, mandate()) as tx:
        mailing = await mailings.lock(tx, mailing_id)
        results = [each.result for each in await mailings.list_lines(tx, mailing_id) if each.result]
        if mailing.finished_at is None and len(results) == mailing.count:
            permit = tx.permit(mailings.resource_of(mailing.id, mailing.agency_id))
            await mailings.save(tx, permit, mailing, finish(mailing, results))


async def _work_on(runtime: NotificationRuntime, mailing: Mailing, item: Item, line: Line) -> None:
    """Make one item. A fault of ours in it stops no other: it is tried again in later runs, and given up after some."""
    result: Result | None
    try:
        result = await _made(runtime, mailing, item, cause=str(line.cause))
    except Refusal:
        raise  # another service is away, and so it is for every other item
    except Exception as error:  # noqa: BLE001
        log.error("couldn't make item %d of batch %s", line.n, mailing.id, exc_info=error)
        result = Result.NOT_SENT if line.faults + 1 >= MOST_FAULTS else None
    # After the notice, never before it: if we crash here, it is asked for again and is made already.
    async with operational(runtime.db) as conn:
        if result is None:
            await mailings.note_fault(conn, mailing.id, line.n)
        else:
            await mailings.note(conn, mailing.id, line.n, result)


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
