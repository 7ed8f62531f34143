"""One case from a camera's draft to the archive, and what can be shown of it afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.values.law import APL_47
from mz.operate import fsck
from mz.operate.proof import show_proof, trusted_in
from tests.given import ARCHIVED, StoryLog, WorldStage, a_case_in_the_archive
from tests.world import World


@pytest.mark.slow
async def test_a_case_runs_from_the_camera_to_the_archive_and_every_step_is_on_record(world: World) -> None:
    """The whole course is recorded (APL 47): each act left a record, and the ledger holds all of them.

    The three refusals that matter most happen on the way.
    """
    log = StoryLog()

    case_id = await a_case_in_the_archive(world, log)

    case = (await world.person("CASE_OFFICER").get(f"/v1/cases/{case_id}")).json()
    assert case["state"] == "ARCHIVED", APL_47
    acts = [step for step in log.steps if step.records]
    assert len(acts) >= 35
    for record in (record for step in acts for record in step.records):
        found = await world.anonymous.get(f"/v1/ledger/records/{record}")
        assert found.status_code == 200
    refused = [step.refusal for step in log.steps if step.refusal]
    codes = {problem["code"] for problem in refused} | {
        v["code"] for p in refused for v in p.get("violations", [])
    }
    assert codes >= {"DEV_VERIFICATION_EXPIRED", "EVD_SECOND_REVIEWER_REQUIRED", "CASE_AGGRAVATION_FORBIDDEN"}
    result = await fsck.check(world.installation)
    assert result.findings == []
    assert result.clean


@pytest.mark.slow
@pytest.mark.begins(ARCHIVED)
async def test_the_bundle_verifies_offline_and_one_flipped_bit_does_not(world: World, tmp_path: Path) -> None:
    world.bureau.watch()
    case_id = await a_case_in_the_archive(world)

    trusted = trusted_in(world.installation.d)
    proof = await show_proof(WorldStage(world, StoryLog()), case_id, tmp_path / "bundles", trusted=trusted)

    assert proof.holds
    assert "核验通过 (VERIFIED)" in proof.verified
    assert {"--key", "--witness", "--tsa", "--monitor"} <= set(trusted)
    for step in ("见证副署", "时间上限", "末条之后无缺", "国密旁证"):
        assert step in proof.verified.split("已核验")[1].splitlines()[0]
    assert proof.flipped in proof.altered
