"""Hearing, legal review, discussion, decision (C-18 to C-21; APL 57(2), 58, 63 to 65), and every refusal on the way."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from common.values.law import APL_57_2, APL_58, APL_58_2, APL_64, APL_64_1, APL_64_2, APL_65
from tests.case import deliberating as do
from tests.case.deliberating import failed, guards, stricter
from tests.case.story import Story
from tests.world import World


@pytest.mark.law(APL_57_2, APL_58, APL_64, APL_64_1, APL_64_2, APL_65)
@pytest.mark.slow
@pytest.mark.begins("sign second")
async def test_a_hearing_a_legal_review_and_a_discussion_come_before_the_decision(world: World) -> None:
    stricter(world)
    story = await (await Story(world).opened()).walk("review")
    offered = (await story.view())["notices"][-1]
    waiting = guards(await story.decide())
    stranger = await story.act("CASE_OFFICER", "hearing-request", {})
    racing = await asyncio.gather(*(do.ask(story) for _ in range(8)))
    unordered = guards(await story.decide())
    soon = await do.order(story, in_days=7)
    own = await do.order(story, chair_officer_id=world.person("CASE_OFFICER").id)
    ordered = await do.order(story)
    unserved = await do.record(story)
    served = await do.serve(story)
    early = await do.record(story)
    unreviewable = await do.review(story)
    world.clock.advance(days=30, hours=1)
    another = await story.act("TEAM_LEAD", "hearing-record", {})
    empty = await do.record(story, signing="WAIVED")
    unsaid = await do.record(story, party_said=[])
    crowded = await do.record(story, agents=["甲", "乙", "丙"])
    held = await do.record(story, agents=["王律师"])
    again = await do.record(story)
    unreported = guards(await story.decide())
    reported = await do.report(story)
    unreviewed = guards(await story.decide())
    undiscussable = await do.convene(story)
    chair_reviews = await story.act("HEARING_CHAIR", "legal-reviews", {})
    unqualified = await do.review(
        story, qualification={"kind": "REVIEWED_BEFORE_2018", "since": "2018-01-01"}
    )
    passed = await do.review(story)
    undiscussed = guards(await story.decide())
    heavier = await do.convene(story, fine_fen=10_100)
    convened = await do.convene(story)
    twice = await do.convene(story)
    spoken = [await do.speak(story, nth) for nth in (0, 0, 1)]
    too_few = await do.conclude(story)
    spoken.append(await do.speak(story, 2, agrees=False))
    not_the_convener = await do.conclude(story, nth=1)
    concluded = await do.conclude(story, agreed={"kind": "FINE", "fine_fen": 5_000})
    beyond = guards(await story.decide())
    decided = await story.decide(fine_fen=5_000)
    await world.settle()
    told = (await world.person("PARTY").get(story.path)).json()
    known = await story.view()

    assert offered["hearing_until"] is not None
    assert waiting == [
        "CASE_HEARING_PENDING",
        "CASE_LEGAL_REVIEW_REQUIRED",
        "CASE_COLLECTIVE_DISCUSSION_REQUIRED",
    ]
    assert stranger.status_code == 403
    assert sorted(answer.status_code for answer in racing) == [201] + [409] * 7
    assert "CASE_HEARING_PENDING" in unordered
    assert failed(soon) == (409, "CASE_HEARING_TOO_SOON")
    assert failed(own) == (409, "CASE_CHAIR_UNSUITABLE")
    assert (ordered.status_code, ordered.json()["state"]) == (201, "HEARING"), ordered.text
    assert ordered.json()["hearing"]["ground"] == "REQUESTED"
    assert failed(unserved) == (409, "CASE_HEARING_NOT_OPEN")
    assert served.status_code == 201, served.text
    assert failed(early) == (409, "CASE_HEARING_NOT_OPEN")
    assert failed(unreviewable) == (409, "CASE_HEARING_PENDING")
    assert (another.status_code, chair_reviews.status_code) == (403, 403)
    assert failed(empty) == (422, "CASE_HEARING_RECORD_INCOMPLETE")
    assert failed(unsaid) == (422, "DOC_FIELD_MISSING")
    assert crowded.status_code == 422
    assert held.status_code == 201, held.text
    assert failed(again) == (409, "CASE_HEARING_HELD")
    assert "CASE_HEARING_PENDING" in unreported
    assert reported.status_code == 201, reported.text
    assert unreviewed == ["CASE_LEGAL_REVIEW_REQUIRED", "CASE_COLLECTIVE_DISCUSSION_REQUIRED"]
    assert failed(undiscussable) == (409, "CASE_LEGAL_REVIEW_REQUIRED")
    assert failed(unqualified) == (409, "CASE_REVIEWER_UNQUALIFIED")
    assert (passed.status_code, passed.json()["state"]) == (201, "LEGAL_REVIEW"), passed.text
    assert undiscussed == ["CASE_COLLECTIVE_DISCUSSION_REQUIRED"]
    assert failed(heavier) == (409, "CASE_DISCUSSION_HEAVIER")
    assert (convened.status_code, convened.json()["state"]) == (201, "COLLECTIVE_DISCUSSION"), convened.text
    assert failed(twice) == (409, "CASE_DISCUSSION_OPEN")
    assert [answer.status_code for answer in spoken] == [201, 409, 201, 201]
    assert failed(too_few) == (409, "CASE_HEADS_MISSING")
    assert failed(not_the_convener) == (403, "CASE_NOT_THE_CONVENER")
    assert concluded.status_code == 201, concluded.text
    assert beyond == ["CASE_COLLECTIVE_DISCUSSION_REQUIRED"]
    assert (decided.status_code, decided.json()["state"]) == (201, "DECIDED"), decided.text
    seen = await _kinds(story, "PARTY")
    assert {"D-18a", "D-18b"} <= seen
    assert seen.isdisjoint({"D-18c", "D-19", "D-22"})
    assert {"D-18c", "D-19", "D-22"} <= await _kinds(story, "CASE_OFFICER")
    # What those documents say does not leave with the case either.
    assert (told["legal_review"], told["discussion"], told["hearing"]["opinion"]) == (None, None, None)
    assert told["hearing"]["held_at"] is not None
    assert known["legal_review"]["verdict"] == "PASS"
    assert (known["discussion"]["agreed_fen"], known["hearing"]["opinion"]) == (5_000, "AS_PROPOSED")
    # The clock stood still from the order to the report, because this city lists the hearing among its stops.
    decide = next(d for d in (await story.view())["deadlines"] if d["rule"] == "decide")
    assert decide["n"] == 90
    assert (await world.fsck()).clean


@pytest.mark.law(APL_58, APL_58_2)
@pytest.mark.slow
@pytest.mark.begins("review")
async def test_what_a_legal_review_returns_is_investigated_and_notified_anew(world: World) -> None:
    stricter(world, 1_000_000, complex_captures=1)
    story = await (await Story(world).opened()).walk("review")
    unreviewed = guards(await story.decide())
    contradiction = await do.review(story, verdict="RETURN")
    unmended = await do.review(story, verdict="RETURN", faults=["DISCRETION"])
    unstated = await do.review(story, qualification={"kind": "LEGAL_PROFESSION"})
    bound = await do.review(story, no_conflict=False)
    mended = await do.review(story, verdict="RETURN", faults=["DISCRETION"], mend="裁量理由应当写明。")
    returned = guards(await story.decide())
    passed = await do.review(story)
    facts = await do.review(story, verdict="RETURN", faults=["FACTS"], mend="时间间隔需要核实。")
    unsigned = guards(await story.decide())
    signed = [await story.sign(nth) for nth in (0, 1)]
    old = guards(await story.decide())
    notified, _ = await story.notify(), await story.serve_notice()
    answered = await story.act("TEAM_LEAD", "defence-review", {"answers": []})
    world.clock.working_days(6)
    reviewed = await story.act("TEAM_LEAD", "defence-review", {"answers": []})
    sent_back = await do.send_back(story)
    listed = await world.person("TEAM_LEAD").get(f"{story.path}/investigation-returns")
    hidden = await world.person("PARTY").get(f"{story.path}/investigation-returns")
    await world.settle()

    assert unreviewed == ["CASE_LEGAL_REVIEW_REQUIRED"]
    assert failed(contradiction) == (422, "CASE_REVIEW_CONTRADICTS_ITSELF")
    assert failed(unmended) == (422, "DOC_FIELD_MISSING")
    assert failed(unstated) == (422, "CASE_REVIEWER_UNQUALIFIED")
    assert failed(bound) == (409, "CASE_RECUSAL_PENDING")
    assert (mended.status_code, mended.json()["state"]) == (201, "DEFENCE_REVIEW"), mended.text
    assert returned == ["CASE_LEGAL_REVIEW_REQUIRED"]
    assert passed.json()["legal_review"]["verdict"] == "PASS"
    assert (facts.status_code, facts.json()["state"]) == (201, "INVESTIGATING"), facts.text
    assert (facts.json()["round"], facts.json()["signed_by"]) == (2, [])
    assert {"CASE_TWO_OFFICERS_REQUIRED", "CASE_PRIOR_NOTICE_REQUIRED"} <= set(unsigned)
    assert [answer.status_code for answer in signed] == [201, 201]
    assert "CASE_PRIOR_NOTICE_REQUIRED" in old
    assert notified.status_code == 201, notified.text
    # What the party said last about the first notice does not end its time to answer the second.
    assert failed(answered) == (409, "CASE_DEFENCE_PERIOD_RUNNING")
    assert reviewed.status_code == 201, reviewed.text
    assert (sent_back.status_code, sent_back.json()["round"]) == (201, 3), sent_back.text
    assert listed.json()["items"][0]["reason"] == "图片之间的时间间隔需要核实。"
    assert hidden.status_code == 403
    assert (await world.fsck()).clean


@pytest.mark.slow
@pytest.mark.law(APL_64_1)
@pytest.mark.begins("sign second")
async def test_a_party_takes_back_its_request_until_the_day_before_the_hearing(world: World) -> None:
    stricter(world)
    story = await (await Story(world).opened()).walk("review")

    async def take_back(role: str = "PARTY", **who: int) -> httpx.Response:
        return await story.act(role, "hearing-request/withdrawal", {}, **who)

    nothing = await take_back()
    assert (await do.ask(story)).status_code == 201
    others = [await take_back("CASE_OFFICER"), await take_back("AGENCY_HEAD", agency=1)]
    asked_only = await take_back()
    again = await do.ask(story)
    ordered = await do.order(story)
    assert (await do.serve(story)).status_code == 201
    racing = await asyncio.gather(*(take_back() for _ in range(4)))
    may_ask_again = guards(await story.decide())
    world.clock.advance(days=9)
    after = guards(await story.decide())
    late = await take_back()
    own = await do.order(story)
    world.clock.advance(days=30, hours=1)
    its_day = await take_back()

    assert failed(nothing) == failed(late) == (409, "CASE_TRANSITION_NOT_ALLOWED")
    assert [each.status_code for each in others] == [403, 403]
    assert (asked_only.status_code, asked_only.json()["hearing"]) == (201, None)
    assert (again.status_code, ordered.json()["state"]) == (201, "HEARING")
    assert sorted(each.status_code for each in racing) == [201, 409, 409, 409]
    done = next(each for each in racing if each.status_code == 201).json()
    assert (done["state"], done["service_ordered"]) == ("DEFENCE_REVIEW", None)
    assert ("CASE_HEARING_PENDING" in may_ask_again, "CASE_HEARING_PENDING" in after) == (True, False)
    assert (own.status_code, own.json()["hearing"]["ground"]) == (201, "OWN_MOTION")
    assert failed(its_day) == (409, "CASE_TRANSITION_NOT_ALLOWED"), "this one is the agency's own"
    await world.settle()
    assert (await world.fsck()).clean


async def _kinds(story: Story, role: str) -> set[str]:
    page = await story.world.person(role).get(f"{story.path}/documents")
    return {document["kind"] for document in page.json()["items"]}
