"""Notices for many cases at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.ids import NO_AGENCY, MailingId, OfficerId
from common.web.auth import Allow, Db
from notification.contract.mailings import NotificationBatchOrder, NotificationBatchView, NotificationResult
from notification.domain import mailings as rules
from notification.domain.drafting import Scope
from notification.domain.mailings import Item, Items, Mailing
from notification.domain.templates import Language, class_of
from notification.runtime import Run
from notification.store import mailings, templates
from notification.store.mailings import Line

router = APIRouter()

Ordering = Annotated[Mandate, Depends(Allow(Action.MESSAGE_ORDER))]
Overseeing = Annotated[Mandate, Depends(Allow(Action.MESSAGE_OVERSEE))]


@router.post("/v1/notification-batches", summary="批量通知 · Order notices for many cases", status_code=202)
async def order_batch(
    order: NotificationBatchOrder, db: Db, runtime: Run, mandate: Ordering
) -> NotificationBatchView:
    """Notices of one class to the parties of up to 1,000 cases of the agency. Ask for the results with its id.

    The words are the agency's approved ones, or those that ship. Classes that a record or a day asks for cannot be
    ordered (NOTI_CLASS_NOT_ORDERED), nor values that the words may not hold (NOTI_CONTENT_FORBIDDEN). A case of another
    agency is NOT_FOUND. The same key is the same batch, and an item is made once.
    """
    items = Items(tuple(Item(each.case_id, each.values, each.values_en) for each in order.items))
    async with change(db, mandate) as tx:
        agency_id, mailing_id = mandate.actor.agency_id or NO_AGENCY, MailingId.new(tx.now)
        permit = tx.permit(mailings.resource_of(mailing_id, agency_id))
        by = OfficerId(mandate.actor.id)
        fact = rules.order(mailing_id, order.code, items, agency_id=agency_id, by=by)
        of, own = (
            class_of(order.code),
            await templates.find_in_force(tx, agency_id, Scope(order.code, Language.ZH)),
        )
        template = own.template if own else of.templates[Language.ZH]
        rules.require_sayable(of, template, items, official_domain=runtime.profile.city_domain)
        mailing = await mailings.add(tx, permit, fact, texts=items)
        return tx.answer(_batch_view(mailing, await mailings.list_lines(tx, mailing.id)))


@router.get("/v1/notification-batches/{mailing_id}", summary="批量通知结果 · See what became of a batch")
async def read_batch(mailing_id: MailingId, db: Db, mandate: Overseeing) -> NotificationBatchView:
    """The batch with the result of each item."""
    async with view(db, mandate) as v:
        mailing = await mailings.get(v, mailing_id)
        v.permit(mailings.resource_of(mailing.id, mailing.agency_id))
        return _batch_view(mailing, await mailings.list_lines(v, mailing.id))


def _batch_view(mailing: Mailing, lines: Sequence[Line]) -> NotificationBatchView:
    return NotificationBatchView(
        batch_id=mailing.id,
        code=mailing.code,
        count=mailing.count,
        ordered_at=mailing.ordered_at,
        made=mailing.made,
        finished_at=mailing.finished_at,
        items=[
            NotificationResult(n=each.n, result=each.result, message_id=each.message_id) for each in lines
        ],
    )
