"""Signatures of large batches are checked in processes of their own.

A check costs more than all else that a record costs, and in a thread it would wait for the interpreter
after every signature. A child reads `<count>` and `count` times `<key 32><length><signature 64><text>`,
numbers as big-endian uint32, and answers a byte per signature. It ends with its parent: its input ends.

Questions queue up in front of a child, so that it has the next when it has answered one: whoever asks
is busy with other things by then.

This file runs by itself as the child, so it imports next to nothing of ours.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from typing import IO, Self, cast

from evidence.ledger import ed25519
from evidence.ledger.signatures import Claim, Supervised, Verdicts, by_pynacl

CHILDREN = 2
_WORTH_A_PROCESS = 16


class Checker:
    """A few children, started when first needed. When one dies the check is made here: it is never left out."""

    def __init__(self) -> None:
        self._children: list[asyncio.Task[_Child]] = []
        self._turn = 0
        self._closed = False

    async def check(self, claims: Sequence[Claim]) -> list[bool]:
        """Which of `claims` hold, in order. Calls run beside each other, the children taking turns."""
        answer = b""
        if len(claims) >= _WORTH_A_PROCESS and not self._closed:
            answer = await (await asyncio.shield(self._next())).ask(claims)
        if len(answer) != len(claims):
            answer = by_pynacl(claims)
        return [verdict == 1 for verdict in answer]

    def close(self) -> None:
        """Let the children go. What they have not answered is checked here."""
        self._closed = True
        for child in self._children:
            if child.done() and not child.cancelled() and child.exception() is None:
                child.result().close()
            child.cancel()

    def _next(self) -> asyncio.Task[_Child]:
        self._turn = (self._turn + 1) % CHILDREN
        while len(self._children) <= self._turn:
            self._children.append(asyncio.create_task(_Child.start()))
        last = self._children[self._turn]
        if last.done() and (last.exception() is not None or last.result().is_gone):
            self._children[self._turn] = asyncio.create_task(_Child.start())
        return self._children[self._turn]


class _Child(asyncio.Protocol):
    """One process at the other end of a socket, and the questions it has not answered yet."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.is_gone = False
        self._asked: deque[tuple[int, asyncio.Future[bytes]]] = deque()
        self._answers = b""
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def start(cls) -> Self:
        ours, theirs = socket.socketpair()
        with theirs:
            # Ctrl-C in the terminal is for the parent: it still has a batch to finish.
            process = subprocess.Popen(
                [sys.executable, "-m", __name__],
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                start_new_session=True,
            )
        loop = asyncio.get_running_loop()
        return (await loop.create_connection(lambda: cls(process), sock=ours))[1]

    async def ask(self, claims: Sequence[Claim]) -> bytes:
        """A byte per claim, 1 where it holds; or nothing, if the child is gone before it has answered."""
        if self.is_gone or self._transport is None:
            return b""
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._asked.append((len(claims), answer))
        self._transport.write(_question(claims))
        return await answer

    def close(self) -> None:
        self.is_gone = True
        self.process.kill()
        self.process.wait()
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._answers += data
        while self._asked and len(self._answers) >= self._asked[0][0]:
            count, answer = self._asked.popleft()
            # One who no longer waits has asked nevertheless: the bytes are his and nobody else's.
            if not answer.done():
                answer.set_result(self._answers[:count])
            self._answers = self._answers[count:]

    def connection_lost(self, exc: Exception | None) -> None:
        self.close()
        for _, answer in self._asked:
            if not answer.done():
                answer.set_result(b"")
        self._asked.clear()


def _question(claims: Sequence[Claim]) -> bytes:
    parts = [len(claims).to_bytes(4, "big")]
    for key, signature, text in claims:
        # A signature of another length never holds; the child is given one that fails instead.
        sound = signature if len(signature) == 64 else bytes(64)
        parts += [key, len(text).to_bytes(4, "big"), sound, text]
    return b"".join(parts)


def serve(asked: IO[bytes], answers: IO[bytes], *, verdicts: Verdicts) -> None:
    """Answer until the input ends."""

    def number() -> int:
        return int.from_bytes(asked.read(4), "big")

    while count := number():
        claims = []
        for _ in range(count):
            key, length = asked.read(32), number()
            claims.append((key, asked.read(64), asked.read(length)))
        answers.write(verdicts(claims))
        answers.flush()


if __name__ == "__main__":
    supervised = Supervised(ed25519.hold if ed25519.is_built() else None)
    serve(sys.stdin.buffer, sys.stdout.buffer, verdicts=supervised.verdicts)
