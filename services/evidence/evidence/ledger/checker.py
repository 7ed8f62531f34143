"""Signatures of large batches are checked in a process of its own.

A check costs as much as all else that a record costs, and in a thread it would wait for the interpreter
after every signature. The child reads `<count>` and `count` times `<key 32><signature 64><length><text>`,
numbers as big-endian uint32, and answers a byte per signature. It ends with its parent: its input ends.

This file runs by itself as the child, so it imports nothing of ours at the top.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import IO

from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

Claim = tuple[bytes, bytes, bytes]
"""Public key, signature, text."""

CHILDREN = 2
_WORTH_A_PROCESS = 16
# Room for a whole question, so that neither side waits for the other in the middle of it.
_PIPE = 1 << 18


def holds(claim: Claim) -> bool:
    """Whether the signature (64 bytes) is the key's over the text."""
    key, signature, text = claim
    if len(signature) != 64:
        return False
    try:
        crypto_sign_open(signature + text, key)
    except BadSignatureError:
        return False
    return True


class Checker:
    """A few children, started when first needed. When one dies the check is made here: it is never left out."""

    def __init__(self) -> None:
        self._children = [_Child() for _ in range(CHILDREN)]
        self._turn = 0

    async def check(self, claims: Sequence[Claim]) -> list[bool]:
        """Which of `claims` hold, in order. Calls run beside each other, one in each child."""
        if len(claims) < _WORTH_A_PROCESS:
            return [holds(claim) for claim in claims]
        self._turn = (self._turn + 1) % CHILDREN
        # In a thread, so that a cancelled caller leaves no half-read answer behind.
        return await asyncio.to_thread(self._children[self._turn].ask, claims)

    def close(self) -> None:
        """Let the children go."""
        for child in self._children:
            child.close()


class _Child:
    """One child; calls wait for each other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False

    def ask(self, claims: Sequence[Claim]) -> list[bool]:
        # A signature of another length never holds; the child is given one that fails instead.
        sound = [
            (key, signature if len(signature) == 64 else bytes(64), text) for key, signature, text in claims
        ]
        with self._lock:
            answer = b"" if self._closed else self._try(sound)
        if len(answer) != len(claims):
            return [holds(claim) for claim in claims]
        return [verdict == 1 for verdict in answer]

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._stop()

    def _try(self, claims: Sequence[Claim]) -> bytes:
        parts = [len(claims).to_bytes(4, "big")]
        for key, signature, text in claims:
            parts += [key, signature, len(text).to_bytes(4, "big"), text]
        try:
            if self._process is None or self._process.poll() is not None:
                self._process = _started()
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.write(b"".join(parts))
            self._process.stdin.flush()
            return self._process.stdout.read(len(claims))
        except OSError:
            self._stop()
            return b""

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def _started() -> subprocess.Popen[bytes]:
    # Ctrl-C in the terminal is for the parent: it still has a batch to finish.
    return subprocess.Popen(
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
        pipesize=_PIPE if sys.platform == "linux" else -1,
    )


def serve(asked: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until the input ends."""

    def number() -> int:
        return int.from_bytes(asked.read(4), "big")

    while count := number():
        claims = [(asked.read(32), asked.read(64), asked.read(number())) for _ in range(count)]
        answers.write(bytes(holds(claim) for claim in claims))
        answers.flush()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
