"""Takes in the body of a request before it is sent on: the internal token binds its digest, so it is read to its end.

    chunks ──▶ up to 1 MiB in memory, more in a file without a name ──▶ SHA-256, size, the bytes from their start

A large body is hashed and written in a thread, a block at a time: in the loop, 5 MB would hold up every other request.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO, Final

from starlette.types import Receive

from common.values.errors import Kind, Refusal

_SPOOL: Final = 1 << 20
_BLOCK: Final = 256 << 10


class Gone(Exception):
    """The caller hung up before the request was complete."""


@asynccontextmanager
async def spooled(
    receive: Receive, headers: Mapping[bytes, bytes], most: int
) -> AsyncIterator[tuple[IO[bytes], int, str]]:
    """The whole body, its size and its SHA-256. Raises Refusal TOO_LARGE beyond `most` bytes, Gone."""
    too_large = Refusal(Kind.TOO_LARGE, "BODY_TOO_LARGE", {"most": most}, wording="most")
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or len(length) > 12 or int(length) > most:
        raise too_large
    spool = _Spool(most)
    try:
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Gone
            more = message.get("more_body", False)
            if not spool.take(message.get("body", b"")):
                raise too_large
            if spool.waiting > _BLOCK:
                await asyncio.to_thread(spool.write)
        yield spool.whole(), spool.size, spool.digest.hexdigest()
    finally:
        spool.close()


class _Spool:
    """The body as it comes. What waits is hashed and written a block at a time, by `write`, in a thread."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._chunks: list[bytes] = []
        self._file: IO[bytes] | None = None
        self.waiting = self.size = 0
        self.digest = hashlib.sha256()

    def take(self, chunk: bytes) -> bool:
        """Whether the body is not too large with `chunk`."""
        self._chunks.append(chunk)
        self.waiting += len(chunk)
        self.size += len(chunk)
        return self.size <= self._most

    def write(self) -> None:
        block = b"".join(self._chunks)
        self._chunks, self.waiting = [], 0
        self.digest.update(block)
        if self._file is None:
            self._file = SpooledTemporaryFile(max_size=_SPOOL)  # noqa: SIM115
        self._file.write(block)

    def whole(self) -> IO[bytes]:
        """All of it, from its start."""
        if self._file is None:
            body = b"".join(self._chunks)
            self.digest.update(body)
            return BytesIO(body)
        self.write()
        self._file.seek(0)
        return self._file

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
