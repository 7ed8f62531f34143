"""Addresses and networks as people write them, in their one spelling."""

from __future__ import annotations

from ipaddress import ip_network


def network_of(text: str) -> str | None:
    """The network that `text` names, an address being one of its own; None for anything else."""
    try:
        return str(ip_network(text))
    except ValueError:
        return None
