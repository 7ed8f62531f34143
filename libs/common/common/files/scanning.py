"""The word of a virus scanner on a file: clamd's INSTREAM over TCP or a Unix socket.

    zINSTREAM NUL  [length, four bytes, big-endian][bytes] …  [0000]  ──▶  stream: OK NUL
                                                                      ──▶  stream: <name> FOUND NUL

Whatever else comes back, or nothing, says nothing about the file: it is NOT_SCANNED, and shown as such.
"""

from __future__ import annotations

import asyncio
import logging
import struct
from dataclasses import dataclass
from typing import Final

from common.files.scanned import Scan

log = logging.getLogger(__name__)

_CHUNK: Final = 1 << 16
_PATIENCE_S: Final = 60.0
_LONGEST: Final = 1 << 12


@dataclass(frozen=True)
class Scanner:
    """The scanner at `address`: `tcp:<host>:<port>` or `unix:<path>`. Empty: there is none.

    Raises ValueError for an address of another form.
    """

    address: str = ""

    def __post_init__(self) -> None:
        kind, _, rest = self.address.partition(":")
        host, _, port = rest.rpartition(":")
        is_sound = (kind == "tcp" and host and port.isdecimal()) or (kind == "unix" and rest)
        if self.address and not is_sound:
            raise ValueError("a scanner is tcp:<host>:<port> or unix:<path>")

    @property
    def is_there(self) -> bool:
        """Whether one is configured; whether it answers is known once it is asked."""
        return bool(self.address)

    async def scan(self, data: bytes) -> Scan:
        """The scanner's word on `data`. Never raises: a scanner that is away or fails leaves the file NOT_SCANNED."""
        if not self.is_there:
            return Scan.NOT_SCANNED
        try:
            async with asyncio.timeout(_PATIENCE_S):
                answer = await self._ask(data)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            log.warning("couldn't scan a file: %s", type(error).__name__)
            return Scan.NOT_SCANNED
        if answer == b"stream: OK\0":
            return Scan.CLEAN
        if answer.startswith(b"stream: ") and answer.endswith(b" FOUND\0"):
            return Scan.INFECTED
        log.warning("couldn't scan a file: the scanner answered neither OK nor FOUND")
        return Scan.NOT_SCANNED

    async def _ask(self, data: bytes) -> bytes:
        reader, writer = await self._connect()
        try:
            writer.write(b"zINSTREAM\0")
            for at in range(0, len(data), _CHUNK):
                chunk = data[at : at + _CHUNK]
                writer.write(struct.pack(">I", len(chunk)) + chunk)
                await writer.drain()
            writer.write(struct.pack(">I", 0))
            await writer.drain()
            return await reader.readuntil(b"\0")
        finally:
            writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        kind, _, rest = self.address.partition(":")
        if kind == "unix":
            return await asyncio.open_unix_connection(rest, limit=_LONGEST)
        host, _, port = rest.rpartition(":")
        return await asyncio.open_connection(host, int(port), limit=_LONGEST)
