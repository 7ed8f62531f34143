"""How a lead or a case ends without a penalty (NJ 4; APL 30, 33, 57): shown by the record, educated, told."""

from __future__ import annotations

import asyncio
import hashlib
import io
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pypdf import PdfReader

from common.files.digests import digest_field
from common.values.law import APL_30, APL_33, APL_33_2, APL_33_3, APL_42, APL_44, APL_57_1_3, NJ_3, NJ_4
from mz.demo import orders
from tests.case.story import OPENED, Story
from tests.world import World

MINOR = {"minor": True, "promptly_corrected": True, "harmless": True}
SLIP = b"%PDF-1.7 signed by the party"
LESSON = "机动车应当在规定地点停放，人行道供行人通行"


async def confirm(story: Story) -> httpx.Response:
    order = {"shown_by": "ON_SITE", "note": "到场核实,车辆已驶离。"}
    at = story.world.clock() - timedelta(minutes=1)
    return await story.act(
        "CASE_OFFICER", "correction-confirmations", order | {"corrected_at": at.isoformat()}
    )


async def upload(story: Story, data: bytes = SLIP) -> httpx.Response:
    headers = {"content-digest": digest_field(data), "content-type": "application/octet-stream"}
    path = f"{story.path}/proofs"
    return await story.world.person("CASE_OFFICER").post(path, content=data, headers=headers)


async def educate(story: Story, **changes: Any) -> httpx.Response:
    proof = (await upload(story)).json()["proof_sha256"]
    told_at = (story.world.clock() - timedelta(minutes=1)).isoformat()
    order = {"why": "违法行为轻微并已改正", "text": LESSON, "told_at": told_at, "how": "IN_PERSON"}
    return await story.act("CASE_OFFICER", "educations", order | {"proof_sha256": proof} | changes)


def proposal(reason: str, **changes: Any) -> dict[str, Any]:
    order = {"reason": reason, "findings": MINOR, "ground": "现场核实属实", "signed_as": "郑示甲"}
    return order | changes


async def propose(story: Story, reason: str, **changes: Any) -> httpx.Response:
    return await story.act("CASE_OFFICER", "non-filing-proposal", proposal(reason, **changes))


async def approve(story: Story) -> httpx.Response:
    return await story.act("TEAM_LEAD", "non-filing", {"signed_as": "孙示甲"})


async def sign(story: Story, nth: int, **changes: Any) -> httpx.Response:
    signer = story.world.person("CASE_OFFICER", nth=nth).name
    order = orders.REPORT | {"signed_as": signer} | changes
    return await story.act("CASE_OFFICER", "investigation-conclusion", order, nth=nth)


async def end(story: Story, outcome: str, **changes: Any) -> httpx.Response:
    order = {"outcome": outcome, "reasons": ["违法行为轻微,及时改正,没有造成危害后果。"]} | changes
    return await story.act("AGENCY_HEAD", "no-penalty-decision", order)


async def kinds_seen(story: Story, role: str) -> dict[str, str]:
    page = await story.world.person(role).get(f"{story.path}/documents")
    return {document["kind"]: document["href"] for document in page.json()["items"]}


async def printed(story: Story, kind: str, role: str = "CASE_OFFICER") -> str:
    href = (await kinds_seen(story, role))[kind]
    pages = PdfReader(io.BytesIO((await story.world.person(role).get(href)).content)).pages
    return "".join("".join(page.extract_text() for page in pages).split())


