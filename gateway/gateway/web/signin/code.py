"""A party signs in with the query code of its document and the second factor that the document names. No scripts.

The session is for that one case. A wrong code and a wrong factor are answered alike, and the tries are counted together
with those of phones. A form of another site is refused before it is read, or it could sign somebody in as another.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from common.values.errors import STATUS, Refusal
from gateway.identity.issuer.browsers import COOKIE, Browsers
from gateway.identity.issuer.querycodes import QueryCodes
from gateway.web.shell import render, text_of
from gateway.web.signin.places import local
from gateway.web.visitor import Anybody
from gateway.web.words import say

PAGE = "/sign-in/code"
_LONGEST_FACTOR = 20

router = APIRouter()


@router.get(PAGE)
async def ask(request: Request, next: str = "") -> Response:
    """The form."""
    return _form(request, code="", factor="", next_=local(next))


@router.post(PAGE)
async def sign_in(request: Request, visitor: Anybody) -> Response:
    """A session of the case, or the form again with what is wrong beside its field."""
    fields = await request.form()
    typed, factor, next_ = (text_of(fields, name) for name in ("code", "factor", "next"))
    codes: QueryCodes = request.app.state.codes
    browsers: Browsers = request.app.state.browsers
    if not 0 < len(factor) <= _LONGEST_FACTOR or not factor.isprintable():
        faults = {"factor": say("signin.code.factor_missing", visitor.language)}
        return _form(request, code=typed, factor="", next_=local(next_), faults=faults, status=422)
    try:
        who = await codes.opened(typed, factor, address=visitor.address)
    except Refusal as refusal:
        faults = {"code": refusal.said(visitor.language)}
        status = STATUS[refusal.kind]
        answer = _form(request, code=typed, factor=factor, next_=local(next_), faults=faults, status=status)
        answer.headers.update(refusal.headers)
        return answer
    cookie = await browsers.begin(who, after=visitor.cookie)
    answer = RedirectResponse(local(next_) or "/portal", 303)
    answer.set_cookie(COOKIE, cookie, secure=True, httponly=True, samesite="lax")
    return answer


def _form(
    request: Request,
    *,
    code: str,
    factor: str,
    next_: str,
    faults: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    return render(
        request,
        "signin/code.html",
        status=status,
        code=code,
        factor=factor,
        next=next_,
        faults=faults or {},
        has_provider=request.app.state.sign_ins is not None,
    )
