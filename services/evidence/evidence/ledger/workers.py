"""Child processes that check the signatures of large batches, and that read whole batches.

Checking a signature costs more than everything else about a record, and a thread would wait for the interpreter after
every signature. A child reads questions and writes answers, each after its length as a big-endian uint32:

    C<count><length of each text><keys, 32 bytes each><signatures, 64 bytes each><texts>   ──▶ a byte per signature
    R<question of ledger.batchcheck>                                                       ──▶ its answer

The numbers of a check are unsigned integers of four bytes in the machine's order. A child ends when its input ends,
so it never outlives its parent.

`ask` writes a question at once, not at the next turn of the event loop, and a child's socket holds several questions.
So the child works while the parent is busy.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from array import array
from asyncio import Future
from collections import deque
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import IO, Final

from evidence.ledger import ed25519
from ledger import batchcheck
from ledger.signatures import SIGNATURE, Claim, Supervised, Verdicts, by_pynacl

CHILDREN: Final = 2
WORTH_A_PROCESS: Final = 16
_KEY, _NUMBER = 32, 4
_CHECK, _READ = b"C", b"R"
_PIECE: Final = 262_144


class Checker:
    """A few children, started on first use. If a child dies or stays silent too long, this process checks itself."""

    def __init__(self, *, patience_s: float = 10.0) -> None:
        self._patience_s = patience_s
        self._children: list[_Child] = []
        self._turn = 0
        self._closed = False

    def check(self, claims: Sequence[Claim]) -> Future[bytes]:
        """One byte for each of `claims`: 1 if the signature is right, else 0. The children take turns."""
        if len(claims) >= WORTH_A_PROCESS and not self._closed:
            return self._next().ask(check_of(claims), lambda: by_pynacl(claims))
        return _done(by_pynacl(claims))

    def read(self, question: bytes) -> Future[bytes]:
        """The answer to a question of ledger.batchcheck; empty if no child can answer."""
        return _done(b"") if self._closed else self._next().ask(framed(_READ + question), bytes)

    def close(self) -> None:
        """End the children. Their open questions are answered by this process."""
        self._closed = True
        for child in self._children:
            child.close()

    def _next(self) -> _Child:
        self._turn = (self._turn + 1) % CHILDREN
        while len(self._children) <= self._turn:
            self._children.append(_Child(self._patience_s))
        if self._children[self._turn].is_gone:
            self._children[self._turn] = _Child(self._patience_s)
        return self._children[self._turn]


class _Child:
    """One child at the other end of a socket, and its open questions in order."""

    def __init__(self, patience_s: float) -> None:
        self.is_gone = False
        self._patience_s = patience_s
        self._open: deque[tuple[Future[bytes], Callable[[], bytes]]] = deque()
        self._unsent = bytearray()
        self._answers = bytearray()
        self._loop = asyncio.get_running_loop()
        self._socket, theirs = socket.socketpair()
        with theirs:
            # A session of its own: Ctrl-C in the terminal must reach the parent only, which has a batch to finish.
            self.process = subprocess.Popen(
                [sys.executable, "-m", __name__],
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                start_new_session=True,
            )
        self._socket.setblocking(False)
        self._loop.add_reader(self._socket, self._read)

    def ask(self, question: bytes, otherwise: Callable[[], bytes]) -> Future[bytes]:
        """The child's answer to a framed question; the result of `otherwise` if the child dies or hangs before."""
        answer: Future[bytes] = self._loop.create_future()
        self._open.append((answer, otherwise))
        if not self._unsent:
            self._loop.add_writer(self._socket, self._send)
        self._unsent += question
        self._send()
        patience = self._loop.call_later(self._patience_s, self.close)  # a child that hangs is given up
        answer.add_done_callback(lambda _: patience.cancel())
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
        for answer, otherwise in self._open:
            if not answer.done():
                answer.set_result(otherwise())
        self._open.clear()

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
            data = self._socket.recv(_PIECE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close()
            return
        self._answers += data
        while len(self._answers) >= _NUMBER:
            end = _NUMBER + int.from_bytes(self._answers[:_NUMBER], "big")
            if len(self._answers) < end:
                return
            answer, _ = self._open.popleft()
            # If the caller was cancelled, still consume its answer, to keep requests and answers aligned.
            if not answer.done():
                answer.set_result(bytes(self._answers[_NUMBER:end]))
            del self._answers[:end]


def _done(answer: bytes) -> Future[bytes]:
    done: Future[bytes] = asyncio.get_running_loop().create_future()
    done.set_result(answer)
    return done


def framed(data: bytes) -> bytes:
    """`data` after its length: a message on the socket."""
    return len(data).to_bytes(_NUMBER, "big") + data


def check_of(claims: Sequence[Claim]) -> bytes:
    """The framed question whether the signatures of `claims`, at least one, are right."""
    keys, signatures, texts = zip(*claims, strict=True)
    # A signature of another length is wrong in any case; send one of 64 zero bytes, which is wrong too.
    sound = [one if len(one) == SIGNATURE else bytes(SIGNATURE) for one in signatures]
    numbers = array("I", [len(claims), *map(len, texts)])
    return framed(b"".join([_CHECK, numbers.tobytes(), *keys, *sound, *texts]))


def _claims(question: bytes) -> list[Claim]:
    count = array("I", question[:_NUMBER])[0]
    at = _NUMBER

    def pieces(lengths: Sequence[int]) -> list[bytes]:
        nonlocal at
        ends = list(accumulate(lengths, initial=at))
        at = ends[-1]
        return [question[start:end] for start, end in pairwise(ends)]

    (numbers,) = pieces([_NUMBER * count])
    keys, signatures = pieces([_KEY] * count), pieces([SIGNATURE] * count)
    return list(zip(keys, signatures, pieces(array("I", numbers)), strict=True))


def serve(questions: IO[bytes], answers: IO[bytes], *, verdicts: Verdicts) -> None:
    """Answer `questions` until the input ends."""
    while length := int.from_bytes(questions.read(_NUMBER), "big"):
        kind, question = questions.read(1), questions.read(length - 1)
        if kind == _CHECK:
            answer = verdicts(_claims(question))
        else:
            answer = batchcheck.answer(question, verdicts=verdicts)
        answers.write(framed(answer))
        answers.flush()


if __name__ == "__main__":
    supervised = Supervised(ed25519.hold if ed25519.is_built() else None)
    serve(sys.stdin.buffer, sys.stdout.buffer, verdicts=supervised.verdicts)
