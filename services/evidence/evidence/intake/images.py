"""Foreign pictures are decoded in child processes with little memory.

    decode ─▶ a turn (turns.py) ─▶ child (confined.py, decoding.py) ─▶ Decoded | Undecodable: the picture's fault
                                        └─ cannot start, or fails on our own picture too ─▶ DecoderAway: ours

A 20 kB PNG can unfold to 800 MB, and a decoder can be made to crash; neither may happen where keys and
evidence are. A child is started again when it dies.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import logging
import os
import select
import struct
import subprocess
import sys
import threading
import weakref
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import IO, Any, Final

from common.door.blobs import sha256_hex
from common.values.errors import Kind, Refusal
from evidence.intake.turns import Turns
from ledger import notes

log = logging.getLogger(__name__)

MAX_BYTES = 30_000_000
MAX_PICTURES: Final = 16
"""Inline pictures of one object. The standard's own list of addresses ends at five."""

MAX_PIXELS_OF_PUSH: Final = 500_000_000
"""Pixels of one push: a hundred objects in two pictures of 2.5 million each, or a dozen of the largest pictures."""

_BROKE_IT: Final = MAX_PIXELS_OF_PUSH // 4
"""What a picture costs its push that stalled or broke a decoder: after five of them nothing more of it is looked at.

Each holds a decoder for up to 30 s, and says of itself how large it is.
"""

PROGRAM: Final = Path(__file__).with_name("decoding.py")
_CONFINED: Final = Path(__file__).with_name("confined.py")
_PATIENCE_S = 15.0
_PIPE = 1 << 20
_OUR_OWN: Final = b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAKBueIx4ZKCMgoy0qqC+8P//8Nzc8P////////////////////////////////////////////"
    "//////////////wAALCAAIAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAv/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AL//Z"
)
"""A picture that every decoder can decode, 8 × 8: a decoder that fails on it is broken itself."""


@dataclass(frozen=True)
class Decoded:
    """The properties of a picture, read from its bytes. `colour` is False for greyscale and black-and-white.

    `is_truncated`: the mark of its end is missing, the picture itself is whole. `has_trailing`: bytes follow its end.
    `dhash` is its difference hash. `sha256` and `sm3` are the digests of its bytes, in hex; they are computed here and
    never in the child, which a picture may have broken.
    """

    media_type: str
    width: int
    height: int
    colour: bool
    is_truncated: bool = False
    has_trailing: bool = False
    dhash: str | None = field(default=None, compare=False)
    sha256: str = field(default="", compare=False)
    sm3: str = field(default="", compare=False)


class Undecodable(ValueError):
    """The bytes are no JPEG or PNG that can be decoded within the limits."""


class Spent(Undecodable):
    """The push has had all the pixels that it may have: this picture was not looked at."""


@dataclass
class Allowance:
    """How many pixels of one push may still be decoded. A picture that passes the limit is decoded and refused."""

    pixels: int = MAX_PIXELS_OF_PUSH

    def spend(self, count: int) -> None:
        """Raises Undecodable once the push has had more pixels than it may have."""
        self.pixels -= count
        self.require()

    def require(self) -> None:
        """Raises Undecodable where nothing is left."""
        if self.pixels < 0:
            raise Spent(f"a push has at most {MAX_PIXELS_OF_PUSH:,} pixels")


class DecoderAway(Refusal):
    """No decoder works here: the server's fault, and nothing is known about the picture."""

    def __init__(self) -> None:
        super().__init__(Kind.UNAVAILABLE, "VIID_DECODER_AWAY")


class Decoders:
    """`count` long-lived children, which accounts use in turn. For the tasks of one event loop."""

    def __init__(self, count: int = 2, *, program: Path = PROGRAM) -> None:
        self.children = tuple(Child(program) for _ in range(count))
        self._turns = Turns(reversed(self.children))
        # Threads of their own: pictures that wait for a child must not take the threads that write to the disk.
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="decoder")

    async def start(self) -> None:
        """Start every child and let it decode a picture of ours. Raises DecoderAway."""
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(self._threads, child.prove) for child in self.children))

    async def decode(self, data: bytes, *, account: str, allowance: Allowance | None = None) -> Decoded:
        """The properties of the picture `data` that `account` sent in a push with this `allowance`.

        Raises Undecodable, also when the picture broke a decoder twice or stalled it, and DecoderAway.
        """
        allowance = allowance or Allowance()
        allowance.require()
        if not 0 < len(data) <= MAX_BYTES:
            raise Undecodable("图片须有 1 至 30,000,000 字节 · a picture has 1 to 30,000,000 bytes")
        async with self._turns.turn(account) as child:
            # Shielded, because a child that is still busy must not be handed on while its caller goes away.
            asked = asyncio.get_running_loop().run_in_executor(self._threads, child.ask, data)
            try:
                answer = await asyncio.shield(asked)
            except asyncio.CancelledError:
                await asyncio.wait([asked])
                raise
        # A picture that breaks off costs what it says it has, and one that broke the decoder the most of all.
        allowance.spend(answer.pop("pixels", 0))
        if "error" in answer:
            raise Undecodable(answer["error"])
        return Decoded(**answer)

    def close(self) -> None:
        """End the children."""
        for child in self.children:
            child.close()
        self._threads.shutdown()


