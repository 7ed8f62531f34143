"""The site: pages for people, in front of the gateway. Every other address is the API's.

    address ─▶ a page's? ─no──▶ gateway
                  └─yes─▶ canonical ─▶ how often ─▶ who looks ─▶ own page? ─▶ page ─▶ the API, as the visitor

A form comes from a page of this origin with the session's proof, or it is refused before anything of it is read.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.calls import SAFE_METHODS
from common.values.errors import Kind, Refusal
from common.web import problem
from common.web.telemetry import trace_id
from gateway.addresses import Proxies
from gateway.identity.issuer.browserkeys import BrowserKeys
from gateway.identity.issuer.browsers import PROOF_HEADER, Browsers, cookie_of
from gateway.identity.issuer.demopeople import DemoPeople
from gateway.identity.issuer.querycodes import QueryCodes
from gateway.identity.issuer.signingin import SignIns
from gateway.identity.runtime import GatewaySettings
from gateway.limits import Limits
from gateway.paths import canonical
from gateway.web import assets, console, portal, signin
from gateway.web.console.purposes import PurposeFirst, ask_first
from gateway.web.files import SCRIPTED
from gateway.web.shell import SendAgain, refused_page, send_again_page
from gateway.web.signin import key
from gateway.web.visitor import (
    Refused,
    SignInAgain,
    SignInFirst,
    Visitor,
    language_of,
    sign_in_url,
    visitor_of,
)

log = logging.getLogger(__name__)

PLACES: Final = frozenset({"assets", "portal", "console", "sign-in"})
"""The first segment of every page's address."""

POLICY: Final = SCRIPTED.replace("form-action 'none'", "form-action 'self'").replace("data:;", "data: blob:;")
"""The policy of every page (CSP level 3): our own files alone, and pictures that a script of ours fetched."""

_COST: Final = 4
"""The work of a stranger's page, in the units of `Limits`."""
_MOST_FORM: Final = 1 << 20
_MOST_FILES: Final = 64 << 20


class Site:
    """The ASGI callable before `gateway`. `notice` says what kind of installation this is: demo, sandbox or none.

    Without `sign_ins` no provider is configured; `demo_people` are those of the demo's own.
    """

    def __init__(
        self,
        gateway: ASGIApp,
        browsers: Browsers,
        *,
        sign_ins: SignIns | None,
        codes: QueryCodes,
        keys: BrowserKeys,
        demo_people: DemoPeople | None,
        limits: Limits,
        proxies: Proxies,
        notice: str,
    ) -> None:
        self._gateway = gateway
        self._browsers = browsers
        self._limits = limits
        self._proxies = proxies
        self.pages = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
        self.pages.state.browsers, self.pages.state.notice = browsers, notice
        self.pages.state.codes, self.pages.state.keys = codes, keys
        self.pages.state.sign_ins, self.pages.state.demo_people = sign_ins, demo_people
        for router in (assets.router, signin.router, portal.router, console.router):
            self.pages.include_router(router)
        self.pages.add_exception_handler(Refused, _refused)
        self.pages.add_exception_handler(Refusal, _refusal)
        self.pages.add_exception_handler(SignInFirst, _sign_in)
        self.pages.add_exception_handler(SendAgain, _send_again)
        self.pages.add_exception_handler(SignInAgain, _sign_in_again)
        self.pages.add_exception_handler(PurposeFirst, ask_first)
        for status in (404, 405):
            self.pages.add_exception_handler(status, _missing)
        self.pages.add_exception_handler(400, _unreadable)
        self.pages.add_exception_handler(RequestValidationError, _missing)
        self.pages.add_exception_handler(Exception, _broken)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _place(scope["path"]) not in PLACES:
            await self._gateway(scope, receive, send)
            return
        is_head = scope["method"] == "HEAD"
        sending = _dressed(send, is_head=is_head)
        stranger = Visitor(self._gateway, language_of(Request(scope)), self._address(scope))
        scope.setdefault("state", {})["template"] = "/" + _place(scope["path"])
        state = {**scope["state"], "visitor": stranger}
        scope = {**scope, "method": "GET" if is_head else scope["method"], "state": state, "app": self.pages}
        try:
            await self._admit(scope, dict(scope["headers"]))
        except Refusal as refusal:
            answer = await _refusal(Request(scope, receive), refusal)
            await answer(scope, receive, sending)
            return
        signed = scope["state"]["visitor"].signed
        if signed is not None and not signed.is_proven and _is_for_looking(scope):
            await RedirectResponse(_key_url(scope), 303)(scope, receive, sending)
            return
        await self.pages(scope, receive, sending)

    async def _admit(self, scope: Scope, headers: Mapping[bytes, bytes]) -> None:
        """Put the visitor into the scope. Raises Refusal for what no page answers."""
        canonical(scope.get("raw_path") or scope["path"].encode(), scope["query_string"])
        if scope["path"].startswith("/assets/"):
            # A style sheet is nobody's and comes from memory: to look up who asks would cost more than to send it.
            return
        address = scope["state"]["visitor"].address
        self._limits.spend(address)
        is_use = not scope["path"].startswith(key.PAGE)
        visitor = await visitor_of(
            Request(scope), self._gateway, self._browsers, address=address, headers=headers, is_use=is_use
        )
        scope["state"]["visitor"] = visitor
        if visitor.person is not None:
            # A whole office may have one address.
            self._limits.give_back(address)
            self._limits.spend(visitor.person.sub)
        else:
            self._limits.spend_open(_COST)
        if scope["method"] not in SAFE_METHODS:
            _require_length(headers, may_bring_files=visitor.signed is not None)
            # A form's own proof is read with its fields (`shell.form`); where the session ended meanwhile, the page
            # keeps what was typed and asks to sign in again.
            proof = headers.get(PROOF_HEADER.encode(), b"").decode("latin1")
            self._browsers.require_own_page(cookie_of(headers) if proof else None, proof, headers)

    def _address(self, scope: Scope) -> str:
        peer = scope["client"][0] if scope.get("client") else "-"
        forwarded = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        return self._proxies.client_of(peer, forwarded)


