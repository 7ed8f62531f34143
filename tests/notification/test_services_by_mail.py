"""Service by mail: sending serves nobody, a bounce fails the manner, the arrival at the party's own server serves."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from common.values.law import APL_61, ARL_20, CPL_90, RTP_56
from common.values.profile import ServiceStrategy
from tests.case.story import Story
from tests.case.test_corrections import check, order
from tests.case.test_ending import upload
from tests.fakes.mail import a_mail_sink
from tests.notification.given_services import act, attempt, newest, ordered, proof, visit
from tests.notification.providers import Outside, outside
from tests.notification.test_callbacks import posted
from tests.notification.test_mail import OWN, RELAY, status_mail
from tests.world import World


async def sign(world: World, address: str, kind: str = "D-14") -> str:
    """The party signs that documents of `kind` may be served on it by mail at `address`."""
    party = world.person("PARTY")
    version = (await party.get("/v1/e-service-statement")).json()["text_version"]
    order = {"documents": [kind], "channel": "EMAIL", "address": address, "text_version": version}
    signed = await party.post("/v1/e-service-consents", json=order)
    assert signed.status_code == 201, signed.text
    return str(signed.json()["consent_id"])


async def by_mail(world: World, service: dict[str, Any]) -> dict[str, Any]:
    """Another try by mail, after everything that follows from it."""
    begun = await attempt(world, service, "ELECTRONIC", channel="EMAIL")
    assert begun.status_code == 201, begun.text
    await world.settle()
    return await newest(world)


@pytest.mark.law(CPL_90)
@pytest.mark.begins("notify")
async def test_a_notice_is_served_by_mail_when_it_arrives_and_never_by_sending(world: World) -> None:
    story = await (await Story(world).opened()).walk("notify")
    party = world.person("PARTY")
    consent = await sign(world, "bounce@mail.example")
    async with a_mail_sink() as sink, outside(world, more=RELAY.format(port=sink.port, is_final="false")):
        bounced = await ordered(story, "ELECTRONIC")
        await world.settle()
        bounced = await newest(world)
        await party.post(f"/v1/e-service-consents/{consent}/withdrawal")
        no_consent = await attempt(world, bounced, "ELECTRONIC", channel="EMAIL")
        await sign(world, "party@mail.example")
        taken = await by_mail(world, bounced)
        world.clock.advance(hours=25)
        await world.settle()
        silent, case = await newest(world), await story.view()
    async with a_mail_sink() as sink, outside(world, more=RELAY.format(port=sink.port, is_final=OWN)):
        served = await by_mail(world, silent)
        ((_, mail),) = sink.mails

    assert [(step["failure"], step["arrived_at"]) for step in bounced["steps"]] == [("BOUNCED", None)]
    assert (no_consent.status_code, no_consent.json()["code"]) == (409, "NOTI_CONSENT_REQUIRED")
    assert (taken["state"], taken["effect"]) == ("UNDERWAY", None)
    assert taken["steps"][1]["sent_at"] is not None
    assert (silent["state"], silent["steps"][1]["failure"]) == ("OPEN", "NOT_ARRIVED")
    assert (silent["tasks"], case["state"]) == (["CHOOSE_MANNER"], "PRIOR_NOTICE_SENT")
    effect, step = served["effect"], served["steps"][2]
    assert (effect["manner"], effect["basis"], effect["step"]) == ("ELECTRONIC", "CPL 90", 3)
    assert (step["channel"], step["arrival"], step["arrived_at"]) == (
        "EMAIL",
        "SMTP_REPLY",
        effect["served_at"],
    )
    (attached,) = mail.iter_attachments()
    assert hashlib.sha256(attached.get_content()).hexdigest() == served["document_sha256"]
    assert (await story.view())["state"] == "PRIOR_NOTICE_SERVED"
    types = await world.record_types("notification", "service/%")
    assert types.count("document.served") == 1
    async with world.database("notification") as db:
        notes = await db.fetch("SELECT note FROM outbox")
    assert not any(b"mail.example" in bytes(row["note"]) for row in notes)
    assert (await world.fsck()).clean


async def bounce(out: Outside) -> None:
    """The party's server says, after it took the mail, that it never arrived."""
    await report(out, Action="failed", Status="5.1.1")


