"""An officer withdraws from a case: the party asks, the heads decide, the decision waits (C-09; APL 43)."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from common.values.calendar import legal_day
from common.values.law import APL_43
from tests.case import deliberating as do
from tests.case.deliberating import failed, guards
from tests.case.story import Story
from tests.world import World


async def apply(story: Story, officer_id: str, role: str = "PARTY", **changes: Any) -> httpx.Response:
    order = {"officer_id": officer_id, "officer_name": "王示甲", "ground": "INTEREST", "reason": "与我有纠纷"}
    return await story.act(role, "recusals", order | changes)


async def decide(story: Story, nth: int = 0, **changes: Any) -> httpx.Response:
    order = {"number": 1, "granted": True, "reason": "经查证属实", "signed_as": f"负责人{nth}"}
    return await story.act("AGENCY_HEAD", "recusal-decisions", order | changes, nth=nth)


@pytest.mark.law(APL_43)
@pytest.mark.slow
@pytest.mark.begins("review")
async def test_an_investigator_withdraws_and_another_one_does_again_what_was_done(world: World) -> None:
    story = await (await Story(world).opened()).walk("review")
    second, other = world.person("CASE_OFFICER", nth=1).id, world.person("EVIDENCE_REVIEWER", nth=0).id
    stranger = await apply(story, world.person("FINANCE_CLERK").id)
    clerk = await apply(story, second, "FINANCE_CLERK")
    applied = await asyncio.gather(*(apply(story, second) for _ in range(8)))
    waiting = guards(await story.decide())
    officer = await story.act("CASE_OFFICER", "recusal-decisions", {})
    unsaid = await decide(story)
    worker = await decide(story, acts_stand=False, replaced_by=other, replacement_name="周示甲")
    lead = world.person("SERVICE_OFFICER").id
    answer = {"acts_stand": False, "replaced_by": lead, "replacement_name": "褚示甲"}
    decided = await decide(story, **answer)
    again = await decide(story, **answer)
    left = {"ended_at": world.clock().isoformat(), "shown_by": "OFFICER", "note": "车辆已驶离"}
    gone = await story.act("CASE_OFFICER", "act-end", left, nth=1)
    stays = await story.act("CASE_OFFICER", "act-end", left)
    seen = await world.person("PARTY").get(f"{story.path}/documents")
    await world.settle()

    assert failed(stranger) == (409, "CASE_OFFICER_NOT_OF_CASE")
    assert clerk.status_code == 403
    assert sorted(each.status_code for each in applied) == [201] + [409] * 7
    assert waiting == ["CASE_RECUSAL_PENDING"]
    assert officer.status_code == 403
    assert failed(unsaid) == (422, "CASE_RECUSAL_INCOMPLETE")
    assert failed(worker) == (403, "ROLE_CONFLICT")
    assert (decided.status_code, decided.json()["state"]) == (201, "INVESTIGATING"), decided.text
    assert (decided.json()["officers"][1], decided.json()["round"]) == (lead, 2)
    assert failed(again) == (409, "CASE_TRANSITION_NOT_ALLOWED")
    assert failed(gone) == (403, "CASE_OFFICER_WITHDRAWN")
    assert stays.status_code == 201, stays.text
    assert "D-07" in {document["kind"] for document in seen.json()["items"]}
    assert (await world.fsck()).clean


@pytest.mark.law(APL_43)
@pytest.mark.slow
@pytest.mark.begins("review")
async def test_about_a_head_the_heads_decide_together_and_it_decides_no_more(world: World) -> None:
    story = await (await Story(world).opened()).walk("review")
    head = world.person("AGENCY_HEAD").id
    applied = await apply(story, head, "CASE_OFFICER")
    own = await decide(story, acts_stand=True)
    first = await decide(story, 1, acts_stand=True)
    twice = await decide(story, 1, acts_stand=True)
    still = (await story.view())["recusals"][0]
    second = await decide(story, 2, acts_stand=True)
    refused, sent_back = await story.decide(), await do.send_back(story)
    deputy = await story.act("AGENCY_HEAD", "decision", do.orders.DECISION, nth=1)
    await world.settle()

    assert (applied.status_code, applied.json()["recusals"][0]["is_head"]) == (201, True), applied.text
    assert failed(own) == (403, "ROLE_CONFLICT")
    assert (first.status_code, twice.status_code) == (201, 201), first.text
    assert still["granted"] is None
    assert (second.status_code, second.json()["recusals"][0]["granted"]) == (201, True), second.text
    assert failed(refused) == failed(sent_back) == (403, "CASE_OFFICER_WITHDRAWN")
    assert (deputy.status_code, deputy.json()["state"]) == (201, "DECIDED"), deputy.text
    assert (await world.fsck()).clean


@pytest.mark.law(APL_43)
@pytest.mark.slow
@pytest.mark.begins("review")
async def test_where_the_heads_cannot_decide_about_one_of_them_the_superior_organs_letter_does(
    world: World,
) -> None:
    story = await (await Story(world).opened()).walk("review")
    head, second = world.person("AGENCY_HEAD").id, world.person("CASE_OFFICER", nth=1).id
    await apply(story, second)
    denied = await decide(story, granted=False)
    repeated = await apply(story, second)
    anew = await apply(story, second, new_facts="昨日发现二人同住一址。")
    await decide(story, 0, number=2, granted=False)
    await apply(story, head)
    waiting = guards(await story.decide())
    order = {"number": 3, "granted": True, "acts_stand": True, "organ": "示范市人民政府"}
    order |= {"letter_number": "示政函〔2025〕7号", "decided_on": legal_day(world.clock()).isoformat()}

    async def enter(role: str = "CASE_LEGAL_REVIEWER", agency: int = 0, **changes: Any) -> httpx.Response:
        return await story.act(role, "recusal-letters", order | changes, agency=agency)

    lost = await enter(letter_sha256="ab" * 32)
    order["letter_sha256"] = await do.sheet(story)
    officer, stranger = await enter("CASE_OFFICER"), await enter(agency=1)
    of_officer = await enter(number=2)
    entered = await asyncio.gather(*(enter() for _ in range(8)))
    refused = await story.decide()
    deputy = await story.act("AGENCY_HEAD", "decision", do.orders.DECISION, nth=1)
    await world.settle()

    assert denied.status_code == 201, denied.text
    assert failed(repeated) == (409, "CASE_RECUSAL_ASKED")
    assert (anew.status_code, waiting) == (201, ["CASE_RECUSAL_PENDING"]), anew.text
    assert failed(lost) == (409, "CASE_PROOF_ABSENT")
    assert (officer.status_code, stranger.status_code) == (403, 404)
    assert failed(of_officer) == (409, "CASE_TRANSITION_NOT_ALLOWED")
    assert sorted(each.status_code for each in entered) == [201] + [409] * 7
    shown = (await story.view())["recusals"][2]
    assert (shown["granted"], shown["letter_sha256"]) == (True, order["letter_sha256"])
    assert failed(refused) == (403, "CASE_OFFICER_WITHDRAWN")
    assert (deputy.status_code, deputy.json()["state"]) == (201, "DECIDED"), deputy.text
    assert (await world.fsck()).clean
