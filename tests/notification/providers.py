"""The simulator of channels on a real port, and a world whose notification service is configured for it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import uvicorn

from common.calls.fetch import Guard
from common.values.ids import PartyId
from notification.channels.configs import read_providers
from notification.channels.roster import Roster, roster_of
from outsiders.channels import Channels
from tests.notification.outbound import Outbound
from tests.world import World

SECRETS = {
    "sms.secret": "sms-secret-of-the-tests",
    "fax.secret": "fax-secret",
    "wechat.secret": "wx-token",
    "mail.secret": "mail-secret",
}
EXAMPLE = files("notification.channels").joinpath("providers-example.toml").read_text()


@dataclass
class Outside:
    """The simulator, its address, and the outgoing side of the world that is configured for it."""

    channels: Channels
    url: str
    outbound: Outbound

    @property
    def world(self) -> World:
        return self.outbound.world

    @property
    def roster(self) -> Roster:
        return self.outbound.runtime.roster

    async def dispatch(self) -> None:
        """One pass of the worker."""
        await self.job("deliveries")

    async def job(self, name: str) -> None:
        app = self.world.app.apps["notification"]
        job = next(job for job in app.state.jobs if job.name == name)
        await job.run(app.state.runtime)


@asynccontextmanager
async def on_a_port(app: Any) -> AsyncIterator[str]:
    """The address at which `app` listens until the end of the block."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="warning"))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:
            await asyncio.sleep(0.02)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = server.force_exit = True
            await serving


def configured(world: World, text: str) -> Roster:
    """The roster of the file `text`, in a folder of the world with the secrets of the tests."""
    folder = Path(world.folder)
    for name, secret in SECRETS.items():
        (folder / name).write_text(secret + "\n")
    path = folder / "providers.toml"
    path.write_text(text)
    sealed = world.runtimes["notification"].sealed
    return roster_of(read_providers(path), folder=folder, guard=Guard(loopback=True), attachments=sealed.get)


@asynccontextmanager
async def outside(world: World, *, more: str = "") -> AsyncIterator[Outside]:
    """The simulator for `world` at the next noon. `more` is put behind the example's file of providers.

    The tests of one file share a world. What an earlier one left in line is not sent in the next.
    """
    async with world.database("notification") as db:
        await db.execute("DELETE FROM delivery_work")
    noon = world.clock().replace(hour=4, minute=0, second=0)  # in the city: no quiet hours
    world.clock.to(noon if noon > world.clock() else noon + timedelta(days=1))
    channels = Channels()
    async with on_a_port(channels.app()) as url:
        text = EXAMPLE.replace("http://127.0.0.1:3180", url).replace("deadline_s = 5.0", "deadline_s = 0.5")
        roster = configured(world, text + more.replace("http://127.0.0.1:3180", url))
        runtime = world.runtimes["notification"]
        vars(runtime.roster).update(vars(roster))
        try:
            yield Outside(channels, url, Outbound(world, str(PartyId.new(world.clock()))))
        finally:
            await runtime.roster.close()
