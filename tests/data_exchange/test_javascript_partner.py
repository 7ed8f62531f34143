"""A partner that knows the wire from a JavaScript library alone is understood, and understands our answers."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, Final

import pytest

from common.values.law import GDS_35_2
from data_exchange.domain.checklist import CHECKS
from data_exchange.wire.reports import KIND
from ledger.notes import Verifier, open_statement
from mz.operate.datadir import read
from outsiders.register import MAGIC
from tests.data_exchange.given_uses import POLICE
from tests.data_exchange.partners import System, a_purpose, a_system, an_agreement, done, officer, put
from tests.data_exchange.test_sandbox import OWN_CASE, PURPOSE, SANDBOX, SCOPE, a_trial
from tests.nodejs import installed
from tests.served import served
from tests.world import BASE_URL, World

PACKAGE: Final = "http-message-signatures@1.0.6"
PROGRAM: Final = Path(__file__).with_name("javascript") / "checklist.mjs"
TOO_LONG_S: Final = 240
_LONGEST_LINE: Final = 1 << 20


class People:
    """The steps of persons, over HTTP: the agency's officer, the heads, the officer of the other agency.

    None of them has a key of the system, and none of them signs.
    """

    def __init__(self, world: World, system: System) -> None:
        self._world = world
        self._system = system
        self._officer = officer(world, system.agency)

    async def publish(self, keys: list[dict[str, str]]) -> dict[str, Any]:
        """The keys of the system, and a challenge for the one that is new."""
        answer = await put(self._officer, f"{self._system.path}/jwks", {"keys": keys})
        assert answer.is_success, answer.text
        return await done(self._officer, f"{self._system.path}/key-challenges")

    async def prove(self, kid: str, **proof: str) -> dict[str, Any]:
        return await done(self._officer, f"{self._system.path}/keys/{kid}/proof", proof)

    async def approve(self) -> dict[str, Any]:
        """The agreement and the purpose."""
        agreement = await an_agreement(self._world, self._system, POLICE, **SCOPE)
        purpose = await a_purpose(self._world, self._system, agreement, POLICE, **PURPOSE)
        return {"agreement": agreement["agreement_id"], "purpose": purpose["purpose_id"]}

    async def act(self, exchange_id: str) -> dict[str, Any]:
        """The other agency acknowledges a request."""
        return await done(officer(self._world, POLICE), f"/v1/exchanges/{exchange_id}/acknowledgement")

    async def wait(self) -> dict[str, Any]:
        """Time, in which the platform delivers its hints and events."""
        await self._world.settle(slow_jobs=False)
        return {}

    async def revoke(self, kid: str) -> dict[str, Any]:
        return await done(
            self._officer, f"{self._system.path}/keys/{kid}/revocations", {"reason": "REPLACED"}
        )


async def seen_by(people: People, settings: Path) -> dict[str, Any]:
    """What the program of the partner saw, once it ended; the people do what it asks them to."""
    pipe = asyncio.subprocess.PIPE
    program = await asyncio.create_subprocess_exec(
        "node", str(PROGRAM), str(settings), stdin=pipe, stdout=pipe, stderr=pipe, limit=_LONGEST_LINE
    )
    assert program.stdin is not None
    assert program.stdout is not None
    try:
        while line := await program.stdout.readline():
            order = json.loads(line)
            if "result" in order:
                result: dict[str, Any] = order["result"]
                return result
            answer = await getattr(people, order.pop("ask"))(**order)
            program.stdin.write(json.dumps(answer).encode() + b"\n")
        _, errors = await program.communicate()
        raise AssertionError(errors.decode()[-3000:])
    finally:
        if program.returncode is None:
            program.kill()
            await program.wait()


@pytest.mark.slow
@pytest.mark.begins("sandbox", SANDBOX)
@pytest.mark.law(GDS_35_2)
async def test_a_partner_written_with_the_javascript_library_alone_passes_the_whole_checklist(
    world: World, tmp_path: Path
) -> None:
    folder = await installed("http-message-signatures", PACKAGE)
    await a_trial(world)
    system = await a_system(world)
    log_keys = list(world.installation.log_keys.by_vkey)
    settings = tmp_path / "settings.json"
    facts = {
        "modules": str(folder),
        "origin": BASE_URL,
        "application": system.application_id,
        "asked": world.demo.agencies[POLICE]["id"],
        "case": world.ready[OWN_CASE],
        "plates": MAGIC["plate"],
        "log_keys": log_keys,
    }

    async with served(world) as port, asyncio.timeout(TOO_LONG_S):
        settings.write_text(json.dumps(facts | {"port": port}), "utf-8")
        seen = await seen_by(People(world, system), settings)

    assert seen["begun"]["missing"] == [check.name for check in CHECKS]
    assert seen["early"] == "DX_CHECKS_MISSING"
    assert seen["ended"]["missing"] == []
    sandbox = Verifier.parse(read(world.installation.d.sandbox)["vkey"])
    report = open_statement(seen["note"].encode(), KIND, [sandbox])
    assert (report["application_id"], report["passed"]) == (system.application_id, True)
    assert set(report["results"]) == {check.name.lower() for check in CHECKS}
    require_calls(seen)
    require_hints(seen["hints"])
    # The gateway alone answers without a signature. Any other answer whose signature fails ends the program.
    assert seen["unsigned"] == ["SERVICE_UNAVAILABLE", "DPOP_TIME_WRONG"]
    assert seen["verified"] > 50
    await world.settle(slow_jobs=False)
    assert (await world.fsck()).clean


def require_calls(seen: dict[str, Any]) -> None:
    """Each fault was outlived and left one request; each faulty call was refused by its own code."""
    assert seen["pages"]["asked"] == seen["pages"]["listed"]
    assert seen["faults"] == {
        "LOST_ANSWER": ["SERVICE_UNAVAILABLE", 201, "true"],
        # The clock goes ten minutes forward as it was told, and back as the gateway says.
        "CLOCK_SKEW": ["DX_SIGNATURE_EXPIRED", "DPOP_TIME_WRONG", 201, None],
        "EXPIRED_KEY": ["DX_KEYS_STALE", 201, None],
        "LEDGER_BEHIND": ["DX_LEDGER_BEHIND", 201, None],
        "made": 4,
        "offset_s": 0,
    }
    assert seen["events"] > 0
    assert seen["receipts"] == [["exchange.requested", None, True], ["exchange.acknowledged", 201, True]]
    assert seen["comparisons"] == {
        "without_case": [403, "DX_CASE_REQUIRED"],
        "match": [201, "MATCH"],
        "no_match": [201, "NO_MATCH"],
        "ambiguous": [201, "AMBIGUOUS"],
        "failing": [503, "DX_REGISTER_UNAVAILABLE"],
        "refusing": [503, "DX_REGISTER_UNAVAILABLE"],
        "withheld": seen["comparisons"]["withheld"],
    }
    assert "/owner/id" in seen["comparisons"]["withheld"]
    assert seen["keys"] == [200, 200, "DX_KEY_REVOKED", 200]
    assert seen["refused"] == {
        "expired": [401, "DX_SIGNATURE_EXPIRED"],
        "authority": [401, "DX_SIGNATURE_WRONG"],
        "uncovered": [401, "DX_COMPONENT_UNCOVERED"],
        "repeated POST": [201, 401, "DX_NONCE_USED"],
        "repeated GET": [200, 401, "DX_NONCE_USED"],
        "bent POST": [False, False],
        "bent GET": [False, False],
    }


def require_hints(hints: dict[str, Any]) -> None:
    """One hint twice, one forged, two in the wrong order; the feed has the new ones in the right order."""
    (first, again), (other, forged), (later, earlier) = (
        hints["answered"][start : start + 2] for start in (0, 2, 4)
    )
    assert hints["challenged"] == 1
    assert [status for _, status in hints["answered"]] == [204, 204, 204, 401, 204, 204]
    assert (first, forged[0]) == (again, f"forged_{other[0]}")
    fed = [event["id"] for event in hints["fed"]]
    assert fed == [first[0], other[0], earlier[0], later[0]]
    assert sorted(hints["hinted"], key=lambda event: event["sequence"]) == hints["fed"]
    assert [event["subject"] for event in hints["fed"]] == [f"exchange/{each}" for each in hints["asked"]]