async def report(out: Outside, **said: str) -> None:
    """What the party's server says about the mail to the party, after everything that follows from it."""
    async with out.world.database("notification") as db:
        delivery = await db.fetchval("SELECT id FROM deliveries WHERE channel = 'EMAIL'")
    about = {"Final-Recipient": "rfc822;party@mail.example"} | said
    mail = status_mail(to=f"bounce+{delivery}@city.example", blocks=[{"Reporting-MTA": "dns;mx"}, about])
    assert (await posted(out, mail, provider="mail")).status_code == 200
    await out.world.settle()


@pytest.mark.law(CPL_90)
@pytest.mark.begins("notify")
async def test_a_bounce_after_the_service_stops_the_case_until_an_officer_decides(world: World) -> None:
    story = await (await Story(world).opened()).walk("notify")
    await sign(world, "party@mail.example")
    async with (
        a_mail_sink() as sink,
        outside(world, more=RELAY.format(port=sink.port, is_final=OWN)) as out,
    ):
        await ordered(story, "ELECTRONIC")
        await world.settle()
        served = await newest(world)
        await bounce(out)
        denied, case = await newest(world), await story.view()
        world.clock.advance(days=30)
        reviewed = await story.review()
        by_server = await act(world, denied, "doubt-decision", {"reasons": "当事人来电确认收到。"})
        racing = [
            act(world, denied, "doubt-decision", {"reasons": "当事人来电确认收到。"}, role="TEAM_LEAD")
            for _ in range(8)
        ]
        decided = await asyncio.gather(*racing)
        await world.settle()

    assert (served["state"], served["denied_at"]) == ("SERVED", None)
    assert (denied["state"], denied["tasks"]) == ("SERVED", ["DECIDE_DOUBT", "CHOOSE_MANNER"])
    assert case["services_in_doubt"] == [served["document_id"]]
    assert (reviewed.status_code, reviewed.json()["code"]) == (409, "CASE_SERVICE_IN_DOUBT")
    assert by_server.status_code == 403
    assert sorted(answer.status_code for answer in decided) == [201] + [409] * 7
    assert (await newest(world))["doubt_settled_at"] is not None
    assert (await story.view())["services_in_doubt"] == []
    assert (await world.fsck()).clean


async def periods(story: Story) -> dict[str, date]:
    """From which day the periods of the served decision count."""
    shown = (await story.view())["deadlines"]
    return {line["rule"]: date.fromisoformat(line["trigger_on"]) for line in shown}


@pytest.mark.law(ARL_20, RTP_56)
@pytest.mark.begins("decide")
async def test_ARR_1_reconsideration_counts_from_the_arrival_where_payment_counts_from_the_sending(
    world: World,
) -> None:
    """The city serves by sending, as a rule of a ministry lets traffic police do. The mail arrives two days later."""
    story = await (await Story(world).opened()).walk("decide")
    rules = world.runtimes["notification"].profile.service
    world.adopt(service=replace(rules, strategy=ServiceStrategy.SEND_SUCCESS_REBUTTABLE))
    party = world.person("PARTY")
    at = {"at": world.clock().isoformat()}
    (inbox,) = (await party.get(f"/v1/parties/{party.id}/e-service-consent", params=at)).json()["consents"]
    await party.post(f"/v1/e-service-consents/{inbox['consent_id']}/withdrawal")
    await sign(world, "party@mail.example", "D-20a")
    async with (
        a_mail_sink() as sink,
        outside(world, more=RELAY.format(port=sink.port, is_final="false")) as out,
    ):
        await ordered(story, "ELECTRONIC", what="decision")
        await world.settle()
        sent, counted = await newest(world), await periods(story)
        world.clock.advance(days=2)
        await report(out, Action="delivered", Status="2.0.0")
        arrived, moved = await newest(world), await periods(story)
        await world.settle()

    assert (sent["state"], sent["effect"]["basis"], sent["steps"][0]["arrived_at"]) == (
        "SERVED",
        "RTP 56",
        None,
    )
    day = date.fromisoformat(sent["effect"]["served_on"])
    assert {counted[rule] for rule in ("pay", "litigation", "reconsideration")} == {day}
    assert arrived["effect"]["served_on"] == sent["effect"]["served_on"]
    assert arrived["steps"][0]["arrived_at"] is not None
    assert moved["reconsideration"] == day + timedelta(days=2)
    assert (moved["pay"], moved["litigation"]) == (day, day)
    (message,) = [each for each in await story.inbox() if each["document_kind"] == "D-20a"]
    assert message["served_on"] == sent["effect"]["served_on"]
    assert (await world.fsck()).clean


