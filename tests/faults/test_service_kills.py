"""kill -9 of the notification service at every step of a service of process by mail.

    order in the ledger ─▶ COMMIT ─▶ open ─▶ document asked ─▶ document there ─▶ COMMIT ─▶ in line ─▶ … the mail …
                                                            ─▶ COMMIT ─▶ arrived and served ─▶ case

`lost` is what the process had on its wires when it died; `heard` still arrives after its death. The steps between are
those of a delivery, in test_delivery_kills. Each step has a case of its own: a document is served once.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.case.story import Story
from tests.fakes.mail import MailSink, a_mail_sink
from tests.faults.exchange import answered, committed, committing, sent
from tests.faults.forking import Forked
from tests.faults.services import Home, Process, free_port, served, until
from tests.faults.wire import Wire
from tests.notification.given_services import newest
from tests.notification.providers import EXAMPLE, configured
from tests.notification.test_mail import OWN, RELAY
from tests.notification.test_services_by_mail import sign
from tests.snapshots import Snapshots
from tests.world import World

pytestmark = pytest.mark.slow

LOST, HEARD = "lost", "heard"
OPENED, IN_LINE, SERVED = "INSERT INTO services", "INSERT INTO deliveries", "served_step"
DOCUMENT: Final = b"GET /v1/documents"
STOPS: Final = {
    ("opening on its way", LOST): committing(OPENED),
    ("opening on its way", HEARD): committing(OPENED),
    ("opened", LOST): committed(OPENED),
    ("document asked", LOST): sent("case", DOCUMENT),
    ("document there", LOST): answered("case"),
    ("into line on its way", LOST): committing(IN_LINE),
    ("into line on its way", HEARD): committing(IN_LINE),
    ("in line", LOST): committed(IN_LINE),
    ("arrival on its way", LOST): committing(SERVED),
    ("arrival on its way", HEARD): committing(SERVED),
    ("arrived", LOST): committed(SERVED),
}


@dataclass
class Desk:
    """The service as a process, the wires that it hangs on, and the party's mail server."""

    world: World
    process: Process
    sink: MailSink
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


@contextlib.asynccontextmanager
async def a_desk(world: World) -> AsyncIterator[Desk]:
    """Its peers are the services of `world`, behind ports. Its records stay in its outbox until the test carries."""
    async with contextlib.AsyncExitStack() as stack:
        sink = await stack.enter_async_context(a_mail_sink())
        relay = RELAY.format(port=sink.port, is_final=OWN)
        vars(world.runtimes["notification"].roster).update(vars(configured(world, EXAMPLE + relay)))
        home = Home(world.folder, None, world.installation)  # type: ignore[arg-type]
        ends: dict[str, str | int] = {"database": home.socket}
        for name in ("evidence", "case", "gateway"):
            ends[name] = await stack.enter_async_context(served(world.app.apps[name]))
        wires = {
            name: await stack.enter_async_context(Wire(end, postgres=name == "database").listening())
            for name, end in ends.items()
        }
        base = (
            f"127.0.0.1:{wires['database'].port}/{home.installation.database('notification')}?sslmode=disable"
        )
        peers = [f"{name}=http://127.0.0.1:{wires[name].port}" for name in ("evidence", "case", "gateway")]
        process = Forked.of(
            home.process(
                "notification",
                port=free_port(),
                relay=False,
                peers=",".join(peers),
                database_url=f"postgresql://svc_notification@{base}",
                providers=Path(world.folder) / "providers.toml",
            )
        )
        assert process.nursery is not None
        stack.callback(process.nursery.close)
        stack.callback(process.kill)
        process.start()
        await process.ready()
        yield Desk(world, process, sink, wires)


@pytest.mark.parametrize("step, fault", STOPS)
async def test_a_document_is_served_once_whatever_the_step(
    snapshots: Snapshots, step: str, fault: str
) -> None:
    async with snapshots.world("notify") as world:
        world.clock.to(world.clock().replace(hour=4))  # noon in the city
        story = await (await Story(world).opened()).walk("notify")
        await sign(world, "party@mail.example")
        async with a_desk(world) as desk:
            wire, stop = STOPS[step, fault]
            gate = desk.wires[wire].hold(stop)
            ordered = await story.act("SERVICE_OFFICER", "prior-notice/service", {"manner": "ELECTRONIC"})
            assert ordered.status_code == 201, ordered.text
            await world.carry()
            await gate.reached.wait()

            await desk.kill(fault)

            await until(lambda: _is_served(world))
            desk.process.kill()

        await _agree(world, story, desk.sink)


async def _is_served(world: World) -> bool:
    world.clock.advance(seconds=31)  # over the leases and the pauses
    services: list[dict[str, Any]] = (
        await world.person("SERVICE_OFFICER").get("/v1/services-of-process")
    ).json()["items"]
    return [service["state"] for service in services] == ["SERVED"]


async def _agree(world: World, story: Story, sink: MailSink) -> None:
    service = await newest(world)
    assert len(sink.mails) == 1, "the party got the document once"
    assert [each["arrival"] for each in service["steps"]] == ["SMTP_REPLY"]
    types = await world.record_types("notification", f"service/{service['service_id']}")
    assert (types.count("document.served"), len(set(types))) == (1, len(types)), types
    await world.settle()
    assert (await story.view())["state"] == "PRIOR_NOTICE_SERVED"
    assert (await world.fsck()).clean
