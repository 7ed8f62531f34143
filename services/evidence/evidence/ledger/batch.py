"""A batch: it gives records their indexes, and it is the log with these records in it. Nothing here awaits.

A record gets a place if it follows the last record of its stream. A record that does not follow may be a repeat of one
that is in the log already: only the database can tell.
"""

from __future__ import annotations

from asyncio import Future, get_running_loop
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final, NamedTuple
from uuid import UUID

from common.values.errors import Kind, Refusal
from evidence.ledger.signing import LogKeys
from ledger.batchcheck import Signed
from ledger.clock import ClockBehind
from ledger.entry import MAX_NOTE, NO_HASH, Record, make_entry, parse_record
from ledger.keys import KeyLog
from ledger.merkle import leaf_hash
from ledger.notes import Verifier, decode_batch
from ledger.tiles import Frontier, FullTile
from ledger.twin import Growth

MAX_BATCH: Final = 1_024
CLOCK_BEHIND: Final = "LEDGER_CLOCK_BEHIND"
StreamEnd = tuple[int, bytes]
"""Number and hash of the last record of a stream."""
UNUSED: Final[StreamEnd] = (-1, NO_HASH)


class Receipt(NamedTuple):
    """The place of a record, and the first signed checkpoint, of `size` entries, that covers it.

    The rarely used properties are computed from the entry on each access.
    """

    id_text: str
    index: int  # type: ignore[assignment]  # hides the method of tuples, which nobody needs here
    leaf_hash: bytes
    entry: bytes
    size: int
    checkpoint: bytes

    @property
    def record_id(self) -> UUID:
        return UUID(self.id_text)

    @property
    def header(self) -> str:
        return self.entry[: self.entry.index(b"\n")].decode()


Outcome = Receipt | Refusal


class Sent:
    """The outcomes of records that came in one call. The future `all` is done when every record has its outcome."""

    __slots__ = ("_missing", "all", "outcomes")

    def __init__(self, count: int) -> None:
        self.outcomes: list[Outcome | None] = [None] * count
        self.all: Future[None] = get_running_loop().create_future()
        self._missing = count

    def settle(self, at: int, outcome: Outcome) -> None:
        """Set the outcome of record `at`, unless it has one."""
        if self.outcomes[at] is None:
            self.outcomes[at] = outcome
            self._missing -= 1
            if not self._missing and not self.all.done():
                self.all.set_result(None)


class Waiting:
    """A record whose sender waits for its outcome. `since` is in seconds of the monotonic clock.

    `signed`: a verified signature on it; its key may have ended since. `doubt`: no key valid now signed the record,
    so this is the answer unless the record is in the log already.
    """

    __slots__ = ("_at", "_sent", "doubt", "record", "signed", "since")

    def __init__(
        self, record: Record, sent: Sent, at: int = 0, *, signed: Signed | None = None, since: float = 0.0
    ) -> None:
        self.record = record
        self.signed = signed
        self.since = since
        self.doubt: Refusal | None = None
        self._sent = sent
        self._at = at

    @property
    def is_answered(self) -> bool:
        """Whether it has its outcome, or its sender no longer waits."""
        return self._sent.all.done() or self._sent.outcomes[self._at] is not None

    def answer(self, outcome: Outcome) -> None:
        self._sent.settle(self._at, outcome)


@dataclass
class End:
    """The end of a log: everything that its next entry builds on."""

    prev: bytes
    last_us: int
    edge: Frontier
    keys: KeyLog

    @property
    def size(self) -> int:
        return self.edge.tree.size

    def copy(self) -> End:
        """A copy that can grow independently. `keys` is shared, because a change replaces the object."""
        return End(self.prev, self.last_us, self.edge.copy(), self.keys)


@dataclass
class State:
    """The leader's copy of the stored log. It is thrown away when it may differ from the database.

    `ends` caches the (seq, hash) of the last record of recently used streams; (-1, zeros) for an unused stream.
    `twin` is the edge of the SM3 tree; None if the log has no twin, or the profile switches it off.
    A person settled that entries may bear times up to `settled_us` although the clock lies before them.
    """

    end: End
    signing: LogKeys
    twin: Growth | None = None
    ends: OrderedDict[str, StreamEnd] = field(default_factory=OrderedDict)
    settled_us: int = 0


