"""What a decision that fell or became lighter leaves: money under old references, and a decision that is another."""

from __future__ import annotations

from datetime import timedelta

import pytest

from common.values.law import APL_67, ARL_64_2, ARR_58
from mz.demo.fakebank import payment_notice
from tests.case import deliberating as do
from tests.case.story import Story
from tests.case.test_ending import end, failed
from tests.case.test_remedies import summoned
from tests.case.test_remedy_results import ended
from tests.world import World


@pytest.mark.law(APL_67)
@pytest.mark.begins("serve decision")
async def test_money_under_a_cancelled_reference_is_known_and_what_nobody_owes_goes_back(
    world: World,
) -> None:
    story = await (await Story(world).opened()).walk("serve decision")
    old = (await story.view())["payment"]["reference"]
    await summoned(story)
    changed = await ended(story, "CHANGED", flaw="IMPROPER", penalty={"kind": "FINE", "fine_fen": 5_000})
    world.clock.advance(hours=1)
    paid_at = world.clock() - timedelta(minutes=5)
    whole = payment_notice(reference=old, amount_fen=10_000, paid_at=paid_at, serial="S1")
    more = payment_notice(reference=old, amount_fen=700, paid_at=paid_at, serial="S2")

    told = await story.tell(whole)
    filed = await story.reconcile(whole, more)
    case = await story.view()

    assert changed.status_code == 201, changed.text
    assert changed.json()["payment"]["reference"] != old
    assert told.status_code == 201, told.text
    assert (filed.json()["reconciled"], filed.json()["differences"]) == (2, [])
    assert (case["state"], case["payment"]["paid_fen"]) == ("PERFORMED", 10_700)
    assert sum(each["surplus_fen"] for each in case["refunds"]) == 5_700
    assert (await world.fsck()).clean


@pytest.mark.law(ARL_64_2)
@pytest.mark.slow
@pytest.mark.begins("serve decision")
async def test_a_decision_on_the_same_captures_is_another_only_by_a_legal_review_that_says_why(
    world: World,
) -> None:
    story = await (await Story(world).opened()).walk("serve decision")
    await summoned(story)
    ordered = await ended(story, "ORDERED_ANEW", flaw="FACTS")

    same = await story.decide()
    one_fen_less = await story.decide(fine_fen=9_999)
    silent = await do.review(story)
    still = await story.decide()
    ground = "复核查明停放时间为三分钟,原决定认定一分钟有误。"
    reviewed = await do.review(story, new_ground=ground)
    decided = await story.decide()

    assert (ordered.status_code, ordered.json()["state"]) == (201, "DEFENCE_REVIEW"), ordered.text
    assert [failed(each) for each in (same, one_fen_less, still)] == [(409, "CASE_DECISION_REPEATED")] * 3
    assert (silent.status_code, reviewed.status_code) == (201, 201), reviewed.text
    assert (decided.status_code, decided.json()["state"]) == (201, "DECIDED"), decided.text
    await world.settle()
    assert (await world.fsck()).clean


@pytest.mark.law(ARR_58)
@pytest.mark.slow
@pytest.mark.begins("serve decision")
async def test_what_fell_for_its_procedure_is_signed_notified_and_heard_anew(world: World) -> None:
    story = await (await Story(world).opened()).walk("serve decision")
    await summoned(story)
    do.stricter(world)  # from here on a fine of this amount gives the right to a hearing

    ordered = await ended(story, "ORDERED_ANEW", flaw="PROCEDURE")
    early = do.guards(await story.decide())
    signed = [await story.sign(nth) for nth in (0, 1)]
    notified = [await story.notify(), await story.serve_notice()]
    asked = await do.ask(story)
    world.clock.working_days(6)
    reviewed = await story.act("TEAM_LEAD", "defence-review", {"answers": []})

    assert (ordered.status_code, ordered.json()["state"]) == (201, "INVESTIGATING"), ordered.text
    assert {"CASE_TWO_OFFICERS_REQUIRED", "CASE_PRIOR_NOTICE_REQUIRED"} <= set(early)
    assert [each.status_code for each in (*signed, *notified, asked, reviewed)] == [201] * 6, asked.text
    assert asked.json()["hearing"]["ground"] == "REQUESTED"
    assert "CASE_HEARING_PENDING" in do.guards(await story.decide())
    assert (await world.fsck()).clean


@pytest.mark.law(ARR_58)
@pytest.mark.slow
@pytest.mark.begins("serve notice")
async def test_a_decision_not_to_punish_is_ordered_anew_too(world: World) -> None:
    story = await (await Story(world).opened()).walk("defend")
    answers = {"answers": [{"number": 1, "adopted": True, "effect": "FACTS", "reason": "当时确系紧急停车。"}]}
    reviewed = await story.act("TEAM_LEAD", "defence-review", answers)
    spared = await end(story, "NO_VIOLATION")
    served = await story.act("SERVICE_OFFICER", "decision/service", do.orders.ELECTRONIC)
    await world.settle()
    await summoned(story)

    ordered = await ended(story, "ORDERED_ANEW", flaw="FACTS")
    same = await end(story, "NO_VIOLATION")
    back = await do.send_back(story)
    signed = [await story.sign(nth) for nth in (0, 1)]

    assert [each.status_code for each in (reviewed, spared, served)] == [201] * 3, served.text
    assert (ordered.status_code, ordered.json()["state"]) == (201, "DEFENCE_REVIEW"), ordered.text
    assert ordered.json()["remedies"][0]["anew_until"] is not None
    assert failed(same) == (409, "CASE_DECISION_REPEATED")
    assert [each.status_code for each in (back, *signed)] == [201] * 3
    assert (await world.fsck()).clean
