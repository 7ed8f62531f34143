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

from common.crypto import Verifier, decode_batch
from common.errors import Kind, Refusal
from evidence.ledger.entry import MAX_NOTE, Record, make_entry, parse_record
from evidence.ledger.keys import KeyLog
from evidence.ledger.merkle import leaf_hash
from evidence.ledger.signatures import Claim
from evidence.ledger.signing import LogKeys
from evidence.ledger.tiles import Frontier, FullTile
from evidence.ledger.twin import Growth

MAX_BATCH: Final = 1_024
Claims = list[Claim]


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
    """A record whose sender waits for its outcome. `since` is in seconds of the loop.

    `doubt`: what is to be answered if the record is not in the log already, because no key valid now signed it.
    """

    __slots__ = ("_at", "_sent", "doubt", "record", "since")

    def __init__(self, record: Record, sent: Sent, at: int = 0, *, since: float = 0.0) -> None:
        self.record = record
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
class State:
    """The log as its leader knows it: a copy of the database, thrown away when in doubt.

    `ends` holds the (seq, hash) of the last record of streams lately used; (-1, zeros) for an unused one.
    `twin` is where the SM3 tree goes on; None while the log has none, or the profile lets it rest.
    """

    size: int
    prev: bytes
    last_us: int
    edge: Frontier
    keys: KeyLog
    signing: LogKeys
    twin: Growth | None = None
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
    twin: Growth | None = None

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
        size = self.edge.tree.size
        index = size - len(self.placed)
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


def claims_of(keys: KeyLog, batch: list[Waiting]) -> list[tuple[Waiting, Claims]]:
    """Each record with the signatures that must be right; none, and a doubt, for a record that lacks one."""
    claimed = []
    for waiting in batch:
        record = waiting.record
        key = keys.signer(record)
        if key is not None:
            claimed.append((waiting, [(key.public, record.note.signatures[0].value, record.note.text)]))
            continue
        try:
            text = record.note.text
            signers = _without_sm2(keys.signers(record), text)
            claimed.append((waiting, [(key.public, signature, text) for key, signature in signers]))
        except ValueError as error:
            # Its key may have ended since it was taken: whoever repeats it must get its first receipt.
            waiting.doubt = bad_signature(str(error))
            claimed.append((waiting, []))
    return claimed


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


def upheld(claimed: list[tuple[Waiting, Claims]], verdicts: list[bool]) -> list[Waiting]:
    """Those all of whose signatures hold, by the verdicts on all claims in order; the others are refused."""
    if all(verdicts):
        return [waiting for waiting, _ in claimed]
    right, at = [], 0
    for waiting, claims in claimed:
        at += len(claims)
        if all(verdicts[at - len(claims) : at]):
            right.append(waiting)
        else:
            waiting.answer(bad_signature("a signature does not fit the record"))
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
        if record.seq <= seq or one.doubt is not None:
            repeats.append(one)
        elif record.seq != seq + 1 or record.prev != prev:
            one.answer(gap(record, seq))
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
        one.answer(
            Refusal(Kind.INVALID, "LEDGER_RECORD_INVALID", f"The record about keys makes no sense: {error}.")
        )
        return False
    if lacking := state.signing.lacks([*keys.log_keys, *keys.twin_keys]):
        # From this entry on no checkpoint could be signed: the log would stand still.
        one.answer(not_held(lacking[0]))
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
