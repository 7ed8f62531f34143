"""Opens idle streams of an inbox and holds them, in a process of its own: its memory is not the server's.

python -m tests.bench._streamers HOST PORT < tokens   one stream for each line; prints how many opened, then counts
                                                      what comes until its input ends: the last line is `events ended`
"""

from __future__ import annotations

import asyncio
import sys
from typing import Final

_AT_ONCE: Final = 50


class Streamers:
    """The streams. `opened`, `ended` and `events` are counts."""

    def __init__(self, host: str, port: int) -> None:
        self._place = (host, port)
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self.opened = self.ended = self.events = 0

    async def hold(self, token: str) -> None:
        """Open one stream and read it until it ends."""
        async with self._turn:
            reader, writer = await asyncio.open_connection(*self._place, limit=1 << 14)
            lines = (
                "GET /v1/inbox/stream HTTP/1.1",
                f"host: {self._place[0]}:{self._place[1]}",
                f"authorization: Bearer {token}",
                "accept: text/event-stream",
            )
            writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise SystemExit(f"a stream was refused: {head.splitlines()[0].decode()}")
            await reader.readuntil(b"retry: 3000\n\n")
            self.opened += 1
        while chunk := await reader.read(1 << 14):
            self.events += chunk.count(b"event: ")
        self.ended += 1
        writer.close()


async def main() -> None:
    loop = asyncio.get_running_loop()
    tokens: list[str] = []
    while line := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
        tokens.append(line)
    streamers = Streamers(sys.argv[1], int(sys.argv[2]))
    holding = [asyncio.create_task(streamers.hold(token)) for token in tokens]
    while streamers.opened < len(tokens):
        for failed in (task for task in holding if task.done() and task.exception()):
            failed.result()
        await asyncio.sleep(0.05)
    print(streamers.opened, flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    print(streamers.events, streamers.ended, flush=True)
    for task in holding:
        task.cancel()
    await asyncio.gather(*holding, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(main())