def failed(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.mark.law(APL_33_3, NJ_4)
@pytest.mark.begins("prompt")
async def test_NJ_4_1_a_lead_that_is_not_punished_ends_with_an_education_on_record(world: World) -> None:
    story = await (await Story(world).opened()).walk("prompt")
    unshown = await propose(story, "MINOR_CORRECTED")
    world.clock.advance(minutes=10)
    assert (await confirm(story)).status_code == 201
    assert (await propose(story, "MINOR_CORRECTED")).status_code == 201
    ends = ["FIRST_OFFENCE_CORRECTED", "NO_FACT", "DUPLICATE", "TIME_BARRED", "INCAPACITY", "NO_FAULT"]
    otherwise = [await propose(story, reason) for reason in ends]
    uneducated = await approve(story)
    absent = await educate(story, proof_sha256="0" * 64)
    told = await educate(story)
    own = await story.act("CASE_OFFICER", "non-filing", {"signed_as": "郑示甲"})

    racing = [approve(story) for _ in range(8)]
    answers = await asyncio.gather(*racing)
    await world.settle()

    assert failed(unshown) == (409, "CASE_OUTCOME_NOT_SHOWN")
    assert {failed(answer) for answer in otherwise} == {(409, "CASE_OUTCOME_NOT_SHOWN")}
    assert failed(uneducated) == (409, "CASE_EDUCATION_RECORD_MISSING")
    assert uneducated.json()["article"] == "APL 33(3)"
    assert failed(absent) == (409, "CASE_PROOF_ABSENT")
    assert own.status_code == 403
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    case = await story.view()
    assert (case["state"], case["non_filing"]["reason"]) == ("NOT_FILED", "MINOR_CORRECTED")
    assert case["education"]["proof_sha256"] == hashlib.sha256(SLIP).hexdigest()
    assert case["education"]["told_at"] == told.json()["education"]["told_at"]
    text = await printed(story, "D-05", "PARTY")
    assert "".join(LESSON.split()) in text
    assert "第五十六条第一款" in text
    assert {"D-04", "D-05"} <= set(await kinds_seen(story, "CASE_OFFICER"))
    seen = await kinds_seen(story, "PARTY")
    assert "D-04" not in seen
    hidden = (await kinds_seen(story, "CASE_OFFICER"))["D-04"]
    assert (await world.person("PARTY").get(hidden)).status_code == 404
    assert any(message["code"] == "N-03" for message in await story.inbox())
    assert failed(await story.act("CASE_OFFICER", "prompt", orders.PROMPT)) == (
        409,
        "CASE_TRANSITION_NOT_ALLOWED",
    )
    # It may count as an earlier violation until the look-back ends, and goes then.
    erasure = {"reason": "PARTY_REQUEST"}
    assert failed(await story.act("ARCHIVIST", "erasure-proposal", erasure)) == (409, "CASE_RETENTION_RUNS")
    assert (await world.fsck()).clean


@pytest.mark.law(APL_33, NJ_4)
@pytest.mark.begins("file")
async def test_NJ_4_2_a_minor_corrected_harmless_act_must_not_be_penalised(world: World) -> None:
    story = await (await Story(world).opened()).walk("file")
    punishing = await sign(story, 0, findings=MINOR)
    report = {"findings": MINOR, "outcome": "NO_PENALTY_MINOR", "fine_fen": 0}
    unsigned = await sign(story, 0, **(report | {"outcome": "NO_VIOLATION"}))
    assert [(await sign(story, nth, **report)).status_code for nth in (0, 1)] == [201, 201]

    notice = await story.notify()
    penalty = await story.decide()
    others = [
        await end(story, outcome) for outcome in ("NO_PENALTY_FIRST_OFFENCE", "NO_VIOLATION", "TIME_BARRED")
    ]
    uneducated = await end(story, "NO_PENALTY_MINOR")
    await educate(story)
    world.clock.advance(minutes=1)
    decided = [await end(story, "NO_PENALTY_MINOR") for _ in range(2)]

    for refused in (punishing, notice, penalty):
        assert failed(refused) == (409, "CASE_MUST_NOT_PENALISE_MINOR")
    for refused in (unsigned, *others):
        assert failed(refused) == (409, "CASE_OUTCOME_NOT_SHOWN")
    assert failed(uneducated) == (409, "CASE_EDUCATION_RECORD_MISSING")
    assert [answer.status_code for answer in decided] == [201, 409]
    assert decided[0].json()["decision"]["outcome"] == "NO_PENALTY_MINOR"
    text = await printed(story, "D-20")
    assert "不予行政处罚" in text
    assert "罚款" not in text
    assert "行政复议" in text
    await story.consent()
    served = await story.serve_decision()
    assert served.status_code == 201, served.text
    case = await story.view()
    assert (case["state"], case["payment"]) == ("SERVED", None)
    for act in (story.propose_closure, story.close, story.archive):
        answer = await act()
        assert answer.status_code == 201, answer.text
    await world.settle()
    assert (await world.fsck()).clean


@pytest.mark.slow
@pytest.mark.law(APL_33, NJ_4)
@pytest.mark.begins(OPENED)
@pytest.mark.parametrize("choice", ["WAIVE", "PROCEED"])
async def test_NJ_4_3_a_first_offence_is_reminded_and_waived_or_not_for_a_reason(
    world: World, choice: str
) -> None:
    story = await Story(world).opened()
    await story.identify()
    second = world.person("CASE_OFFICER", nth=1).id
    order = orders.filing_application(second)

    unprompted = await story.act("CASE_OFFICER", "filing-application", order)
    await story.prompt()
    early = await story.act("CASE_OFFICER", "filing-application", order)
    world.clock.advance(minutes=31)
    await confirm(story)
    unchecked = await story.act("CASE_OFFICER", "filing-application", order)
    checked = await story.act("CASE_OFFICER", "first-offence-checks", {"harm": "SLIGHT"})
    unchosen = await story.act("CASE_OFFICER", "filing-application", order)
    unreasoned = await story.act("CASE_OFFICER", "waiver-choice", {"choice": choice})
    chosen = await story.act(
        "CASE_OFFICER", "waiver-choice", {"choice": choice, "reason": "初次违法,影响较小。"}
    )
    filed = await story.act("CASE_OFFICER", "filing-application", order)

    assert failed(unprompted) == (409, "CASE_TRANSITION_NOT_ALLOWED")
    assert any(message["document_kind"] == "D-02" for message in await story.inbox())
    assert failed(early) == (409, "CASE_CORRECTION_WINDOW_RUNNING")
    assert failed(unchecked) == (409, "CASE_FIRST_OFFENCE_UNCHECKED")
    found = checked.json()["first_offence"]
    assert (found["is_first"], found["harm"], found["hits"]) == (True, "SLIGHT", 0)
    assert (found["choice_open"], found["choices"]) == (True, ["WAIVE", "PROCEED"])
    assert failed(unchosen) == (409, "CASE_CHOICE_REQUIRED")
    assert unreasoned.status_code == 422
    assert (chosen.status_code, chosen.json()["first_offence"]["choice"]) == (201, choice)
    if choice == "PROCEED":
        assert (filed.status_code, filed.json()["state"]) == (201, "READY_TO_FILE")
        return
    assert failed(filed) == (409, "CASE_WAIVED")
    findings = orders.FINDINGS | {"promptly_corrected": True}
    await propose(story, "FIRST_OFFENCE_CORRECTED", findings=findings)
    await educate(story)
    assert (await approve(story)).json()["state"] == "NOT_FILED"
    await world.settle()
    assert (await world.fsck()).clean


@pytest.mark.law(NJ_3)
@pytest.mark.begins(OPENED)
async def test_NJ_3_1_a_case_without_accepted_evidence_of_a_device_is_not_filed(world: World) -> None:
    story = await (await Story(world).opened()).walk("apply")
    capture, nowhere = story.evidence_id, "dev_" + "0" * 26

    async def broken(column: str, value: str) -> httpx.Response:
        """The filing while evidence holds another value for the capture; it is put right again."""
        async with world.database("evidence") as db:
            await db.execute("ALTER TABLE captures DISABLE TRIGGER ALL")
            was = await db.fetchval(f"SELECT {column} FROM captures WHERE id = $1", capture)
            await db.execute(f"UPDATE captures SET {column} = $1 WHERE id = $2", value, capture)
            answer = await story.file()
            await db.execute(f"UPDATE captures SET {column} = $1 WHERE id = $2", was, capture)
        return answer

    refused = await broken("state", "IN_REVIEW")
    unresolvable = await broken("device_id", nowhere)
    filed = await story.file()

    for answer in (refused, unresolvable):
        assert failed(answer) == (409, "CASE_NO_DEVICE_EVIDENCE")
        assert answer.json()["article"] == "NJ 3"
    assert (filed.status_code, filed.json()["state"]) == (201, "FILED"), filed.text
    assert filed.json()["exhibits"][0]["evidence_id"] == capture


@pytest.mark.law(APL_42)
@pytest.mark.begins("prompt")
async def test_NAT_3_two_qualified_officers_handle_a_case(world: World) -> None:
    story = await (await Story(world).opened()).walk("prompt")
    world.clock.advance(minutes=31)
    self = world.person("CASE_OFFICER").id
    nobody = self[:-4] + ("0000" if not self.endswith("0000") else "1111")
    stranger = world.person("CASE_OFFICER", 1).id

    async def apply(second: str) -> httpx.Response:
        return await story.act("CASE_OFFICER", "filing-application", orders.filing_application(second))

    alone, unknown, foreign = [await apply(second) for second in (self, nobody, stranger)]
    assert (await apply(world.person("CASE_OFFICER", nth=1).id)).status_code == 201
    await story.file()
    await sign(story, 0)
    undecided = await story.decide()
    world.clock.advance(days=6 * 366)
    expired = await sign(story, 1)

    assert failed(alone) == (409, "CASE_TWO_OFFICERS_REQUIRED")
    assert failed(unknown) == failed(foreign) == (409, "CASE_OFFICER_UNQUALIFIED")
    assert "CASE_TWO_OFFICERS_REQUIRED" in {each["code"] for each in undecided.json()["violations"]}
    assert failed(expired) == (409, "CASE_OFFICER_UNQUALIFIED")
    assert expired.json()["article"] == "APL 42"


@pytest.mark.law(APL_44)
@pytest.mark.begins("notify")
async def test_NAT_4_no_decision_without_a_served_prior_notice(world: World) -> None:
    story = await (await Story(world).opened()).walk("notify")

    unserved = await story.decide()
    await story.walk("review")
    decided = await story.decide()

    assert failed(unserved) == (409, "CASE_GUARD_FAILED")
    assert ("CASE_PRIOR_NOTICE_REQUIRED", "APL 44") in {
        (each["code"], each["law"]) for each in unserved.json()["violations"]
    }
    assert decided.status_code == 201
    text = await printed(story, "D-14")
    for told in ("拟作出的行政处罚", "违法事实", "理由和依据", "有权", "陈述和申辩"):
        assert told in text


@pytest.mark.law(APL_57_1_3, APL_33_2)
@pytest.mark.slow
@pytest.mark.begins("serve notice")
@pytest.mark.parametrize(("effect", "outcome"), [("FACTS", "NO_VIOLATION"), ("FAULT", "NO_PENALTY_NO_FAULT")])
async def test_an_adopted_defence_that_leaves_nothing_to_punish_ends_without_a_penalty(
    world: World, effect: str, outcome: str
) -> None:
    story = await (await Story(world).opened()).walk("defend")
    answer = {"number": 1, "adopted": True, "reason": "图片不能证明该车为当事人所停。"}
    unexplained = await story.act("TEAM_LEAD", "defence-review", {"answers": [answer]})
    reviewed = await story.act("TEAM_LEAD", "defence-review", {"answers": [answer | {"effect": effect}]})

    fined = await story.decide()
    if outcome != "NO_VIOLATION":
        assert failed(await end(story, outcome)) == (409, "CASE_EDUCATION_RECORD_MISSING")
        await educate(story)
    ended = await end(story, outcome)

    assert failed(unexplained) == (422, "CASE_ADOPTION_UNEXPLAINED")
    assert reviewed.status_code == 201
    assert [each["code"] for each in fined.json()["violations"]] == ["CASE_PENALTY_EXCLUDED"]
    assert (ended.status_code, ended.json()["decision"]["outcome"]) == (201, outcome)
    assert "予以采纳" in await printed(story, "D-20")
    await world.settle()
    assert (await world.fsck()).clean


@pytest.mark.slow
@pytest.mark.begins("review")
async def test_a_warning_in_place_of_the_notified_fine_is_lighter_and_performed_by_its_service(
    world: World,
) -> None:
    story = await (await Story(world).opened()).walk("review")
    warning = {"kind": "WARNING", "fine_fen": 0}

    ungrounded = await story.decide(**warning)
    mixed = await story.decide(kind="WARNING")
    young = await story.decide(**warning, mitigation="FROM_14_TO_17", deviation_reason="未成年。")
    warned = await story.decide(**warning, mitigation="HARM_REMOVED", deviation_reason="主动消除危害后果。")
    await story.serve_decision()

    assert [each["code"] for each in ungrounded.json()["violations"]] == ["CASE_BENCHMARK_EXCEEDED"]
    assert "CASE_FINE_AND_KIND_DIFFER" in {each["code"] for each in mixed.json()["violations"]}
    assert [each["code"] for each in young.json()["violations"]] == ["CASE_MITIGATION_UNFOUNDED"]
    assert warned.status_code == 201, warned.text
    case = await story.view()
    assert (case["state"], case["payment"]) == ("PERFORMED", None)
    assert (await story.propose_closure()).status_code == 201


@pytest.mark.law(APL_30)
@pytest.mark.begins(OPENED)
async def test_a_lead_against_a_child_ends_with_its_guardian_told_and_is_erasable(world: World) -> None:
    story = await Story(world).opened()
    child = orders.party(world.person("PARTY").id) | {
        "age_group": "UNDER_14",
        "identity_number": "310101201609010015",
    }

    identified = await story.act("CASE_OFFICER", "party", child)
    prompted = await story.act("CASE_OFFICER", "prompt", orders.PROMPT)
    await propose(story, "MINOR_UNDER_14", findings=orders.FINDINGS)
    uneducated = await approve(story)
    world.clock.advance(minutes=2)
    await educate(story)
    ended = await approve(story)
    erasure = await story.act("ARCHIVIST", "erasure-proposal", {"reason": "PARTY_REQUEST"})

    assert identified.status_code == 201
    assert failed(prompted) == (409, "CASE_MINOR_UNDER_14")
    assert failed(uneducated) == (409, "CASE_EDUCATION_RECORD_MISSING")
    assert (ended.status_code, ended.json()["state"]) == (201, "NOT_FILED"), ended.text
    assert erasure.status_code == 201


@pytest.mark.begins(OPENED)
async def test_a_lead_whose_party_nobody_finds_ends_and_strangers_may_end_nothing(world: World) -> None:
    story = await Story(world).opened()
    order = proposal("PARTY_UNKNOWN", findings=orders.FINDINGS)

    unproposed = await approve(story)
    barred = await propose(story, "TIME_BARRED")
    first = await propose(story, "NO_FACT", findings=orders.FINDINGS)
    foreign = await story.act("CASE_OFFICER", "non-filing-proposal", order, agency=1)
    clerk = await story.act("FINANCE_CLERK", "non-filing-proposal", order)
    again = await story.act("CASE_OFFICER", "non-filing-proposal", order)
    ended = await approve(story)

    assert failed(barred) == (409, "CASE_OUTCOME_NOT_SHOWN")
    assert (foreign.status_code, clerk.status_code) == (404, 403)
    assert failed(unproposed) == (409, "CASE_TRANSITION_NOT_ALLOWED")
    assert [answer.status_code for answer in (first, again)] == [201, 201]  # the later one takes its place
    assert (ended.status_code, ended.json()["non_filing"]["reason"]) == (201, "PARTY_UNKNOWN")
