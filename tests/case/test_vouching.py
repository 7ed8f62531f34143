"""Legal effects wait while nobody outside vouches for the ledger; capturing and reviewing never do."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from case import inquiry
from common.calls.http import Peers
from common.calls.tokens import TokenKey
from common.values.errors import Refusal
from common.web.settings import TOKEN_KEY
from mz.demo.orders import DECISION
from tests.case.story import Story
from tests.given import a_camera_in_service, accepted_evidence
from tests.world import World

GRACE_MINUTES = 10
KEY = "the-one-decision-of-this-case"


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.mark.begins("sign second")
async def test_no_prior_notice_is_issued_while_every_witness_is_dead(world: World) -> None:
    story = await (await Story(world).opened()).walk("sign second")
    world.bureau.die(minutes=GRACE_MINUTES + 1)
    await world.settle()

    waiting = await story.notify()
    kinds = {
        d["kind"] for d in (await world.person("CASE_OFFICER").get(f"{story.path}/documents")).json()["items"]
    }
    world.bureau.live()
    await world.rested()
    issued = await story.notify()

    assert refused(waiting) == (503, "LEDGER_NOT_WITNESSED")
    assert "D-14" not in kinds
    assert issued.status_code == 201


@pytest.mark.begins("review")
async def test_no_decision_is_made_while_every_witness_is_dead(world: World) -> None:
    story = await (await Story(world).opened()).walk("review")
    world.bureau.die(minutes=GRACE_MINUTES + 1)

    waiting = await story.decide()
    unlawful = await story.decide(fine_fen=30_000)
    world.bureau.live()
    await world.rested()
    made = await story.act("AGENCY_HEAD", "decision", DECISION, key=KEY)
    world.bureau.die(minutes=GRACE_MINUTES + 1)
    again = await story.act("AGENCY_HEAD", "decision", DECISION, key=KEY)

    assert refused(waiting) == (503, "LEDGER_NOT_WITNESSED")
    assert refused(unlawful) == (409, "CASE_GUARD_FAILED"), "the law refuses before the ledger does"
    assert made.status_code == 201, made.text
    assert (again.status_code, again.content) == (201, made.content), "what was decided stays decided"


@pytest.mark.begins("sign second")
async def test_within_the_grace_a_dead_witness_stops_nothing(world: World) -> None:
    story = await (await Story(world).opened()).walk("sign second")
    world.bureau.die(minutes=GRACE_MINUTES - 1)

    assert (await story.notify()).status_code == 201


async def test_an_evidence_service_that_does_not_answer_vouches_for_nothing(world: World) -> None:
    runtime = world.runtimes["case"]
    key = TokenKey.load(runtime.settings.keys / TOKEN_KEY)
    alone = Peers("case", key, {"evidence": "http://127.0.0.1:9"})

    with pytest.raises(Refusal) as refusal:
        await inquiry.require_vouched_ledger(replace(runtime, peers=alone))

    assert refusal.value.code == "LEDGER_NOT_WITNESSED"
    await alone.close()


async def test_capturing_and_reviewing_go_on_without_a_witness(world: World) -> None:
    world.bureau.die(minutes=60)
    before = (await world.anonymous.get("/v1/ledger/standing")).json()

    await accepted_evidence(world, await a_camera_in_service(world))
    await world.settle()

    after = (await world.anonymous.get("/v1/ledger/standing")).json()
    assert after["size"] > before["size"] + 10
    assert (after["unwitnessed"], after["witnessed_size"]) == (True, before["witnessed_size"])
    assert "evidence.accepted" in await world.record_types("evidence")
