"""Service and payment through HTTP (APL 61(2), 67): only with consent, only by the bank, only once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from mz.demo.fakebank import FakeBank, payment_notice
from tests.case.story import Story
from tests.world import World


@pytest.mark.begins("notify")
async def test_electronic_service_waits_for_a_signed_consent(world: World) -> None:
    story = await (await Story(world).opened()).walk("notify")

    refused = await story.serve_notice()
    await story.consent()
    served = await story.serve_notice()

    assert (refused.status_code, refused.json()["code"]) == (409, "CASE_SERVICE_CONSENT_MISSING")
    assert refused.json()["article"] == "APL 61(2)"
    assert served.status_code == 201
    case = await story.view()
    assert (case["state"], case["service_ordered"]) == ("PRIOR_NOTICE_SERVED", None)
    assert [deadline["rule"] for deadline in case["deadlines"] if deadline["holder"] == "PARTY"] == [
        "defence"
    ]


@pytest.mark.begins("serve notice")
async def test_the_window_to_answer_runs_to_its_end_without_a_word_of_the_party(world: World) -> None:
    story = await (await Story(world).opened()).walk("serve notice")

    early = await story.act("TEAM_LEAD", "defence-review", {"answers": []})
    world.clock.working_days(6)
    reviewed = await story.act("TEAM_LEAD", "defence-review", {"answers": []})
    late = await story.defend()
    undecided = await story.decide()
    again = await story.review()

    assert (early.status_code, early.json()["code"]) == (409, "CASE_DEFENCE_PERIOD_RUNNING")
    assert reviewed.json()["state"] == "DEFENCE_REVIEW"
    assert (late.status_code, late.json()["state"]) == (201, "PRIOR_NOTICE_SERVED")
    assert "CASE_DEFENCE_NOT_REVIEWED" in {each["code"] for each in undecided.json()["violations"]}
    assert again.json()["state"] == "DEFENCE_REVIEW"


@pytest.mark.begins("serve decision")
async def test_only_the_banks_signature_performs_a_penalty_and_a_repeat_changes_nothing(world: World) -> None:
    story = await (await Story(world).opened()).walk("serve decision")
    payment = (await story.view())["payment"]
    world.clock.advance(hours=1)
    notice = payment_notice(
        reference=payment["reference"],
        amount_fen=payment["fine_fen"],
        paid_at=world.clock() - timedelta(minutes=5),
        serial="S7",
    )
    stranger = FakeBank.open(world.folder / "keys" / "stranger.pem")

    forged = await story.tell(notice, bank=stranger)
    racing = [story.tell(notice) for _ in range(4)]
    answers = await asyncio.gather(*racing)
    reused = await story.tell(notice.replace(b'"COUNTER"', b'"COUNTERS"'))

    assert (forged.status_code, forged.json()["code"]) == (401, "BANK_SIGNATURE_WRONG")
    assert {(answer.status_code, answer.text) for answer in answers} == {(201, answers[0].text)}
    assert (reused.status_code, reused.json()["code"]) == (409, "CASE_PAYMENT_SERIAL_REUSED")
    assert (await story.view())["state"] == "PERFORMING"
    await story.reconcile(notice)
    assert (await story.view())["state"] == "PERFORMED"
    await world.settle()
    assert (await world.fsck()).clean


async def test_an_unknown_payment_reference_names_no_case(world: World) -> None:
    story = Story(world)
    paid_at = world.clock() - timedelta(minutes=5)

    answer = await story.tell(payment_notice(reference="0" * 20, amount_fen=1, paid_at=paid_at, serial="S8"))

    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


@pytest.mark.begins("decide")
async def test_a_case_row_changed_behind_the_door_is_refused_and_named(world: World) -> None:
    story = await (await Story(world).opened()).walk("decide")
    await world.settle()
    assert (await world.fsck()).clean

    async with world.database("case") as db:
        await db.execute("ALTER TABLE cases DISABLE TRIGGER guarded")
        await db.execute("UPDATE cases SET decided_fen = decided_fen - 1 WHERE id = $1", story.case_id)
    result = await world.fsck()

    assert not result.clean
    assert any("cases" in finding.place for finding in result.findings)


@pytest.mark.begins("notify")
async def test_a_service_that_was_given_up_may_be_ordered_again(world: World) -> None:
    """A consent withdrawn before delivery serves nothing. Only giving the service up opens another order."""
    story = await (await Story(world).opened()).walk("notify")
    consent = (await story.consent()).json()["consent_id"]
    ordered = await story.order_service()
    await world.person("PARTY").post(f"/v1/e-service-consents/{consent}/withdrawal")
    await world.settle()

    waiting = await story.view()
    (service,) = (await world.person("TEAM_LEAD").get("/v1/services-of-process")).json()["items"]
    path = f"/v1/services-of-process/{service['service_id']}/abandonment"
    await world.person("TEAM_LEAD").post(path, json={"reasons": "当事人将重新确认地址。"})
    await world.settle()
    failed = await story.view()
    await story.consent()
    again = await story.serve_notice()

    assert ordered.json()["service_ordered"] == waiting["service_ordered"] is not None
    assert (failed["state"], failed["service_ordered"]) == ("PRIOR_NOTICE_SENT", None)
    assert again.status_code == 201
    assert (await story.view())["state"] == "PRIOR_NOTICE_SERVED"