def _place(path: str) -> str:
    """The first segment of the address; empty for `*`, which is none."""
    return path.split("/", 2)[1] if path.startswith("/") else ""


def _is_for_looking(scope: Scope) -> bool:
    """A page that is only opened. What was typed is read first and kept (`shell.form`)."""
    return scope["method"] == "GET" and _place(scope["path"]) in ("portal", "console")


def _key_url(scope: Scope) -> str:
    """Where the browser proves its key and goes on to the page that it asked for."""
    query = f"?{scope['query_string'].decode('latin1')}" if scope["query_string"] else ""
    return f"{key.PAGE}?next={quote(scope['path'] + query, safe='')}"


def _require_length(headers: Mapping[bytes, bytes], *, may_bring_files: bool) -> None:
    is_files = headers.get(b"content-type", b"").startswith(b"multipart/")
    most = _MOST_FILES if is_files and may_bring_files else _MOST_FORM
    length = headers.get(b"content-length", b"")
    if not length.isdigit() or int(length) > most:
        raise Refusal(Kind.TOO_LARGE, "BODY_TOO_LARGE", {"most": most}, wording="most")


def _dressed(send: Send, *, is_head: bool) -> Send:
    """`send` with the headers of every page."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            names = {name for name, _ in message["headers"]}
            added = [
                (b"content-security-policy", POLICY.encode()),
                (b"referrer-policy", b"same-origin"),
                (b"cross-origin-opener-policy", b"same-origin"),
                (b"x-content-type-options", b"nosniff"),
                (b"cache-control", b"no-store"),
            ]
            more = [pair for pair in added if pair[0] not in names]
            message = {**message, "headers": [*message["headers"], *more]}
        elif is_head:
            message = {**message, "body": b""}
        await send(message)

    return sending


def notice_of(settings: GatewaySettings) -> str:
    """What every page says of this installation: `demo`, `sandbox`, or nothing."""
    if settings.sandbox:
        return "sandbox"
    return "" if settings.mode == "production" else "demo"


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return refused_page(request, error)


async def _refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    status, headers, body = problem.problem_of(error, trace_id())
    return refused_page(request, Refused(status, orjson.loads(body), headers.get("retry-after")))


async def _sign_in(request: Request, error: Exception) -> Response:
    assert isinstance(error, SignInFirst)
    if error.fields is not None:
        return send_again_page(request, SendAgain(error.fields))
    return RedirectResponse(sign_in_url(error.next), 303)


async def _send_again(request: Request, error: Exception) -> Response:
    assert isinstance(error, SendAgain)
    return send_again_page(request, error)


async def _sign_in_again(request: Request, error: Exception) -> Response:
    return send_again_page(request, SendAgain(request.state.form, is_signing=True))


async def _missing(request: Request, error: Exception) -> Response:
    return refused_page(request, Refused(404, {}))


async def _unreadable(request: Request, error: Exception) -> Response:
    return refused_page(request, Refused(400, {}))


async def _broken(request: Request, error: Exception) -> Response:
    log.error("couldn't make a page", exc_info=error)
    return refused_page(request, Refused(500, {}))
