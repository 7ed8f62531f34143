"""The relay as a process of its own, stopped at every step; a ledger that is away; and the alarm about it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from common.door.uow import Database
from mz.operate.fsck import check
from tests.faults.journal import disorder
from tests.faults.records import record
from tests.faults.services import Home, Process, installed, until
from tests.faults.wire import Gate, Message, Wire

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
async def home(place: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Home]:
    """An installation of these tests' own: others append what no outbox holds, and here all of it is checked."""
    async with installed(tmp_path_factory.mktemp("relay") / "D", place / "relay") as made:
        yield made


FEW = 4


@dataclass
class Carriage:
    """The case service's outbox, its relay between two wires, and the ledger."""

    home: Home
    outbox: Database
    relay: Process
    ledger: Process
    database: Wire
    calls: Wire

    async def waiting(self) -> int:
        conn = await self.home.admin("case")
        try:
            return int(await conn.fetchval("SELECT count(*) FROM outbox_pending"))
        finally:
            await conn.close()

    async def is_empty(self) -> bool:
        with contextlib.suppress(OSError, asyncpg.PostgresError):
            return await self.waiting() == 0
        return False

    async def carried(self, ids: list[str]) -> None:
        """Wait until nothing is left to carry; then each of `ids` is in the ledger once, where its receipt says."""
        await until(self.is_empty)
        case, ledger = await self.home.admin("case"), await self.home.admin()
        query = "SELECT record_id, index, leaf_hash FROM receipts WHERE record_id = ANY($1)"
        receipts = await case.fetch(query, [UUID(id) for id in ids])
        query = "SELECT record_id, idx AS index, leaf_hash FROM ledger.entry WHERE record_id = ANY($1)"
        entries = await ledger.fetch(query, [UUID(id) for id in ids])
        assert sorted(map(tuple, receipts)) == sorted(map(tuple, entries))
        assert len(entries) == len(ids)
        assert await disorder(ledger) == []
        await case.close()
        await ledger.close()


@pytest.fixture(scope="module")
async def carriage(home: Home) -> AsyncIterator[Carriage]:
    """A ledger and a relay of the case service, both running; the service itself is this test."""
    ledger = home.process("evidence")
    ledger.start()
    await ledger.ready()
    runtime = home.installation.runtimes()["case"]
    async with (
        Wire(home.socket, postgres=True).listening() as database,
        Wire(ledger.port, postgres=False).listening() as calls,
    ):
        url = f"postgresql://relay_case@127.0.0.1:{database.port}/case?sslmode=disable"
        peers = f"evidence=http://127.0.0.1:{calls.port}"
        relay = home.process("case", "relay", relay_url=url, peers=peers, relay_alarm_s=2)
        relay.start()
        await relay.ready()
        yield Carriage(home, runtime.db, relay, ledger, database, calls)
        relay.kill()
    ledger.kill()
    await runtime.db.close()


def called(carriage: Carriage) -> Gate:
    """The call is on its way to the ledger."""
    return carriage.calls.hold(lambda m: m.way == "up")


def answered(carriage: Carriage) -> Gate:
    """The ledger has the records, the relay does not know."""
    return carriage.calls.hold(lambda m: m.way == "down")


def noting(carriage: Carriage) -> Gate:
    """The relay knows; its receipts are not committed."""
    return carriage.database.hold(lambda m: commits(m, "up", "Q"))


def noted(carriage: Carriage) -> Gate:
    """The receipts are committed, the relay has not heard."""
    return carriage.database.hold(lambda m: commits(m, "down", "Z"))


def commits(message: Message, way: str, kind: str) -> bool:
    return (message.way, message.kind) == (way, kind) and message.about.startswith("COMMIT")


async def killed(carriage: Carriage) -> None:
    """SIGKILL; what it had on the wire is lost."""
    carriage.relay.kill()
    carriage.calls.cut()
    carriage.database.cut()
    carriage.relay.start()


async def killed_and_heard(carriage: Carriage) -> None:
    """SIGKILL; what it had sent still arrives."""
    carriage.relay.kill()
    carriage.calls.release()
    carriage.database.release()
    carriage.relay.start()


async def frozen(carriage: Carriage) -> None:
    """SIGSTOP, everything it waits for happens meanwhile, SIGCONT."""
    carriage.relay.send(signal.SIGSTOP)
    carriage.calls.release()
    carriage.database.release()
    await asyncio.sleep(0.2)
    carriage.relay.send(signal.SIGCONT)


async def cut(carriage: Carriage) -> None:
    """Both connections are lost."""
    carriage.calls.cut()
    carriage.database.cut()


async def postgres_killed(carriage: Carriage) -> None:
    """SIGKILL of PostgreSQL under relay and ledger at once."""
    pid = carriage.home.postgres.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await asyncio.to_thread(carriage.home.postgres.start)
    carriage.calls.release()
    carriage.database.release()
    await carriage.outbox.engine.dispose(close=False)


@pytest.mark.parametrize("step", [called, answered, noting, noted])
async def test_whatever_stops_at_this_step_each_record_is_carried_once(
    carriage: Carriage, step: object
) -> None:
    assert callable(step)
    # Only where the relay has sent something can it be heard after its death.
    heard = (killed_and_heard,) if step in (called, noting) else ()
    for fault in (killed, frozen, cut, postgres_killed, *heard):
        gate = step(carriage)
        ids = await record(carriage.outbox, FEW)
        await asyncio.wait_for(gate.reached.wait(), 30)

        await fault(carriage)

        await carriage.carried(ids)


async def test_two_relays_of_one_service_carry_each_record_once(carriage: Carriage) -> None:
    peers = f"evidence={carriage.ledger.url}"
    second = carriage.home.process("case", "relay", peers=peers)
    second.start()
    await second.ready()

    ids = await record(carriage.outbox, 60)

    await carriage.carried(ids)
    assert await second.stop() == 0


async def test_a_stopped_ledger_raises_the_alarm_once_and_a_started_one_ends_it(carriage: Carriage) -> None:
    said = len(carriage.relay.said)
    carriage.ledger.kill()
    ids = await record(carriage.outbox, FEW)

    async def alarmed() -> bool:
        return "ALARM: the oldest record of case" in carriage.relay.said[said:]

    await until(alarmed)
    oldest = 'mingzheng_relay_oldest_seconds{service="case"}'
    assert await carriage.relay.metric(oldest) > 2
    await asyncio.sleep(2)
    carriage.ledger.start()
    await carriage.carried(ids)

    async def over() -> bool:
        return "alarm over: the records of case" in carriage.relay.said[said:]

    await until(over)
    assert await carriage.relay.metric(oldest) == 0
    assert carriage.relay.said[said:].count("ALARM") == 1


async def test_a_relay_without_a_ledger_waits_longer_each_time(carriage: Carriage) -> None:
    """Not a spin: while many records are made, the calls stay few. Then all of it is carried, once."""
    carriage.ledger.kill()
    said = len(carriage.relay.said)
    ids = await record(carriage.outbox, 40)

    async def tried_thrice() -> bool:
        return carriage.relay.said[said:].count("couldn't carry the records of case: PEER_UNAVAILABLE") >= 3

    await until(tried_thrice)
    assert carriage.relay.said[said:].count("couldn't carry the records of case") <= 5
    carriage.ledger.start()
    await carriage.carried(ids)


async def test_after_all_of_it_nothing_is_found(carriage: Carriage) -> None:
    result = await check(carriage.home.installation)

    assert result.clean, result.findings
