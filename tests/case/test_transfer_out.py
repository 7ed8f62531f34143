"""A lead goes to the competent agency by the exchange, and comes back if that one is not competent (APL 25; NJ 19)."""

from __future__ import annotations

from typing import Any

import pytest

from common.values.law import NJ_19
from tests.case.story import Story
from tests.case.test_ending import failed
from tests.data_exchange.packages import approved, do, done, preparer, receiver
from tests.world import World

FILED = {"filing": "FILED", "reason": "属于本机关管辖"}


async def sent(world: World, story: Story) -> dict[str, Any]:
    """The transfer of the lead with its captures, dispatched and received."""
    transfer = await approved(world, case_id=story.case_id)
    transfer = await done(preparer(world), transfer, "dispatch")
    files = [{"n": file["n"], "sha256": file["sha256"]} for file in transfer["files"]]
    receipt = {"manifest_sha256": transfer["manifest_sha256"], "files": files}
    return await done(receiver(world, transfer), transfer, "receipt", receipt)


@pytest.mark.law(NJ_19)
@pytest.mark.slow
@pytest.mark.begins("prompt")
async def test_a_lead_is_with_the_other_agency_once_that_filed_it_and_goes_on_here_if_it_came_back(
    world: World,
) -> None:
    story = await (await Story(world).opened()).walk("prompt")
    first = await sent(world, story)
    await world.settle()
    running = await story.apply()
    back = {"competent_agency_id": world.agencies[0], "reason": "不属于本机关管辖"}
    await done(receiver(world, first), first, "return", back)
    await world.settle()
    goes_on = await story.apply()

    second = await sent(world, story)
    await world.settle()
    unfiled = await story.file()
    assert (await do(receiver(world, second), second, "acceptance", FILED)).status_code == 201
    await world.settle()

    assert failed(running) == (409, "CASE_TRANSFER_RUNNING")
    assert goes_on.status_code == 201, goes_on.text
    assert failed(unfiled) == (409, "CASE_TRANSFER_RUNNING")
    assert (await story.view())["state"] == "TRANSFERRED_OUT"
    assert failed(await story.file()) == (409, "CASE_TRANSITION_NOT_ALLOWED")
    assert any("已移送有管辖权的机关" in str(message) for message in await story.inbox())
    assert (await world.fsck()).clean
