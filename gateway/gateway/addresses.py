"""The address of a client behind proxies, as X-Forwarded-For tells it.

    client ─▶ proxy A ─▶ proxy B ─▶ gateway        X-Forwarded-For: client, A        socket: B        hops = 2

Each proxy adds the address that it saw at the right end. Anybody can write the left end. So the list is read from the
right, for at most `hops` proxies, and only as long as the last address is one of our own proxies. Without the setting
the address is that of the socket, whatever the header says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network


@dataclass(frozen=True)
class Proxies:
    """Our own proxies: at most `hops` of them in a row, each in one of `networks`."""

    hops: int = 0
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def parse(cls, hops: int, networks: str) -> Proxies:
        """From the settings; `networks` is a list with commas. Raises ValueError for one that lacks the other."""
        parsed = tuple(ip_network(text.strip()) for text in networks.split(",") if text.strip())
        if hops < 0 or (hops > 0) is not bool(parsed):
            raise ValueError("couldn't trust proxies: PROXY_HOPS counts the proxies that PROXIES names")
        return cls(hops, parsed)

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
