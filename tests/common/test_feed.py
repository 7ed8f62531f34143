"""The consumers of one service share one reading of the ledger, each at its own position."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import httpx

from common.calls.http import Peers
from common.calls.tokens import TokenKey
from common.door.feed import Feed
from common.door.relay import BATCH
from tests.ledger.given import Stream


class SmallLedger:
    """Answers GET /v1/ledger/entries as the ledger does; `asked` are the positions that it was asked for."""

    def __init__(self, entries: int) -> None:
        self._stream = Stream()
        self._entries: list[bytes] = []
        self.asked: list[int] = []
        self.grow(entries)

    def grow(self, count: int) -> None:
        for note in self._stream.take(count):
            header = f"ledger-entry/v1 {len(self._entries)} 2025-03-03T01:00:00.000000Z {'A' * 43}=\n"
            self._entries.append(header.encode() + note)

    def answer(self, request: httpx.Request) -> httpx.Response:
        after = int(request.url.params["after"])
        self.asked.append(after)
        rest = self._entries[after + 1 :]
        items = [{"entry": b64encode(entry).decode()} for entry in rest[:BATCH]]
        return httpx.Response(200, json={"items": items, "next_cursor": "x" if rest[BATCH:] else None})


def feed_of(ledger: SmallLedger, folder: Path, *, fresh_s: float) -> Feed:
    folder.mkdir(exist_ok=True)
    key = TokenKey.generate(folder / "token.json")
    return Feed(Peers("case", key, {}, {"evidence": httpx.MockTransport(ledger.answer)}), fresh_s=fresh_s)


async def read(feed: Feed, after: int) -> tuple[list[int], bool]:
    entries, more = await feed.after(after)
    return [entry.index for entry in entries], more


async def test_consumers_at_one_place_ask_once_and_one_behind_asks_for_itself(tmp_path: Path) -> None:
    ledger = SmallLedger(BATCH + 10)
    feed = feed_of(ledger, tmp_path, fresh_s=60)

    begun = [await read(feed, BATCH - 1) for _ in range(3)]
    at_end = [await read(feed, BATCH + 9) for _ in range(3)]
    behind = await read(feed, -1)
    half = await read(feed, BATCH + 4)

    assert begun == [(list(range(BATCH, BATCH + 10)), False)] * 3
    assert at_end == [([], False)] * 3
    assert behind == (list(range(BATCH)), True)
    assert half == (list(range(BATCH + 5, BATCH + 10)), False)
    assert ledger.asked == [BATCH - 1, -1]


async def test_nothing_is_missed_while_the_ledger_grows_faster_than_it_is_read(tmp_path: Path) -> None:
    ledger = SmallLedger(0)
    feed = feed_of(ledger, tmp_path, fresh_s=0)
    seen: dict[str, list[int]] = {"slow": [], "fast": []}
    assert await read(feed, -1) == ([], False)

    for round in range(12):
        ledger.grow(3 * BATCH)
        more = True
        while more:
            indexes, more = await read(feed, len(seen["fast"]) - 1)
            seen["fast"] += indexes
        if round % 5 == 4:
            seen["slow"] += (await read(feed, len(seen["slow"]) - 1))[0]
    more = True
    while more:
        indexes, more = await read(feed, len(seen["slow"]) - 1)
        seen["slow"] += indexes

    assert seen["fast"] == seen["slow"] == list(range(36 * BATCH))


def test_a_cursor_moves_past_what_means_nothing_once_a_second(tmp_path: Path) -> None:
    lazy = feed_of(SmallLedger(0), tmp_path / "lazy", fresh_s=60)
    at_once = feed_of(SmallLedger(0), tmp_path / "at-once", fresh_s=0)

    assert [lazy.is_move_due(name) for name in ("law", "law", "days")] == [True, False, True]
    assert [at_once.is_move_due("law") for _ in range(2)] == [True, True]


async def test_a_cursor_at_the_end_is_not_read_again_until_an_entry_comes(tmp_path: Path) -> None:
    ledger = SmallLedger(10)
    feed = feed_of(ledger, tmp_path / "served", fresh_s=1e-9)
    stepwise = feed_of(SmallLedger(10), tmp_path / "stepwise", fresh_s=0)
    assert not await feed.is_at_end("law")  # its row was never read

    feed.note_end("law", 9)
    stepwise.note_end("law", 9)

    assert [await feed.is_at_end(name) for name in ("law", "law", "days")] == [True, True, False]
    assert not await stepwise.is_at_end("law")
    ledger.grow(1)
    assert not await feed.is_at_end("law")
    assert await read(feed, 9) == ([10], False)
