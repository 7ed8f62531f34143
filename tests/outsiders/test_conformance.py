"""The conformance run passes on this platform, and notices one that forgets a rule."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mz import ROOT
from tests.data_exchange.given import a_request
from tests.data_exchange.partners import Line, a_line, done, officer, prove, public_members, put
from tests.faults.services import served
from tests.world import BASE_URL, World

pytestmark = pytest.mark.slow

Change = Callable[
    [Scope, int, list[tuple[bytes, bytes]], bytes], tuple[int, list[tuple[bytes, bytes]], bytes]
]


class Altered:
    """The platform behind a wrapper that alters its answers."""

    def __init__(self, app: ASGIApp, change: Change) -> None:
        self._app, self._change = app, change

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        held: list[Message] = []

        async def holding(message: Message) -> None:
            held.append(message)

        await self._app(scope, receive, holding)
        start, body = held[0], b"".join(message.get("body", b"") for message in held[1:])
        status, headers, body = self._change(scope, start["status"], list(start["headers"]), body)
        headers = [(name, value) for name, value in headers if name != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def settings_of(world: World, line: Line, folder: Path) -> tuple[Path, Path]:
    """The files of settings and key, with a key that was revoked and one that was never proven."""
    own = public_members(line.system.key, "k1")
    keys = [own, own | {"kid": "k2"}, own | {"kid": "k3"}]
    answer = await put(officer(world, 0), f"{line.system.path}/jwks", {"keys": keys})
    assert answer.is_success, answer.text
    assert (await prove(world, line.system, "k2", line.system.key)).is_success
    await done(officer(world, 0), f"{line.system.path}/keys/k2/revocations", {"reason": "REPLACED"})
    pem = line.system.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key, settings = folder / "private.pem", folder / "settings.json"
    key.write_bytes(pem)
    document: dict[str, Any] = {
        "origin": BASE_URL,
        "application_id": line.system.application_id,
        "kid": line.system.kid,
        "agreement_id": line.agreement["agreement_id"],
        "purpose_id": line.purpose["purpose_id"],
        "case_id": None,
        "case_no": None,
        "agency_id": world.agencies[0],
        "to_agency_id": world.agencies[1],
        "magic": {},
        "revoked_kid": "k2",
        "unproven_kid": "k3",
        "log_key": world.installation.vkeys[0].vkey,
    }
    settings.write_text(json.dumps(document))
    return settings, key


async def held(
    world: World, app: ASGIApp, files: tuple[Path, Path], report: Path
) -> tuple[int, dict[str, Any]]:
    """The exit code and the report of a run against `app`, whose jobs run meanwhile."""
    async with served(app) as port:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "outsiders.conformance", str(files[0]), "--key", str(files[1])),
            *("--address", f"http://127.0.0.1:{port}", "--report", str(report)),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        ended = asyncio.create_task(process.communicate())
        while not ended.done():
            await world.settle(slow_jobs=False)
            await asyncio.sleep(0.1)
    output = (await ended)[0].decode()
    assert report.exists(), output
    return process.returncode or 0, json.loads(report.read_text())


def forgets(code: str) -> Change:
    """A platform that takes the requests that it should refuse with `code`."""

    def change(scope: Scope, status: int, headers: Any, body: bytes) -> Any:
        return (200, headers, b"{}") if f'"{code}"'.encode() in body else (status, headers, body)

    return change


def generic(scope: Scope, status: int, headers: Any, body: bytes) -> Any:
    """One code for two faults."""
    return status, headers, body.replace(b'"DPOP_TIME_WRONG"', b'"DPOP_UNREADABLE"')


def other_body(scope: Scope, status: int, headers: Any, body: bytes) -> Any:
    """An answer that is altered on its way."""
    return status, headers, body.replace(b'"state":"SENT"', b'"state":"DONE"')


def unsigned(scope: Scope, status: int, headers: Any, body: bytes) -> Any:
    """Answers of a list lose their signature."""
    is_list = scope["path"] == "/v1/exchanges"
    return status, [h for h in headers if not (is_list and h[0] == b"signature")], body


def without_source(scope: Scope, status: int, headers: Any, body: bytes) -> Any:
    """Refusals of the gateway that do not say so."""
    return status, [h for h in headers if h[0] != b"mingzheng-error-source"], body


NOTICED: dict[str, Change] = {
    "refused.dx_nonce_used": forgets("DX_NONCE_USED"),
    "refused.dx_signature_expired": forgets("DX_SIGNATURE_EXPIRED"),
    "refused.dpop_replayed": forgets("DPOP_REPLAYED"),
    "refused.dpop_time_wrong": generic,
    "accepted": other_body,
    "pages": unsigned,
    "refused.dpop_missing": without_source,
}
"""What each forgetful platform fails in."""


def all_of_them(scope: Scope, status: int, headers: Any, body: bytes) -> Any:
    for change in NOTICED.values():
        status, headers, body = change(scope, status, headers, body)
    return status, headers, body


async def test_the_platform_holds_and_one_that_forgets_rules_is_noticed(world: World, tmp_path: Path) -> None:
    purpose = {"code": "STATISTICS", "daily_calls": 2_000}
    line = await a_line(world, purpose=purpose, services=["ASSISTANCE", "EVENTS"], daily_calls=5_000)
    await a_request(world)
    await world.settle()
    world.clock.advance(days=31)
    await world.settle()  # the feed forgets its first events
    files = await settings_of(world, line, tmp_path)

    code, report = await held(world, world.app, files, tmp_path / "report.json")
    forgetful, other = await held(world, Altered(world.app, all_of_them), files, tmp_path / "other.json")

    failed = [each for each in report["checks"] if each["verdict"] == "FAILED"]
    assert (code, report["passed"], failed) == (0, True, [])
    refused = [each for each in report["checks"] if each["name"].startswith("refused.")]
    assert len({each["code"] for each in refused}) >= 30
    assert all(each["zh"] and each["en"] for each in report["checks"])
    verdicts = {each["name"]: each["verdict"] for each in other["checks"]}
    assert (forgetful, {name: verdicts[name] for name in NOTICED}) == (1, dict.fromkeys(NOTICED, "FAILED"))
    assert verdicts["refused.dx_key_unknown"] == "PASSED"
