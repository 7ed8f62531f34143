"""Records on their way into the log: those that wait, and those whose signatures are being checked.

    add ──▶ queue ──ask──▶ being checked ──▶ checked ──take──▶ to be placed, in the order they came
              ▲                                                     │
              └───────────── end: whoever has no answer yet ────────┘

A question is asked as soon as there are enough records for it, else when the event loop comes round: what arrives
in one turn is checked together. What follows a record about keys waits until that one is in the log.
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
from ledger.batches import Reading, question, readings
from ledger.keys import KeyLog
from ledger.notes import Verifier
from ledger.signatures import Claim

CHECKED_AT_ONCE: Final = 96
_ASKED_AHEAD: Final = 3 * CHILDREN  # while a child answers one question, its next lie ready
_MAX_WAITING: Final = 16_384


class Checks:
    """The queue of one sequencer. `ready` is set whenever something has been checked."""

    def __init__(self) -> None:
        self.ready = Event()
        self._keys: Callable[[], KeyLog] | None = None
        self._queue: deque[Waiting] = deque()
        self._asked: deque[_Check] = deque()
        self._under_way: list[Waiting] = []
        self._is_barred = False
        self._will_ask = False
        self._last_read: Future[None] | None = None
        self._checker = Checker()

    @property
    def is_full(self) -> bool:
        """Whether so many wait that no more should."""
        return len(self._queue) >= _MAX_WAITING

    @property
    def has_checked(self) -> bool:
        """Whether `take` has something to give."""
        return bool(self._asked) and self._asked[0].verdicts.done()

    def begin(self, keys: Callable[[], KeyLog]) -> None:
        """Check what waits, and what comes, by the keys that `keys` names at that moment."""
        self._keys = keys

    def end(self) -> None:
        """Check no more. Whoever has no answer yet waits again, before all others."""
        self._keys = None
        self._asked.clear()
        self._is_barred = False
        self._queue.extendleft(one for one in reversed(self._under_way) if not one.is_answered)
        self._under_way.clear()

    def close(self) -> None:
        """Let the processes go that check."""
        self._checker.close()

    def refuse_all(self, refusal: Refusal) -> None:
        """Answer whoever waits."""
        for one in self._queue:
            one.answer(refusal)
        self._queue.clear()

    def add(self, one: Waiting) -> None:
        """Have one more record checked."""
        self._queue.append(one)
        if len(self._queue) >= CHECKED_AT_ONCE:
            self._ask()
        elif not self._will_ask:
            self._will_ask = True
            asyncio.get_running_loop().call_soon(self._ask)

    async def read(self, notes: Sequence[bytes]) -> list[Reading | None]:
        """What the records say and who signed them, read in another process; None for what is to be read here.

        Those who ask get their answers in the order they asked: a batch may go on where the one before ends.
        """
        before, mine = self._last_read, asyncio.get_running_loop().create_future()
        self._last_read = mine
        try:
            if self._keys is None or len(notes) < WORTH_A_PROCESS:
                found: list[Reading | None] = [None] * len(notes)
            else:
                asked = question(notes, self._keys().known_signers)
                found = readings(notes, asked, await self._checker.read(asked))
            if before is not None and not before.done():
                await asyncio.wait([before])
        finally:
            if before is None or before.done():
                mine.set_result(None)
            else:  # we are cancelled, and whoever is next still waits for those before us
                before.add_done_callback(lambda _: mine.set_result(None))
        return found

    def take(self) -> list[Waiting]:
        """The next that have been checked and whose signatures hold; the others of that question are refused."""
        return self._asked.popleft().upheld()

    def all_committed(self) -> None:
        """Nothing taken is on its way any more: what a record about keys has said is known."""
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
        """What is checked at once. A record about keys is the last: those after it are judged by what it says."""
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
            # A fault of ours, and none of whoever appends just now: it ends the term, where it is logged.
            failed: Future[bytes] = asyncio.get_running_loop().create_future()
            failed.set_exception(error)
            return _Check(taken, [], failed)

    def _answered(self, _: Future[bytes]) -> None:
        self.ready.set()
        self._ask()


class _Check(NamedTuple):
    """Records, how many signatures of each are checked, and the verdicts to come: a byte for each, in order."""

    records: list[Waiting]
    counts: list[int]
    verdicts: Future[bytes]

    def upheld(self) -> list[Waiting]:
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
    """The signatures that must be right, and how many are of each record; none, and a doubt, if it lacks one."""
    claims: list[Claim] = []
    counts = []
    for one in taken:
        if one.signed is not None and keys.holds(one.signed.asked, one.signed.public):
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
            # Its key may have ended since it was taken: whoever repeats it must get its first receipt.
            one.doubt = bad_signature(str(error))
        counts.append(len(claims) - before)
    return claims, counts


def _without_sm2(signers: list[tuple[Verifier, bytes]], text: bytes) -> list[tuple[Verifier, bytes]]:
    """The checker knows Ed25519 alone: the longer key of another algorithm would shift what it reads after it.

    An SM2 key signs the record that registers it, and anyone may put a line that claims one under any record.
    """
    rest = []
    for key, signature in signers:
        if type(key) is Verifier:
            rest.append((key, signature))
        elif not key.verifies(text, signature):
            raise ValueError(f"the signature of {key.name} does not fit")
    return rest
