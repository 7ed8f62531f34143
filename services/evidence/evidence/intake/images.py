"""Foreign pictures are decoded in a child process with little memory.

A 20 kB PNG can unfold to 800 MB, and a decoder can be made to crash; neither may happen where keys and
evidence are. The child reads `<4-byte length><bytes>` and answers one line of JSON. It is started again
when it dies. Nothing here repairs or rewrites a picture, and Pillow's `verify()` is not used, because it accepts
flipped bytes: only the hash of a picture shows that it is unchanged.

This file runs by itself as the child, so it imports nothing of ours at the top.
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
from time import monotonic
from typing import IO, Any

MAX_PIXELS = 40_000_000
MAX_BYTES = 30_000_000
_MEMORY = 1 << 30
_MOST_SCANS = 100
_PATIENCE_S = 15.0
_TYPES = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png"}


@dataclass(frozen=True)
class Decoded:
    """The properties of a picture, read from its bytes. `colour` is False for greyscale and black-and-white."""

    media_type: str
    width: int
    height: int
    colour: bool


class Undecodable(ValueError):
    """The bytes are no JPEG or PNG that can be decoded within the limits."""


class Decoder:
    """One long-lived child; calls wait for each other. Safe to share between tasks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    async def decode(self, data: bytes) -> Decoded:
        """The properties of the picture `data`. Raises Undecodable, also when the decoder died twice or stalled."""
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
                [sys.executable, "-I", __file__],
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


def serve() -> None:
    """The child: decode each picture that comes in until the parent closes the pipe."""
    import resource

    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # our own cap below is an error, Pillow's a warning
    # Load every module now: after the last limit the child can open no file and no socket, so that foreign code which
    # takes over a decoder can neither read keys nor send them anywhere.
    Image.init()
    for limit, value in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 3),
    ):
        resource.setrlimit(limit, (value, value))
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    while len(header := stdin.read(4)) == 4:
        data = stdin.read(struct.unpack(">I", header)[0])
        stdout.write(json.dumps(look_at(data)).encode() + b"\n")
        stdout.flush()


def look_at(data: bytes) -> dict[str, Any]:
    """The child's answer for one picture: its facts, or `error`."""
    import io

    from PIL import Image

    # Each scan is decoded over the whole picture: thousands of scans fit into 100 kB and take minutes.
    if data.count(b"\xff\xda") > _MOST_SCANS and data.startswith(b"\xff\xd8"):
        return {"error": f"a picture has at most {_MOST_SCANS} scans"}
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as image:
            if image.width * image.height > MAX_PIXELS:
                return {"error": f"a picture has at most {MAX_PIXELS} pixels"}
            image.load()
            return {
                "media_type": _TYPES[str(image.format)],
                "width": image.width,
                "height": image.height,
                "colour": image.mode in ("RGB", "RGBA", "YCbCr", "CMYK", "P"),
            }
    except MemoryError:
        return {"error": "a picture is decoded in at most 1 GiB"}
    except Exception:  # noqa: BLE001
        # Any error of a decoder means that this picture cannot be decoded.
        return {"error": "the bytes are no JPEG or PNG that can be decoded"}


if __name__ == "__main__":
    serve()
