"""A fault found late reaches every case that rests on the device, an archived one too (APL 41(1), 75(2))."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from common.values.calendar import legal_day
from common.values.law import APL_41_1, APL_75_2
from tests.case.story import OPENED, Story
from tests.case.test_amending import propose as propose_amendment
from tests.case.test_amending import refund, review, revoke, serve
from tests.case.test_ending import approve, end, failed, propose
from tests.evidence.camera import captures
from tests.world import World

WRONG = {"cause": "RETRO_INVALIDATION", "reason": "设备检定证书自抓拍之日前已经无效,其记录不得作为证据"}


async def find_fault(world: World) -> None:
    """The registry finds that the certificate of the camera was invalid on the day of its capture."""
    capture = (await captures(world))[-1]
    order = {
        "paper": "CERTIFICATE",
        "reason": "检定机构撤销该证书。",
        "number": "JL-0001-02",
        "invalid_from": f"{legal_day(capture['captured_at'])}",
    }
    device = world.person("DEVICE_ADMIN")
    answer = await device.post(f"/v1/devices/{capture['device_id']}/corrections", json=order)
    assert answer.status_code == 201, answer.text
    await world.settle()


async def waiting(world: World, role: str = "AGENCY_HEAD", agency: int = 0) -> list[dict[str, Any]]:
    answer = await world.person(role, agency).get("/v1/invalidations")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def settle(story: Story, way: str, *, role: str = "AGENCY_HEAD", agency: int = 0) -> httpx.Response:
    order = {"way": way, "reason": "核对检定证书和抓拍时间。"}
    return await story.act(role, "invalidations/1/settlement", order, agency=agency)


def is_invalid(answer: httpx.Response) -> bool:
    return failed(answer) == (409, "CASE_DEVICE_INVALID") and answer.json()["article"] == "APL 41(1)"


@pytest.mark.slow
@pytest.mark.law(APL_41_1, APL_75_2)
@pytest.mark.begins("serve decision")
async def test_a_fault_found_after_the_archive_ends_in_a_revocation_and_a_refund(world: World) -> None:
    """Registry, evidence, case: mark, task, overdue, legal review, D-36, refund, and the archive again."""
    story = await (await Story(world).opened()).walk("archive")
    assert await waiting(world) == []

    await find_fault(world)

    (task,) = await waiting(world)
    assert (task["case_id"], task["case_state"], task["guard"]) == (story.case_id, "ARCHIVED", "VERIFICATION")
    assert task["evidence_ids"] == [story.evidence_id]
    (shown,) = (await story.view())["invalidations"]
    assert shown["ways"] == ["GO_ON", "KEEP", "REVOKE"]
    assert await waiting(world, agency=1) == []
    assert [is_invalid(await settle(story, way)) for way in ("GO_ON", "KEEP")] == [True, True]
    assert failed(await settle(story, "ELIMINATE")) == (409, "CASE_TRANSITION_NOT_ALLOWED")
    assert (await settle(story, "KEEP", role="CASE_OFFICER")).status_code == 403
    assert (await settle(story, "KEEP", agency=1)).status_code == 404
    world.clock.advance(days=10)
    await world.settle()
    items = (await world.person("SUPERVISOR").get("/v1/oversight-items")).json()["items"]
    # The registry's own finding against the device is another item.
    assert [item["type"] for item in items if item["object"] == f"case/{story.case_id}"] == ["OV-6"]
    assert (await waiting(world))[0]["overdue_at"] is not None

    assert (await propose_amendment(story, **WRONG)).status_code == 201
    assert (await review(story)).status_code == 201
    revoked = await revoke(story)
    assert revoked.status_code == 201, revoked.text
    assert (revoked.json()["state"], revoked.json()["invalidations"][0]["way"]) == (
        "REVOKED_BY_SELF",
        "REVOKE",
    )
    assert await waiting(world) == []
    assert (await serve(story)).status_code == 201
    assert failed(await story.propose_closure()) == (409, "CASE_REFUND_OPEN")
    await refund(story)
    for act in (story.propose_closure, story.close, story.archive):
        answer = await act()
        assert answer.status_code == 201, answer.text
    await world.settle()
    assert (await story.view())["state"] == "ARCHIVED"
    assert (await world.fsck()).clean


@pytest.mark.slow
@pytest.mark.law(APL_41_1)
@pytest.mark.begins("review")
async def test_a_case_before_its_decision_goes_no_further_and_ends_without_a_violation(world: World) -> None:
    story = await Story(world).opened()
    await find_fault(world)

    decided = await story.decide()
    minor = await end(story, "NO_PENALTY_MINOR")
    ended = await end(story, "NO_VIOLATION", reasons=["作为证据的记录因设备不合法失效,违法事实不能成立。"])

    assert failed(decided) == (409, "CASE_GUARD_FAILED")
    assert "CASE_DEVICE_INVALID" in [each["code"] for each in decided.json()["violations"]]
    assert is_invalid(minor)
    assert ended.status_code == 201, ended.text
    assert ended.json()["invalidations"][0]["way"] == "NO_PENALTY"
    await story.serve_decision()
    for act in (story.propose_closure, story.close, story.archive):
        answer = await act()
        assert answer.status_code == 201, answer.text


@pytest.mark.law(APL_41_1)
@pytest.mark.begins(OPENED)
async def test_a_lead_on_an_invalid_capture_prompts_nobody_and_ends(world: World) -> None:
    story = await Story(world).opened()
    await story.identify()
    await find_fault(world)

    prompted = await story.prompt()
    await propose(story, "NO_FACT", findings={"minor": False, "promptly_corrected": False, "harmless": False})
    ended = await approve(story)

    assert is_invalid(prompted)
    assert ended.status_code == 201, ended.text
    assert (ended.json()["state"], ended.json()["invalidations"][0]["way"]) == ("NOT_FILED", "END_LEAD")
    assert await waiting(world) == []


@pytest.mark.slow
@pytest.mark.begins("decide")
async def test_a_decision_on_an_invalid_capture_is_not_served(world: World) -> None:
    story = await Story(world).opened()
    world.clock.advance(minutes=5)
    await find_fault(world)

    unserved = await story.serve_decision()
    await propose_amendment(story, **WRONG)
    await review(story)
    revoked = await revoke(story)
    served = await serve(story)

    assert is_invalid(unserved)
    assert revoked.status_code == 201, revoked.text
    assert served.status_code == 201, served.text
    case = await story.view()
    assert (case["state"], case["served_at"], case["payment"]) == ("REVOKED_BY_SELF", None, None)
    world.clock.advance(minutes=5 + timedelta(hours=1).seconds // 60)
    assert (await story.propose_closure()).status_code == 201
    assert (await story.close()).status_code == 201
