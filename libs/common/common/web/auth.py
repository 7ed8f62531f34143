"""Turns the internal token of a request into a Mandate. `Allow(action)` on a route names the act.

The token is in the header `Mingzheng-Token`. `Authorization` belongs to the caller and ends at the gateway, except
under GA/T 1400, which needs it for its own Digest. A service trusts the gateway's signature, not its network.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from datetime import date
from typing import Annotated, Any, Final

from fastapi import Depends, Request

from common.calls import SAFE_METHODS
from common.calls.tokens import AuthError
from common.door.uow import Database
from common.policy import CLIENT_LOGIN, Action, Actor, Mandate, RequestKey, authorize
from common.values.errors import Kind, Refusal
from common.values.ids import AgencyId, CaseId
from common.web.runtime import Runtime

TOKEN_HEADER: Final = "mingzheng-token"
ADMITTED_HEADER: Final = "mingzheng-admitted"
"""In the answer of a door that was asked who speaks: its word, which the next token carries with the body."""

HEAD_HEADER: Final = "mingzheng-head"
"""Stands in a GET that the gateway makes of a caller's HEAD: the body of its answer reaches nobody."""

ASKED: Final = "?"
"""The admission of a request whose body the gateway has not read yet: the door answers without it."""

_AT_ONCE: Final = 256 << 10
_KEY = re.compile(r"[\x21-\x7e]{8,128}")


def _runtime(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime


# Coroutines, because FastAPI runs a plain function in a thread, which costs more than these functions do.
async def _the_runtime(request: Request) -> Any:
    return request.app.state.runtime


async def _database(request: Request) -> Database:
    return _runtime(request).db


the_runtime: Final[Any] = Depends(_the_runtime)
"""The runtime that the app was created over. A service declares `Run = Annotated[ItsRuntime, the_runtime]`."""

Db = Annotated[Database, Depends(_database)]


class Allow:
    """The dependency that every route declares. It finds out who asks and whether they may do `action` at all.

    Every POST needs an Idempotency-Key. `keyed=False` is for a POST without effect, or with a key of its own: the
    objects of GA/T 1400, the records of the ledger, the serials of the bank.
    """

    def __init__(self, action: Action, *, keyed: bool = True) -> None:
        self.action = action
        self.keyed = keyed

    async def __call__(self, request: Request) -> Mandate:
        """The mandate. Raises Refusal UNAUTHENTICATED, FORBIDDEN, or MALFORMED without the key."""
        body = await request.body()
        actor = await actor_of(request, body)
        key = (
            _request_key(request, actor, body) if self.keyed and request.method not in SAFE_METHODS else None
        )
        records = request.scope.setdefault("state", {}).setdefault("records", [])
        seen = request.headers.get("if-match")
        return authorize(actor, self.action, request=key, records=records, seen=seen)


async def actor_of(request: Request, body: bytes) -> Actor:
    """The actor that the internal token of `request` names. Raises AuthError for a token that is not sound.

    The SHA-256 of `body`, which the token binds, is `request.state.body_sha256` from now on.
    """
    tokens = request.headers.getlist(TOKEN_HEADER)
    if len(tokens) != 1:
        raise AuthError
    # Of a large body the hash takes as long as many requests: let them go on meanwhile.
    sha256 = _sha256(body) if len(body) <= _AT_ONCE else await asyncio.to_thread(_sha256, body)
    request.state.body_sha256 = sha256
    claims = _runtime(request).verifier.verify(
        tokens[0],
        method=request.method,
        target=target_of(request.scope),
        body_sha256=sha256,
    )
    return actor_from(claims)


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def target_of(scope: Any) -> str:
    """The raw path with its query, as the token binds it."""
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope.get("query_string", b"")
    return (path + b"?" + query if query else path).decode("latin1")


def actor_from(claims: dict[str, Any]) -> Actor:
    """The actor of verified claims."""
    tenant = claims["tnt"]
    until = claims.get("cert_until")
    return Actor(
        sub=claims["sub"],
        kind=claims["kind"],
        agency_id=AgencyId(tenant) if tenant != "-" else None,
        roles=frozenset(claims["roles"]),
        level=claims["conf"],
        purpose=claims.get("pur"),
        visible=frozenset(AgencyId(agency) for agency in claims.get("vis", [])),
        certificate=claims.get("cert"),
        certificate_until=date.fromisoformat(until) if until else None,
        agency_name=claims.get("org"),
        address=claims.get("cip"),
        admission=claims.get("adm"),
        tls_certificate=claims.get("crt"),
        session=claims.get("sid"),
        login=claims.get("acr", CLIENT_LOGIN),
        case_id=CaseId(claims["cas"]) if "cas" in claims else None,
    )


def _request_key(request: Request, actor: Actor, body: bytes) -> RequestKey:
    key = request.headers.get("idempotency-key", "")
    if not _KEY.fullmatch(key):
        raise Refusal(Kind.MALFORMED, "IDEMPOTENCY_KEY_REQUIRED")
    content = f"{request.method} {target_of(request.scope)}\n".encode() + body
    status = getattr(request.scope.get("route"), "status_code", None) or 200
    # The answers of a session of one case are its own: it must not read one that the party got elsewhere.
    client = f"{actor.sub}/{actor.case_id}" if actor.case_id else actor.sub
    return RequestKey(client, key, hashlib.sha256(content).digest(), status)
