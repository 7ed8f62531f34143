"""Signing in at the city's identity provider, coming back, and signing out."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from gateway.identity.domain.sessions import How, SignIn
from gateway.identity.issuer.browserkeys import COOKIE as KEY_COOKIE
from gateway.identity.issuer.browsers import COOKIE, Asserted, Browsers
from gateway.identity.issuer.signingin import COOKIE as ATTEMPT
from gateway.identity.issuer.signingin import LASTS, NotSignedIn, SignIns
from gateway.web.shell import form, render
from gateway.web.signin.places import home_of, local
from gateway.web.visitor import Anybody

router = APIRouter()


@router.get("/sign-in")
async def begin(request: Request, next: str = "", fresh: str = "") -> Response:
    """On to the provider. With `fresh` it asks who it is although it knows (prompt=login, max_age)."""
    sign_ins: SignIns | None = request.app.state.sign_ins
    if sign_ins is None:
        return render(request, "signin/failed.html", status=503, why="UNCONFIGURED", next=local(next))
    try:
        attempt = await sign_ins.begin(local(next), is_fresh=fresh == "1")
    except NotSignedIn as failure:
        return _failed(request, failure, local(next))
    answer = RedirectResponse(attempt.address, 303)
    answer.set_cookie(
        ATTEMPT,
        attempt.cookie,
        max_age=int(LASTS.total_seconds()),
        secure=True,
        httponly=True,
        samesite="lax",
    )
    return answer


@router.get("/sign-in/callback")
async def come_back(request: Request, visitor: Anybody) -> Response:
    """Somebody comes from the provider: a new session, or the reason in words."""
    sign_ins: SignIns | None = request.app.state.sign_ins
    browsers: Browsers = request.app.state.browsers
    try:
        if sign_ins is None or len(request.query_params.multi_items()) != len(request.query_params):
            raise NotSignedIn("STALE")
        came = await sign_ins.finish(request.cookies.get(ATTEMPT), request.query_params)
    except NotSignedIn as failure:
        return _failed(request, failure, "")
    person = (await browsers.directory()).people.get(came.asserted.sub)
    if person is None:
        return _without_attempt(render(request, "signin/failed.html", status=403, why="NOBODY", next=""))
    who = SignIn(person.sub, How.OPENID, person.agency_id)
    cookie = await browsers.begin(who, Asserted(came.age, came.asserted.sid), after=visitor.cookie)
    answer = RedirectResponse(came.next if came.next not in ("", "/") else home_of(person), 303)
    answer.set_cookie(COOKIE, cookie, secure=True, httponly=True, samesite="lax")
    return _without_attempt(answer)


@router.get("/sign-in/done")
async def done(request: Request) -> Response:
    """For a window that was opened to sign in: back to the one that waits."""
    return render(request, "signin/done.html")


@router.post("/sign-in/out")
async def sign_out(request: Request, visitor: Anybody) -> Response:
    """End this browser's session, here and on the server; the provider's own where it says how."""
    await form(request, needs_key=False)
    assert visitor.signed is not None
    browsers: Browsers = request.app.state.browsers
    sign_ins: SignIns | None = request.app.state.sign_ins
    await browsers.end(visitor.cookie)
    at_provider = visitor.signed.session.who.how is How.OPENID and sign_ins is not None
    farewell = await sign_ins.farewell() if at_provider and sign_ins else ""
    request.state.visitor = replace(visitor, cookie=None, key_proof=None, signed=None)
    # A page and not a redirect: a form of ours leads nowhere else, and browsers hold its redirects to that too.
    answer = (
        render(request, "signin/left.html", farewell=farewell) if farewell else RedirectResponse("/", 303)
    )
    for name in (COOKIE, KEY_COOKIE):
        answer.delete_cookie(name, secure=True, httponly=True, samesite="lax")
    # What a page kept of an unsent form stays on no shared computer.
    answer.headers["clear-site-data"] = '"storage"'
    return answer


def _failed(request: Request, failure: NotSignedIn, next_: str) -> Response:
    status = 503 if failure.why == "PROVIDER" else 400
    return _without_attempt(render(request, "signin/failed.html", status=status, why=failure.why, next=next_))


def _without_attempt(answer: Response) -> Response:
    answer.delete_cookie(ATTEMPT, secure=True, httponly=True, samesite="lax")
    return answer
