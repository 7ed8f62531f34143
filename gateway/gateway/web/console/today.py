"""What must I do today: the visitor's own debts by deadline, and nothing else."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.web.shell import render
from gateway.web.visitor import SignedIn, Visitor

router = APIRouter()

_ROLES: Final = (
    "CASE_OFFICER",
    "TEAM_LEAD",
    "AGENCY_HEAD",
    "CASE_LEGAL_REVIEWER",
    "SERVICE_OFFICER",
    "ARCHIVIST",
)
"""The roles for which the API keeps a list of what is due."""


@router.get("/console")
async def home(visitor: SignedIn) -> Response:
    """The desk begins with what is due."""
    return RedirectResponse("/console/today", 303)


@router.get("/console/today")
async def show(request: Request, visitor: SignedIn) -> Response:
    roles = [role for role in _ROLES if visitor.has(role)]
    lists = await asyncio.gather(*(_due(visitor, role) for role in roles))
    work = sorted((item for items in lists for item in items), key=lambda item: item["due_on"])
    drafts, review, exchange, oversight, expiring = await asyncio.gather(
        _count(visitor, "/v1/prompt-drafts", "CASE_OFFICER"),
        _count(visitor, "/v1/captures", "EVIDENCE_REVIEWER", state="TECH_PASSED"),
        _count(visitor, "/v1/exchanges", "EXCHANGE_OFFICER", "DATA_SHARING_OFFICER", side="RECEIVER"),
        _count(visitor, "/v1/oversight-items", "SUPERVISOR", "AGENCY_HEAD"),
        _count(visitor, "/v1/verification-expiries", "DEVICE_ADMIN"),
    )
    counts = {
        "drafts": drafts,
        "review": review,
        "exchange": exchange,
        "oversight": oversight,
        "expiring": expiring,
    }
    return render(
        request,
        "console/today.html",
        work=work,
        overdue=sum(item["is_overdue"] for item in work),
        counts={name: found for name, found in counts.items() if found is not None},
    )


async def _due(visitor: Visitor, role: str) -> list[dict[str, Any]]:
    """What is due to this role; an officer's own cases, because others' are not its debts."""
    own = True if role == "CASE_OFFICER" else None
    found = await visitor.find("/v1/work-items", role=role, mine=own, limit=100)
    items: list[dict[str, Any]] = found["items"] if found else []
    return items


async def _count(visitor: Visitor, path: str, *roles: str, **params: Any) -> tuple[int, bool] | None:
    """How many wait, and whether there are more than one page; None for another role's list."""
    found = await visitor.find(path, limit=100, **params) if visitor.has(*roles) else None
    return (len(found["items"]), bool(found.get("next_cursor"))) if found else None
