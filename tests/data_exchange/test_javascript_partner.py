"""A partner that knows the wire from a JavaScript library alone is understood, and understands our answers."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
from pathlib import Path
from typing import Any, Final

import pytest
import uvicorn
from cryptography.hazmat.primitives import serialization

from tests.data_exchange.partners import a_line, details_of
from tests.data_exchange.test_signatures import PATH, an_order
from tests.world import BASE_URL, World

pytestmark = pytest.mark.slow

PACKAGE: Final = "http-message-signatures@1.0.6"
_NPM: Final = (
    "--no-package-lock", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--silent",
)  # fmt: skip


async def run(*command: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()[-2000:]
    return out.decode()


async def the_library() -> Path:
    """The folder in which npm has installed the library, downloaded once.

    Skips only without node. Where node is there, a library that cannot be had fails the test, or it would pass for
    ever on a machine without a registry although nobody is asked.
    """
    if shutil.which("node") is None:
        pytest.skip("there is no node here")
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "mingzheng-independent"
    folder = cache / "http-message-signatures"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "node_modules" / "http-message-signatures").is_dir():
        await run("npm", "install", *_NPM, "--prefix", str(folder), PACKAGE)
    return folder


async def test_a_partner_written_with_the_javascript_library_alone_passes(
    world: World, tmp_path: Path
) -> None:
    folder = await the_library()
    line = await a_line(world)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    pem = line.system.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    calls: list[list[Any]] = [["POST", PATH, an_order(world)], ["GET", "/v1/exchanges?limit=1", None]]
    settings = tmp_path / "settings.json"
    settings.write_text(
        json.dumps(
            {
                "modules": str(folder),
                "origin": BASE_URL,
                "port": port,
                "key": pem.decode(),
                "kid": line.system.kid,
                "application": line.system.application_id,
                "agreement": line.agreement["agreement_id"],
                "purpose": line.purpose["purpose_id"],
                "details": details_of(line.agreement, line.purpose),
                "calls": calls,
            }
        )
    )
    server = uvicorn.Server(uvicorn.Config(world.app, port=port, lifespan="off", log_level="warning"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.05)

    seen = json.loads(await run("node", str(Path(__file__).with_name("partner.mjs")), str(settings)))

    server.should_exit = True
    await serving
    assert [(each["status"], each["code"]) for each in seen] == [
        (201, None),
        (401, "DX_NONCE_USED"),
        (200, None),
        (401, "DX_NONCE_USED"),
    ]
    assert all(each["verified"] for each in seen)
