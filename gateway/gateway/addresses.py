"""Who is behind our proxies: the address, as X-Forwarded-For tells it, and the TLS certificate of the client.

    client ─▶ proxy A ─▶ proxy B ─▶ gateway        X-Forwarded-For: client, A        socket: B        hops = 2

Each proxy adds the address that it saw at the right end. Anybody can write the left end. So the list is read from the
right, for at most `hops` proxies, and only as long as the last address is one of our own proxies. Without the setting
the address is that of the socket, whatever the header says.

    camera ══ mutual TLS ══▶ proxy ─▶ gateway        Client-Cert: :<base64 of the DER>:        (RFC 9440)

A proxy that ends TLS writes the client's certificate into Client-Cert, and takes away what a client wrote there. Only
the header of such a proxy counts, and only where the operator says that it does this.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from common.values.errors import Kind, Refusal

_MOST_DER = 16_384


@dataclass(frozen=True)
class Proxies:
    """Our own proxies: at most `hops` of them in a row, each in one of `networks`.

    `certify` says that they write Client-Cert themselves, and that no client's own gets through them.
    """

    hops: int = 0
    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    certify: bool = False

    @classmethod
    def parse(cls, hops: int, networks: str, *, certify: bool = False) -> Proxies:
        """From the settings; `networks` is a list with commas. Raises ValueError for one that lacks the other."""
        parsed = tuple(ip_network(text.strip()) for text in networks.split(",") if text.strip())
        if hops < 0 or (hops > 0) is not bool(parsed):
            raise ValueError("couldn't trust proxies: PROXY_HOPS counts the proxies that PROXIES names")
        if certify and not parsed:
            raise ValueError("couldn't trust Client-Cert: PROXIES names no proxy that could write it")
        return cls(hops, parsed, certify)

    def certificate_of(self, peer: str, headers: Sequence[bytes]) -> str | None:
        """The SHA-256, in hex, of the certificate of a client of `peer`; `headers` are the values of Client-Cert.

        None from anybody but such a proxy, and where it wrote none. Refusal MALFORMED for two, or for one that is no
        byte sequence of RFC 8941: nobody may choose between them.
        """
        if not self.certify or not headers or not self._is_ours(peer):
            return None
        value = headers[0].strip()
        try:
            if len(headers) > 1 or value[:1] != b":" or value[-1:] != b":" or len(value) < 3:
                raise ValueError
            der = b64decode(value[1:-1], validate=True)
        except ValueError:
            der = b""
        if not 0 < len(der) <= _MOST_DER:
            raise Refusal(Kind.MALFORMED, "CLIENT_CERTIFICATE_UNREADABLE")
        return sha256(der).hexdigest()

    def client_of(self, peer: str, forwarded: Sequence[bytes]) -> str:
        """The client of a request from `peer`; `forwarded` are the values of X-Forwarded-For, in order."""
        if not self.hops or not self._is_ours(peer):
            return peer
        chain = [text.strip() for value in forwarded for text in value.decode("latin1").split(",")]
        client = peer
        for address in reversed(chain[-self.hops :]):
            if not _is_address(address):
                # A proxy of ours writes addresses alone: the rest of the list is a stranger's text.
                break
            client = address
            if not self._is_ours(address):
                break
        return client

    def _is_ours(self, address: str) -> bool:
        return _is_address(address) and any(ip_address(address) in network for network in self.networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
