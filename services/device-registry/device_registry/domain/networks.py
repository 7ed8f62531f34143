"""Addresses and networks as people write them, in their one spelling."""

from __future__ import annotations

from ipaddress import IPv6Network, ip_network
from typing import Final

WIDEST_IPV4: Final = 24
WIDEST_IPV6: Final = 64
"""The shortest prefixes of a network that may stand behind a secret address: one LAN, as a camera's site has it.

The network is all that holds the captures of such a camera to its place once the path leaked; a wider one, 0.0.0.0/0
above all, would let in who found the path in a log.
"""

_MAPPED: Final = IPv6Network("::ffff:0:0/96")


def network_of(text: str) -> str | None:
    """The network that `text` names, an address being one of its own; None for anything else.

    An IPv4 network that is written as IPv6 is an IPv4 network.
    """
    try:
        network = ip_network(text)
    except ValueError:
        return None
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        mapped = network.network_address.ipv4_mapped
        return str(ip_network(f"{mapped}/{network.prefixlen - _MAPPED.prefixlen}"))
    return str(network)


def is_too_wide(network: str) -> bool:
    """Whether `network`, as `network_of` writes it, is wider than one LAN."""
    known = ip_network(network)
    return known.prefixlen < (WIDEST_IPV4 if known.version == 4 else WIDEST_IPV6)
