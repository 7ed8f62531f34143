"""The agency's exchange: what others ask of it and what it asks of others, each with its state and its due day."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.web.console.people import agencies
from gateway.web.shell import render
from gateway.web.visitor import SignedIn

router = APIRouter()


@router.get("/console/exchange")
async def show(request: Request, visitor: SignedIn, side: str = "RECEIVER", cursor: str = "") -> Response:
    """The inbox, which others wait for, or the outbox."""
    side = side if side in ("RECEIVER", "SENDER") else "RECEIVER"
    page = await visitor.get("/v1/exchanges", side=side, cursor=cursor or None, limit=50)
    return render(
        request,
        "console/exchange.html",
        items=page["items"],
        next_cursor=page["next_cursor"],
        side=side,
        names=await agencies(visitor),
    )
