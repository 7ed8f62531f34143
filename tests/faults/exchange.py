"""A city of four processes whose exchange is killed: each of its connections is a wire that a test holds.

partner ──▶ gateway ──calls──▶ data-exchange ──database──▶ PostgreSQL
                                    │ ├──ledger──▶ evidence
                                    │ ├──register──▶ the register of another agency
                                    └─┴──partner──▶ the address of a webhook
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

import httpx
from pydantic import TypeAdapter

from data_exchange.domain.comparison import ComparisonKind
from data_exchange.domain.registers import Register
from tests.data_exchange.partners import Line, a_line, a_token, details_of, seconds
from tests.data_exchange.registers import OWNER, PLATE, RULES
from tests.data_exchange.test_webhooks import Partner, a_partner
from tests.fakes.register import FakeRegister
from tests.faults.forking import Forked
from tests.faults.services import Home, Process, free_port, served, until
from tests.faults.wire import Message, Wire
from tests.world import BASE_URL, World

AT_ONCE: Final = 2
"""How many rows of a file one question to the register holds."""


@dataclass
class City:
    """The processes, the wires, and those who call. The gateway of `world` is the process."""

    world: World
    line: Line
    exchange: Process
    register: FakeRegister
    partner: Partner
    wires: dict[str, Wire]
    webhook: dict[str, Any] = field(default_factory=dict)
    token_at: int = 0

    async def sure_of_token(self) -> None:
        """A token lasts 300 s of real time, and these tests may take longer."""
        if seconds() - self.token_at > 200:
            line, self.token_at = self.line, seconds()
            details = details_of(line.agreement, line.purpose)
            line.token = await a_token(self.world, line.system, details)

    async def rest(self) -> None:
        """Wait until no record of the exchange waits for the ledger."""

        async def is_empty() -> bool:
            async with self.world.database("data-exchange") as conn:
                return not await conn.fetchval("SELECT EXISTS (SELECT FROM outbox_pending)")

        await until(is_empty)

    async def in_ledger(self, stream: str) -> list[str]:
        """The types of the records of `stream` that the ledger holds, in their order."""
        await self.rest()
        async with self.world.database("data-exchange") as conn:
            ids = await conn.fetch("SELECT record_id FROM outbox WHERE stream = $1 ORDER BY seq", stream)
        async with self.world.database("evidence") as conn:
            query = "SELECT entry FROM ledger.entry WHERE record_id = ANY($1) ORDER BY idx"
            rows = await conn.fetch(query, [row["record_id"] for row in ids])
        return [type_of(row["entry"]) for row in rows]

    async def killed(self) -> None:
        """SIGKILL of the exchange; what it had on its wires is lost with it. Then it starts again."""
        self.exchange.kill()
        for wire in self.wires.values():
            wire.cut()
        await self._again()

    async def killed_and_heard(self) -> None:
        """SIGKILL of the exchange; what it had sent still arrives."""
        self.exchange.kill()
        for wire in self.wires.values():
            wire.release()
        await asyncio.sleep(0.05)
        await self._again()

    async def _again(self) -> None:
        self.exchange.start()
        await self.exchange.ready()


def type_of(entry: bytes) -> str:
    return entry.partition(b'"type":"')[2].partition(b'"')[0].decode()


def commits(message: Message, what: str, *, heard: bool) -> bool:
    """Whether this is the COMMIT of a transaction with the statement `what`, or, `heard`, the answer to it."""
    way = ("down", "Z") if heard else ("up", "Q")
    is_commit = (message.way, message.kind) == way and message.about.startswith("COMMIT")
    return is_commit and any(what in statement for statement in message.within)


def committing(what: str) -> tuple[str, Callable[[Message], bool]]:
    """All of the transaction is done, and its COMMIT is on the way."""
    return "database", lambda message: commits(message, what, heard=False)


def committed(what: str) -> tuple[str, Callable[[Message], bool]]:
    """The transaction is durable, and the exchange does not know it."""
    return "database", lambda message: commits(message, what, heard=True)


def sent(wire: str, what: bytes = b"POST ") -> tuple[str, Callable[[Message], bool]]:
    return wire, lambda message: message.way == "up" and what in message.raw


def answered(wire: str, what: bytes = b"HTTP/1.1 ") -> tuple[str, Callable[[Message], bool]]:
    return wire, lambda message: message.way == "down" and what in message.raw


@contextlib.asynccontextmanager
async def a_city(world: World) -> AsyncIterator[City]:
    """The city of `world`. Its agreement is made in this process; from then on its services are four others."""
    line = await a_line(world, services=["ASSISTANCE", "EVENTS"])
    await world.settle()
    await world.runtimes["evidence"].ledger.stop()  # the process leads from here on
    home = Home(world.folder, None, world.installation)  # type: ignore[arg-type]
    async with contextlib.AsyncExitStack() as stack:
        register = FakeRegister({PLATE: [OWNER]})
        partner = await stack.enter_async_context(a_partner())
        ports = {
            "gateway": free_port(),
            "case": free_port(),
            "evidence": free_port(),
            "exchange": free_port(),
        }
        ends: dict[str, str | int] = {
            "database": home.socket,
            "ledger": ports["evidence"],
            "calls": ports["exchange"],
            "register": await stack.enter_async_context(served(register)),
            "partner": int(partner.url.rsplit(":", 1)[1].partition("/")[0]),
        }
        wires = {
            name: await stack.enter_async_context(Wire(end, postgres=name == "database").listening())
            for name, end in ends.items()
        }
        _write_register(world, wires["register"].port)
        processes = _processes(home, ports, wires)
        own = processes["data-exchange"] = Forked.of(processes["data-exchange"])
        assert own.nursery is not None
        stack.callback(own.nursery.close)
        for process in processes.values():
            stack.callback(process.kill)
        gateway = processes.pop("gateway")  # it asks the others for their routes
        for process in processes.values():
            process.start()
        await asyncio.gather(*(process.ready() for process in processes.values()))
        gateway.start()
        await gateway.ready()
        http = httpx.AsyncClient(base_url=gateway.url, trust_env=False, timeout=120)
        await stack.enter_async_context(http)
        outside = replace(world, http=http)
        yield City(outside, replace(line, world=outside), own, register, partner, wires)


def _processes(home: Home, ports: dict[str, int], wires: dict[str, Wire]) -> dict[str, Process]:
    addresses = {"gateway": ports["gateway"], "case": ports["case"], "evidence": ports["evidence"]}
    straight = addresses | {"data-exchange": wires["calls"].port}
    held = addresses | {"evidence": wires["ledger"].port}
    name = home.installation.database("data-exchange")
    url = f"127.0.0.1:{wires['database'].port}/{name}?sslmode=disable"
    return {
        "evidence": home.process("evidence", port=ports["evidence"], relay=True, peers=_peers(straight)),
        "case": home.process("case", port=ports["case"], relay=True, peers=_peers(straight)),
        "gateway": home.process(
            "gateway",
            port=ports["gateway"],
            relay=True,
            peers=_peers(straight, but="gateway"),
            issuer=BASE_URL,
        ),
        "data-exchange": home.process(
            "data-exchange",
            port=ports["exchange"],
            relay=True,
            peers=_peers(held),
            database_url=f"postgresql://svc_data_exchange@{url}",
            relay_url=f"postgresql://relay_data_exchange@{url}",
            origin=BASE_URL,
        ),
    }


def _peers(ports: dict[str, int], but: str = "") -> str:
    return ",".join(f"{name}=http://127.0.0.1:{port}" for name, port in ports.items() if name != but)


def _write_register(world: World, port: int) -> None:
    url = f"http://127.0.0.1:{port}/lookups"
    register = Register(
        "vehicles", "示范市公安局", tuple(ComparisonKind), RULES, url=url, timeout_s=20, at_once=AT_ONCE
    )
    path = world.installation.d.registers
    path.write_bytes(TypeAdapter(list[Register]).dump_json([register]))
