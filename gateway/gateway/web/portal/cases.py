"""The party's case: what is due and by when, what happened, the pictures, the papers, and what can be done."""

from __future__ import annotations

import re
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from gateway.web.portal.around import shown, whole
from gateway.web.visitor import SignedIn, Visitor

router = APIRouter()

_PAGES: Final = {
    "defences": "statement",
    "hearing-request": "hearing",
    "instalments": "later",
    "remedies": "reconsideration",
    "demand/statements": "demand",
    "recusals": "recusal",
}
"""Acts of the party that have a page here, by the act's address below the case; the statement comes first."""


@router.get("/portal/case")
async def open_own(visitor: SignedIn) -> Response:
    """To the one case of a query code, or to the list of an account."""
    me = await visitor.get("/v1/me")
    return RedirectResponse(f"/portal/cases/{me['case_id']}" if me["case_id"] else "/portal/cases", 303)


@router.get("/portal/cases")
async def list_own(request: Request, visitor: SignedIn) -> Response:
    """The party's cases, the newest first, and the messages that came."""
    cases = await whole(visitor, "/v1/cases")
    inbox = await visitor.find("/v1/inbox", limit=1)
    unread = inbox["unread"] if inbox else 0
    return await shown(request, "portal/cases.html", cases=list(reversed(cases)), unread=unread)


@router.get("/portal/cases/{case_id}")
async def read_case(
    case_id: str, request: Request, visitor: SignedIn, done: str = "", mark: str = ""
) -> Response:
    """One case as its party sees it. `done` names the page whose form was just sent, if `mark` is that page's."""
    case = await visitor.get(f"/v1/cases/{case_id}")
    return await shown(
        request,
        "portal/case.html",
        agency_id=case["agency_id"],
        case=case,
        acts=await _acts(visitor, case_id),
        captures=await _items(visitor, f"/v1/cases/{case_id}/pictures"),
        documents=await _items(visitor, f"/v1/cases/{case_id}/documents"),
        messages=await messages_of(visitor, case_id),
        statements=await _items(visitor, f"/v1/cases/{case_id}/defences"),
        due=[each for each in case["deadlines"] if each["holder"] == "AGENCY"],
        own=[each for each in case["deadlines"] if each["holder"] == "PARTY"],
        prior=case["notices"][-1] if case["notices"] else None,
        named=rule_of,
        done=done if visitor.is_marked(mark, case_id, done) else "",
        can_ask_about_data=await visitor.find(f"/v1/cases/{case_id}/data-requests") is not None,
    )


@router.get("/portal/cases/{case_id}/devices")
async def read_dossier(case_id: str, request: Request, visitor: SignedIn) -> Response:
    """The papers of each device at the second of its capture: basis, reviews, certificate, sign, publication."""
    case = await visitor.get(f"/v1/cases/{case_id}")
    dossier = await visitor.get(f"/v1/cases/{case_id}/device-dossier")
    return await shown(
        request, "portal/dossier.html", agency_id=case["agency_id"], case=case, dossier=dossier
    )


@router.get("/portal/cases/{case_id}/readings")
async def read_readings(case_id: str, request: Request, visitor: SignedIn) -> Response:
    """Who looked at the case, on which day, what for."""
    case = await visitor.get(f"/v1/cases/{case_id}")
    readings = await whole(visitor, f"/v1/cases/{case_id}/readings")
    return await shown(
        request, "portal/readings.html", agency_id=case["agency_id"], case=case, readings=readings
    )


async def messages_of(visitor: Visitor, case_id: str) -> list[dict[str, Any]]:
    """The messages about a case as they are now, the newest first; none for who has no inbox."""
    found: dict[str, dict[str, Any]] = {}
    cursor: str | None = None
    while True:
        page = await visitor.find("/v1/inbox", case_id=case_id, limit=200, cursor=cursor)
        if page is None:
            return []
        for entry in page["items"]:
            if entry["message"]:
                found[entry["message_id"]] = entry["message"]
        if not page["has_more"]:
            return sorted(found.values(), key=lambda each: each["delivered_at"], reverse=True)
        cursor = page["next_cursor"]


async def _acts(visitor: Visitor, case_id: str) -> list[dict[str, Any]]:
    """What the party can do now and what it cannot, each with its page and the API's reasons; the statement first."""
    listed = (await visitor.get(f"/v1/cases/{case_id}/next-acts"))["items"]
    by_act = {each["act"]: each for each in listed}
    return [by_act[act] | {"page": page} for act, page in _PAGES.items() if act in by_act]


async def _items(visitor: Visitor, path: str) -> list[dict[str, Any]]:
    answer = await visitor.find(path)
    items: list[dict[str, Any]] = answer["items"] if answer else []
    return items


def rule_of(rule: str) -> str:
    """The name of a deadline's rule without the number of the thing that it belongs to: `refund_2` is `refund`."""
    return re.sub(r"_\d+$", "", rule)
