"""kill -9 of the notification service at every step of a delivery that serves process, and of a report about one.

    take ─▶ COMMIT ─▶ begun ─▶ order ─▶ answer ─▶ COMMIT ─▶ settled          read ─▶ COMMIT ─▶ read

`lost` is what the process had on its wires when it died; `heard` still arrives after its death. Nothing is lost, and
the provider gets each order once, whatever step it was.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from notification.domain.delivery import Delivery, State
from outsiders.channels import Channels
from tests.faults.exchange import answered, committed, committing, sent
from tests.faults.forking import Forked
from tests.faults.services import Home, Process, free_port, until
from tests.faults.wire import Wire
from tests.notification.outbound import Outbound
from tests.notification.providers import EXAMPLE, configured, on_a_port
from tests.notification.test_callbacks import posted
from tests.snapshots import Snapshots

pytestmark = pytest.mark.slow

LOST, HEARD = "lost", "heard"
NUMBER: Final = "1380001"


@dataclass
class Desk:
    """The service as a process, the wires that it hangs on, and the provider at the end of one of them."""

    outbound: Outbound
    process: Process
    channels: Channels
    wires: dict[str, Wire]

    async def kill(self, fault: str) -> None:
        self.process.kill()
        for wire in self.wires.values():
            if fault == LOST:
                wire.cut()
            else:
                wire.release()
        self.process.start()
        await self.process.ready()


@pytest.fixture(scope="module")
async def desk(snapshots: Snapshots) -> AsyncIterator[Desk]:
    """A world whose deliveries are sent by a process of its own."""
    async with snapshots.world() as world, contextlib.AsyncExitStack() as stack:
        world.clock.to(world.clock().replace(hour=4))  # noon in the city
        channels = Channels()
        url = await stack.enter_async_context(on_a_port(channels.app()))
        home = Home(world.folder, None, world.installation)  # type: ignore[arg-type]
        wires = {
            "database": Wire(home.socket, postgres=True),
            "provider": Wire(int(url.rpartition(":")[2]), postgres=False),
        }
        for wire in wires.values():
            await stack.enter_async_context(wire.listening())
        text = EXAMPLE.replace("127.0.0.1:3180", f"127.0.0.1:{wires['provider'].port}")
        vars(world.runtimes["notification"].roster).update(vars(configured(world, text)))
        name = home.installation.database("notification")
        base = f"127.0.0.1:{wires['database'].port}/{name}?sslmode=disable"
        process = Forked.of(
            home.process(
                "notification",
                port=free_port(),
                relay=False,
                peers="evidence=http://127.0.0.1:1",
                database_url=f"postgresql://svc_notification@{base}",
                providers=Path(world.folder) / "providers.toml",
            )
        )
        assert process.nursery is not None
        stack.callback(process.nursery.close)
        stack.callback(process.kill)
        process.start()
        await process.ready()
        outbound = Outbound(world)
        await outbound.consent()
        yield Desk(outbound, process, channels, wires)


BEGUN, ENDED, READ = (
    "INSERT INTO delivery_attempts",
    "UPDATE delivery_attempts",
    "UPDATE provider_callbacks",
)
STOPS: Final = {
    # How the delivery ends, and how many calls were begun for the one order that the provider gets.
    ("begin on its way", LOST): (committing(BEGUN), State.SUBMITTED, 1),
    ("begin on its way", HEARD): (committing(BEGUN), State.SUBMITTED, 2),
    ("begun", LOST): (committed(BEGUN), State.SUBMITTED, 2),
    ("order", LOST): (sent("provider", b"POST /sms"), State.SUBMITTED, 2),
    ("order", HEARD): (sent("provider", b"POST /sms"), State.ARRIVED, 1),
    ("answer", LOST): (answered("provider"), State.ARRIVED, 1),
    ("end on its way", LOST): (committing(ENDED), State.ARRIVED, 1),
    ("end on its way", HEARD): (committing(ENDED), State.SUBMITTED, 1),
    ("settled", LOST): (committed(ENDED), State.SUBMITTED, 1),
}


@pytest.mark.parametrize("step, fault", STOPS)
async def test_an_order_that_serves_is_given_once_whatever_the_step(
    desk: Desk, step: str, fault: str
) -> None:
    (wire, stop), state, calls = STOPS[step, fault]
    world, number = desk.outbound.world, f"{NUMBER}{len(desk.channels.orders) + 100:04}"
    gate = desk.wires[wire].hold(stop)
    message = await desk.outbound.message("D-14", party=world.person("PARTY").id)
    await desk.outbound.send(message, address=number)
    await gate.reached.wait()

    await desk.kill(fault)

    async def is_there() -> bool:
        world.clock.advance(seconds=31)  # over the leases and the pauses
        (delivery,) = await desk.outbound.of(message)
        return delivery.state is state

    await until(is_there)
    (delivery,) = await desk.outbound.of(message)
    assert delivery.attempts == calls
    assert desk.channels.asked[delivery.id] == 1
    types = await world.record_types("notification", delivery.id.stream)
    assert types.count("delivery.attempted") == calls
    assert types.count("delivery.submitted") == 1
    assert types.count("delivery.lost") == (0 if (step, fault) in _SEEN else 1)


_SEEN: Final = {("begin on its way", LOST), ("end on its way", HEARD), ("settled", LOST)}
"""Here the record says how the only call ended."""


@pytest.mark.parametrize(
    "stop, fault", [(committing(READ), LOST), (committing(READ), HEARD), (committed(READ), LOST)]
)
async def test_a_report_that_is_read_when_the_process_dies_counts_once(
    desk: Desk, stop: Any, fault: str
) -> None:
    message = await desk.outbound.message()
    await desk.outbound.send(message, address=f"{NUMBER}{len(desk.channels.orders) + 100:04}")

    async def state() -> Delivery:
        return (await desk.outbound.of(message))[0]

    await until(lambda: _is(state, State.SUBMITTED))
    gate = desk.wires[stop[0]].hold(stop[1])
    report = {"out_id": (await state()).id, "err_code": "DELIVRD"}
    taken = await posted_by(desk, {"reports": [report]})
    assert taken == 200
    await gate.reached.wait()

    await desk.kill(fault)

    await until(lambda: _is(state, State.ARRIVED))
    types = await desk.outbound.world.record_types("notification", (await state()).id.stream)
    assert types.count("delivery.arrived") == 1
    assert (await desk.outbound.message_row(message))["state"] == "DELIVERED"


async def test_after_all_of_it_rows_and_records_agree(desk: Desk) -> None:
    desk.process.kill()
    world = desk.outbound.world
    async with world.database("notification") as db:
        assert not await db.fetchval("SELECT EXISTS (SELECT FROM deliveries WHERE state = 'SENDING')")

    await world.carry()  # no more: the cases of these messages are made up

    assert (await world.fsck()).findings == []


async def posted_by(desk: Desk, body: dict[str, Any]) -> int:
    class Poster:
        world = desk.outbound.world

    answer = await posted(Poster(), json.dumps(body).encode())  # type: ignore[arg-type]
    return int(answer.status_code)


async def _is(state: Any, wanted: State) -> bool:
    return bool((await state()).state is wanted)
