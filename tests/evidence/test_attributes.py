"""The review form: four attributes, each found present or not, and what becomes of a capture that fails."""

from __future__ import annotations

import pytest

from common.values.law import APL_41_2, NJ_14
from tests.evidence.test_review import ALL, PASSED, a_passed_capture, open_all, refused, types_of
from tests.world import World

pytestmark = pytest.mark.begins("capture passed", PASSED)

NAMES = ("true", "clear", "complete", "accurate")


@pytest.mark.law(APL_41_2, NJ_14)
async def test_NJ_14_1_each_of_the_four_attributes_passes_or_fails_with_its_reason(world: World) -> None:
    path = await a_passed_capture(world)
    first, second = (world.person("EVIDENCE_REVIEWER", nth=n) for n in (0, 1))
    await first.post(f"{path}/review")
    await open_all(first, path)
    proposal, acceptance = f"{path}/acceptance-proposal", f"{path}/acceptance"

    partly = [
        await first.post(proposal, json={"attributes": answers})
        for name in NAMES
        for answers in (ALL | {name: False},)
    ]
    silent = [
        await first.post(proposal, json={"attributes": {k: v for k, v in ALL.items() if k != name}})
        for name in NAMES
    ]
    proposed = await first.post(proposal, json={"attributes": ALL})
    await open_all(second, path)
    doubted = [await second.post(acceptance, json={"attributes": ALL | {name: False}}) for name in NAMES]

    for answers in (partly, doubted):
        assert [refused(answer) for answer in answers] == [(422, "EVD_ATTRIBUTES_INCOMPLETE")] * 4
        assert [answer.json()["violations"][0]["code"] for answer in answers] == [
            f"EVD_NOT_{name.upper()}" for name in NAMES
        ]
    assert {answer.status_code for answer in silent} == {422}
    assert proposed.status_code == 201

    failing = {"codes": ["E-QLT-01"], "attributes": ALL | {"clear": False, "complete": False}}
    reasons = {"clear": "号牌区域逆光,无法辨认", "complete": "缺少行为开始时的图片"}
    unanswered = await second.post(f"{path}/rejection", json={"codes": ["E-QLT-01"]})
    bare = await second.post(f"{path}/rejection", json=failing | {"reasons": {"clear": reasons["clear"]}})
    needless = await second.post(f"{path}/rejection", json=failing | {"reasons": reasons | {"true": "真实"}})
    rejected = await second.post(f"{path}/rejection", json=failing | {"reasons": reasons})

    assert unanswered.status_code == 422
    assert [refused(answer) for answer in (bare, needless)] == [(422, "EVD_ATTRIBUTE_REASON")] * 2
    assert (rejected.status_code, rejected.json()["state"]) == (201, "REJECTED")
    shown = (await first.get(path)).json()
    words = {name.upper(): text for name, text in reasons.items()}
    assert (shown["failed_attributes"], rejected.json()["failed_attributes"]) == (words, words)
    assert shown["reviews"][-1]["attributes"] == ["TRUE", "ACCURATE"]
    assert "accepted" not in await types_of(world, path)
    # Nothing rests on it: no case opens on it.
    await world.settle()
    assert (await world.person("CASE_OFFICER").get("/v1/cases")).json()["items"] == []
    assert (await world.fsck()).clean
