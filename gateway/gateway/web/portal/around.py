"""What stands around every page of the portal: the window and the telephone of the agency (APL 41(3); NJ 5)."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.web.shell import render
from gateway.web.visitor import Refused, Visitor


async def shown(
    request: Request, template: str, *, agency_id: str | None = None, status: int = 200, **context: Any
) -> Response:
    """`template` with the contact of `agency_id` in its foot, or of every agency whose page is public."""
    visitor: Visitor = request.state.visitor
    try:
        listed = (await visitor.get("/v1/public/agency-pages"))["items"]
    except Refused:
        # The foot is no reason to show nothing: the page says that the contacts cannot be read now.
        listed = []
    own = [each for each in listed if each["agency_id"] == agency_id]
    return render(request, template, status=status, contacts=own or listed, **context)


async def whole(visitor: Visitor, path: str, **params: Any) -> list[dict[str, Any]]:
    """Every item of a list that comes in pages."""
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        answer = await visitor.get(path, limit=200, cursor=cursor, **params)
        items += answer["items"]
        cursor = answer.get("next_cursor")
        if not cursor:
            return items
