"""One message about a case: read it, sign for it or decline to, or say that it is not for oneself."""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from gateway.web.portal.around import shown
from gateway.web.shell import form, text_of
from gateway.web.visitor import Refused, SignedIn

router = APIRouter()

_ACTS = {"sign": "acknowledgements", "refuse": "refusals", "not-me": "disputes", "not-here": "disputes"}
_ORDERS = {"not-me": {"reason": "NOT_ME"}, "not-here": {"reason": "NOT_MY_ADDRESS"}}


@router.get("/portal/cases/{case_id}/messages/{message_id}")
async def read_message(case_id: str, message_id: str, request: Request, visitor: SignedIn) -> Response:
    """The message with its periods. That it was opened is on record, without legal effect of its own."""
    case = await visitor.get(f"/v1/cases/{case_id}")
    message = await visitor.get(f"/v1/inbox/{message_id}")
    if message["read_at"] is None:
        await visitor.post("/v1/inbox/state", {"ids": [message_id]}, key=uuid.uuid4().hex)
        message = await visitor.get(f"/v1/inbox/{message_id}")
    return await shown(
        request, "portal/message.html", agency_id=case["agency_id"], case=case, message=message
    )


@router.post("/portal/cases/{case_id}/messages/{message_id}/{act}")
async def answer(case_id: str, message_id: str, act: str, request: Request, visitor: SignedIn) -> Response:
    """Sign, decline to sign, or dispute; the page then shows the receipt with the time."""
    if act not in _ACTS:
        # To sign has an effect in law: no other word may come to mean it.
        raise Refused(404, {})
    fields = await form(request)
    target = _ACTS[act]
    await visitor.post(f"/v1/inbox/{message_id}/{target}", _ORDERS.get(act, {}), key=text_of(fields, "key"))
    return RedirectResponse(f"/portal/cases/{case_id}/messages/{message_id}#answered", 303)
