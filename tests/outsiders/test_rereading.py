"""The monitor reads every published file again within ten minutes, and names the one that was changed."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from common.web.inner import Inner
from ledger.notes import LOG_WATCH, open_statement
from outsiders.monitor import Monitor
from outsiders.pace import Pace
from outsiders.rereading import FILES_PER_S, ROUND_S, seconds_a_file
from tests.device_registry.stories import register
from tests.evidence.ledger.given import send
from tests.evidence.ledger.test_api import case_stream
from tests.world import World

TEN_MINUTES = 600.0


@dataclass
class Fast:
    """A timer that only sleeping moves, so that a round of eight minutes takes a moment."""

    seconds: float = 0.0

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        await asyncio.sleep(0)

    def timer(self) -> float:
        return self.seconds


def hurry(monitor: Monitor) -> Fast:
    fast = Fast()
    monitor.rereading.sleep, monitor.rereading.timer = fast.sleep, fast.timer
    return fast


async def watched(world: World) -> Monitor:
    """A monitor that has read a log of more than 512 entries with its twin."""
    for _ in range(2):
        await send(world, case_stream(world).take(220))
    await world.witness()
    monitor = world.bureau.watch()
    await monitor.read_on()
    assert monitor.notebook.chain.size > 512
    return monitor


async def look(world: World) -> str:
    """What evidence shows in /metrics after it asked the monitor."""
    app = world.app.apps["evidence"]
    await next(job for job in app.state.jobs if job.name == "watch").run(app.state.runtime)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(Inner(app)), base_url="http://evidence.internal"
    ) as http:
        return (await http.get("/metrics")).text


def statement_of(world: World, note: bytes) -> dict[str, Any]:
    monitor = world.runtimes["evidence"].ledger.settings.monitor
    return open_statement(note, LOG_WATCH, [monitor.verifier])


async def test_every_published_file_is_read_once_a_round_and_a_round_is_stated(world: World) -> None:
    monitor = await watched(world)
    fast, asked = hurry(monitor), Counter[str]()
    fetch = monitor.rereading.fetch

    async def counting(path: str) -> bytes:
        asked[path] += 1
        return await fetch(path)

    monitor.rereading.fetch = counting
    assert "mingzheng_ledger_monitor_round_age_seconds +Inf" in await look(world)

    await monitor.reread()

    size = monitor.notebook.chain.size
    levels = ["tile/entries/", "tile/0/", "sm3/tile/0/"]
    expected = [f"{level}{end}" for level in levels for end in ("000", "001", f"002.p/{size - 512}")]
    # The twin's higher tile follows at the latest in the second round, when all of its bundles were met.
    first = asked.pop("sm3/tile/1/000.p/2", 0)
    assert asked == Counter([*expected, "tile/1/000.p/2"])
    assert ROUND_S <= fast.seconds < TEN_MINUTES
    await monitor.reread()
    assert asked.pop("sm3/tile/1/000.p/2") + first in (1, 2)
    assert asked == Counter([*expected * 2, *["tile/1/000.p/2"] * 2])
    async with httpx.AsyncClient(transport=world.bureau.monitor, base_url="http://m") as http:
        stated = statement_of(world, (await http.get("/watch")).content)
        figures = (await http.get("/metrics")).text
        assert (await http.head("/watch/")).status_code == 404
    assert (stated["size"], stated["alarm"], stated["time_steps"]) == (size, None, 0)
    assert (stated["round"]["size"], stated["round"]["files"]) == (size, 11)
    assert "mingzheng_monitor_alarm 0\n" in figures
    metrics = await look(world)
    assert 'mingzheng_ledger_monitor_alarm{kind="changed"} 0.0' in metrics
    assert "mingzheng_ledger_monitor_round_age_seconds +Inf" not in metrics


def flip(table: str, column: str, at: int, where: str) -> str:
    flipped = f"set_byte({column}, {at}, get_byte({column}, {at}) # 1)"
    return f"UPDATE ledger.{table} SET {column} = {flipped} WHERE {where};"


EDITS = {
    "a tile": (flip("tile", "data", 100, "n = 1"), "tile/0/001"),
    "the root of a tile": (flip("tile", "root", 3, "n = 1"), "tile/1/000.p/2"),
    "a tile of the twin": (flip("twin_tile", "data", 9, "n = 0"), "sm3/tile/0/000"),
    "an entry": (flip("entry", "entry", 300, "idx = 300"), "entry 300 in tile/entries/001"),
    "a young entry": (flip("entry", "entry", 300, "idx = 514"), "entry 514 in tile/entries/002"),
    "the hash of a young entry": (flip("entry", "leaf_hash", 0, "idx = 513"), "tile/0/002"),
    "an entry and its hash": (
        flip("entry", "entry", 300, "idx = 7") + flip("tile", "data", 224, "n = 0"),
        "the entries in tile/entries/000",
    ),
}


async def undone(conn: asyncpg.Connection[Any], edit: str) -> None:
    """Do `edit` past the triggers. A second time it undoes itself, because it flips bits."""
    async with conn.transaction():
        await conn.execute("SET LOCAL session_replication_role = replica")
        await conn.execute(edit)


async def test_whatever_is_edited_in_the_database_is_named_within_ten_minutes_and_alarms(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    monitor = await watched(world)
    fast = hurry(monitor)
    await monitor.reread()
    async with world.database("evidence") as conn:
        for what, (edit, named) in EDITS.items():
            await undone(conn, edit)
            fast.seconds = 0.0

            await monitor.reread()

            assert fast.seconds < TEN_MINUTES
            alarm = monitor.notebook.alarm
            assert alarm is not None, what
            assert named in alarm.reason, what
            assert 'mingzheng_ledger_monitor_alarm{kind="changed"} 1.0' in await look(world), what
            assert f"ALARM: {monitor._key.name} found that the log misbehaved" in caplog.text
            assert await world.runtimes["evidence"].ledger.settings.monitor.statement(["log"]) is None
            await undone(conn, edit)
            monitor.notebook._db.execute("DELETE FROM alarm")
    await monitor.reread()
    assert monitor.notebook.alarm is None, "every edit was undone"


async def test_a_file_that_garbles_once_is_no_alarm_and_one_that_stays_away_is(world: World) -> None:
    monitor = await watched(world)
    hurry(monitor)
    fetch, garbled = monitor.rereading.fetch, set[str]()

    async def once_garbled(path: str) -> bytes:
        body = await fetch(path)
        if path in garbled or not path.startswith("tile/entries/"):
            return body
        garbled.add(path)
        return body[:-1] + bytes([body[-1] ^ 1])

    async def away(path: str) -> bytes:
        if path == "tile/0/001":
            raise OSError("500")
        return await fetch(path)

    async def gone(path: str) -> bytes:
        raise OSError("502")

    monitor.rereading.fetch = once_garbled
    await monitor.reread()
    assert (monitor.notebook.alarm, len(garbled)) == (None, 3)
    monitor.rereading.fetch = gone
    await monitor.reread()
    before = monitor.rereading.last
    assert before is not None
    assert list(before.unreadable) == [], "a round that reads nothing is no round"
    monitor.rereading.fetch = away
    await monitor.reread()
    after = monitor.rereading.last
    assert after is not None
    assert list(after.unreadable) == ["tile/0/001"]
    assert "mingzheng_ledger_monitor_unreadable_files 1.0" in await look(world)
    await monitor.reread()
    assert monitor.notebook.alarm is not None
    assert "no longer serves tile/0/001" in monitor.notebook.alarm.reason


async def test_a_step_of_the_log_s_clock_is_named_and_alarms_for_a_day(world: World) -> None:
    monitor = await watched(world)
    await register(world)
    world.clock.advance(seconds=20)
    await world.carry()
    await world.witness()
    await monitor.read_on()
    assert monitor.notebook.time_steps == [], "a story clock may have any distance from ours"

    world.clock.advance(hours=3)
    await register(world, device_code="31010400001190000002")
    await world.carry()
    await world.witness()
    await monitor.read_on()

    (step,) = monitor.notebook.time_steps
    assert "stepped forward by about 10" in step.reason
    assert step.entry < monitor.notebook.chain.size
    assert 'mingzheng_ledger_monitor_alarm{kind="clock"} 1.0' in await look(world)
    assert monitor.notebook.alarm is None, "it reads on"
    async with httpx.AsyncClient(transport=world.bureau.monitor, base_url="http://m") as http:
        assert statement_of(world, (await http.get("/watch")).content)["last_time_steps"] == [step._asdict()]
        world.bureau.passed += timedelta(days=1, minutes=1)
    assert 'mingzheng_ledger_monitor_alarm{kind="clock"} 0.0' in await look(world)


async def test_a_folder_without_the_roots_of_what_was_read_is_refused(world: World) -> None:
    monitor = await watched(world)
    book = monitor.notebook
    book._db.execute("DELETE FROM bundle WHERE n = 1")

    with pytest.raises(ValueError, match="keep it as evidence, and begin with a new one"):
        book.restore()


NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ours", "theirs", "named"),
    [
        ((0, 5), (1, 4), None),
        ((0, 5), (65, 65), None),
        ((0, 5), (66, 66), "61 s ahead"),
        ((0, 5), (-60, 4), None),
        ((0, 5), (-61, 4), "61 s behind"),
        ((None, 5), (-(10**6), 5), None),
        ((None, 5), (-(10**6), 86_405), "86400 s ahead"),
    ],
)
def test_the_times_of_a_log_in_real_time_lie_between_two_looks_of_the_monitor(
    ours: tuple[int | None, int], theirs: tuple[int, int], named: str | None
) -> None:
    pace, since, now = Pace(), ours[0], NOON + timedelta(seconds=ours[1])
    looks = {"since": None if since is None else NOON + timedelta(seconds=since), "now": now}
    times = [NOON + timedelta(seconds=each) for each in theirs]

    said = [pace.step(*times, **looks) for _ in range(2)]  # type: ignore[arg-type]

    assert (named is None) is (said[0] is None)
    assert named is None or named in str(said[0])
    assert said[1] is None, "a clock that stays off is named once"


@pytest.mark.parametrize(("entries", "within"), [(320_000, TEN_MINUTES), (58_000_000, 86_400.0)])
def test_the_bounds_of_a_round_hold_for_the_sizes_that_are_stated(entries: int, within: float) -> None:
    files = sum(-(-entries // 256**level) for level in range(1, 5)) * 2 + -(-entries // 256)

    assert files * seconds_a_file(files) <= within
    assert seconds_a_file(files) >= 1 / FILES_PER_S
