"""The records of one change: a signed note for each fact, chained to the end of its stream.

    believed ends ──sign──▶ notes ──store_change──▶ stored, if every stream really ends there
         ▲                                   │
         └──────── the true ends, locked ────┘ otherwise: sign again, once

A record names the end of its stream, and that end is certain only while the stream is locked. Asking for it first
would cost every change a round trip. So `Ends` remembers the ends of the streams after the last changes of this
process, and `store_change` (door.sql) locks the streams and compares. A note that was signed for a wrong end is
dropped here and never stored or sent.
"""

from __future__ import annotations

import base64
import hashlib
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common.door.driver import fetch
from common.policy import DIGEST, Permit
from common.values.facts import Fact
from common.values.ids import record_id
from ledger.canonical import canonical, instant
from ledger.keyfiles import RecordSigner

RECORDED_LEVEL: Final = 3
"""From this confidentiality level on, a record names the rule that permitted the act and the policy in force."""

_REMEMBERED: Final = 4_096
_GUESSED: Final = 8
"""If more streams than this are unknown, one round trip for their ends costs less than signing twice."""

_STORE: Final = (
    "SELECT stream, seq, prev FROM store_change($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,"
    " $16, $17, $18, $19, $20, $21, $22)"
)


class End(NamedTuple):
    """The last record of a stream: its number and the SHA-256 of its note."""

    seq: int
    hash: bytes


NEW: Final = End(-1, bytes(32))
"""Where a stream without records ends."""
_UNKNOWN: Final = End(-2, bytes(32))


class Ends:
    """The ends of streams when this process last saw them. They are guesses: another process may have added records."""

    def __init__(self) -> None:
        self._last_seen: OrderedDict[str, End] = OrderedDict()

    def of(self, streams: Sequence[str], *, begun: Collection[str] = ()) -> dict[str, End]:
        """The believed end of each stream; those of `begun` begin now.

        Any other unknown stream is guessed to be new, unless too many are unknown.
        """
        unknown = sum(stream not in self._last_seen and stream not in begun for stream in streams)
        guess = NEW if unknown <= _GUESSED else _UNKNOWN
        return {stream: self._last_seen.get(stream, NEW if stream in begun else guess) for stream in streams}

    def remember(self, ends: Mapping[str, End]) -> None:
        for stream, end in ends.items():
            self._last_seen[stream] = end
            self._last_seen.move_to_end(stream)
        while len(self._last_seen) > _REMEMBERED:
            self._last_seen.popitem(last=False)


@dataclass
class Recorded:
    """A fact with its permit, and the names of the rows that it explains: (table, key).

    `signed` is its note, where it was signed ahead as the first record of its stream.
    """

    fact: Fact
    permit: Permit
    rows: set[tuple[str, str]] = field(default_factory=set)
    id: UUID | None = None
    signed: bytes | None = None


class Value(NamedTuple):
    """The sealed salt and value of one commitment."""

    digest: bytes
    stream: str
    field: str
    sealed: bytes


class Answer(NamedTuple):
    """The answer to a request with an Idempotency-Key, sealed with the hash of the request."""

    client: str
    key: str
    status: int
    sealed: bytes
    sealed_by: str
    records: str
    until: datetime


NO_ANSWER: Final = (None,) * len(Answer._fields)


class Note(NamedTuple):
    """One record as the outbox holds it."""

    id: UUID
    stream: str
    seq: int
    type: str
    note: bytes


def number(recorded: Sequence[Recorded], now: datetime) -> list[str]:
    """Give each record its id, unless it has one already, and return the ids."""
    for each in recorded:
        each.id = each.id or record_id(now)
    return [str(each.id) for each in recorded]


@dataclass(frozen=True)
class Records:
    """The records, values and answer of one change. Each of `recorded` has an id, each row it names is in `digests`."""

    actor: str
    now: datetime
    recorded: Sequence[Recorded]
    digests: Mapping[tuple[str, str], str]
    values: Sequence[Value]
    answer: Answer | None

    async def store(self, conn: AsyncConnection, signer: RecordSigner, ends: Ends) -> dict[str, End]:
        """Store everything in the transaction of `conn` and return the new ends of the streams.

        The ends are true once the transaction has committed.
        """
        begun = {each.fact.stream for each in self.recorded if each.fact.begins}
        believed = ends.of(sorted({each.fact.stream for each in self.recorded}), begun=begun)
        while True:
            is_guessed = _UNKNOWN not in believed.values()
            notes, reached = self._sign(signer, believed) if is_guessed else ([], believed)
            rows = await fetch(conn, _STORE, *self._arguments(believed, reached, notes))
            true = {row["stream"]: End(row["seq"], row["prev"]) for row in rows}
            if true == believed:
                return reached
            believed = true

    def _sign(self, signer: RecordSigner, believed: Mapping[str, End]) -> tuple[list[Note], dict[str, End]]:
        """The signed records, and the ends of the streams after them."""
        ends = dict(believed)
        notes = []
        for each in self.recorded:
            assert each.id is not None
            stream = each.fact.stream
            end = ends[stream]
            note = (each.signed if end == NEW else None) or self.sign(signer, each, end)
            ends[stream] = End(end.seq + 1, hashlib.sha256(note).digest())
            notes.append(Note(each.id, stream, end.seq + 1, each.fact.type, note))
        return notes, ends

    def sign(self, signer: RecordSigner, each: Recorded, end: End = NEW) -> bytes:
        """The note of one record that follows `end`."""
        return signer.sign(canonical(self._body(each, end)))

    def _body(self, recorded: Recorded, end: End) -> dict[str, Any]:
        """The record of one fact, in the form that `ledger.entry` reads."""
        fact = recorded.fact
        data = fact.body()
        if recorded.rows:
            data["rows"] = [
                {"table": table, "key": key, "sha256": self.digests[table, key]}
                for table, key in sorted(recorded.rows)
            ]
        if recorded.permit.resource.level >= RECORDED_LEVEL:
            data["permit"] = {"rule": recorded.permit.rule, "policy": DIGEST}
        body: dict[str, Any] = {
            "actor": self.actor,
            "at": instant(self.now),
            "data": data,
            "id": str(recorded.id),
            "prev": base64.b64encode(end.hash).decode(),
            "seq": end.seq + 1,
            "stream": fact.stream,
            "type": fact.type,
            "v": fact.v,
        }
        if fact.subject is not None:
            body["subject"] = fact.subject
        return body

    def _arguments(
        self, believed: Mapping[str, End], reached: Mapping[str, End], notes: Sequence[Note]
    ) -> tuple[Any, ...]:
        """The arguments of store_change, in its order."""
        ends = (
            list(believed),
            [end.seq for end in believed.values()],
            [end.hash for end in believed.values()],
            [reached[stream].seq for stream in believed],
            [reached[stream].hash for stream in believed],
        )
        records = _columns(notes, len(Note._fields))
        values = _columns(self.values, len(Value._fields))
        return (self.now, *ends, *records, *values, *(self.answer or NO_ANSWER))


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [[row[at] for row in rows] for at in range(width)]
