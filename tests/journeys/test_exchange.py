"""The story that `./mz demo exchange` plays, in one process: from a comparison to the second fine that is refused."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from pydantic import TypeAdapter

from data_exchange.domain.registers import Register
from mz.demo.bureau import TRIAL_REGISTER
from mz.demo.camera import CAMERAS
from mz.demo.exchange import play
from mz.operate.proof import root_keys
from outsiders import register
from tests.given import StoryLog, a_scene
from tests.world import World

REFUSED = (
    "DX_CASE_REQUIRED",
    "DX_REFUSAL_CODE_REQUIRED",
    "DX_URGE_TOO_EARLY",
    "CASE_DUPLICATE_PENALTY",
)


def _trial_register(world: World) -> None:
    runtime = world.runtimes["data-exchange"]
    entry = json.dumps(TRIAL_REGISTER | {"url": "http://register.test/lookups"})
    runtime.registers["trial"] = TypeAdapter(Register).validate_json(entry)
    runtime.outside["trial"] = httpx.ASGITransport(register.create())


@pytest.mark.slow
async def test_two_agencies_play_an_exchange_and_its_dossiers_verify_without_us(
    world: World, tmp_path: Path
) -> None:
    _trial_register(world)
    log = StoryLog()
    keys = root_keys(world.installation.d)

    dossiers = await play(a_scene(world, log), (CAMERAS[0], CAMERAS[1]), tmp_path, trusted=keys)

    assert [dossier.holds for dossier in dossiers] == [True, True, True], [d.verdict for d in dossiers]
    refusals = [step.refusal for step in log.steps if step.refusal]
    codes = [{r["code"], *(v["code"] for v in r.get("violations", []))} for r in refusals]
    assert [wanted in given for wanted, given in zip(REFUSED, codes, strict=True)] == [True] * 4
    await world.settle()
    assert (await world.fsck()).clean
