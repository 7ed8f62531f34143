"""The browser proves the key of its session: a page with a script, a challenge, and the answer to it."""

from __future__ import annotations

from typing import Any, Final

import orjson
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from common.values.errors import Refusal
from common.web import problem
from gateway.identity.issuer.browserkeys import COOKIE, LASTS, BrowserKeys, not_proven
from gateway.web.shell import render
from gateway.web.signin.places import local
from gateway.web.visitor import Anybody, SignedIn

PAGE: Final = "/sign-in/key"

router = APIRouter()


@router.get(PAGE)
async def show(request: Request, visitor: SignedIn, next: str = "") -> Response:
    """The page that loads the script, and goes on."""
    if not visitor.is_keeping_key:
        return RedirectResponse(local(next) or "/portal", 303)
    return render(request, "signin/key.html", next=local(next) or "/console")


@router.get(PAGE + "/challenge")
async def challenge(request: Request, visitor: Anybody) -> Response:
    """What the browser signs: {session, challenge}."""
    if visitor.signed is None:
        return problem.answer(not_proven())
    keys: BrowserKeys = request.app.state.keys
    session_id = visitor.signed.session.id
    return JSONResponse({"session": str(session_id), "challenge": await keys.challenge(session_id)})


@router.post(PAGE)
async def prove(request: Request, visitor: Anybody) -> Response:
    """The proof cookie for {challenge, signature, jwk}; 401 for a key that is not the session's."""
    keys: BrowserKeys = request.app.state.keys
    try:
        if visitor.signed is None:
            raise not_proven()
        signed = visitor.signed
        proof = await keys.prove(signed.session.id, signed.key, _object(await request.body()))
    except Refusal as refusal:
        return problem.answer(refusal)
    lasts_s = int(LASTS.total_seconds())
    answer = JSONResponse({"lasts_s": lasts_s})
    answer.set_cookie(COOKIE, proof, max_age=lasts_s, secure=True, httponly=True, samesite="lax")
    return answer


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise not_proven() from None
    return value if isinstance(value, dict) else {}
