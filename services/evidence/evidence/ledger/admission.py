"""The queue in front of the log: records that wait, and records whose signatures are being checked.

    add ──▶ queue ──ask──▶ being checked ──▶ checked ──take──▶ placed by the sequencer, in order of arrival
              ▲                                                     │
              └──────────── end: records without an answer ─────────┘

`_ask` sends a question as soon as the queue holds enough records, else at the next turn of the event loop, so that
records of one turn are checked together. Records behind a record about keys wait until that one is in the log.
"""

from __future__ import annotations

import asyncio
from asyncio import Event, Future
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from common.values.errors import Refusal
from evidence.ledger.batch import MAX_BATCH, Waiting, bad_signature
from evidence.ledger.workers import CHILDREN, WORTH_A_PROCESS, Checker
from ledger.batchcheck import Reading, question, readings
from ledger.keys import KeyLog
from ledger.notes import Verifier
from ledger.signatures import Claim

CHECKED_AT_ONCE: Final = 96
_ASKED_AHEAD: Final = 3 * CHILDREN  # so that each child has its next question ready
_MAX_WAITING: Final = 16_384


class Checks:
    """The queue of one sequencer. The event `ready` is set whenever a question has been answered."""

    def __init__(self, checker: Checker) -> None:
        self.ready = Event()
        self._keys: Callable[[], KeyLog] | None = None
        self._queue: deque[Waiting] = deque()
        self._asked: deque[_Check] = deque()
        self._under_way: list[Waiting] = []
        self._is_barred = False
        self._will_ask = False
        self._last_read: Future[None] | None = None
        self._checker = checker

    @property
    def is_full(self) -> bool:
        """Whether the queue takes no more records."""
        return len(self._queue) >= _MAX_WAITING

    @property
    def has_checked(self) -> bool:
        """Whether `take` may be called."""
        return bool(self._asked) and self._asked[0].verdicts.done()

    def begin(self, keys: Callable[[], KeyLog]) -> None:
        """Start to check records, by the keys that `keys` returns at that moment."""
        self._keys = keys

    def end(self) -> None:
        """Stop to check. Records without an answer go back to the front of the queue."""
        self._keys = None
        self._asked.clear()
        self._is_barred = False
        self._queue.extendleft(one for one in reversed(self._under_way) if not one.is_answered)
        self._under_way.clear()

    def refuse_all(self, refusal: Refusal) -> None:
        """Answer every record in the queue with `refusal`."""
        for one in self._queue:
            one.answer(refusal)
        self._queue.clear()

    def add(self, one: Waiting) -> None:
        """Add one record to the queue."""
        self._queue.append(one)
        if len(self._queue) >= CHECKED_AT_ONCE:
            self._ask()
        elif not self._will_ask:
            self._will_ask = True
            asyncio.get_running_loop().call_soon(self._ask)

    async def read(self, notes: Sequence[bytes]) -> list[Reading | None]:
        """The readings of `notes` from another process; None for a note that the caller must read itself.

        Callers get their answers in the order of their calls: a batch may continue the streams of the batch before.
        """
        before, mine = self._last_read, asyncio.get_running_loop().create_future()
        self._last_read = mine
        try:
            if self._keys is None or len(notes) < WORTH_A_PROCESS:
                result: list[Reading | None] = [None] * len(notes)
            else:
                message = question(notes, self._keys().known_signers)
                result = readings(notes, message, await self._checker.read(message))
            if before is not None and not before.done():
                await asyncio.wait([before])
        finally:
            if before is None or before.done():
                mine.set_result(None)
            else:  # this call was cancelled; the next one must still wait for the calls before this
                before.add_done_callback(lambda _: mine.set_result(None))
        return result

    def take(self) -> list[Waiting]:
        """The records of the oldest answered question whose signatures are right. The others are refused here."""
        return self._asked.popleft().upheld()

    def all_committed(self) -> None:
        """Every record taken so far is committed or answered, so the key log is up to date: lift the bar."""
        if not self._asked:
            self._is_barred = False
            self._ask()

    def _ask(self) -> None:
        self._will_ask = False
        while self._keys is not None and self._queue and not self._is_barred:
            if sum(not check.verdicts.done() for check in self._asked) >= _ASKED_AHEAD:
                return
            taken = self._next()
            self._is_barred = taken[-1].record.about_keys
            check = self._check(self._keys(), taken)
            self._asked.append(check)
            if check.verdicts.done():
                self.ready.set()
            else:
                check.verdicts.add_done_callback(self._answered)

    def _next(self) -> list[Waiting]:
        """The records of the next question. A record about keys is its last: it decides who may sign after it."""
        taken: list[Waiting] = []
        while self._queue and len(taken) < CHECKED_AT_ONCE:
            taken.append(self._queue.popleft())
            if taken[-1].record.about_keys:
                break
        self._under_way += taken
        if len(self._under_way) > 4 * MAX_BATCH:
            self._under_way = [one for one in self._under_way if not one.is_answered]
        return taken

    def _check(self, keys: KeyLog, taken: list[Waiting]) -> _Check:
        try:
            claims, counts = _claims(keys, taken)
            return _Check(taken, counts, self._checker.check(claims))
        except Exception as error:  # noqa: BLE001
            # The fault is ours, not the sender's. Raised in `take`, it ends the term, which logs it.
            failed: Future[bytes] = asyncio.get_running_loop().create_future()
            failed.set_exception(error)
            return _Check(taken, [], failed)

    def _answered(self, _: Future[bytes]) -> None:
        self.ready.set()
        self._ask()


class _Check(NamedTuple):
    """Records, the number of checked signatures of each, and the coming verdicts: one byte for each signature."""

    records: list[Waiting]
    counts: list[int]
    verdicts: Future[bytes]

    def upheld(self) -> list[Waiting]:
        """The records whose signatures are all right. The others are refused."""
        verdicts = self.verdicts.result()
        if all(verdicts):
            return self.records
        right, at = [], 0
        for one, count in zip(self.records, self.counts, strict=True):
            if all(verdicts[at : at + count]):
                right.append(one)
            else:
                one.answer(bad_signature("a signature does not fit the record"))
            at += count
        return right


def _claims(keys: KeyLog, taken: list[Waiting]) -> tuple[list[Claim], list[int]]:
    """The signatures to check, and how many each record has. A record without a valid signer gets a doubt."""
    claims: list[Claim] = []
    counts = []
    for one in taken:
        if one.signed is not None and keys.holds(one.signed.signer, one.signed.public):
            counts.append(0)
            continue
        note = one.record.note
        key = keys.signer(one.record)
        if key is not None:
            claims.append((key.public, note.signatures[0].value, note.text))
            counts.append(1)
            continue
        before = len(claims)
        try:
            signers = _without_sm2(keys.signers(one.record), note.text)
            claims += [(key.public, signature, note.text) for key, signature in signers]
        except ValueError as error:
            # Its key may have ended since its first submission; a repeat must still get the first receipt.
            one.doubt = bad_signature(str(error))
        counts.append(len(claims) - before)
    return claims, counts


def _without_sm2(signers: list[tuple[Verifier, bytes]], text: bytes) -> list[tuple[Verifier, bytes]]:
    """The Ed25519 signers; SM2 signatures are checked here. The children read keys of 32 bytes only.

    An SM2 key signs the record that registers it, and anybody may add a line that names one to any record.
    """
    rest = []
    for key, signature in signers:
        if type(key) is Verifier:
            rest.append((key, signature))
        elif not key.verifies(text, signature):
            raise ValueError(f"the signature of {key.name} does not fit")
    return rest