@pytest.mark.begins("notify")
async def test_a_party_who_was_handed_the_document_gets_no_mail_of_it_afterwards(world: World) -> None:
    story = await (await Story(world).opened()).walk("notify")
    await sign(world, "party@mail.example")
    service = await ordered(story, "ELECTRONIC")
    await world.settle(slow_jobs=False)
    slip = await proof(world, service, "RETURN_SLIP")
    hidden = await attempt(world, service, "DIRECT", channel="FAX")
    handed = await attempt(
        world,
        service,
        "DIRECT",
        outcome=visit(world, result="SERVED", signed_as="SELF", proofs=[slip.json()["proofs"][-1]["sha256"]]),
    )
    await world.settle()
    async with a_mail_sink() as sink, outside(world, more=RELAY.format(port=sink.port, is_final=OWN)):
        await world.settle()
        mails = list(sink.mails)

    assert (hidden.status_code, hidden.json()["code"]) == (422, "NOTI_SERVICE_CHANNEL")
    assert handed.status_code == 201, handed.text
    served = await newest(world)
    assert [step["failure"] for step in served["steps"]] == ["OVERTAKEN", None]
    assert mails == []
    async with world.database("notification") as db:
        assert await db.fetchval("SELECT state FROM deliveries WHERE channel = 'EMAIL'") == "CANCELLED"
        assert await db.fetchval("SELECT count(*) FROM messages WHERE state = 'CREATED'") == 0
    assert (await world.fsck()).clean


@pytest.mark.slow
@pytest.mark.law(APL_61)
@pytest.mark.begins("prompt")
async def test_an_order_to_correct_whose_arrival_is_denied_is_held_against_nobody(world: World) -> None:
    story = await (await Story(world).opened()).walk("prompt")
    proof_of = (await upload(story)).json()["proof_sha256"]
    await sign(world, "party@mail.example", "D-03")
    async with (
        a_mail_sink() as sink,
        outside(world, more=RELAY.format(port=sink.port, is_final=OWN)) as out,
    ):
        assert (await order(story)).status_code == 201
        sent = await story.act("SERVICE_OFFICER", "correction-order/service", {"manner": "ELECTRONIC"})
        assert sent.status_code == 201, sent.text
        await world.settle()
        before = await story.view()
        await bounce(out)
        world.clock.advance(days=9)
        denied = await check(story, complied=False, proof=proof_of)
        on_the_way = await newest(world)
        decided = await act(
            world, on_the_way, "doubt-decision", {"reasons": "当事人来电确认。"}, role="TEAM_LEAD"
        )
        await world.settle()
        upheld = await check(story, complied=False, proof=proof_of)

    assert before["correction_orders"][0]["served_at"] is not None
    assert (denied.status_code, denied.json()["code"]) == (409, "CASE_SERVICE_IN_DOUBT")
    assert decided.status_code == 201, decided.text
    assert upheld.status_code == 201, upheld.text
    assert (await world.fsck()).clean
