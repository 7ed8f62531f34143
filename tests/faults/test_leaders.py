"""Two evidence processes on one database: one leads, one stands by, and a leader that hangs cannot come back."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from common.calls.http import Peers
from common.values.clock import OffsetClock
from common.values.errors import Refusal
from tests.faults.journal import Journal, disorder
from tests.faults.records import notes
from tests.faults.services import Home, Process, until
from tests.faults.wire import Wire

pytestmark = pytest.mark.slow


@dataclass
class Pair:
    """`first` leads and reaches PostgreSQL through `wire`; `second` stands by. The server gives up a silent leader
    after two seconds.
    """

    home: Home
    first: Process
    second: Process
    wire: Wire
    journal: Journal = field(default_factory=Journal)

    def calls(self, process: Process) -> Peers:
        return self.home.peers("case", process.url)

    async def sound(self) -> None:
        """Every receipt holds and the log is gapless."""
        conn = await self.home.admin()
        assert await self.journal.losses(conn) == []
        assert await disorder(conn) == []
        await conn.close()


@pytest.fixture(scope="module")
async def pair(home: Home) -> AsyncIterator[Pair]:
    """Both running, the first leading."""
    async with Wire(home.socket, postgres=True).listening() as wire:
        name = home.installation.database("evidence")
        url = f"postgresql://ledger_seq@127.0.0.1:{wire.port}/{name}?sslmode=disable"
        first = home.process("evidence", ledger_url=url, leader_lost_after_s=2)
        second = home.process("evidence", leader_lost_after_s=2)
        first.start()
        await first.ready()
        second.start()
        await second.ready()
        yield Pair(home, first, second, wire)
        first.kill()
        second.kill()


async def leads(process: Process) -> bool:
    return await process.metric("mingzheng_ledger_leads") == 1


async def test_one_that_stands_by_answers_reads_and_forwards_appends(pair: Pair) -> None:
    assert (await leads(pair.first), await leads(pair.second)) == (True, False)
    calls = pair.calls(pair.second)

    indexes = await pair.journal.append(calls, notes(pair.home))

    entry = await calls.get("evidence", f"/v1/ledger/entries/{indexes[0]}")
    assert entry["index"] == indexes[0]
    receipt = await calls.post(
        "evidence", "/v1/ledger/records", content=notes(pair.home, 1)[0], media_type="text/plain"
    )
    assert receipt["index"] == indexes[-1] + 1
    await calls.close()
    await pair.sound()


async def test_what_the_leader_refuses_is_refused_in_its_words(pair: Pair) -> None:
    calls = pair.calls(pair.second)
    with pytest.raises(Refusal) as refusal:
        await calls.post("evidence", "/v1/ledger/records", content=b"no record", media_type="text/plain")
    await calls.close()

    assert refusal.value.code == "LEDGER_RECORD_INVALID"


async def test_a_leader_that_hangs_loses_the_lock_and_its_batch_is_never_committed_by_it(pair: Pair) -> None:
    """Its batch is signed and on the way to PostgreSQL when it stops. Nobody touches it: the server ends the silent
    session, the other leads and appends; woken up, the first finds its session gone, looks the records up and forwards.
    """
    gate = pair.wire.hold(lambda m: m.way == "up" and m.kind == "B" and "commit_batch" in m.about)
    first, second = pair.calls(pair.first), pair.calls(pair.second)
    late = notes(pair.home)
    caught = asyncio.create_task(pair.journal.append(first, late))
    await asyncio.wait_for(gate.reached.wait(), 30)
    pair.first.send(signal.SIGSTOP)

    await until(lambda: leads(pair.second))
    ahead = await pair.journal.append(second, notes(pair.home))

    pair.first.send(signal.SIGCONT)
    pair.wire.release()
    indexes = await asyncio.wait_for(caught, 60)
    assert indexes[0] > ahead[-1]
    await until(lambda: stands_by(pair.first))
    assert await pair.journal.append(first, late) == indexes
    await first.close()
    await second.close()
    await pair.sound()


async def stands_by(process: Process) -> bool:
    return not await leads(process)


async def test_a_forwarded_append_goes_no_further(pair: Pair) -> None:
    """Nobody leads, and each of the two believes in the other: the caller is told so at once."""
    pair.second.kill()
    await until(lambda: leads(pair.first))
    conn = await pair.home.admin()
    pair.second.start()
    await pair.second.ready()
    # Queued for the lock before the leader's session ends: PostgreSQL gives it to this test, which serves nobody.
    keeper = await pair.home.admin()
    take = asyncio.create_task(
        keeper.execute("SELECT pg_advisory_lock(hashtextextended($1, 0))", pair.home.installation.origin)
    )
    await until(lambda: queued(pair))
    await conn.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'ledger_seq'")
    await take
    await until(lambda: stands_by(pair.first))
    await conn.execute("UPDATE public.ledger_lease SET leader_url = $1", pair.second.url)
    calls = pair.calls(pair.first)

    with pytest.raises(Refusal) as refusal:
        await calls.post(
            "evidence", "/v1/ledger/records", content=notes(pair.home, 1)[0], media_type="text/plain"
        )

    assert refusal.value.code == "LEDGER_NO_LEADER"
    await keeper.close()
    await conn.close()
    assert await pair.journal.append(calls, notes(pair.home))
    await calls.close()
    await pair.sound()


async def queued(pair: Pair) -> bool:
    conn = await pair.home.admin()
    waits = await conn.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    await conn.close()
    return bool(waits)


async def test_callers_of_both_while_leadership_changes_get_one_place_each(pair: Pair) -> None:
    peers = [pair.calls(process) for process in (pair.first, pair.second) for _ in range(4)]
    before = len(pair.journal.receipts)

    async def appending(calls: Peers) -> None:
        for _ in range(4):
            await pair.journal.append(calls, notes(pair.home, 20))

    callers = [asyncio.create_task(appending(calls)) for calls in peers]
    conn = await pair.home.admin()
    for _ in range(3):
        await asyncio.sleep(0.2)
        await conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'ledger_seq'"
        )
    await asyncio.gather(*callers)
    await conn.close()

    assert len(pair.journal.receipts) - before == 8 * 4 * 20
    await pair.sound()
    for calls in peers:
        await calls.close()


async def test_a_clock_that_steps_back_does_not_take_the_ledger_with_it(pair: Pair) -> None:
    """Half a minute back, entries bear the last time; an hour back, nothing is appended until the clock is right."""
    path = pair.home.installation.d.clock
    offset = json.loads(path.read_text())
    calls = pair.calls(pair.first)
    await pair.journal.append(calls, notes(pair.home))

    path.write_text(json.dumps({"offset_us": offset["offset_us"] - 30 * 10**6}))
    back = OffsetClock(path)()
    await pair.journal.append(calls, notes(pair.home))

    await pair.sound()
    newest = await calls.get(
        "evidence", f"/v1/ledger/entries/{max(r[0] for r in pair.journal.receipts.values())}"
    )
    assert newest["time"] > back.isoformat()

    path.write_text(json.dumps({"offset_us": offset["offset_us"] - 3600 * 10**6}))
    with pytest.raises(Refusal) as refusal:
        await calls.post(
            "evidence", "/v1/ledger/records", content=notes(pair.home, 1)[0], media_type="text/plain"
        )
    path.write_text(json.dumps(offset))

    assert refusal.value.code == "LEDGER_CLOCK_BEHIND"
    assert await pair.journal.append(calls, notes(pair.home))
    await calls.close()
