"""Signing in and out."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from gateway.identity.issuer.browsers import COOKIE
from gateway.web.shell import form
from gateway.web.visitor import Anybody

router = APIRouter()


@router.post("/sign-in/out")
async def sign_out(request: Request, visitor: Anybody) -> Response:
    """End this browser's session, here and on the server."""
    await form(request)
    await request.app.state.browsers.end(visitor.cookie)
    answer = RedirectResponse("/", 303)
    answer.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax")
    return answer
