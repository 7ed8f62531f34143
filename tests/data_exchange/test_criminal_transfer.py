"""A suspected crime goes to the police, with the periods of the regulation on such transfers (CrimT 5 to 13)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from common.values.law import CRIMT_5, CRIMT_7, CRIMT_8, CRIMT_9, CRIMT_12, CRIMT_13
from tests.data_exchange.given import ASKED, ASKING
from tests.data_exchange.packages import (
    POLICE,
    agency,
    approved,
    crime,
    dispatched,
    do,
    done,
    head,
    hours,
    order,
    prepared,
    preparer,
    received,
    receiver,
    seen,
    submitted,
    verified,
)
from tests.world import World

FILED = {"filing": "FILED", "reason": "有犯罪事实,决定立案"}
NOT_FILED = {"filing": "NOT_FILED", "reason": "没有犯罪事实"}
REASON = {"reason": "依法应当立案"}


@pytest.mark.law(CRIMT_5)
async def test_the_head_decides_in_three_days_and_the_case_is_handed_over_in_24_hours(world: World) -> None:
    transfer = await submitted(world, **crime(world))
    in_time, late = await approved(world, **crime(world)), await approved(world, **crime(world))
    hours(world, 23)
    first = await done(preparer(world), in_time, "dispatch")
    hours(world, 2)
    second = await done(preparer(world), late, "dispatch")

    decision = rule(transfer, "head_decision")
    assert (decision["n"], decision["unit"], decision["law"]) == (3, "CALENDAR_DAY", "CrimT 5")
    assert (first["is_late"], second["is_late"]) == (False, True)


@pytest.mark.law(CRIMT_5)
async def test_a_head_who_is_silent_is_on_record_and_no_receiver_is_urged(world: World) -> None:
    transfer = await submitted(world, **crime(world))
    hours(world, 4 * 24)
    await world.settle()

    after = await seen(world, transfer)
    assert (rule(after, "head_decision")["missed"], after["pressure"], after["state"]) == (
        True,
        "NONE",
        "DRAFT",
    )
    assert (await world.record_types("data-exchange", f"exchange/{transfer['exchange_id']}"))[
        -1
    ] == "exchange.overdue"
    # A late approval is still an approval.
    approval = {"manifest_sha256": transfer["manifest_sha256"]}
    assert (await do(head(world), transfer, "approval", approval)).status_code == 201


@pytest.mark.law(CRIMT_8, CRIMT_12)
async def test_the_police_file_the_case_and_get_the_goods(world: World) -> None:
    transfer = await received(world, **crime(world))
    filing = rule(transfer, "answer")

    filed = await done(receiver(world, transfer), transfer, "acceptance", FILED)
    goods = rule(filed, "goods")
    handed = await done(
        preparer(world), transfer, "goods-handover", {"items": 2, "note": "车辆一辆,号牌一副"}
    )
    again = await do(preparer(world), transfer, "goods-handover", {"items": 2, "note": "车辆一辆"})

    assert (filing["n"], filing["unit"], filing["law"]) == (3, "CALENDAR_DAY", "CrimT 8")
    assert (goods["n"], goods["unit"], goods["law"]) == (3, "CALENDAR_DAY", "CrimT 12")
    assert (filed["state"], handed["goods_handed_at"] is not None) == ("ACCEPTED", True)
    assert (again.status_code, again.json()["code"]) == (409, "DX_GOODS_HANDED_OVER")


@pytest.mark.law(CRIMT_7)
async def test_police_that_do_not_sign_or_decide_are_urged(world: World) -> None:
    unsigned, undecided = await dispatched(world, **crime(world)), await received(world, **crime(world))
    world.clock.working_days(2)
    await world.settle()
    unsigned_after = await seen(world, unsigned)
    signed = await done(receiver(world, unsigned), unsigned, "receipt", verified(unsigned))
    hours(world, 5 * 24)
    await world.settle()

    assert rule(unsigned, "receipt")["law"] == "CrimT 7"
    assert (unsigned_after["pressure"], signed["pressure"]) == ("URGED", "NONE")
    assert (await seen(world, undecided))["pressure"] != "NONE"
    assert (await seen(world, unsigned))["pressure"] != "NONE"


@pytest.mark.law(CRIMT_7)
async def test_the_wrong_police_forward_the_case_to_the_competent_agency(world: World) -> None:
    transfer = await dispatched(world, **crime(world))
    plain = await dispatched(world)
    wrong, competent = (
        receiver(world, transfer),
        {"competent_agency_id": agency(world, 2), "reason": "由其管辖"},
    )

    not_a_crime = await do(receiver(world, plain), plain, "forwarding", competent)
    back_to_sender = competent | {"competent_agency_id": agency(world, ASKING)}
    to_the_sender = await do(wrong, transfer, "forwarding", back_to_sender)
    forwarded = await done(wrong, transfer, "forwarding", competent)
    meanwhile = await do(wrong, transfer, "receipt", verified(transfer))
    await world.settle()
    after = await seen(world, transfer)

    assert (not_a_crime.status_code, not_a_crime.json()["code"]) == (409, "DX_NOT_CRIMINAL")
    assert (to_the_sender.status_code, to_the_sender.json()["code"]) == (422, "DX_COMPETENT_AGENCY_MISSING")
    assert (meanwhile.status_code, meanwhile.json()["code"]) == (409, "DX_FORWARDED")
    assert forwarded["competent_agency_id"] == agency(world, 2)
    assert (after["to_agency_id"], after["state"]) == (agency(world, 2), "SENT")
    assert (await wrong.get(f"/v1/case-transfers/{transfer['exchange_id']}")).status_code == 404
    signed = await done(receiver(world, after), after, "receipt", verified(after))
    assert signed["state"] == "ACKNOWLEDGED"
    types = await world.record_types("data-exchange", f"exchange/{transfer['exchange_id']}")
    assert types[-3:] == [
        "exchange.transfer_forwarded",
        "exchange.transfer_passed_on",
        "exchange.transfer_received",
    ]
    assert (await world.fsck()).clean


async def test_a_case_that_was_taken_back_is_not_passed_on(world: World) -> None:
    transfer = await dispatched(world, **crime(world))
    competent = {"competent_agency_id": agency(world, 2), "reason": "由其管辖"}
    await done(receiver(world, transfer), transfer, "forwarding", competent)
    path = f"/v1/exchanges/{transfer['exchange_id']}/withdrawal"

    withdrawn = await preparer(world).post(path, json={"reason": "另行处理"})
    await world.settle()

    after = await seen(world, transfer)
    assert withdrawn.status_code == 201
    assert (after["state"], after["to_agency_id"]) == ("WITHDRAWN", agency(world, POLICE))


@pytest.mark.law(CRIMT_9)
async def test_a_decision_not_to_file_is_reconsidered_once(world: World) -> None:
    transfer = await received(world, **crime(world))
    them = receiver(world, transfer)

    nothing = await do(preparer(world), transfer, "reconsideration", REASON)
    refused = await done(them, transfer, "acceptance", NOT_FILED)
    asked = await done(preparer(world), transfer, "reconsideration", REASON)
    filed_instead = await do(them, transfer, "acceptance", FILED)
    decided = await done(them, transfer, "reconsideration-decision", NOT_FILED)
    a_second = await do(preparer(world), transfer, "reconsideration", REASON)

    assert (nothing.status_code, nothing.json()["code"]) == (409, "DX_TRANSITION_NOT_ALLOWED")
    assert (refused["state"], rule(refused, "reconsideration")["law"]) == ("FULFILLED", "CrimT 9")
    assert (asked["state"], rule(asked, "answer")["law"]) == ("ACKNOWLEDGED", "CrimT 9")
    assert (filed_instead.status_code, filed_instead.json()["code"]) == (409, "DX_UNDER_RECONSIDERATION")
    assert (decided["state"], decided["filing"]) == ("FULFILLED", "NOT_FILED")
    assert (a_second.status_code, a_second.json()["code"]) == (409, "DX_NOTHING_TO_RECONSIDER")


@pytest.mark.law(CRIMT_9)
async def test_a_reconsideration_is_asked_for_within_three_days(world: World) -> None:
    first, second = await received(world, **crime(world)), await received(world, **crime(world))
    for transfer in (first, second):
        await done(receiver(world, transfer), transfer, "acceptance", NOT_FILED)
    hours(world, 3 * 24)

    on_the_last_day = await do(preparer(world), first, "reconsideration", REASON)
    hours(world, 24)
    on_the_fourth = await do(preparer(world), second, "reconsideration", REASON)

    assert on_the_last_day.status_code == 201
    assert (on_the_fourth.status_code, on_the_fourth.json()["code"]) == (409, "DX_RECONSIDERATION_LATE")


@pytest.mark.law(CRIMT_13)
async def test_a_case_that_is_not_prosecuted_is_transferred_back(world: World) -> None:
    transfer = await received(world, **crime(world))
    await done(receiver(world, transfer), transfer, "acceptance", FILED)
    result = {
        "outcome": "NOT_PROSECUTED",
        "decided_at": world.clock().isoformat(),
        "text": "犯罪事实显著轻微",
    }
    await done(receiver(world, transfer), transfer, "result", result)
    back = {"to_agency_id": agency(world, ASKING), "reverse_of": transfer["exchange_id"]}
    police = world.person("EXCHANGE_OFFICER", POLICE)

    reverse = await prepared(world, by=police, **back)
    elsewhere = await police.post(
        "/v1/case-transfers", json=order(world, **back | {"to_agency_id": agency(world, ASKED)})
    )

    assert (reverse["kind"], reverse["reverse_of"]) == ("TRANSFER", transfer["exchange_id"])
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (422, "DX_NO_REVERSE")


@pytest.mark.parametrize(
    "act", ["forwarding", "goods-handover", "reconsideration", "reconsideration-decision"]
)
async def test_eight_at_once_act_once(world: World, act: str) -> None:
    transfer = await received(world, **crime(world))
    them = receiver(world, transfer)
    if act == "goods-handover":
        await done(them, transfer, "acceptance", FILED)
    if act.startswith("reconsideration"):
        await done(them, transfer, "acceptance", NOT_FILED)
    if act == "reconsideration-decision":
        await done(preparer(world), transfer, "reconsideration", REASON)
    actor = preparer(world) if act in ("goods-handover", "reconsideration") else them
    bodies: dict[str, dict[str, Any]] = {
        "forwarding": {"competent_agency_id": agency(world, 2), "reason": "由其管辖"},
        "goods-handover": {"items": 1, "note": "车辆一辆"},
        "reconsideration": REASON,
        "reconsideration-decision": FILED,
    }

    answers = await asyncio.gather(*(do(actor, transfer, act, bodies[act]) for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


def rule(transfer: dict[str, Any], name: str) -> dict[str, Any]:
    """The clock of the rule `name`."""
    clock: dict[str, Any] = next(clock for clock in transfer["clocks"] if clock["rule"] == name)
    return clock