class Child:
    """One process of `program` that decodes; a call blocks until it has answered."""

    def __init__(self, program: Path = PROGRAM) -> None:
        self._program = program
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process that runs now."""
        return self._process.pid if self._process else None

    def prove(self) -> None:
        """Return once this child has decoded a picture of ours. Raises DecoderAway."""
        with self._lock:
            if not (self._is_sound() or self._is_sound()):
                raise DecoderAway

    def ask(self, data: bytes) -> dict[str, Any]:
        """The child's answer for the picture `data`, or `error`. Raises DecoderAway.

        A picture is blamed for a decoder that broke only where the next one decodes a picture of ours. It is tried
        twice, because the first may have died of another cause. A stall is not repeated.
        """
        with self._lock:
            for _ in range(2):
                answer, has_stalled = self._try(data)
                if answer is not None:
                    return answer
                if not (self._is_sound() or self._is_sound()):
                    raise DecoderAway
                if has_stalled:
                    break
        return {
            "error": "解码这张图片使解码器崩溃 · decoding this picture broke the decoder",
            "pixels": _BROKE_IT,
        }

    def end(self) -> None:
        """Kill the process, whatever it is doing; the next call starts another."""
        if (process := self._process) is not None:
            process.kill()

    def close(self) -> None:
        """End the process."""
        self.end()
        with self._lock:
            self._stop()

    def _is_sound(self) -> bool:
        answer, _ = self._try(_OUR_OWN)
        return answer is not None and "error" not in answer

    def _try(self, data: bytes) -> tuple[dict[str, Any] | None, bool]:
        """The answer, None where the process broke; and whether it took too long."""
        try:
            process = self._running()
        except OSError as error:
            log.error("couldn't start a decoder: %s", error)
            return None, False
        try:
            return _talk(process, data), False
        except (OSError, ValueError) as error:
            has_stalled = isinstance(error, TimeoutError)
            log.warning("couldn't decode a picture: the decoder %s", "stalled" if has_stalled else "died")
            self._stop()
            return None, has_stalled

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._stop()
            # -I and an empty environment: the child gets nothing that it does not need.
            self._process = subprocess.Popen(
                [sys.executable, "-I", str(_CONFINED), str(self._program)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                env={},
                cwd="/",
            )
            assert self._process.stdin is not None
            # A write that blocks could not be given up when the child stalls.
            os.set_blocking(self._process.stdin.fileno(), False)
            with suppress(OSError):
                # A picture then goes over in one piece; the system may have no room for a pipe of this size.
                fcntl.fcntl(self._process.stdin, fcntl.F_SETPIPE_SZ, _PIPE)
            weakref.finalize(self, self._process.kill)
        return self._process

    def _stop(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                _close(pipe)
        self._process = None


def _talk(process: subprocess.Popen[bytes], data: bytes) -> dict[str, Any]:
    """The answer of `process` to the picture `data`, and the digests of `data`.

    Raises TimeoutError where it takes too long, OSError or ValueError where it died.
    """
    assert process.stdin is not None
    assert process.stdout is not None
    until = monotonic() + _PATIENCE_S
    left = memoryview(struct.pack(">I", len(data)) + data)
    while left:
        _wait_for(process.stdin, select.POLLOUT, until)
        left = left[os.write(process.stdin.fileno(), left) :]
    # The child decodes meanwhile.
    digests = {"sha256": sha256_hex(data), "sm3": notes.digest("sm3", data).hex()}
    answer = b""
    while not answer.endswith(b"\n"):
        _wait_for(process.stdout, select.POLLIN, until)
        if not (more := os.read(process.stdout.fileno(), _PIPE)):
            raise BrokenPipeError
        answer += more
    said: dict[str, Any] = json.loads(answer)
    return said if "error" in said else said | digests


def _wait_for(pipe: IO[bytes], event: int, until: float) -> None:
    """Return once `pipe` is ready for `event`, or closed. Raises TimeoutError at `until`, in seconds of `monotonic`."""
    poll = select.poll()
    poll.register(pipe, event)
    if not poll.poll(max(0.0, until - monotonic()) * 1e3):
        raise TimeoutError


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except BrokenPipeError:
        return
