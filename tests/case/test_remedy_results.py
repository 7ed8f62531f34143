"""How a remedy ends: corrected by the agency itself, or decided by the organ or the court (ARR 38, 58; ARL 64)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from common.values.calendar import legal_day
from common.values.law import ALL_45, APL_67, APL_73, ARL_64_2, ARR_38, ARR_58
from mz.demo.fakebank import payment_notice
from tests.case import deliberating
from tests.case.deliberating import guards
from tests.case.remedies_given import result
from tests.case.story import Story
from tests.case.test_amending import propose, review, revoke
from tests.case.test_ending import failed, upload
from tests.case.test_remedies import apply, summoned
from tests.world import World


async def ended(story: Story, what: str, **changes: Any) -> httpx.Response:
    """The remedy ends today with the result `what`, whose document was uploaded."""
    document = (await upload(story)).json()["proof_sha256"]
    order = result(legal_day(story.world.clock()).isoformat(), what, document, **changes)
    return await story.act("CASE_OFFICER", "remedies/1/result", order)


def deadline(case: dict[str, Any], rule: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in case["deadlines"] if each["rule"] == rule)
    return found


@pytest.mark.law(ARR_38)
@pytest.mark.begins("serve decision")
async def test_ARR_2_the_days_from_the_submission_to_the_notice_of_the_correction_do_not_count(
    world: World,
) -> None:
    story = await (await Story(world).opened()).walk("serve decision")
    known_on = date.fromisoformat(deadline(await story.view(), "reconsideration")["trigger_on"])
    world.clock.advance(days=50 - (legal_day(world.clock()) - known_on).days)
    await apply(story)

    async def tell(**changes: Any) -> httpx.Response:
        now = world.clock().isoformat()
        order = {"applicant_told_at": now, "organ_told_at": now} | changes
        return await story.act(
            "AGENCY_HEAD", "remedies/1/self-correction", {k: v for k, v in order.items() if v}
        )

    uncorrected = await tell()
    early = await story.act("PARTY", "remedies/1/insistence", {})
    for answer in (await propose(story, cause="SELF_CORRECTION"), await review(story), await revoke(story)):
        assert answer.status_code == 201, answer.text
    world.clock.advance(days=5)
    halves = [await tell(organ_told_at=None), await tell(applicant_told_at=None)]
    before = await tell(organ_told_at=(world.clock() - timedelta(days=5, hours=1)).isoformat())
    told = await tell()
    again = await tell()
    insisted = await story.act("PARTY", "remedies/1/insistence", {})
    twice = await story.act("PARTY", "remedies/1/insistence", {})
    await world.settle()

    assert failed(uncorrected) == (409, "CASE_REMEDY_NOT_CORRECTED")
    assert (uncorrected.json()["article"], failed(early)) == ("ARR 38", (409, "CASE_TRANSITION_NOT_ALLOWED"))
    # Both are told: the applicant and the organ.
    assert [each.status_code for each in halves] == [422, 422]
    assert failed(before) == (422, "CASE_REMEDY_DAYS")
    assert (told.status_code, told.json()["remedies"][0]["stage"]) == (201, "CORRECTED"), told.text
    assert failed(again) == (409, "CASE_TRANSITION_NOT_ALLOWED")
    left = deadline(told.json(), "reconsideration_left")
    assert (left["law"], left["n"], left["unit"]) == ("ARR 38", 60, "CALENDAR_DAY")
    # Submitted on day 50, told on day 55: ten days are left.
    assert date.fromisoformat(left["raw_on"]) == known_on + timedelta(days=65)
    assert (date.fromisoformat(left["raw_on"]) - legal_day(world.clock())).days == 10
    assert insisted.json()["organ"] == "示范市人民政府"
    assert insisted.json()["until"] == f"{date.fromisoformat(left['due_on'])}T16:00:00Z"
    assert failed(twice) == (409, "CASE_TRANSITION_NOT_ALLOWED")
    assert (await world.fsck()).clean


@pytest.mark.slow
@pytest.mark.law(ARR_58, ARL_64_2)
@pytest.mark.begins("serve decision")
async def test_ARR_5_a_decision_ordered_anew_has_sixty_days_and_is_not_the_same_again(world: World) -> None:
    story = await (await Story(world).opened()).walk("serve decision")
    await summoned(story)
    today = legal_day(world.clock())

    flawless = await ended(story, "ORDERED_ANEW")
    unproved = await story.act(
        "CASE_OFFICER", "remedies/1/result", result(today.isoformat(), "UPHELD", "ab" * 32)
    )
    ordered = await ended(story, "ORDERED_ANEW", flaw="FACTS")
    second = await ended(story, "UPHELD")
    identical = await story.decide()
    world.clock.advance(days=61)
    await world.settle()
    late = (await story.view())["remedies"][0]
    warning = {"kind": "WARNING", "fine_fen": 0, "mitigation": "HARM_REMOVED"}
    unexplained = guards(await story.decide(**warning, deviation_reason="主动消除危害后果。"))
    noted = await deliberating.review(story, late_note="等待设备检测结果。")
    lighter = await story.decide(**warning, deviation_reason="主动消除危害后果。")

    assert failed(flawless) == (422, "CASE_REMEDY_RESULT")
    assert failed(unproved) == (409, "CASE_PROOF_ABSENT")
    assert (ordered.status_code, ordered.json()["state"]) == (201, "DEFENCE_REVIEW"), ordered.text
    assert (ordered.json()["decision"], failed(second)) == (None, (409, "CASE_TRANSITION_NOT_ALLOWED"))
    timer = deadline(ordered.json(), "act_anew")
    assert (timer["law"], timer["n"], timer["unit"]) == ("ARR 58", 60, "CALENDAR_DAY")
    assert date.fromisoformat(timer["due_on"]) == today + timedelta(days=60)
    (task,) = ordered.json()["remedies"][0]["tasks"]
    assert (task["task"], task["options"], task["law"]) == ("ANEW", ["DECIDE"], "ARR 58")
    assert failed(identical) == (409, "CASE_DECISION_REPEATED")
    assert identical.json()["article"] == "ARL 64(2)"
    assert late["late"] == ["ANEW"]
    # A late decision still has to be made, with the reason why it is late; a lighter kind is not the same again.
    assert (unexplained, noted.status_code) == (["CASE_DECISION_OVERDUE"], 201), noted.text
    assert (lighter.status_code, lighter.json()["state"]) == (201, "DECIDED"), lighter.text
    assert (await world.fsck()).clean


@pytest.mark.law(ARR_58, APL_67)
@pytest.mark.begins("serve decision")
async def test_a_fine_that_was_paid_goes_back_when_its_decision_is_ordered_anew(world: World) -> None:
    story = await (await Story(world).opened()).walk("serve decision")
    paid = await story.pay()
    reference = (await story.view())["payment"]["reference"]
    await summoned(story)

    ordered = await ended(story, "ORDERED_ANEW", flaw="FACTS")
    earlier = world.clock() - timedelta(hours=1)
    # The bank tells late of another payment, which was made before the decision fell.
    late = payment_notice(reference=reference, amount_fen=700, paid_at=earlier, serial="S2")
    told = await story.tell(late)
    filed = await story.reconcile(late)

    assert paid.status_code == 201, paid.text
    assert (ordered.status_code, ordered.json()["state"]) == (201, "DEFENCE_REVIEW"), ordered.text
    assert (told.status_code, filed.json()["reconciled"]) == (201, 1), told.text
    refunds = (await story.view())["refunds"]
    fine = ordered.json()["refunds"][0]["fine_fen"]
    assert fine > 0
    assert [(each["cause"], each["fine_fen"] + each["surplus_fen"]) for each in refunds] == [
        ("REVOKED", fine),
        ("REVOKED", 700),
    ]
    assert (await world.fsck()).clean


@pytest.mark.law(ALL_45, APL_73)
@pytest.mark.slow
@pytest.mark.begins("serve decision")
async def test_after_reconsideration_the_court_is_open_for_fifteen_days(world: World) -> None:
    story = await (await Story(world).opened()).walk("serve decision")
    await summoned(story)
    upheld = await ended(story, "UPHELD")
    today = legal_day(world.clock())

    suit = {"forum": "LITIGATION", "procedure": None, "organ": "示范市人民法院", "reference": "行初1号"}
    sued = await summoned(story, **suit)
    paid = await story.pay()
    closing = await story.propose_closure()

    sue_by = deadline(upheld.json(), "litigation")
    assert (sue_by["law"], sue_by["n"]) == ("ALL 45", 15)
    assert date.fromisoformat(sue_by["raw_on"]) == today + timedelta(days=15)
    assert [each["way"] for each in upheld.json()["remedy_options"]][-1] == "LITIGATION"
    assert (sued.status_code, sued.json()["remedies"][1]["in_time"]) == (201, True)
    assert (paid.status_code, failed(closing)) == (201, (409, "CASE_REMEDY_OPEN"))


@pytest.mark.slow
@pytest.mark.begins("serve decision")
@pytest.mark.parametrize("what", ["REVOKED", "INVALID", "CHANGED", "CONFIRMED_UNLAWFUL"])
async def test_what_follows_from_a_result_is_carried_out_for_decision_and_money(
    world: World, what: str
) -> None:
    story = await (await Story(world).opened()).walk("pay")
    await summoned(story)
    penalty = {"penalty": {"kind": "FINE", "fine_fen": 5_000}} if what == "CHANGED" else {}

    heavier = await ended(story, "CHANGED", flaw="LAW", penalty={"kind": "FINE", "fine_fen": 20_000})
    done = await ended(story, what, flaw="FACTS", **penalty)
    await world.settle()

    assert failed(heavier) == (409, "CASE_AGGRAVATION_FORBIDDEN")
    assert done.status_code == 201, done.text
    case = await story.view()
    back = [refund["fine_fen"] for refund in case["refunds"]]
    assert back == {"CHANGED": [5_000], "CONFIRMED_UNLAWFUL": []}.get(what, [10_000])
    assert case["remedies"][0]["result"] == what
    if what in ("REVOKED", "INVALID"):
        assert case["state"] == "REVOKED_BY_SELF"
        assert failed(await story.propose_closure())[0] == 409
    assert (await world.fsck()).clean
