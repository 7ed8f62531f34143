"""Foreign pictures are decoded in a child process with little memory.

A 20 kB PNG can unfold to 800 MB, and a decoder can be made to crash; neither may happen where keys and
evidence are. The child (decoding.py) is started again when it dies.
"""

from __future__ import annotations

import asyncio
import json
import struct
import subprocess
import sys
import threading
import weakref
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import IO, Any

MAX_BYTES = 30_000_000
_CHILD = Path(__file__).with_name("decoding.py")
_PATIENCE_S = 15.0


@dataclass(frozen=True)
class Decoded:
    """The properties of a picture, read from its bytes. `colour` is False for greyscale and black-and-white."""

    media_type: str
    width: int
    height: int
    colour: bool


class Undecodable(ValueError):
    """The bytes are no JPEG or PNG that can be decoded within the limits."""


class Decoders:
    """Long-lived children; the calls of one account wait for each other. Safe to share between tasks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    async def decode(self, data: bytes, *, account: str) -> Decoded:
        """The properties of the picture `data` that `account` sent.

        Raises Undecodable, also when the decoder died twice or stalled.
        """
        if not 0 < len(data) <= MAX_BYTES:
            raise Undecodable("a picture has 1 to 30,000,000 bytes")
        answer = await asyncio.to_thread(self._ask, data)
        if "error" in answer:
            raise Undecodable(answer["error"])
        return Decoded(**answer)

    def close(self) -> None:
        """End the child."""
        with self._lock:
            self._stop()

    def _ask(self, data: bytes) -> dict[str, Any]:
        with self._lock:
            began = monotonic()
            # Try twice, because the child may have died of another cause than this picture. A stall is not repeated.
            answer = self._try(data)
            if answer is None and monotonic() - began < _PATIENCE_S:
                answer = self._try(data)
            return answer or {"error": "decoding this picture broke the decoder"}

    def _try(self, data: bytes) -> dict[str, Any] | None:
        child = self._running()
        timer = threading.Timer(_PATIENCE_S, child.kill)
        timer.start()
        try:
            assert child.stdin is not None
            assert child.stdout is not None
            child.stdin.write(struct.pack(">I", len(data)) + data)
            child.stdin.flush()
            answer: dict[str, Any] = json.loads(child.stdout.readline())
        except (OSError, ValueError):
            self._stop()
            return None
        finally:
            timer.cancel()
        return answer

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self._stop()
            # -I and an empty environment: the child gets nothing that it does not need.
            self._child = subprocess.Popen(
                [sys.executable, "-I", str(_CHILD)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={},
                cwd="/",
            )
            weakref.finalize(self, self._child.kill)
        return self._child

    def _stop(self) -> None:
        if self._child is None:
            return
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                _close(pipe)
        self._child = None


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except BrokenPipeError:
        return
