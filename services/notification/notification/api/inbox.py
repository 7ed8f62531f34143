"""The party's inbox."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.errors import Kind
from common.values.ids import CaseId, MessageId
from common.web.auth import Allow, Db
from common.web.openapi import refuses, sends
from common.web.pages import Cursor, Limit
from notification.api.views import entry_view, message_view, party_of
from notification.contract import InboxPage, MessageView
from notification.domain import message as rules
from notification.domain.entries import Cursor as Start
from notification.domain.entries import require_within
from notification.domain.templates import MessageKind
from notification.runtime import Run
from notification.store import documents, inbox, messages
from notification.store.inbox import Filters
from notification.store.parties import resource

router = APIRouter()

Reading = Annotated[Mandate, Depends(Allow(Action.MESSAGE_READ))]
Receiving = Annotated[Mandate, Depends(Allow(Action.MESSAGE_RECEIVE))]


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
    filters = Filters(unread=unread, kind=kind, case_id=case_id)
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


@router.get("/v1/inbox/{message_id}", summary="消息详情 · Read one message")
async def read_message(message_id: MessageId, db: Db, mandate: Reading) -> MessageView:
    """One message of the caller's inbox."""
    async with view(db, mandate) as v:
        message = await messages.get(v, message_id)
        v.permit(resource(message.id, message.party_id))
    return message_view(message)


@router.get(
    "/v1/inbox/{message_id}/document",
    summary="消息所附文书 · Fetch the document of a message",
    response_class=Response,
    responses=sends("application/pdf", etag=True) | refuses(Kind.GONE),
)
async def read_document(message_id: MessageId, db: Db, mandate: Reading, runtime: Run) -> Response:
    """The document that came with the message: the PDF/A-3a whose digest is in the record of its service."""
    async with view(db, mandate) as v:
        message = await messages.get(v, message_id)
        v.permit(resource(message.id, message.party_id))
    content = await documents.get(runtime.sealed, message)
    headers = {
        "content-disposition": f'inline; filename="{message.document_id}.pdf"',
        "etag": f'"{message.document_sha256}"',
        "cache-control": "no-store",
    }
    return Response(content, media_type="application/pdf", headers=headers)


@router.post(
    "/v1/inbox/{message_id}/receipt", summary="确认已阅 · Confirm having opened a message", status_code=201
)
async def confirm_receipt(message_id: MessageId, db: Db, mandate: Receiving) -> MessageView:
    """The caller confirms having opened the message. Once; service took effect without it."""
    async with change(db, mandate) as tx:
        message = await messages.lock(tx, message_id)
        permit = tx.permit(resource(message.id, message.party_id))
        fact = rules.view(message)
        message = await messages.save(tx, permit, message, fact)
        return tx.answer(message_view(message))
