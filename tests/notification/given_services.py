"""Services of process through the public API, for the tests and by the people whose acts they are."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx

import ledger
from common.files.digests import digest_field
from ledger.canonical import instant
from tests.case.story import Story
from tests.world import World

PATH: Final = "/v1/services-of-process"
PDF: Final = b"%PDF-1.7\n%%EOF\n"
NOBODY: Final = {"result": "ABSENT", "note": "敲门三次无人应答,邻居称其外出。"}


def photo(text: str) -> bytes:
    """A file that begins as a JPEG does, one of its own for each `text`."""
    return b"\xff\xd8\xff" + text.encode() + b"\xff\xd9"


async def ordered(story: Story, manner: str = "DIRECT", *, what: str = "prior-notice") -> dict[str, Any]:
    """The service that case orders, first in `manner`."""
    answer = await story.act("SERVICE_OFFICER", f"{what}/service", {"manner": manner})
    assert answer.status_code == 201, answer.text
    await story.world.settle(slow_jobs=False)
    return await newest(story.world)


async def newest(world: World, role: str = "SERVICE_OFFICER") -> dict[str, Any]:
    """The service that was opened last."""
    listed: list[dict[str, Any]] = (await world.person(role).get(PATH)).json()["items"]
    return listed[-1]


async def act(
    world: World, service: dict[str, Any], what: str, order: Any, *, role: str = "SERVICE_OFFICER"
) -> Any:
    """One act on the service; the answer, whatever it is."""
    return await world.person(role).post(f"{PATH}/{service['service_id']}/{what}", json=order)


async def attempt(world: World, service: dict[str, Any], manner: str, **order: Any) -> httpx.Response:
    """A manner begins, an hour later."""
    world.clock.advance(hours=1)
    answer: httpx.Response = await act(world, service, "attempts", {"manner": manner} | order)
    return answer


def now(world: World) -> str:
    return instant(world.clock())


def visit(world: World, **outcome: Any) -> dict[str, Any]:
    """The outcome of a visit a minute ago, by two officers."""
    at = instant(world.clock() + timedelta(minutes=59))
    return {"at": at, "second_officer": world.person("CASE_OFFICER", nth=1).id} | outcome


async def proof(
    world: World,
    service: dict[str, Any],
    kind: str,
    data: bytes = PDF,
    *,
    role: str = "SERVICE_OFFICER",
) -> httpx.Response:
    """A proof is uploaded."""
    return await world.person(role).post(
        f"{PATH}/{service['service_id']}/proofs?proof={kind}",
        content=data,
        headers={"content-digest": digest_field(data), "content-type": "application/octet-stream"},
    )


async def certificate(
    world: World, service: dict[str, Any], folder: Path, *, role: str = "SERVICE_OFFICER"
) -> Path:
    """The certificate of the service, unpacked below `folder`."""
    answer = await world.person(role).get(f"{PATH}/{service['service_id']}/certificate")
    assert answer.status_code == 200, answer.text
    with tarfile.open(fileobj=io.BytesIO(answer.content)) as archive:
        archive.extractall(folder, filter="data")
    return folder / f"service-{service['service_id']}"


def verified(world: World, folder: Path) -> dict[str, Any]:
    """What the verifier says of the certificate: a program of its own, without us and without a network."""
    verifier = Path(ledger.__file__).with_name("verify.py")
    root = world.installation.d.root_key().vkey
    command = [sys.executable, "-I", "-S", str(verifier), "--service", str(folder), "--key", root, "--json"]
    done = subprocess.run(command, capture_output=True, check=False, text=True)  # noqa: S603
    assert done.stderr == ""
    report: dict[str, Any] = json.loads(done.stdout)
    return report
