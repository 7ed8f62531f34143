"""From the ledger to the services that follow it.

    GET /v1/ledger/entries?after=n ──Feed──▶ the newest entries ──follow()──▶ handle(entry) ──▶ cursor

Exactly once in effect: the cursor moves after the handler returned, so after a crash an entry is handed out again, and
a handler looks at the state before it acts. The consumers of one service share one reading of the ledger.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any, Final
from uuid import UUID

from common.calls.http import Peers
from common.door.relay import BATCH
from common.door.uow import Database, alone
from ledger.canonical import parse_instant
from ledger.entry import body_of

FRESH_S: Final = 0.25
"""For so long the answer that nothing is new holds for every consumer of the service."""
_KEPT: Final = 8 * BATCH
_LAZY_S: Final = 1.0
"""For so long a cursor may stand before entries that its consumer does not want."""


@dataclass(frozen=True)
class LedgerEntry:
    """One entry as the ledger gives it. `time` is the ledger's own; nobody changes `record`, the parsed record."""

    index: int
    time: datetime
    record_id: UUID
    record: dict[str, Any]


class Feed:
    """The newest entries of the ledger, read once for all consumers of one service.

    `fresh_s` is 0 where the jobs are run one after the other and each must see what the one before it brought about.
    A consumer that lies behind what is kept reads for itself.
    """

    def __init__(self, peers: Peers, *, fresh_s: float = FRESH_S) -> None:
        self._peers = peers
        self._fresh_s = fresh_s
        self._before: int | None = None
        self._kept: list[LedgerEntry] = []
        self._at_end = float("-inf")
        self._one_asks = asyncio.Lock()
        self._moved_at: dict[str, float] = {}
        self._ends: dict[str, int] = {}

    def is_move_due(self, name: str) -> bool:
        """Whether the cursor `name` should move past entries that meant nothing to it; if so, it does now.

        Most entries mean nothing to most consumers, and a statement for each of them is a good part of what a case
        costs. Read again after a crash, such an entry means nothing again.
        """
        if self._fresh_s > 0 and monotonic() - self._moved_at.get(name, float("-inf")) < _LAZY_S:
            return False
        self._moved_at[name] = monotonic()
        return True

    async def is_at_end(self, name: str) -> bool:
        """Whether the cursor `name` stood at the end of the ledger when last read, and nothing has come since.

        Its row is then not read. A cursor never moves past the end, so another process cannot have moved it either. A
        row that fell back with its database counts again from the next entry on.
        """
        if self._fresh_s == 0 or (end := self._ends.get(name)) is None:
            return False
        entries, more = await self.after(end)
        if entries or more:
            del self._ends[name]
        return name in self._ends

    def note_end(self, name: str, position: int) -> None:
        """Nothing comes after `position`, where the row of the cursor `name` stands."""
        self._ends[name] = position

    async def after(self, index: int) -> tuple[list[LedgerEntry], bool]:
        """At most 256 entries after `index`, in order, and whether more are waiting."""
        async with self._one_asks:
            if self._before is None or index > self._before + len(self._kept):
                # The consumer that is furthest begins what is kept.
                self._before, self._kept, self._at_end = index, [], float("-inf")
            if index < self._before:
                return await self._ask(index)
            if index == self._before + len(self._kept) and monotonic() - self._at_end >= self._fresh_s:
                await self._grow()
            first = index - self._before
            entries = self._kept[first : first + BATCH]
            return entries, self._at_end == float("-inf") or first + len(entries) < len(self._kept)

    async def _grow(self) -> None:
        assert self._before is not None  # what is kept has begun
        last = self._before + len(self._kept)
        entries, more = await self._ask(last)
        self._at_end = float("-inf") if more else monotonic()
        # A new list: the old one may be in the hands of a consumer.
        kept = self._kept + entries
        self._before, self._kept = last + len(entries) - len(kept[-_KEPT:]), kept[-_KEPT:]

    async def _ask(self, index: int) -> tuple[list[LedgerEntry], bool]:
        query = {"after": str(index), "limit": str(BATCH)}
        answer = await self._peers.get("evidence", "/v1/ledger/entries", query)
        return [_entry(item) for item in answer["items"]], answer["next_cursor"] is not None


async def follow(
    db: Database,
    feed: Feed,
    name: str,
    types: Mapping[str, str],
    handle: Callable[[LedgerEntry], Awaitable[None]],
) -> bool:
    """Give the next entries, those whose type is in `types`, to `handle`, in order; return whether more are waiting.

    `types` maps a type to the noun of the streams in which it counts: `evidence.accepted` only in `evidence/…`. The
    ledger lets a service's key sign any type, but only in the service's own streams. Without the noun one service
    could speak as another. An entry whose handler fails stops this consumer and no other.
    """
    entries, more = await _waiting(db, feed, name)
    wanted = [entry for entry in entries if types.get(entry.record["type"]) == _noun(entry)]
    for entry in wanted:
        await handle(entry)
    if entries and (wanted or more or feed.is_move_due(name)):
        await _move(db, name, entries[-1].index)
    return more


async def follow_streams(
    db: Database,
    feed: Feed,
    name: str,
    nouns: Collection[str],
    handle: Callable[[Sequence[LedgerEntry]], Awaitable[None]],
) -> bool:
    """As `follow`, for every record of the streams of these `nouns`, of any type. `handle` gets up to 256 at once."""
    entries, more = await _waiting(db, feed, name)
    wanted = [entry for entry in entries if _noun(entry) in nouns]
    if wanted:
        await handle(wanted)
    if entries and (wanted or more or feed.is_move_due(name)):
        await _move(db, name, entries[-1].index)
    return more


def _noun(entry: LedgerEntry) -> str:
    noun: str = entry.record["stream"].partition("/")[0]
    return noun


async def _waiting(db: Database, feed: Feed, name: str) -> tuple[list[LedgerEntry], bool]:
    """What `Feed.after` gives for the cursor `name`."""
    if await feed.is_at_end(name):
        return [], False
    position = await _position(db, name)
    entries, more = await feed.after(position)
    if not entries and not more:
        feed.note_end(name, position)
    return entries, more


_POSITION: Final = "SELECT position FROM cursors WHERE name = $1"
_MOVE: Final = (
    "WITH quick AS (SELECT set_config('synchronous_commit', 'off', true) AS done)"
    " INSERT INTO cursors (name, position) SELECT $1, $2 FROM quick WHERE done = 'off'"
    " ON CONFLICT (name) DO UPDATE SET position = greatest(cursors.position, EXCLUDED.position)"
)


async def _position(db: Database, name: str) -> int:
    rows = await alone(db, _POSITION, name)
    return int(rows[0]["position"]) if rows else -1


async def _move(db: Database, name: str, position: int) -> None:
    """Move the cursor, without waiting for the disk: after a crash of PostgreSQL the last entries come once more."""
    await alone(db, _MOVE, name, position)


def _entry(item: dict[str, Any]) -> LedgerEntry:
    header, _, rest = base64.b64decode(item["entry"]).partition(b"\n")
    record = body_of(rest)
    _, index, time, _ = header.decode().split(" ")
    return LedgerEntry(int(index), parse_instant(time), UUID(record["id"]), record)
