"""A batch: which records get which places, and what the log becomes with them. Nothing here waits.

A record has a place if it is signed by the key of its stream and follows the last record of its stream.
One that does not follow may be a repeat of what is already in the log: the database knows.
"""

from __future__ import annotations

from asyncio import Future
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from asyncpg.pgproto.pgproto import UUID as PgUUID

from common.crypto import decode_batch
from common.errors import Kind, Refusal
from evidence.ledger.checker import Claim
from evidence.ledger.entry import MAX_NOTE, Record, make_entry, parse_record
from evidence.ledger.keys import KeyLog
from evidence.ledger.merkle import leaf_hash
from evidence.ledger.tiles import Frontier, FullTile

MAX_BATCH: Final = 1_024
Claims = list[Claim]


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a record lies, and the signed checkpoint of `size` entries that first names it."""

    record_id: UUID
    index: int
    leaf_hash: bytes
    header: str
    size: int
    checkpoint: bytes


@dataclass(eq=False, slots=True)
class Waiting:
    """A record whose sender waits for its outcome: a receipt, or a refusal."""

    record: Record
    outcome: Future[Receipt]

    def refuse(self, refusal: Refusal) -> None:
        if not self.outcome.done():
            self.outcome.set_exception(refusal)

    def answer(self, receipt: Receipt) -> None:
        if not self.outcome.done():
            self.outcome.set_result(receipt)


@dataclass
class State:
    """The log as its leader knows it: a copy of the database, thrown away when in doubt.

    `ends` holds the (seq, hash) of the last record of streams lately used; (-1, zeros) for an unused one.
    """

    size: int
    prev: bytes
    last_us: int
    edge: Frontier
    keys: KeyLog
    ends: OrderedDict[str, tuple[int, bytes]] = field(default_factory=OrderedDict)


@dataclass
class Batch:
    """Records that have their places, and the log with them in it."""

    us: int
    edge: Frontier
    keys: KeyLog
    prev: bytes
    placed: list[Waiting] = field(default_factory=list)
    entries: list[bytes] = field(default_factory=list)
    leaves: list[bytes] = field(default_factory=list)
    tiles: list[FullTile] = field(default_factory=list)
    ends: dict[str, tuple[int, bytes]] = field(default_factory=dict)

    def columns(self) -> list[list[Any]]:
        """The arrays that `ledger.commit_batch` takes: five of entries, four of tiles."""
        records = [one.record for one in self.placed]
        entries: list[list[Any]] = [
            [r.id_text for r in records],
            self.leaves,
            [r.stream for r in records],
            [r.seq for r in records],
        ]
        tiles = [[getattr(tile, name) for tile in self.tiles] for name in ("level", "n", "data", "root")]
        return [*entries, self.entries, *tiles]

    def receipts(self, checkpoint: bytes) -> Iterator[tuple[Waiting, Receipt]]:
        """What each is answered once the batch is durable, under the checkpoint note that went in with it."""
        size = self.edge.tree.size
        places = zip(self.placed, self.entries, self.leaves, strict=True)
        for index, (one, entry, leaf) in enumerate(places, size - len(self.placed)):
            # asyncpg's own UUID, as the rows have it: made in a fifth of the time.
            record_id, header = PgUUID(one.record.id_text), entry[: entry.index(b"\n")].decode()
            yield one, Receipt(record_id, index, leaf, header, size, checkpoint)


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


def claims_of(keys: KeyLog, batch: list[Waiting]) -> list[tuple[Waiting, Claims]]:
    """Each record with the signatures that must be right; a record that lacks one is refused."""
    claimed = []
    for waiting in batch:
        try:
            text = waiting.record.note.text
            signers = keys.signers(waiting.record)
            claimed.append((waiting, [(key.public, signature, text) for key, signature in signers]))
        except ValueError as error:
            waiting.refuse(bad_signature(str(error)))
    return claimed


def upheld(claimed: list[tuple[Waiting, Claims]], verdicts: list[bool]) -> list[Waiting]:
    """Those all of whose signatures hold, by the verdicts on all claims in order; the others are refused."""
    right, at = [], 0
    for waiting, claims in claimed:
        at += len(claims)
        if all(verdicts[at - len(claims) : at]):
            right.append(waiting)
        else:
            waiting.refuse(bad_signature("a signature does not fit the record"))
    return right


def place(state: State, waiting: list[Waiting], *, us: int) -> tuple[Batch, list[Waiting]]:
    """Give each record that follows its stream the next index, at `us` or the last time if that is later.

    Returns the batch, and those that may be repeats. A gap in a stream is refused.
    """
    batch = Batch(max(us, state.last_us), state.edge.copy(), state.keys, state.prev)
    repeats = []
    for one in waiting:
        record = one.record
        seq, prev = batch.ends.get(record.stream) or state.ends[record.stream]
        if record.seq <= seq:
            repeats.append(one)
        elif record.seq != seq + 1 or record.prev != prev:
            one.refuse(gap(record, seq))
        elif not record.about_keys or _changes_keys(state, batch, one):
            _put(state, batch, one)
    return batch, repeats


def _put(state: State, batch: Batch, one: Waiting) -> None:
    record = one.record
    entry = make_entry(state.size + len(batch.placed), batch.us, batch.prev, record.raw)
    batch.prev = leaf_hash(entry)
    batch.tiles += batch.edge.append(batch.prev)
    batch.ends[record.stream] = (record.seq, record.hash)
    batch.placed.append(one)
    batch.entries.append(entry)
    batch.leaves.append(batch.prev)


def _changes_keys(state: State, batch: Batch, one: Waiting) -> bool:
    keys = state.keys.copy()
    try:
        keys.apply(state.size + len(batch.placed), one.record)
    except ValueError as error:
        one.refuse(
            Refusal(Kind.INVALID, "LEDGER_RECORD_INVALID", f"The record about keys makes no sense: {error}.")
        )
        return False
    batch.keys = keys
    return True


def no_leader() -> Refusal:
    message = (
        "No sequencer answers here now; repeat the call: a record that was taken gets its first receipt."
    )
    return Refusal(Kind.UNAVAILABLE, "LEDGER_NO_LEADER", message)


def bad_signature(why: str) -> Refusal:
    return Refusal(
        Kind.INVALID, "LEDGER_SIGNATURE_INVALID", f"The record is not signed as its stream demands: {why}."
    )


def gap(record: Record, seq: int) -> Refusal:
    message = (
        f"Record {record.id} has seq {record.seq} after another; "
        f"the stream {record.stream} goes on at {seq + 1}, after its last record."
    )
    return Refusal(Kind.CONFLICT, "LEDGER_STREAM_GAP", message)


def reused(record: Record) -> Refusal:
    message = f"Record {record.id} is in the ledger with other bytes; a new record needs a new id."
    return Refusal(Kind.CONFLICT, "LEDGER_ID_REUSED", message)