class Batch:
    """Records with their new places, and the log with these records. It builds on `state`, or on the batch `before`.

    `given` are all records passed to `place`; `unknown` those of streams whose end must be queried first; `repeats`
    those that may be in the log already. `assumed` are streams taken for new, because a record here has seq 0: the
    database refuses the batch if such a stream exists.
    """

    def __init__(self, state: State, *, before: Batch | None = None) -> None:
        base = before.end if before else state.end
        self.size, self.prev = base.size, base.prev
        self.end: End = base.copy()
        self.given: list[Waiting] = []
        self.unknown: list[Waiting] = []
        self.repeats: list[Waiting] = []
        self.assumed: set[str] = set()
        self.placed: list[Waiting] = []
        self.entries: list[bytes] = []
        self.leaves: list[bytes] = []
        self.tiles: list[FullTile] = []
        self.ends: dict[str, StreamEnd] = {}
        self.twin: Growth | None = None
        self._state = state
        self._ends_before = before.ends if before else {}
        self._assumed_before = before.assumed if before else set()

    def place(self, waiting: list[Waiting], *, us: int) -> None:
        """Give each record that follows its stream the next index, and the later of `us` and the last entry's time.

        A record that leaves a gap in its stream is refused.
        """
        self.end.last_us = max(us, self.end.last_us)
        self.given += waiting
        for one in waiting:
            record = one.record
            last = self.ends.get(record.stream) or self._last_before(record)
            if one.doubt is not None:
                self.repeats.append(one)
            elif last is None:
                self.unknown.append(one)
            elif record.seq <= last[0]:
                self.repeats.append(one)
            elif record.seq != last[0] + 1 or record.prev != last[1]:
                if record.stream in self.assumed or record.stream in self._assumed_before:
                    self.unknown.append(one)
                else:
                    one.answer(gap(record, last[0]))
            elif not record.about_keys or self._changes_keys(one):
                self._put(one)

    def _last_before(self, record: Record) -> StreamEnd | None:
        """The last record of the stream of `record` before this batch; None if it is unknown."""
        last = self._ends_before.get(record.stream) or self._state.ends.get(record.stream)
        if last is None and record.seq == 0:
            self.assumed.add(record.stream)
            return UNUSED
        return last

    def _put(self, one: Waiting) -> None:
        record, end = one.record, self.end
        entry = make_entry(end.size, end.last_us, end.prev, record.raw)
        end.prev = leaf_hash(entry)
        self.tiles += end.edge.append(end.prev)
        self.ends[record.stream] = (record.seq, record.hash)
        self.placed.append(one)
        self.entries.append(entry)
        self.leaves.append(end.prev)

    def _changes_keys(self, one: Waiting) -> bool:
        keys = self.end.keys.copy()
        try:
            keys.apply(self.end.size, one.record)
        except ValueError as error:
            one.answer(Refusal(Kind.INVALID, "LEDGER_RECORD_INVALID", {"error": error}, wording="keys"))
            return False
        if lacking := self._state.signing.lacks([*keys.log_keys, *keys.twin_keys]):
            # After this entry nobody here could sign a checkpoint: the log would stand still.
            one.answer(not_held(lacking[0]))
            return False
        self.end.keys = keys
        return True

    def columns(self) -> list[object]:
        """The arguments of `ledger.commit_batch`: six for entries, each as one value, and four arrays for tiles.

        Entries are not passed as arrays, because these cost the driver a microsecond for each element.
        """
        records = [one.record for one in self.placed]
        entries: list[object] = [
            " ".join([r.id_text for r in records]),
            b"".join(self.leaves),
            " ".join([r.stream for r in records]),
            " ".join([str(r.seq) for r in records]),
            " ".join(map(str, accumulate(map(len, self.entries)))),
            b"".join(self.entries),
        ]
        tiles = [[getattr(tile, name) for tile in self.tiles] for name in ("level", "n", "data", "root")]
        return [*entries, *tiles]

    def receipts(self, checkpoint: bytes) -> Iterator[tuple[Waiting, Receipt]]:
        """The receipt of each placed record, under the `checkpoint` note that was committed with the batch."""
        index, size = self.size, self.end.size
        for one, entry, leaf in zip(self.placed, self.entries, self.leaves, strict=True):
            yield one, Receipt(one.record.id_text, index, leaf, entry, size, checkpoint)
            index += 1


def parse(note: bytes) -> Record:
    """The record in `note`. Raises Refusal if it is not within the profile (docs/LEDGER.md)."""
    if len(note) > MAX_NOTE:
        raise Refusal(Kind.TOO_LARGE, "LEDGER_RECORD_TOO_LARGE", {"most": MAX_NOTE})
    try:
        return parse_record(note)
    except ValueError as error:
        raise Refusal(Kind.INVALID, "LEDGER_RECORD_INVALID", {"error": error}) from None


def notes_in(body: bytes) -> list[bytes]:
    """The record notes in the `body` of a request. Raises Refusal if it is cut off or holds too many."""
    try:
        notes = decode_batch(body)
    except ValueError as error:
        raise Refusal(Kind.MALFORMED, "LEDGER_BATCH_MALFORMED", {"error": error}) from None
    if len(notes) > MAX_BATCH:
        raise Refusal(Kind.TOO_LARGE, "LEDGER_BATCH_TOO_LARGE", {"most": MAX_BATCH})
    return notes


def record_id_in(note: bytes) -> UUID | None:
    """The id of the record in `note`; None if it is no record."""
    try:
        return parse_record(note).id
    except ValueError:
        return None


def no_leader() -> Refusal:
    return Refusal(Kind.UNAVAILABLE, "LEDGER_NO_LEADER")


def clock_behind(behind: ClockBehind) -> Refusal:
    """The ledger waits for its clock; Retry-After tells for how long."""
    refusal = Refusal(Kind.UNAVAILABLE, CLOCK_BEHIND, {"behind_s": round(behind.behind_s)})
    refusal.headers["retry-after"] = str(behind.retry_after_s)
    return refusal


def bad_signature(why: str) -> Refusal:
    return Refusal(Kind.INVALID, "LEDGER_SIGNATURE_INVALID", {"why": why})


def not_held(key: Verifier) -> Refusal:
    return Refusal(Kind.CONFLICT, "LEDGER_LOG_KEY_NOT_HELD", {"key": key.name, "key_id": key.key_id.hex()})


def gap(record: Record, seq: int) -> Refusal:
    return Refusal(
        Kind.CONFLICT,
        "LEDGER_STREAM_GAP",
        {"record": record.id, "seq": record.seq, "stream": record.stream, "next": seq + 1},
    )


def reused(record: Record) -> Refusal:
    return Refusal(Kind.CONFLICT, "LEDGER_ID_REUSED", {"record": record.id})
