"""The party's inbox."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends

from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.errors import Kind
from common.values.ids import CaseId, MessageId
from common.web.auth import Allow, Db
from common.web.openapi import refuses
from common.web.pages import Cursor, Limit
from notification.api.views import detail_view, entry_view, opened_view, party_of
from notification.contract import (
    AcknowledgementOrder,
    DisputeOrder,
    InboxPage,
    InboxStateView,
    MessageDetailView,
    OpenedMessageView,
    SigningRefusalOrder,
    StateOrder,
)
from notification.domain.engagement import acknowledge, dispute, read, refuse, see
from notification.domain.entries import Cursor as Start
from notification.domain.entries import require_within
from notification.domain.message import DisputeReason
from notification.domain.templates import MessageKind
from notification.runtime import Run
from notification.store import inbox, messages
from notification.store.inbox import Filters
from notification.store.parties import resource

router = APIRouter()

Reading = Annotated[Mandate, Depends(Allow(Action.MESSAGE_READ))]
Receiving = Annotated[Mandate, Depends(Allow(Action.MESSAGE_RECEIVE))]
Disputing = Annotated[Mandate, Depends(Allow(Action.MESSAGE_DISPUTE))]

MOST: Final = 200
"""Messages that one call marks at most."""


@router.get("/v1/inbox", summary="收件箱 · Read what changed in the inbox", responses=refuses(Kind.GONE))
async def list_inbox(
    db: Db,
    mandate: Reading,
    runtime: Run,
    cursor: Cursor = "",
    limit: Limit = 50,
    unread: bool = False,
    kind: MessageKind | None = None,
    case_id: CaseId | None = None,
) -> InboxPage:
    """What came into the caller's inbox, changed there or left it after `cursor`, in order.

    Without a cursor the inbox is read from the beginning. The cursor of a page is the `id` of the stream's events. A
    cursor that is older than the entries that are kept is refused with NOTI_CURSOR_GONE (410): forget the messages, and
    read from the beginning. A filter leaves entries out by what their messages are now; the cursor means the same under
    each, so a phone that keeps a copy of the inbox reads it without a filter.
    """
    party_id, start = party_of(mandate), Start.read(cursor)
    filters = filters_of(mandate, unread=unread, kind=kind, case_id=case_id)
    async with view(db, mandate) as v:
        reach, entries = await inbox.list_entries(
            v, party_id, after=start.place, limit=limit + 1, filters=filters
        )
        require_within(start, reach, kept_d=runtime.profile.notification.entries_kept_d)
        shown = {m.id: m for m in await messages.list_by_id(v, {entry.message_id for entry in entries})}
        waiting = await inbox.count_unread(v, party_id)
    page, has_more = entries[:limit], len(entries) > limit
    return InboxPage(
        items=[entry_view(entry, shown.get(entry.message_id)) for entry in page],
        next_cursor=start.moved(page[-1].place if has_more else reach.last, reach),
        has_more=has_more,
        unread=waiting,
    )


def filters_of(
    mandate: Mandate, *, unread: bool = False, kind: str | None = None, case_id: CaseId | None = None
) -> Filters:
    """What the caller asks for, within what its session may see."""
    # A session of one case is shown nothing of the others, not even that something is gone. Places are counted over the
    # whole inbox, so a gap tells it that something else came or changed, and never what.
    own = mandate.actor.case_id
    return Filters(unread=unread, kind=kind, case_id=own or case_id, tombstones=own is None)


@router.get("/v1/inbox/{message_id}", summary="消息详情 · Read one message")
async def read_message(message_id: MessageId, db: Db, mandate: Reading, runtime: Run) -> MessageDetailView:
    """One message: who sends it, until when what can be done, and where. Opening it is said at `POST /v1/inbox/state`.

    `sender` holds nulls while the case service does not answer, and once the case was erased.
    """
    async with view(db, mandate) as v:
        message = await messages.get(v, message_id)
        v.permit(resource(message.id, message.party_id, case_id=message.case_id))
        unread = await inbox.count_unread(v, message.party_id)
    context = None if message.is_gone else await runtime.context_of(message.case_id)
    return detail_view(message, context, unread=unread, runtime=runtime)


@router.post("/v1/inbox/state", summary="标记已显示、已打开 · Say what was shown and opened", status_code=201)
async def note_state(order: StateOrder, db: Db, mandate: Receiving) -> InboxStateView:
    """Records which messages a list showed (`seen`) and which the party opened (`read`), each once.

    No legal effect: a document is served by its arrival. At most 200 messages a call.
    """
    async with change(db, mandate) as tx:
        party_id = party_of(mandate)
        permit = tx.permit(resource(party_id, party_id, case_id=mandate.actor.case_id))
        news = await messages.lock_with_news(
            tx,
            party_id,
            seen_up_to=order.seen_up_to,
            read_up_to=order.read_up_to,
            read=order.ids,
            limit=MOST + 1,
        )
        for each in news[:MOST]:
            facts = (
                see(each.message) if each.is_seen else None,
                read(each.message) if each.is_read else None,
            )
            await messages.save(tx, permit, each.message, *(fact for fact in facts if fact is not None))
        return tx.answer(
            InboxStateView(
                seen=sum(each.is_seen for each in news[:MOST]),
                read=sum(each.is_read for each in news[:MOST]),
                has_more=len(news) > MOST,
                unread=await inbox.count_unread(tx, party_id),
            )
        )


@router.post(
    "/v1/inbox/{message_id}/acknowledgements", summary="签收 · Acknowledge a message", status_code=201
)
async def acknowledge_message(
    message_id: MessageId, order: AcknowledgementOrder, db: Db, mandate: Receiving
) -> OpenedMessageView:
    """The caller confirms the message, once. The receipt says by which kind of log-in. No legal effect of its own."""
    async with change(db, mandate) as tx:
        message = await messages.lock(tx, message_id)
        permit = tx.permit(resource(message.id, message.party_id, case_id=message.case_id))
        fact = acknowledge(message, login=mandate.actor.login)
        message = await messages.save(tx, permit, message, fact)
        return tx.answer(opened_view(message, unread=await inbox.count_unread(tx, message.party_id)))


@router.post(
    "/v1/inbox/{message_id}/refusals", summary="拒绝签收 · Decline to sign for a message", status_code=201
)
async def refuse_message(
    message_id: MessageId, order: SigningRefusalOrder, db: Db, mandate: Receiving
) -> OpenedMessageView:
    """The caller declines to sign for the message, once. No legal effect of its own, and no disadvantage (NJ 5)."""
    async with change(db, mandate) as tx:
        message = await messages.lock(tx, message_id)
        permit = tx.permit(resource(message.id, message.party_id, case_id=message.case_id))
        fact = refuse(message, login=mandate.actor.login)
        message = await messages.save(tx, permit, message, fact)
        return tx.answer(opened_view(message, unread=await inbox.count_unread(tx, message.party_id)))


@router.post(
    "/v1/inbox/{message_id}/disputes", summary="不是我 · Say that a message is not for me", status_code=201
)
async def dispute_message(
    message_id: MessageId, order: DisputeOrder, db: Db, mandate: Disputing
) -> OpenedMessageView:
    """The caller says that the message concerns somebody else, or that the address is not the caller's.

    Recorded once, and shown to the officers of the case. The caller learns nothing more of the case by it. From then on
    notices about the case go to none of the party's addresses (NOT_ME), or not to that of the message (NOT_MY_ADDRESS).
    """
    async with change(db, mandate) as tx:
        message = await messages.lock(tx, message_id)
        permit = tx.permit(resource(message.id, message.party_id, case_id=message.case_id))
        fact = dispute(message, DisputeReason(order.reason))
        message = await messages.save(tx, permit, message, fact)
        return tx.answer(opened_view(message, unread=await inbox.count_unread(tx, message.party_id)))
