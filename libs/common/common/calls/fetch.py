"""The guarded fetcher: the one way in which an address that a partner gave us is asked.

    https URL ─▶ resolve once ─▶ every address may be called? ─▶ connect to it ─▶ no redirect ─▶ ≤ 64 KiB, ≤ 5 s

The address of a partner must not lead to our own systems: not to this machine, not to our neighbours on the link, not
to the metadata service of a cloud. Government systems do stand in private networks, so a private address is called
where the partner's own ranges name it, and nowhere else. The name is resolved once and the connection goes to the
address that was checked, with the name in Host and SNI; a name that resolves to another address later changes nothing.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import urlsplit

import httpx

from common.values.errors import Kind, Refusal

DEADLINE_S: Final = 5.0
MOST_BYTES: Final = 64 << 10

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]

_NEVER: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15",
        "224.0.0.0/4", "240.0.0.0/4", "100.100.100.200/32",
        "::/128", "::1/128", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2002::/16",
        "fe80::/10", "fec0::/10", "fd00:ec2::254/128", "ff00::/8",
    )
)  # fmt: skip
"""Never called, whatever a partner's ranges say: this machine, the link, metadata, multicast, reserved ranges, and
IPv6 addresses that carry an IPv4 address in disguise (mapped, NAT64, 6to4, Teredo)."""

_PRIVATE: Final = tuple(
    ipaddress.ip_network(network)
    for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
)
"""Called only where the partner's own ranges name the address."""


@dataclass(frozen=True)
class Guard:
    """How addresses are resolved and reached. `loopback` is for tests alone: their partner runs on this machine."""

    resolve: Resolve | None = None
    loopback: bool = False
    context: ssl.SSLContext | None = None

    async def fetch(
        self,
        url: str,
        *,
        networks: Iterable[str] = (),
        most: int = MOST_BYTES,
        deadline_s: float = DEADLINE_S,
        plain: bool = False,
        accept: str = "application/json",
    ) -> bytes:
        """The body of GET `url`, of at most `most` bytes; over HTTP without TLS only where `plain` permits it.

        Raises Refusal FETCH_REFUSED, saying by a code which check did not hold.
        """
        host, port = self.target(url, plain=plain)
        try:
            async with asyncio.timeout(deadline_s):
                address = await self.checked(host, port, networks)
                return await self._get(url, address, most=most, deadline_s=deadline_s, accept=accept)
        except TimeoutError:
            raise _refused("TIME") from None

    async def post(
        self,
        url: str,
        content: bytes,
        *,
        headers: dict[str, str],
        deadline_s: float,
        networks: Iterable[str] = (),
    ) -> httpx.Response:
        """The answer to POST `url`, its body cut at 64 KiB. Raises Refusal FETCH_REFUSED as `fetch`."""
        host, port = self.target(url)
        try:
            async with asyncio.timeout(deadline_s):
                address = await self.checked(host, port, networks)
                return await self._post(url, address, content, headers)
        except TimeoutError:
            raise _refused("TIME") from None

    def target(self, url: str, *, plain: bool = False) -> tuple[str, int]:
        """Host and port of an address that has the form of one we call. Raises Refusal FETCH_REFUSED."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise _refused("URL") from None
        schemes = ("https", "http") if self.loopback or plain else ("https",)
        if parts.scheme not in schemes or not parts.hostname or parts.username or parts.fragment:
            raise _refused("URL")
        return parts.hostname, port or (443 if parts.scheme == "https" else 80)

    async def _post(
        self, url: str, address: Address, content: bytes, headers: dict[str, str]
    ) -> httpx.Response:
        target = httpx.URL(url)
        host = f"[{address}]" if address.version == 6 else str(address)
        verify = self.context or ssl.create_default_context()
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=0)
        client = httpx.AsyncClient(verify=verify, trust_env=False, follow_redirects=False, limits=limits)
        try:
            async with (
                client,
                client.stream(
                    "POST",
                    target.copy_with(host=host),
                    content=content,
                    headers={
                        **headers, "host": target.netloc.decode(), "accept-encoding": "identity",
                    },
                    extensions={"sni_hostname": target.host},
                    timeout=None,
                ) as answer,
            ):  # fmt: skip
                body = b""
                async for chunk in answer.aiter_raw():
                    body += chunk
                    if len(body) > MOST_BYTES:
                        break
                return httpx.Response(answer.status_code, headers=answer.headers, content=body[:MOST_BYTES])
        except httpx.HTTPError:
            raise _refused("CONNECTION") from None

    async def checked(self, host: str, port: int, networks: Iterable[str]) -> Address:
        """The address to connect to. One address that may not be called refuses the name: it could be chosen next."""
        resolve = self.resolve or _resolve
        try:
            addresses = [ipaddress.ip_address(text) for text in await resolve(host, port)]
        except (OSError, ValueError):
            raise _refused("NAME") from None
        allowed = [ipaddress.ip_network(network) for network in networks]
        if not addresses:
            raise _refused("NAME")
        for address in addresses:
            if not self._may_call(address, allowed):
                raise _refused("ADDRESS")
        return addresses[0]

    def _may_call(self, address: Address, allowed: Sequence[Network]) -> bool:
        if self.loopback and address.is_loopback:
            return True
        if _within(address, _NEVER):
            return False
        if allowed:
            # Ranges that were approved at onboarding bind public addresses too.
            return _within(address, allowed)
        return not _within(address, _PRIVATE) and address.is_global

    async def _get(self, url: str, address: Address, *, most: int, deadline_s: float, accept: str) -> bytes:
        target = httpx.URL(url)
        host = f"[{address}]" if address.version == 6 else str(address)
        # The connection goes to the checked address; the certificate must still be that of the name.
        extensions = {"sni_hostname": target.host}
        headers = {
            "host": target.netloc.decode(),
            "accept": accept,
            "accept-encoding": "identity",
        }
        # Loading the certificates of the system takes longer than most answers; plain HTTP needs none.
        verify = (self.context or ssl.create_default_context()) if target.scheme == "https" else False
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=0)
        try:
            async with (
                httpx.AsyncClient(
                    verify=verify, trust_env=False, follow_redirects=False, limits=limits
                ) as client,
                client.stream(
                    "GET",
                    target.copy_with(host=host),
                    headers=headers,
                    extensions=extensions,
                    timeout=deadline_s,
                ) as answer,
            ):
                if answer.status_code != 200:
                    raise _refused("STATUS")
                body = bytearray()
                async for chunk in answer.aiter_raw():
                    body += chunk
                    if len(body) > most:
                        raise _refused("SIZE")
                return bytes(body)
        except httpx.HTTPError:
            raise _refused("CONNECTION") from None


def may_call(address: str, networks: Iterable[str] = ()) -> bool:
    """Whether an address may be called for a partner with these ranges."""
    allowed = [ipaddress.ip_network(network) for network in networks]
    return Guard()._may_call(ipaddress.ip_address(address), allowed)


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


async def _resolve(host: str, port: int) -> Sequence[str]:
    loop = asyncio.get_running_loop()
    places = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]).partition("%")[0] for _, _, _, _, sockaddr in places]


def _refused(why: str) -> Refusal:
    return Refusal(Kind.INVALID, "FETCH_REFUSED", {"why": why})
