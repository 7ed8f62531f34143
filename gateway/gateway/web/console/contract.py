"""The acts of the API as its own document describes them, read once."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from gateway.web.visitor import Visitor


async def contract(request: Request, visitor: Visitor) -> dict[str, Any]:
    """The OpenAPI document of the platform. It does not change while the platform runs."""
    state = request.app.state
    if not hasattr(state, "contract"):
        state.contract = await visitor.get("/openapi.json")
    found: dict[str, Any] = state.contract
    return found


def act_of(address: str) -> str:
    """An act's address below its case as it stands in a page's address: `remedies/{number}/answer` has an `n`."""
    return "/".join("n" if part.startswith("{") else part for part in address.split("/"))


def template_of(document: dict[str, Any], below: str, act: str) -> str | None:
    """The template of the API whose page is `act` below `below`: `/v1/cases/{case_id}/`. None for no such act."""
    return next(
        (
            path
            for path, operations in document["paths"].items()
            if path.startswith(below) and "post" in operations and act_of(path.removeprefix(below)) == act
        ),
        None,
    )
