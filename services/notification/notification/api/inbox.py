"""The party's inbox."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.errors import Kind
from common.values.ids import MessageId
from common.web.auth import Allow, Db
from common.web.openapi import refuses, sends
from common.web.pages import Cursor, Limit, after, next_cursor
from common.web.wire import Page
from notification.api.views import message_view, party_of
from notification.contract import MessageView
from notification.domain import message as rules
from notification.runtime import Run
from notification.store import documents, messages
from notification.store.parties import resource

router = APIRouter()

Reading = Annotated[Mandate, Depends(Allow(Action.MESSAGE_READ))]
Receiving = Annotated[Mandate, Depends(Allow(Action.MESSAGE_RECEIVE))]
_SEQ = re.compile(r"[0-9]{1,18}")


@router.get("/v1/inbox", summary="收件箱 · List the messages of the inbox")
async def list_inbox(db: Db, mandate: Reading, cursor: Cursor = "", limit: Limit = 50) -> Page[MessageView]:
    """The caller's messages in the order in which they arrived."""
    async with view(db, mandate) as v:
        listed = await messages.list_inbox(
            v, party_of(mandate), after=after(cursor, _seq) or 0, limit=limit + 1
        )
    return Page(
        items=[message_view(message) for message in listed[:limit]],
        next_cursor=next_cursor(listed, limit, lambda message: message.seq),
    )


def _seq(text: str) -> int:
    if not _SEQ.fullmatch(text):
        raise ValueError("a place in an inbox is a number")
    return int(text)


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
