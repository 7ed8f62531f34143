"""Calls from one service to another: each signed for one service and one request, each with a deadline.

A call reads; effects travel as records through the ledger. So a call can be repeated without harm: it reads, or it
carries a key of its own.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Mapping
from secrets import token_urlsafe
from typing import Any, Final
from urllib.parse import quote, urlencode

import httpx
import orjson
from opentelemetry import propagate

from common.calls.tokens import SERVICE, TokenKey, b64url, mint
from common.calls.wire import Wire
from common.values.errors import STATUS, InputError, Kind, Refusal, Violation
from common.values.refusals import Language
from ledger.clock import real_time

log = logging.getLogger(__name__)

DEADLINE_S: Final = 10.0
ATTEMPTS: Final = 3
_LIFETIME_S: Final = 30


class Peers:
    """The other services, called in the name of `service`. `transports` replaces HTTP in the all-in-one process."""

    def __init__(
        self,
        service: str,
        key: TokenKey,
        urls: Mapping[str, str],
        transports: Mapping[str, httpx.AsyncBaseTransport] | None = None,
    ) -> None:
        self._service = service
        self._key = key
        self._urls = urls
        self._transports = dict(transports or {})

    def connect(self, service: str, transport: httpx.AsyncBaseTransport) -> None:
        """Reach `service` in this process. The all-in-one calls it once every app exists."""
        self._transports[service] = transport

    async def get(self, service: str, path: str, params: Mapping[str, str] | None = None) -> Any:
        """The JSON answer of GET `path`. Raises the peer's own Refusal, or UNAVAILABLE when it does not answer."""
        return (await self._call(service, "GET", path, params=params)).json()

    async def read(self, service: str, path: str, params: Mapping[str, str] | None = None) -> httpx.Response:
        """As `get`, for an answer that is not JSON."""
        return await self._call(service, "GET", path, params=params)

    async def post(self, service: str, path: str, *, content: bytes, media_type: str) -> Any:
        """The JSON answer of POST `path`; only for calls that carry their own key, for they are repeated."""
        response = await self._call(service, "POST", path, content=content, media_type=media_type)
        return orjson.loads(response.content)

    async def close(self) -> None:
        for transport in self._transports.values():
            await transport.aclose()

    async def _call(
        self,
        service: str,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        content: bytes = b"",
        media_type: str | None = None,
    ) -> httpx.Response:
        target = quote(path, safe="/:@!$&'()*+,;=-._~") + ("?" + urlencode(params) if params else "")
        for attempt in range(1, ATTEMPTS + 1):
            headers = {"mingzheng-token": self._token(service, method, target, content), "accept": "*/*"}
            propagate.inject(headers)
            if media_type:
                headers["content-type"] = media_type
            try:
                response = await self._send(service, method, target, content, headers)
            except httpx.TransportError as error:
                if attempt == ATTEMPTS:
                    log.warning("couldn't reach %s: %s", service, type(error).__name__)
                    raise Refusal(Kind.UNAVAILABLE, "PEER_UNAVAILABLE", {"service": service}) from None
                await asyncio.sleep(0.1 * attempt)
                continue
            if response.is_success:
                return response
            raise _refusal_of(service, response)
        raise AssertionError

    async def _send(
        self, service: str, method: str, target: str, content: bytes, headers: Mapping[str, str]
    ) -> httpx.Response:
        """The answer, read to its end.

        The transport is asked itself: what a client adds (redirects, cookies, sign-in) is not for our own services, and
        takes more CPU than the call.
        """
        if service not in self._transports:
            self._transports[service] = Wire(total_s=DEADLINE_S)
        url = self._urls.get(service, f"http://{service}.internal").rstrip("/") + target
        request = httpx.Request(method, url, content=content or None, headers=headers)
        response = await self._transports[service].handle_async_request(request)
        try:
            await response.aread()
        finally:
            await response.aclose()
        return response

    def _token(self, audience: str, method: str, target: str, content: bytes) -> str:
        now = int(real_time().timestamp())
        claims = {
            "iss": SERVICE + self._service,
            "aud": audience,
            "sub": f"svc:{self._service}",
            "kind": "svc",
            "tnt": "-",
            "roles": [],
            "scope": "-",
            "conf": 4,
            "htm": method,
            "htu": target,
            "bdy": hashlib.sha256(content).hexdigest(),
            "rid": b64url(hashlib.sha256(f"{now}{target}".encode()).digest()[:16]),
            "iat": now,
            "nbf": now,
            "exp": now + _LIFETIME_S,
            "jti": token_urlsafe(16),
        }
        return mint(self._key, "svc+jwt", claims)


def _refusal_of(service: str, response: httpx.Response) -> Refusal:
    """The peer's problem as a Refusal of ours: the same codes and facts, worded again in the language of our caller."""
    kinds = {status: kind for kind, status in STATUS.items()}
    try:
        body = response.json()
        refusal = Refusal(
            kinds[response.status_code],
            body["code"],
            body.get("facts"),
            wording=body.get("wording", ""),
            violations=tuple(
                Violation(v["code"], v["law"], v.get("facts", {}), v.get("wording", ""))
                for v in body.get("violations", [])
            ),
            errors=tuple(
                InputError(e["pointer"], e["code"], e.get("facts", {}), e.get("wording", ""))
                for e in body.get("errors", [])
            ),
        )
        # A peer of another version may give other facts than our words need: find out here, not while we answer.
        worded: list[Refusal | Violation | InputError] = [refusal, *refusal.violations, *refusal.errors]
        for each in worded:
            for language in Language:
                each.said(language)
        return refusal
    except (ValueError, KeyError, TypeError, AttributeError):
        return Refusal(
            Kind.UNAVAILABLE,
            "PEER_UNAVAILABLE",
            {"service": service, "status": response.status_code},
            wording="answered",
        )
