"""Schemathesis calls every operation of the exchange as everybody who may: no 5xx, no answer that is not documented.

It has an environment of its own, made once beside those of the other independent tools: its plug-ins would load in
every test process, and what it needs is of no use to anything else here.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import uuid
from pathlib import Path
from typing import Any, Final

import pytest
from starlette.types import Receive, Scope, Send

from tests.case.story import CASE, OPENED
from tests.data_exchange.given import ASKED, a_request, act, officer
from tests.data_exchange.partners import (
    Line,
    Signature,
    a_line,
    a_token,
    details_of,
    digest,
    head,
    proof,
    seconds,
)
from tests.data_exchange.registers import a_register, ask
from tests.faults.services import served
from tests.world import Client, World

pytestmark = pytest.mark.slow

TOOL: Final = "schemathesis==4.32.5"
SEED: Final = 9


async def run(*command: str | Path) -> str:
    process = await asyncio.create_subprocess_exec(
        *map(str, command), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()[-3000:] + out.decode()[-2000:]
    return out.decode()


async def the_tool() -> Path:
    """The python of an environment that holds schemathesis alone."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "mingzheng-independent"
    folder = cache / TOOL.replace("==", "-")
    python = folder / "bin" / "python"
    if not (folder / "made").exists():
        await run(sys.executable, "-m", "venv", "--clear", folder)
        await run(python, "-m", "pip", "install", "--quiet", TOOL)
        (folder / "made").touch()
    return python


class Dressed:
    """Gives each request the credentials of the caller that its header x-as names; a system's call is signed."""

    def __init__(self, world: World, line: Line, people: dict[str, Client]) -> None:
        self._world, self._line, self._people = world, line, people
        self._since = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [pair for pair in scope["headers"] if pair[0] != b"x-as"]
        caller = next((value.decode() for name, value in scope["headers"] if name == b"x-as"), "nobody")
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        if caller in self._people:
            token = await self._people[caller].token()
            headers = [pair for pair in headers if pair[0] not in (b"authorization", b"idempotency-key")]
            headers += [(b"authorization", f"Bearer {token}".encode())]
            if scope["method"] != "GET":
                headers.append((b"idempotency-key", uuid.uuid4().hex.encode()))
        elif caller == "system":
            await self._refresh()
            headers = self._signed(scope, headers, body)
        sent = False

        async def receiving() -> Any:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._world.app({**scope, "headers": headers}, receiving, send)

    async def _refresh(self) -> None:
        line = self._line
        if seconds() - self._since > 200:
            line.token = await a_token(self._world, line.system, details_of(line.agreement, line.purpose))
            self._since = seconds()

    def _signed(
        self, scope: Scope, headers: list[tuple[bytes, bytes]], body: bytes
    ) -> list[tuple[bytes, bytes]]:
        """As a partner's system sends it: what schemathesis made, with agreement, purpose, digest and signature."""
        own = ("mingzheng-agreement", "mingzheng-purpose", "mingzheng-case", "mingzheng-on-behalf-of")
        plain = {name.decode(): value.decode("latin1") for name, value in headers}
        plain = {name: value for name, value in plain.items() if name not in own}
        line, method = self._line, scope["method"]
        plain |= {
            "mingzheng-agreement": line.agreement["agreement_id"],
            "mingzheng-purpose": line.purpose["purpose_id"],
        }
        if method != "GET":
            plain["idempotency-key"] = uuid.uuid4().hex
        if body:
            plain["content-digest"] = digest(body)
        path = scope["raw_path"].decode() + (
            "?" + scope["query_string"].decode() if scope["query_string"] else ""
        )
        plain |= Signature().fields(line.system, method, path, plain)
        bare = path.partition("?")[0]
        dpop = proof(line.system.key, method, bare, token=line.token)
        plain |= {"authorization": f"DPoP {line.token}", "dpop": dpop}
        return [(name.encode(), value.encode("latin1")) for name, value in plain.items()]


async def documented(world: World) -> dict[str, Any]:
    """The public document, with the operations of the exchange alone."""
    document: dict[str, Any] = (await world.anonymous.get("/openapi.json")).json()
    own = world.app.apps["data-exchange"].openapi()["paths"]
    document["paths"] = {path: item for path, item in document["paths"].items() if path in own}
    return document


async def ids_of(world: World, line: Line) -> dict[str, list[str]]:
    """Ids of objects that exist, so that calls get further than 404."""
    case_id = world.ready[CASE][0]
    exchanges = [await a_request(world) for _ in range(3)]
    await act(world, ASKED, exchanges[1], "acceptance", {"note": "同意"})
    refusal = await act(world, ASKED, exchanges[2], "refusal", {"code": "R3", "reason": "没有该数据"})
    a_register(world)
    comparison = (await ask(world, case_id)).json()
    item = (await officer(world, 0).get("/v1/catalog/items?limit=5")).json()["items"]
    application = (await officer(world, 0).get(line.system.path)).json()
    webhook = await officer(world, ASKED).post(
        "/v1/webhook-endpoints", json={"url": "https://hints.example/in"}
    )
    await world.settle()
    uses = (await officer(world, 0).get("/v1/data-uses")).json()["items"]
    known = {
        "exchange_id": [each["exchange_id"] for each in exchanges],
        "comparison_id": [comparison["comparison_id"]],
        "record_id": [refusal.headers["mingzheng-record"]],
        "item_id": [each["item_id"] for each in item],
        "use_id": [each["use_id"] for each in uses],
        "partner_id": [application["partner_id"]],
        "application_id": [line.system.application_id],
        "agreement_id": [line.agreement["agreement_id"]],
        "purpose_id": [line.purpose["purpose_id"]],
        "webhook_id": [webhook.json()["webhook_id"]],
        "kid": [line.system.kid],
        "n": ["1"],
    }
    return {name: listed for name, listed in known.items() if listed}


@pytest.mark.begins(OPENED)
async def test_no_answer_is_a_fault_of_ours_or_undocumented(world: World, tmp_path: Path) -> None:
    python = await the_tool()
    services = ["ASSISTANCE", "COMPARISONS", "DATA_REQUESTS", "TRANSFERS", "EVENTS"]
    line = await a_line(world, purpose={"daily_calls": 5_000}, daily_calls=9_000, services=services)
    people = {"officer": officer(world, 0), "head": head(world, 0)}
    path = tmp_path / "order.json"
    async with served(Dressed(world, line, people)) as port:
        order = {
            "address": f"http://127.0.0.1:{port}",
            "document": await documented(world),
            "callers": [["nobody", "system"], ["head", "officer"]],
            "ids": await ids_of(world, line),
            "examples": [5, 2],
            "seed": SEED,
        }
        path.write_text(json.dumps(order))
        report = json.loads(await run(python, Path(__file__).with_name("fuzz.py"), path))

    faults, statuses = report["faults"], report["statuses"]
    assert faults == {}, "\n\n".join(f"{name}\n{told}" for name, told in faults.items())
    assert all(sum(counts.values()) > 300 for counts in statuses.values())
    assert statuses["officer"].get("201", 0) > 10
    assert statuses["system"].get("200", 0) > 5
    assert (await world.fsck()).clean
