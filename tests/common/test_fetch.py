"""The guarded fetcher: an address of a partner never leads into our own house."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from common.calls.fetch import Guard, may_call
from common.values.errors import Refusal

NEVER = [
    "127.0.0.1", "127.9.9.9", "0.0.0.0", "169.254.169.254", "169.254.1.1", "100.100.100.200", "224.0.0.1",
    "255.255.255.255", "::1", "::", "::ffff:10.1.2.3", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1",
    "2002:7f00:1::", "2001:0:1::1", "fe80::1", "fd00:ec2::254", "ff02::1", "198.18.0.1", "192.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("address", NEVER)
def test_our_own_house_is_never_called_whatever_the_ranges_say(address: str) -> None:
    everything = ["0.0.0.0/0", "::/0"]

    assert not may_call(address)
    assert not may_call(address, everything)


@pytest.mark.parametrize("address", ["10.20.0.7", "192.168.1.1", "172.16.0.1", "100.64.0.1", "fd12::1"])
def test_a_private_address_is_called_where_the_partners_ranges_name_it(address: str) -> None:
    assert not may_call(address)
    assert may_call(address, [f"{address}/{32 if '.' in address else 128}"])
    assert not may_call(address, ["203.0.113.0/24"])


def test_approved_ranges_bind_public_addresses_too() -> None:
    assert may_call("93.184.216.34")
    assert not may_call("93.184.216.34", ["10.0.0.0/8"])


@asynccontextmanager
async def a_server(answer: bytes) -> AsyncIterator[int]:
    """A server on this machine that sends `answer` to everybody."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def named(*addresses: str) -> Guard:
    """A guard of a test whose names all lead to `addresses`."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    return Guard(resolve=resolve, loopback=True)


async def refused(guard: Guard, url: str) -> str:
    with pytest.raises(Refusal) as refusal:
        await guard.fetch(url)
    return str(refusal.value.facts["why"])


async def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    async with a_server(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}") as port:
        body = await named("127.0.0.1").fetch(f"http://partner.example:{port}/jwks.json")

    assert body == b"{}"


async def test_a_redirect_a_large_answer_and_silence_are_refused() -> None:
    moved = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1/\r\ncontent-length: 0\r\n\r\n"
    large = b"HTTP/1.1 200 OK\r\ncontent-length: 70000\r\n\r\n" + b"x" * 70_000
    reasons = []
    for answer in (moved, large, b"nonsense\r\n\r\n"):
        async with a_server(answer) as port:
            reasons.append(await refused(named("127.0.0.1"), f"http://partner.example:{port}/"))

    assert reasons == ["STATUS", "SIZE", "CONNECTION"]


async def test_one_forbidden_address_refuses_the_whole_name() -> None:
    assert await refused(named("127.0.0.1", "169.254.169.254"), "https://partner.example/") == "ADDRESS"
    assert await refused(named(), "https://partner.example/") == "NAME"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://partner.example/",
        "https://user@partner.example/",
        "https:///x",
        "https://a.example/#b",
        "https://[a.example/",
        "https://a.example:port/",
    ],
)
async def test_another_kind_of_address_is_refused(url: str) -> None:
    assert await refused(Guard(), url) == "URL"


async def test_outside_a_test_an_address_is_https() -> None:
    assert await refused(Guard(), "http://partner.example/") == "URL"
