"""What an officer reads a case for: stated once a visit, and sent with every reading (NJ 17; PIPL 6).

The statement is bound to the session, so nobody who signs in afterwards reads on under it.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.web.shell import form, render, text_of
from gateway.web.visitor import SignedIn, Visitor

router = APIRouter()

_COOKIE: Final = "__Host-purpose"
_OWN: Final = {"SERVICE_OFFICER": "SERVICE", "FINANCE_CLERK": "FINANCE", "ARCHIVIST": "ARCHIVING"}
_OF_CASE_WORK: Final = ("CASE_HANDLING", "REVIEW", "APPEAL", "SUPERVISION")


class PurposeFirst(Exception):
    """The page reads a case, and the visitor has not said what for. `next` is where it goes on."""

    def __init__(self, next_: str) -> None:
        super().__init__(next_)
        self.next = next_


def purpose_of(request: Request, visitor: Visitor) -> str:
    """What the visitor said that it reads cases for. Raises PurposeFirst."""
    purpose, _, proof = request.cookies.get(_COOKIE, "").partition(".")
    if purpose not in offered(visitor) or not proof or proof != visitor.proof:
        query = f"?{request.url.query}" if request.url.query else ""
        raise PurposeFirst(request.url.path + query if request.method == "GET" else "/console/cases")
    return purpose


def stated_with(sent: FormData, request: Request, visitor: Visitor) -> str:
    """What the form says that its case is read for, as its page was opened; else as `purpose_of`.

    Whoever signs in again before sending has a new session, and would else be asked first and lose what was typed.
    """
    purpose = text_of(sent, "stated-purpose")
    return purpose if purpose in offered(visitor) else purpose_of(request, visitor)


def offered(visitor: Visitor) -> list[str]:
    """The purposes from which the visitor chooses, by its roles. Which one is lawful for a case, the API says."""
    roles = visitor.person.roles if visitor.person else frozenset()
    own = [purpose for role, purpose in _OWN.items() if role in roles]
    return own if roles <= _OWN.keys() else [*own, *_OF_CASE_WORK]


@router.get("/console/purpose")
async def ask(request: Request, visitor: SignedIn, to: str = "/console/cases") -> Response:
    return render(request, "console/purpose.html", purposes=offered(visitor), to=_own_place(to), faults={})


@router.post("/console/purpose")
async def state(request: Request, visitor: SignedIn) -> Response:
    fields = await form(request)
    chosen, to = text_of(fields, "purpose"), _own_place(text_of(fields, "to"))
    if chosen not in offered(visitor):
        return render(
            request,
            "console/purpose.html",
            status=422,
            purposes=offered(visitor),
            to=to,
            faults={"purpose": ""},
        )
    answer = RedirectResponse(to, 303)
    answer.set_cookie(
        _COOKIE, f"{chosen}.{visitor.proof}", secure=True, httponly=True, samesite="lax", path="/"
    )
    return answer


def _own_place(to: str) -> str:
    return to if to.startswith("/console/") else "/console/cases"


async def ask_first(request: Request, error: Exception) -> Response:
    """Where a page leads somebody who has stated no purpose."""
    assert isinstance(error, PurposeFirst)
    return RedirectResponse(f"/console/purpose?to={quote(error.next, safe='')}", 303)
