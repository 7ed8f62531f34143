"""Calls of the providers that an operator configured: open connections, checked addresses, and an honest end.

    name ─▶ resolve ─▶ may every address be called? ─▶ connection of the pool ─▶ no redirect ─▶ ≤ 64 KiB

A call ends in one of three ways, and the difference decides whether anything may be sent again: `Reply`, the provider
answered; `NotSent`, no connection came about, so it knows of nothing; `NoAnswer`, the request left and nobody knows
whether it was taken.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from common.calls.fetch import MOST_BYTES, Guard
from common.values.errors import Refusal

_CONNECT_S: Final = 5.0
_CONNECTIONS: Final = 100
_IDLE_S: Final = 15.0
_KNOWN_S: Final = 60
"""For so long the checked addresses of a name hold, before it is resolved and checked once more."""


class NotSent(Exception):  # noqa: N818
    """The provider got nothing. `why` says at which step it ended, in a word."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class NoAnswer(Exception):  # noqa: N818
    """The request left, and no whole answer came. Whether the provider took it is not known."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Reply:
    """What the provider answered. Names of header fields are in small letters; the body is cut at 64 KiB."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def retry_after_s(self) -> int | None:
        """The pause that the provider asks for, in seconds (RFC 9110, 10.2.3); None for none or for a date."""
        text = self.headers.get("retry-after", "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


@dataclass
class Lines:
    """The open connections to providers of one process. `networks` are the private ranges that may be called."""

    guard: Guard
    networks: tuple[str, ...] = ()
    _session: aiohttp.ClientSession | None = field(default=None, repr=False)

    async def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        deadline_s: float,
        content: bytes = b"",
    ) -> Reply:
        """The answer of the provider. Raises NotSent or NoAnswer."""
        await self._require_target(url)
        timeout = aiohttp.ClientTimeout(total=deadline_s, connect=min(_CONNECT_S, deadline_s))
        try:
            async with self._open().request(
                method, url, data=content or None, headers=headers, allow_redirects=False, timeout=timeout
            ) as answer:
                body = await _first_bytes(answer)
                fields = {name.lower(): value for name, value in answer.headers.items()}
                return Reply(answer.status, fields, body)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
            raise NotSent(type(error).__name__) from None
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise NoAnswer(type(error).__name__) from None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _require_target(self, url: str) -> None:
        """Refuse what is no address to call. A host that is a literal address is never resolved, so it is checked
        here."""
        try:
            host, port = self.guard.target(url)
        except Refusal:
            raise NotSent("URL") from None
        if _is_literal(host):
            try:
                await self.guard.checked(host, port, self.networks)
            except Refusal:
                raise NotSent("ADDRESS") from None

    def _open(self) -> aiohttp.ClientSession:
        # A session belongs to the running loop, so it is made at the first call.
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=_CONNECTIONS,
                    keepalive_timeout=_IDLE_S,
                    ttl_dns_cache=_KNOWN_S,
                    resolver=_Checked(self.guard, self.networks),
                    ssl=self.guard.context or ssl.create_default_context(),
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                skip_auto_headers=["user-agent", "accept-encoding", "content-type"],
            )
        return self._session


class _Checked(AbstractResolver):
    """Gives the connector only addresses that may be called: a name cannot lead to our own systems."""

    def __init__(self, guard: Guard, networks: Sequence[str]) -> None:
        self._guard = guard
        self._networks = networks

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        try:
            address = await self._guard.checked(host, port, self._networks)
        except Refusal as refusal:
            raise OSError(str(refusal.facts.get("why", refusal.code))) from None
        family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
        return [ResolveResult(hostname=host, host=str(address), port=port, family=family, proto=0, flags=0)]

    async def close(self) -> None:
        return


@lru_cache(maxsize=256)  # the hosts of the configuration, asked for with every order
def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


async def _first_bytes(answer: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > MOST_BYTES:
            break
    return bytes(body[:MOST_BYTES])
