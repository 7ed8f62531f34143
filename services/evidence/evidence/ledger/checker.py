"""Signatures of large batches are checked in processes of their own.

A check costs more than all else that a record costs, and in a thread it would wait for the interpreter
after every signature. A child reads

    <count><length of each text><keys, 32 bytes each><signatures, 64 bytes each><texts>

numbers as unsigned integers of four bytes in the machine's order, and answers a byte per signature. It ends with
its parent: its input ends.

A question is written the moment it is asked, not when the event loop comes round, and questions queue up in
front of a child: it works while whoever asks is busy with other things.

This file runs by itself as the child, so it imports next to nothing of ours.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from array import array
from asyncio import Future
from collections import deque
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import IO, Final

from evidence.ledger import ed25519
from evidence.ledger.signatures import Claim, Supervised, Verdicts, by_pynacl

CHILDREN: Final = 2
_WORTH_A_PROCESS: Final = 16
_KEY, _SIGNATURE, _NUMBER = 32, 64, 4
_READ: Final = 65_536


class Checker:
    """A few children, started when first needed. When one dies the check is made here: it is never left out."""

    def __init__(self) -> None:
        self._children: list[_Child] = []
        self._turn = 0
        self._closed = False

    def check(self, claims: Sequence[Claim]) -> Future[bytes]:
        """A byte for each of `claims`: 1 where it holds, else 0. The children take turns."""
        if len(claims) >= _WORTH_A_PROCESS and not self._closed:
            return self._next().ask(claims)
        answer: Future[bytes] = asyncio.get_running_loop().create_future()
        answer.set_result(by_pynacl(claims))
        return answer

    def close(self) -> None:
        """Let the children go. What they have not answered is checked here."""
        self._closed = True
        for child in self._children:
            child.close()

    def _next(self) -> _Child:
        self._turn = (self._turn + 1) % CHILDREN
        while len(self._children) <= self._turn:
            self._children.append(_Child())
        if self._children[self._turn].is_gone:
            self._children[self._turn] = _Child()
        return self._children[self._turn]


class _Child:
    """One process at the other end of a socket, and the questions it has not answered yet."""

    def __init__(self) -> None:
        self.is_gone = False
        self._asked: deque[tuple[Sequence[Claim], Future[bytes]]] = deque()
        self._unsent = bytearray()
        self._answers = b""
        self._loop = asyncio.get_running_loop()
        self._socket, theirs = socket.socketpair()
        with theirs:
            # Ctrl-C in the terminal is for the parent: it still has a batch to finish.
            self.process = subprocess.Popen(
                [sys.executable, "-m", __name__],
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                start_new_session=True,
            )
        self._socket.setblocking(False)
        self._loop.add_reader(self._socket, self._read)

    def ask(self, claims: Sequence[Claim]) -> Future[bytes]:
        answer: Future[bytes] = self._loop.create_future()
        self._asked.append((claims, answer))
        if not self._unsent:
            self._loop.add_writer(self._socket, self._send)
        self._unsent += _question(claims)
        self._send()
        return answer

    def close(self) -> None:
        if self.is_gone:
            return
        self.is_gone = True
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._socket.close()
        self.process.kill()
        self.process.wait()
        for claims, answer in self._asked:
            if not answer.done():
                answer.set_result(by_pynacl(claims))
        self._asked.clear()

    def _send(self) -> None:
        try:
            del self._unsent[: self._socket.send(self._unsent)]
        except BlockingIOError:
            return
        except OSError:
            self.close()
            return
        if not self._unsent:
            self._loop.remove_writer(self._socket)

    def _read(self) -> None:
        try:
            data = self._socket.recv(_READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close()
            return
        self._answers += data
        while self._asked and len(self._answers) >= len(self._asked[0][0]):
            claims, answer = self._asked.popleft()
            # One who no longer waits has asked nevertheless: the bytes are his and nobody else's.
            if not answer.done():
                answer.set_result(self._answers[: len(claims)])
            self._answers = self._answers[len(claims) :]


def _question(claims: Sequence[Claim]) -> bytes:
    keys, signatures, texts = zip(*claims, strict=True)
    # A signature of another length never holds; the child is given one that fails instead.
    sound = [one if len(one) == _SIGNATURE else bytes(_SIGNATURE) for one in signatures]
    numbers = array("I", [len(claims), *map(len, texts)])
    return b"".join([numbers.tobytes(), *keys, *sound, *texts])


def serve(asked: IO[bytes], answers: IO[bytes], *, verdicts: Verdicts) -> None:
    """Answer until the input ends."""

    def numbers(count: int) -> array[int]:
        return array("I", asked.read(_NUMBER * count))

    def pieces(lengths: Sequence[int]) -> list[bytes]:
        data = asked.read(sum(lengths))
        return [data[start:end] for start, end in pairwise(accumulate(lengths, initial=0))]

    while count := sum(numbers(1)):
        lengths = numbers(count)
        keys, signatures = pieces([_KEY] * count), pieces([_SIGNATURE] * count)
        answers.write(verdicts(list(zip(keys, signatures, pieces(lengths), strict=True))))
        answers.flush()


if __name__ == "__main__":
    supervised = Supervised(ed25519.hold if ed25519.is_built() else None)
    serve(sys.stdin.buffer, sys.stdout.buffer, verdicts=supervised.verdicts)
