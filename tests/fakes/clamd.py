"""A virus scanner as clamd speaks it: INSTREAM on a real port. It finds what holds the word of the test file."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

EICAR: Final = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The test file of the makers of scanners: harmless, and found by each of them."""


@dataclass
class FakeClamd:
    """`seen` are the sizes of the files that it was asked about. `answer` replaces its word."""

    seen: list[int] = field(default_factory=list)
    answer: bytes | None = None

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
        data = b""
        while length := struct.unpack(">I", await reader.readexactly(4))[0]:
            data += await reader.readexactly(length)
        self.seen.append(len(data))
        word = b"stream: Eicar-Test-Signature FOUND\0" if EICAR in data else b"stream: OK\0"
        writer.write(self.answer if self.answer is not None else word)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def clamd(path: str = "") -> AsyncIterator[tuple[FakeClamd, str]]:
    """The scanner, and its address: a free port, or the Unix socket `path`."""
    fake = FakeClamd()
    server = await (
        asyncio.start_unix_server(fake, path) if path else asyncio.start_server(fake, "127.0.0.1", 0)
    )
    address = f"unix:{path}" if path else f"tcp:127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield fake, address
