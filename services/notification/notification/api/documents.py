"""The documents that came with messages, whole or in part."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Response
from starlette.background import BackgroundTask

from common.door.uow import change, view
from common.files.ranges import span_of
from common.policy import Action, Mandate, authorize
from common.values.errors import Kind
from common.values.ids import MessageId
from common.web.auth import HEAD_HEADER, Allow, Db
from common.web.components import header_refs
from common.web.openapi import refuses, sends_ranges
from notification.domain.engagement import download
from notification.runtime import NotificationRuntime, Run
from notification.store import documents, messages
from notification.store.parties import resource

router = APIRouter()

Reading = Annotated[Mandate, Depends(Allow(Action.MESSAGE_READ))]
_NOT_MODIFIED: Final[dict[int | str, dict[str, Any]]] = {304: {"headers": header_refs("ETag")}}


@router.get(
    "/v1/inbox/{message_id}/document",
    summary="消息所附文书 · Fetch the document of a message",
    response_class=Response,
    responses=sends_ranges("application/pdf") | _NOT_MODIFIED | refuses(Kind.GONE),
)
async def read_document(
    message_id: MessageId,
    db: Db,
    mandate: Reading,
    runtime: Run,
    range: Annotated[str, Header(max_length=100)] = "",
    if_range: Annotated[str, Header(max_length=100)] = "",
    if_none_match: Annotated[str, Header(max_length=1000)] = "",
    head: Annotated[str, Header(alias=HEAD_HEADER, include_in_schema=False)] = "",
) -> Response:
    """The document that came with the message: the PDF/A-3a whose digest is in the record of its service.

    Once all of it was sent in one answer, the download is on record. A part of it, a HEAD request and an answer of 304
    record nothing.
    """
    async with view(db, mandate) as v:
        message = await messages.get(v, message_id)
        v.permit(resource(message.id, message.party_id, case_id=message.case_id))
    content = await documents.get(runtime.sealed, message)
    assert message.document_sha256 is not None  # there was something to get
    headers = {
        "content-disposition": f'inline; filename="{message.document_id}.pdf"',
        "etag": f'"{message.document_sha256}"',
        "cache-control": "no-store",
    }
    if _has(if_none_match, headers["etag"]):
        return Response(status_code=304, headers=headers)
    span = span_of(range, size=len(content), etag=headers["etag"], if_range=if_range)
    headers |= span.headers(content, sha256=message.document_sha256)
    # A part says nothing of the others: whoever asked for one byte does not hold the document.
    is_whole = (span.first, span.last) == (0, len(content) - 1) and not head
    noted = BackgroundTask(_note_download, runtime, mandate, message_id) if is_whole else None
    # Starlette runs it after the last byte went to the connection.
    return Response(span.of(content), span.status, headers, "application/pdf", noted)


def _has(tags: str, etag: str) -> bool:
    """Whether an If-None-Match names `etag`: by weak comparison, as RFC 9110 §13.1.2 says."""
    named = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
    return etag in named or "*" in named


async def _note_download(runtime: NotificationRuntime, mandate: Mandate, message_id: MessageId) -> None:
    """Record the download, unless one is on record."""
    receiving = authorize(mandate.actor, Action.MESSAGE_RECEIVE)
    async with change(runtime.db, receiving) as tx:
        message = await messages.lock(tx, message_id)
        permit = tx.permit(resource(message.id, message.party_id, case_id=message.case_id))
        fact = download(message)
        if fact is not None:
            await messages.save(tx, permit, message, fact)
