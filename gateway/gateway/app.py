"""The gateway as one plain ASGI callable: judge, mint, forward, stream.

    path ─▶ headers ─▶ route ─▶ who asks ─▶ how often ─▶ body (spooled, hashed) ─▶ internal token ─▶ service
                                   └─ /VIID, /ingest: the service is asked, without the body (asking.py)

Each step refuses before the next one starts, so a request that nobody may make costs neither memory nor a query.
The gateway knows a service by its routes alone. It is no FastAPI app: a catch-all route would halve the throughput.
"""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any, Final

from opentelemetry import propagate
from starlette.types import Receive, Scope, Send

from common.calls import SAFE_METHODS
from common.calls.faults import Fault
from common.calls.tokens import GATEWAY, AccessVerifier, AuthError, TokenKey, TokenRevoked, mint
from common.values.errors import Kind, Refusal
from common.web.auth import ASKED, HEAD_HEADER, TOKEN_HEADER
from common.web.problem import MethodNotAllowed
from gateway.addresses import Proxies
from gateway.answering import Answer, ContentEncoded, answer_to
from gateway.asking import Asking, has_body, silence
from gateway.identity.domain.people import Person
from gateway.identity.issuer.browsers import PROOF_HEADER, Browsers, cookie_of
from gateway.identity.issuer.partners import PartnerTokens
from gateway.identity.store.ended import EndedSessions
from gateway.identity.store.people import People
from gateway.limits import Limits
from gateway.partners import bearer_of_bound_token, proven, system_of
from gateway.paths import Auth, Route, Routes, canonical
from gateway.sessions import person_of
from gateway.spooling import Gone, spooled
from gateway.unbuilt import is_unbuilt
from gateway.upstream import Forward, Headers, Upstream, unavailable
from ledger.clock import Clock, real_time

log = logging.getLogger(__name__)

