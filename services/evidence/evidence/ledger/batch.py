"""A batch: which records get which places, and what the log becomes with them. Nothing here waits.

A record has a place if it is signed by the key of its stream and follows the last record of its stream.
One that does not follow may be a repeat of what is already in the log: the database knows.
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
from ledger.batches import Signed
from ledger.entry import MAX_NOTE, NO_HASH, Record, make_entry, parse_record
from ledger.keys import KeyLog
from ledger.merkle import leaf_hash
from ledger.notes import Verifier, decode_batch
from ledger.tiles import Frontier, FullTile
from ledger.twin import Growth

MAX_BATCH: Final = 1_024
StreamEnd = tuple[int, bytes]
"""Number and hash of the last record of a stream."""
UNUSED: Final[StreamEnd] = (-1, NO_HASH)


class Receipt(NamedTuple):
    """Where a record lies, and the signed checkpoint of `size` entries that first names it.

    What few ask for is read from the entry when it is asked for.
    """

    id_text: str
    index: int  # type: ignore[assignment]  # a tuple's own `index` is of no use here
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
    """Records that were sent together, and what became of each; `all` is done once each has its outcome."""

    __slots__ = ("_missing", "all", "outcomes")

    def __init__(self, count: int) -> None:
        self.outcomes: list[Outcome | None] = [None] * count
        self.all: Future[None] = get_running_loop().create_future()
        self._missing = count

    def settle(self, at: int, outcome: Outcome) -> None:
        """Give record `at` its outcome, unless it has one."""
        if self.outcomes[at] is None:
            self.outcomes[at] = outcome
            self._missing -= 1
            if not self._missing and not self.all.done():
                self.all.set_result(None)


class Waiting:
    """A record whose sender waits for its outcome. `since` is in seconds of the monotonic clock.

    `signed`: a signature on it that was found to hold, by a key that may have ended since. `doubt`: what is to be
    answered if the record is not in the log already, because no key valid now signed it.
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
        """Whether it has its outcome, or nobody waits for it any more."""
        return self._sent.all.done() or self._sent.outcomes[self._at] is not None

    def answer(self, outcome: Outcome) -> None:
        self._sent.settle(self._at, outcome)


@dataclass
class End:
    """Where a log ends, and what its next entry builds on."""

    prev: bytes
    last_us: int
    edge: Frontier
    keys: KeyLog

    @property
    def size(self) -> int:
        return self.edge.tree.size

    def copy(self) -> End:
        """One that can grow by itself. Keys change by being replaced."""
        return End(self.prev, self.last_us, self.edge.copy(), self.keys)


@dataclass
class State:
    """The log as its leader knows it: a copy of the database, thrown away when in doubt.

    `ends` holds the (seq, hash) of the last record of streams lately used; (-1, zeros) for an unused one.
    `twin` is where the SM3 tree goes on; None while the log has none, or the profile lets it rest.
    """

    end: End
    signing: LogKeys
    twin: Growth | None = None
    ends: OrderedDict[str, StreamEnd] = field(default_factory=OrderedDict)


class Batch:
    """Records as they get their places, and the log with them in it. It builds on `state`, or on the batch before.

    `given` are all that were to be placed; `unknown` those of streams whose end must be asked for first;
    `repeats` those that may be in the log already. `assumed` are streams that are taken for new because a record
    here is their first: the database refuses the batch if one is not.
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
        """Give each record that follows its stream the next index, at `us` or the last time if that is later.

        A gap in a stream is refused.
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
        """The last record of its stream before this batch; None if that is not known."""
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
            message = f"The record about keys makes no sense: {error}."
            one.answer(Refusal(Kind.INVALID, "LEDGER_RECORD_INVALID", message))
            return False
        if lacking := self._state.signing.lacks([*keys.log_keys, *keys.twin_keys]):
            # From this entry on no checkpoint could be signed: the log would stand still.
            one.answer(not_held(lacking[0]))
            return False
        self.end.keys = keys
        return True

    def columns(self) -> list[object]:
        """What `ledger.commit_batch` takes: six of entries, each in one piece, and four arrays of tiles.

        An array costs the driver a microsecond for each element.
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
        """What each is answered once the batch is durable, under the checkpoint note that went in with it."""
        index, size = self.size, self.end.size
        for one, entry, leaf in zip(self.placed, self.entries, self.leaves, strict=True):
            yield one, Receipt(one.record.id_text, index, leaf, entry, size, checkpoint)
            index += 1


def parse(note: bytes) -> Record:
    """The record in `note`. Raises Refusal outside the profile of spec/ledger.md §3.1."""
    if len(note) > MAX_NOTE:
        raise Refusal(
            Kind.TOO_LARGE, "LEDGER_RECORD_TOO_LARGE", f"A record note has at most {MAX_NOTE} bytes."
        )
    try:
        return parse_record(note)
    except ValueError as error:
        message = f"This is no record of the ledger's profile: {error}."
        raise Refusal(Kind.INVALID, "LEDGER_RECORD_INVALID", message) from None


def notes_in(body: bytes) -> list[bytes]:
    """The record notes of a batch as it travels. Raises Refusal if it is cut off or holds too many."""
    try:
        notes = decode_batch(body)
    except ValueError as error:
        raise Refusal(
            Kind.MALFORMED, "LEDGER_BATCH_MALFORMED", f"This is no batch of records: {error}."
        ) from None
    if len(notes) > MAX_BATCH:
        raise Refusal(Kind.TOO_LARGE, "LEDGER_BATCH_TOO_LARGE", f"A batch holds at most {MAX_BATCH} records.")
    return notes


def record_id_in(note: bytes) -> UUID | None:
    """The id of the record in `note`, if it is a record at all."""
    try:
        return parse_record(note).id
    except ValueError:
        return None


def no_leader() -> Refusal:
    message = (
        "No sequencer answers here now; repeat the call: a record that was taken gets its first receipt."
    )
    return Refusal(Kind.UNAVAILABLE, "LEDGER_NO_LEADER", message)


def bad_signature(why: str) -> Refusal:
    return Refusal(
        Kind.INVALID, "LEDGER_SIGNATURE_INVALID", f"The record is not signed as its stream demands: {why}."
    )


def not_held(key: Verifier) -> Refusal:
    message = (
        f"The sequencer does not hold the private key of {key.name} with the id {key.key_id.hex()}; "
        "put its file beside the other log keys, start the sequencer again, then register it."
    )
    return Refusal(Kind.CONFLICT, "LEDGER_LOG_KEY_NOT_HELD", message)


def gap(record: Record, seq: int) -> Refusal:
    message = (
        f"Record {record.id} has seq {record.seq} after another; "
        f"the stream {record.stream} goes on at {seq + 1}, after its last record."
    )
    return Refusal(Kind.CONFLICT, "LEDGER_STREAM_GAP", message)


def reused(record: Record) -> Refusal:
    message = f"Record {record.id} is in the ledger with other bytes; a new record needs a new id."
    return Refusal(Kind.CONFLICT, "LEDGER_ID_REUSED", message)
