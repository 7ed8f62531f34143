"""How fast deliveries drain, beside pgqueuer whose job makes the same call of the same simulator and writes one row.

    ours       lease, attempt on record, call, answer on record: two signed records and an attempt each
    pgqueuer   dequeue, call, one row, job done
    no-op      the same without the call: for ours the answer is there at once, for pgqueuer the job is empty

In interleaved rounds, each with its own orders, one worker process each, on one durable PostgreSQL; each ratio is the
median of the rounds. The simulator is a process of its own. pgqueuer is installed for the bench alone. After them: how
soon 200 messages stand on an open stream, over HTTP, while this process sends at half the rate that it drained at.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from statistics import median
from time import monotonic
from typing import Final

import uvloop

from common.calls.fetch import Guard
from common.door.uow import change
from common.policy import Action, authorize, service_actor
from common.values.ids import AgencyId, CaseId, DeliveryId, DocumentId, MessageId, PartyId
from common.values.profiles import Profiles
from mz.operate.assembly import Installation, migrate_all
from mz.operate.datadir import DataDir
from mz.postgres import EmbeddedPostgres, Server
from notification.channels.configs import Http, Provider
from notification.channels.letters import Letter
from notification.channels.roster import Roster, roster_of
from notification.domain import delivering
from notification.domain.answers import Answer, Verdict
from notification.domain.channels import Channel
from notification.domain.delivery import Dispatch
from notification.domain.message import Message, Order, create
from notification.domain.templates import MessageKind, template_for
from notification.jobs.dispatch import dispatch
from notification.runtime import NotificationRuntime
from notification.store import deliveries, messages
from notification.store.deliveries import Sending
from notification.store.parties import resource
from tests.bench._bars import Bar, judge
from tests.bench._running import answering, free_port
from tests.bench._visible import seconds_until_visible
from tests.scratch import scratch

ROUNDS: Final = 5
ORDERS: Final = 600
MESSAGES: Final = 20
PEER: Final = "pgqueuer==1.6.0"
BAR: Final = 1.0
SHOWN: Final = 200
VISIBLE_S: Final = 1.0


async def main(options: argparse.Namespace) -> int:
    """Run it; the exit code says whether the bar was met."""
    with scratch() as home:
        library = home / "pgqueuer"
        uv = Path(sys.executable).parent / "uv"
        subprocess.run([uv, "pip", "install", "-q", "--target", library, PEER], check=True)
        server = EmbeddedPostgres(home / "pg").start()
        await migrate_all(server)
        admin = await server.connect()
        await admin.execute("CREATE DATABASE peer")
        await admin.close()
        d = DataDir(home / "data")
        d.make()
        installation = Installation(d, server, background=False)
        async with a_simulator() as url, a_desk(installation, url) as desk:
            peer = Peer(server, library, url)
            took: dict[str, list[float]] = {}
            for _ in range(options.rounds):
                took.setdefault("ours", []).append(await desk.drain(options.orders))
                took.setdefault("pgqueuer", []).append(peer.drain(options.orders))
                took.setdefault("ours no-op", []).append(await desk.drain(options.orders, is_called=False))
                took.setdefault("pgqueuer no-op", []).append(peer.drain(options.orders, is_called=False))
            rate = options.orders / median(took["ours"]) / 2
            is_over = asyncio.Event()
            sending = asyncio.create_task(desk.send_at(rate, until=is_over))
            waited = await seconds_until_visible(installation, a_message, count=SHOWN)
            is_over.set()
            sent = await sending
    for name, seconds in took.items():
        print(f"{name:15} {options.orders / median(seconds):8.0f} a second")
    pairs = zip(took["ours"], took["pgqueuer"], strict=True)
    idle = zip(took["ours no-op"], took["pgqueuer no-op"], strict=True)
    return judge(
        [
            Bar("drain, times pgqueuer with the same call", median(p / o for o, p in pairs), BAR, least=True),
            Bar("drain without a call, times pgqueuer", median(p / o for o, p in idle)),
            Bar(
                f"s until visible on a stream, p99, beside {sent:.0f} orders a second",
                _p99(waited),
                VISIBLE_S,
            ),
        ]
    )


def _p99(seconds: list[float]) -> float:
    return sorted(seconds)[len(seconds) * 99 // 100]


@asynccontextmanager
async def a_simulator() -> AsyncIterator[str]:
    """The address of the simulated provider of SMS, in a process of its own."""
    port = free_port()
    command = [sys.executable, "-m", "outsiders.channels", "--listen", f"127.0.0.1:{port}"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield await answering(f"http://127.0.0.1:{port}", process)
    finally:
        process.terminate()
        process.wait(10)


@dataclass(frozen=True)
class Peer:
    """pgqueuer in a process of its own for each drain, as its worker runs."""

    server: Server
    library: Path
    url: str

    def drain(self, orders: int, *, is_called: bool = True) -> float:
        """Seconds until `orders` jobs are done, without their enqueueing and the start of the process."""
        dsn = self.server.url("postgres", "peer")
        url = f"{self.url}/sms" if is_called else "-"
        command = [sys.executable, "-m", "tests.bench._pgqueuer", dsn, str(self.library), url, str(orders)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return float(done.stdout.split()[-1])


class Silent:
    """A carrier that answers at once: what is left is the cost of the record."""

    name, channel, level, weight = "silent", Channel.FAX, 4, 1

    async def send(self, letter: Letter) -> Answer:
        return Answer(Verdict.TAKEN, "OK", reference=letter.reference)

    async def ask(self, reference: str) -> Answer | None:
        return None

    async def close(self) -> None:
        return


@dataclass(frozen=True)
class Desk:
    """Our worker in this process, with messages that exist already."""

    runtime: NotificationRuntime
    made: list[Message]
    numbers: Iterator[int] = field(default_factory=count)

    async def drain(self, orders: int, *, is_called: bool = True) -> float:
        """Seconds until `orders` deliveries are submitted, without their queueing."""
        for n in range(0, orders, 50):
            await self._queue(range(n, min(n + 50, orders)), Channel.SMS if is_called else Channel.FAX)
        started = monotonic()
        await dispatch(self.runtime)
        return monotonic() - started

    async def send_at(self, rate: float, *, until: asyncio.Event) -> float:
        """Queue `rate` orders a second and send them, until the end; how many a second that became."""

        async def send() -> None:
            while not until.is_set():
                await dispatch(self.runtime)
                await asyncio.sleep(0.02)

        sending = asyncio.create_task(send())
        begun, queued = monotonic(), 0
        while not until.is_set():
            due = min(int(rate * (monotonic() - begun)) - queued, 50)
            if due > 0:
                await self._queue(range(queued, queued + due), Channel.SMS)
                queued += due
            await asyncio.sleep(0.02)
        await sending
        return queued / (monotonic() - begun)

    async def _queue(self, numbers: range, channel: Channel) -> None:
        async with change(
            self.runtime.db, authorize(service_actor("notification"), Action.MESSAGE_DELIVER)
        ) as tx:
            for n in numbers:
                message = self.made[n % len(self.made)]
                asked = Dispatch(
                    message_id=message.id,
                    case_id=message.case_id,
                    party_id=message.party_id,
                    agency_id=None,
                    channel=channel,
                    expires_at=tx.now + timedelta(hours=72),
                )
                fact = delivering.accept(DeliveryId.new(tx.now), asked, at=tx.now)
                permit = tx.permit(resource(DeliveryId(fact.owner), message.party_id))
                # No ending of the simulator's own: every order is taken.
                number = f"1{next(self.numbers):06}{1000 + n % 9000}"
                texts = Sending(number, "告知提示", "您有一条告知提示。")
                await deliveries.add(tx, permit, fact, texts=texts)


@asynccontextmanager
async def a_desk(installation: Installation, url: str) -> AsyncIterator[Desk]:
    """Our worker, configured for the simulator, whose quiet hours are switched off."""
    runtime = installation.runtimes()["notification"]
    rules = replace(runtime.profile.notification, quiet_from="00:00", quiet_until="00:00")
    roster = roster_for(url)
    profiles = Profiles(replace(runtime.profile, notification=rules))
    runtime = replace(runtime, roster=roster, profiles=profiles)
    try:
        yield Desk(runtime, [await a_message(runtime) for _ in range(MESSAGES)])
    finally:
        await roster.close()
        await runtime.db.close()


def roster_for(url: str) -> Roster:
    form = Http(
        url=f"{url}/sms",
        code="code",
        reference="biz_id",
        fields={"mobile": "{address}", "content": "{text}", "out_id": "{reference}"},
        codes={"taken": ["OK"]},  # type: ignore[arg-type]
    )
    provider = Provider(name="sms", channel=Channel.SMS, level=4, http=form)

    async def no_documents(sha256: str) -> bytes:
        raise LookupError(sha256)

    roster = roster_of([provider], folder=Path(), guard=Guard(loopback=True), attachments=no_documents)
    roster.carriers["silent"] = Silent()
    return roster


async def a_message(runtime: NotificationRuntime, party_id: PartyId | None = None) -> Message:
    now = runtime.clock()
    order = Order(
        kind=MessageKind.NOTICE,
        agency_id=AgencyId.new(now),
        party_id=party_id or PartyId.new(now),
        case_id=CaseId.new(now),
        document_id=DocumentId.new(now),
        document_kind="D-02",
        document_sha256="ab" * 32,
        cause=str(uuid.uuid4()),
    )
    async with change(runtime.db, authorize(service_actor("notification"), Action.MESSAGE_DELIVER)) as tx:
        fact = create(MessageId.new(tx.now), order, official_domain=runtime.profile.city_domain)
        permit = tx.permit(resource(MessageId(fact.owner), order.party_id))
        return await messages.add(tx, permit, fact, texts=template_for("D-02").words)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="./mz bench notification")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--orders", type=int, default=ORDERS)
    sys.exit(uvloop.run(main(parser.parse_args())))