TOKEN_LIFETIME_S: Final = 30
SANDBOX: Final = (b"mingzheng-sandbox", b"1")
"""Stands in every answer of a sandbox: nothing that it says has legal effect."""
_MAX_HEADERS: Final = 100
# The headers of a caller that reach a service (Inv. 2).
_PASSED: Final = frozenset(
    b"accept accept-language content-type idempotency-key if-match if-none-match if-range range prefer dpop traceparent"
    b" last-event-id signature signature-input content-digest".split()
)
# The headers that the gateway reads and does not pass on. They may stand once, like the others.
_READ: Final = frozenset(
    {
        b"authorization",
        b"content-encoding",
        b"content-length",
        b"cookie",
        b"host",
        b"origin",
        b"sec-fetch-site",
        b"transfer-encoding",
        b"x-purpose-of-use",
        PROOF_HEADER.encode(),
    }
)
_SCHEME: Final = {Auth.DIGEST: b"digest", Auth.CLIENT: b"basic"}
_ASKED: Final = frozenset({Auth.DIGEST, Auth.SIGNED, Auth.SECRET})
"""The service knows who speaks from the headers alone, and is asked before anything of the body is read."""
_TRACEPARENT: Final = re.compile(rb"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_SESSION: Final = ("sid", "acr")
"""Claims of an access token that a service hears too: which log-in of the bearer this is, and how it was made."""
_PURPOSE: Final = re.compile(r"[A-Z][A-Z0-9_]{0,39}")


@dataclass(frozen=True)
class _Request:
    """One request on its way through the gateway."""

    method: str
    path: str
    query: bytes
    headers: dict[bytes, bytes]
    route: Route
    address: str
    rid: str
    certificate: str | None = None

    @property
    def target(self) -> str:
        return self.path + ("?" + self.query.decode() if self.query else "")


class Gateway:
    """The ASGI callable. `key` signs internal tokens, `verifier` checks access tokens, `people` knows their bearers.

    A sandbox says in every answer that it is one.
    """

    def __init__(
        self,
        routes: Routes,
        upstreams: Mapping[str, Upstream],
        *,
        key: TokenKey,
        verifier: AccessVerifier,
        partners: PartnerTokens,
        people: People,
        ended: EndedSessions,
        browsers: Browsers,
        limits: Limits,
        proxies: Proxies,
        clock: Clock,
        is_sandbox: bool = False,
    ) -> None:
        self._routes = routes
        self._upstreams = upstreams
        self._key = key
        self._verifier = verifier
        self._partners = partners
        self._people = people
        self._ended = ended
        self._browsers = browsers
        self._limits = limits
        self._proxies = proxies
        self._clock = clock
        self._added: Headers = [SANDBOX] if is_sandbox else []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request. The code that builds a gateway also opens and closes what the gateway uses."""
        rid = secrets.token_hex(16)
        added = [(b"x-request-id", rid.encode()), *self._added]
        answer = answer_to(scope, send, added, self._clock)
        try:
            await self._serve(scope, receive, answer, rid)
        except Refusal as refusal:
            await answer.refuse(refusal)
        except Gone:
            return
        except Exception:
            log.exception("couldn't forward a request")
            if answer.started:
                # Part of the answer has been sent: only a broken connection tells the caller that the rest is missing.
                raise
            await answer.refuse(unavailable())

    async def _serve(self, scope: Scope, receive: Receive, answer: Answer, rid: str) -> None:
        path = canonical(scope.get("raw_path") or scope["path"].encode(), scope["query_string"])
        # HEAD is GET without its body (RFC 9110, 9.3.2): the service answers a GET and the gateway drops the body.
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        route = self._route(method, path)
        # What is counted and logged of this answer: never the path, which may hold an id or a secret.
        scope.setdefault("state", {})["template"] = route.template
        headers = _allowed(scope["headers"], route)
        if route.auth is Auth.DIGEST and headers.get(b"content-encoding", b"identity").lower() != b"identity":
            raise ContentEncoded
        peer = scope["client"][0] if scope.get("client") else "-"
        address = self._proxies.client_of(peer, _values(scope, b"x-forwarded-for"))
        certificate = self._proxies.certificate_of(peer, _values(scope, b"client-cert"))
        request = _Request(method, path, scope["query_string"], headers, route, address, rid, certificate)
        try:
            person = await self._person(request, scope["method"])
        except (AuthError, Fault):
            # Guessing tokens costs the budget of the caller's address.
            self._limits.spend(address)
            raise
        answer.headers += self._limits.spend(person.sub if person else request.address)
        if person is None and route.auth is Auth.OPEN:
            self._limits.spend_open(route.cost)
        upstream = self._upstreams.get(route.service)
        if upstream is None:
            raise unavailable()
        admission = None
        if route.auth in _ASKED and has_body(headers):
            admission = await self._ask(request, upstream, answer)
            if admission is None:
                # The service has refused. Nobody keeps the body: the server discards it as it comes.
                return
            self._limits.give_back(request.address)
        async with spooled(receive, headers, route.max_body) as (body, size, digest):
            answer.is_body_read = True
            token = self._mint(request, person, digest, admission)
            outgoing = _outgoing(request, token, size)
            if scope["method"] == "HEAD":
                outgoing.append((HEAD_HEADER.encode(), b"1"))
            forward = Forward(
                request.method, path, request.query, outgoing, body, size, is_stream=route.is_stream
            )
            await upstream.send(forward, receive, answer)
        if route.service == "gateway" and request.method not in SAFE_METHODS:
            self._people.stale()

    async def _ask(self, request: _Request, upstream: Upstream, answer: Answer) -> str | None:
        """The service's word about who speaks, before anything of the body is read; None once it has refused."""
        token = self._mint(request, None, hashlib.sha256(b"").hexdigest(), ASKED)
        forward = Forward(
            request.method, request.path, request.query, _outgoing(request, token, 0), BytesIO(), 0
        )
        asking = Asking(answer)
        await upstream.send(forward, silence, asking)
        return asking.admission

    def _route(self, method: str, path: str) -> Route:
        answer = self._routes.match(method, path)
        if isinstance(answer, Route):
            return answer
        if is_unbuilt(path):
            raise Refusal(Kind.NOT_BUILT, "NOT_BUILT")
        if not answer:
            raise Refusal(Kind.NOT_FOUND, "NOT_FOUND", wording="address")
        raise MethodNotAllowed(answer | {"HEAD"} if "GET" in answer else answer)

    async def _person(self, request: _Request, method: str) -> Person | None:
        """The person who asks by `method`, or None on a route that answers anybody. Raises AuthError or Fault."""
        authorization = request.headers.get(b"authorization")
        if request.route.auth in _SCHEME.keys() | _ASKED:
            return None
        is_open = request.route.auth is Auth.OPEN
        cookie = cookie_of(request.headers) if authorization is None else None
        if cookie is not None:
            # A cookie costs a question to the database before anybody is known: the address pays for it until then.
            self._limits.spend(request.address)
            person = await self._browsers.caller(
                cookie, request.method, request.headers, act=request.route.act, is_open=is_open
            )
            if person is not None:
                self._limits.give_back(request.address)
                return person
        if authorization is None and is_open:
            return None
        scheme, _, token = (authorization or b"").decode("latin1").partition(" ")
        if scheme.lower() == "dpop":
            proof = request.headers.get(b"dpop")
            claims = proven(self._partners, token, proof, method=method, path=request.path)
            if "sid" in claims:
                return await person_of(claims, self._people, self._ended)
            return await system_of(self._partners, claims)
        if scheme.lower() != "bearer":
            raise AuthError
        claims = self._verifier.verify(token)
        if "cnf" in claims:
            raise bearer_of_bound_token(self._partners)
        if "cas" in claims:
            # Sessions of one case are ours alone, and bound to a key.
            raise AuthError
        directory = await self._people.current()
        person = directory.people.get(claims["sub"])
        client = directory.clients.get(claims["client_id"])
        # The directory has no client of the city's own identity provider, so only that provider can revoke it. A person
        # is always looked up here.
        is_revoked = client is not None and (
            client.sub != claims["sub"] or claims.get("epo", 0) < client.epoch
        )
        if person is None or is_revoked:
            raise TokenRevoked
        return replace(person, bound={name: claims[name] for name in _SESSION if name in claims})

    def _mint(
        self, request: _Request, person: Person | None, digest: str, admission: str | None = None
    ) -> str:
        now = int(real_time().timestamp())
        claims: dict[str, Any] = {
            "iss": GATEWAY,
            "aud": request.route.service,
            "sub": "anonymous",
            "kind": "anonymous",
            "tnt": "-",
            "roles": [],
            "conf": 1,
            "scope": request.route.act,
            "act": {"sub": "svc:gateway"},
            "htm": request.method,
            "htu": request.target,
            "bdy": digest,
            "rid": request.rid,
            "iat": now,
            "nbf": now,
            "exp": now + TOKEN_LIFETIME_S,
            "jti": secrets.token_urlsafe(16),
        }
        if person is not None:
            claims |= _claims_of(person) | {"pur": _purpose(request.headers)}
        elif request.route.template.startswith("/v1/provider-callbacks/"):
            claims["cip"] = request.address
        elif request.route.auth in _ASKED:
            claims["cip"] = request.address
            if request.certificate is not None:
                claims["crt"] = request.certificate
            if admission is not None:
                claims["adm"] = admission
        if request.route.counts_sources:
            claims["cip"] = request.address
        return mint(self._key, "gwi+jwt", claims)


def _claims_of(person: Person) -> dict[str, Any]:
    claims: dict[str, Any] = {
        "sub": person.sub,
        "kind": person.kind,
        "tnt": person.agency_id or "-",
        "roles": sorted(person.roles),
        "conf": person.level,
        "vis": sorted(person.visible),
    }
    claims |= person.bound
    if person.agency_name is not None:
        claims["org"] = person.agency_name
    if person.certificate is not None and person.certificate_until is not None:
        claims |= {"cert": person.certificate, "cert_until": person.certificate_until.isoformat()}
    return claims


def _purpose(headers: Mapping[bytes, bytes]) -> str | None:
    header = headers.get(b"x-purpose-of-use")
    if header is None:
        return None
    purpose = header.decode("latin1")
    if not _PURPOSE.fullmatch(purpose):
        raise Refusal(Kind.MALFORMED, "PURPOSE_NOT_READABLE")
    return purpose


def _values(scope: Scope, name: bytes) -> list[bytes]:
    return [value for header, value in scope["headers"] if header == name]


def _allowed(headers: Headers, route: Route) -> dict[bytes, bytes]:
    """The headers on the allow-list, by name. Raises Refusal MALFORMED when one of them stands twice."""
    if len(headers) > _MAX_HEADERS:
        raise Refusal(Kind.MALFORMED, "TOO_MANY_HEADERS", {"most": _MAX_HEADERS})
    names = _PASSED | _READ | route.hears
    allowed: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in names:
            if name in allowed:
                raise Refusal(Kind.MALFORMED, "HEADER_REPEATED", {"header": name.decode()})
            allowed[name] = value
    return allowed


def _outgoing(request: _Request, token: str, size: int) -> Headers:
    """The headers that the service gets. Authorization is among them only if the service itself must check it."""
    headers = request.headers
    names = _PASSED | request.route.hears
    outgoing = [(name, value) for name, value in headers.items() if name in names and name != b"traceparent"]
    authorization = headers.get(b"authorization", b"")
    if authorization.partition(b" ")[0].lower() == _SCHEME.get(request.route.auth):
        outgoing.append((b"authorization", authorization))
    outgoing += [
        (b"host", request.route.service.encode() + b".internal"),
        (TOKEN_HEADER.encode(), token.encode()),
    ]
    if size or request.method not in SAFE_METHODS:
        outgoing.append((b"content-length", str(size).encode()))
    return outgoing + _trace(headers.get(b"traceparent"))


def _trace(traceparent: bytes | None) -> Headers:
    """The header of our own span if one is open, else the caller's if it is well-formed."""
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    if "traceparent" in carrier:
        return [(b"traceparent", carrier["traceparent"].encode())]
    return [(b"traceparent", traceparent)] if traceparent and _TRACEPARENT.fullmatch(traceparent) else []
