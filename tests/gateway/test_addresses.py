"""The address of a client behind proxies: what a stranger writes into X-Forwarded-For never counts."""

from __future__ import annotations

import pytest

from gateway.addresses import Proxies

TWO = Proxies.parse(2, "10.0.0.0/8, fd00::/8")


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("10.0.0.2", [b"192.0.2.7, 10.0.0.1"], "192.0.2.7"),
        ("10.0.0.2", [b"192.0.2.7", b"10.0.0.1"], "192.0.2.7"),
        ("10.0.0.2", [b"192.0.2.7"], "192.0.2.7"),
        ("10.0.0.2", [b"203.0.113.9, 192.0.2.7"], "192.0.2.7"),
        ("10.0.0.2", [b"203.0.113.9, 192.0.2.7, 10.0.0.1"], "192.0.2.7"),
        ("10.0.0.2", [b"192.0.2.7, 10.0.0.3, 10.0.0.1"], "10.0.0.3"),
        ("fd00::2", [b"2001:db8::7"], "2001:db8::7"),
        ("10.0.0.2", [], "10.0.0.2"),
        ("10.0.0.2", [b""], "10.0.0.2"),
        ("10.0.0.2", [b"unknown"], "10.0.0.2"),
        ("10.0.0.2", [b"192.0.2.7, nonsense"], "10.0.0.2"),
        ("10.0.0.2", [b"\xff, 10.0.0.1"], "10.0.0.1"),
        ("192.0.2.9", [b"203.0.113.9"], "192.0.2.9"),
        ("-", [b"203.0.113.9"], "-"),
    ],
)
def test_the_list_is_read_from_the_right_through_our_own_proxies_alone(
    peer: str, forwarded: list[bytes], client: str
) -> None:
    assert TWO.client_of(peer, forwarded) == client


def test_without_the_setting_the_socket_alone_counts() -> None:
    assert Proxies.parse(0, "").client_of("10.0.0.2", [b"203.0.113.9"]) == "10.0.0.2"


@pytest.mark.parametrize(
    ("hops", "networks"), [(1, ""), (0, "10.0.0.0/8"), (-1, ""), (1, "10.0.0.1/8"), (1, "x")]
)
def test_a_setting_that_is_half_a_setting_stops_the_process(hops: int, networks: str) -> None:
    with pytest.raises(ValueError, match=r"proxies|network|host bits"):
        Proxies.parse(hops, networks)
