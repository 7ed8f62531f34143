"""A partner that knows the wire from a JavaScript library alone is understood, and understands our answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives import serialization

from tests.data_exchange.partners import a_line, details_of
from tests.data_exchange.test_signatures import PATH, an_order
from tests.nodejs import installed, run
from tests.served import served
from tests.world import BASE_URL, World

pytestmark = pytest.mark.slow

PACKAGE: Final = "http-message-signatures@1.0.6"


async def test_a_partner_written_with_the_javascript_library_alone_passes(
    world: World, tmp_path: Path
) -> None:
    folder = await installed("http-message-signatures", PACKAGE)
    line = await a_line(world)
    pem = line.system.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    calls: list[list[Any]] = [["POST", PATH, an_order(world)], ["GET", "/v1/exchanges?limit=1", None]]
    async with served(world) as port:
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
        seen = json.loads(await run("node", str(Path(__file__).with_name("partner.mjs")), str(settings)))

    assert [(each["status"], each["code"]) for each in seen] == [
        (201, None),
        (401, "DX_NONCE_USED"),
        (200, None),
        (401, "DX_NONCE_USED"),
    ]
    assert all(each["verified"] for each in seen)
