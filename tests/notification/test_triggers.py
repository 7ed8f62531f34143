"""Which record and which day ask for a notice: each once, and only while there is a reason for it."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar

import pytest

from case.store import cases
from common.door.uow import change
from common.policy import Action, authorize, service_actor
from common.values.datafiles import load_profile
from common.values.facts import Fact
from common.values.ids import CaseId
from common.values.law import NJ_15
from notification.domain.lapsing import lapsed_by
from notification.domain.reminding import cause_of, is_wanted, to_correct, to_pay
from notification.telling import clocks
from tests.case.story import OPENED, Story
from tests.notification.test_telling import PHONE, a_prompted_stranger, sendings
from tests.world import World

RULES = load_profile("DEMO").notification
NINE = datetime(2025, 3, 3, 1, 0, tzinfo=UTC)  # nine in the morning of Beijing


@dataclass(frozen=True)
class CaseNotFiled(Fact):
    """As case will record that a suspicion ended without a filing."""

    type: ClassVar[str] = "case.not_filed"

    owner: CaseId
    reason: str
    not_filed_at: datetime
    kept_until: datetime


@pytest.mark.parametrize(
    ("minutes", "after"), [(30, 15), (600, 300), (16, 6), (10, None), (0, None)], ids=str
)
def test_the_reminder_to_correct_comes_at_half_time_and_at_the_latest_ten_minutes_before_the_end(
    minutes: int, after: int | None
) -> None:
    due = to_correct(told_at=NINE, until=NINE + timedelta(minutes=minutes), rules=RULES)

    assert (due.due_at - NINE if due else None) == (timedelta(minutes=after) if after else None)


def test_a_payment_is_reminded_five_days_and_one_day_before_and_its_lateness_the_day_after() -> None:
    due = to_pay(date(2025, 3, 17), RULES)

    assert [(each.code, each.due_at) for each in due] == [
        ("N-10", NINE + timedelta(days=9)),
        ("N-10", NINE + timedelta(days=13)),
        ("N-11", NINE + timedelta(days=15)),
    ]
    case_id = CaseId.new(NINE)
    assert len({cause_of(case_id, each) for each in (*due, *to_pay(date(2025, 3, 18), RULES))}) == 6


@pytest.mark.parametrize("is_paid", [True, False])
def test_nobody_is_reminded_of_what_was_paid_or_of_a_day_that_was_moved(is_paid: bool) -> None:
    last = date(2025, 3, 17)
    for each in to_pay(last, RULES):
        for pay_by in (last, date(2025, 3, 18)):
            wanted = is_wanted(
                each.code,
                state="PERFORMING",
                correct_until=None,
                pay_by=pay_by,
                is_paid=is_paid,
                due_at=each.due_at,
                at=each.due_at,
                rules=RULES,
            )
            moved_onto_another = any(d.due_at == each.due_at for d in to_pay(pay_by, RULES))
            assert wanted == (not is_paid and moved_onto_another)


@pytest.mark.begins("prompt")
async def test_a_case_tells_of_each_step_once_and_reminds_while_there_is_time(world: World) -> None:
    story = await Story(world).opened()
    world.clock.advance(minutes=16)
    await asyncio.gather(*(clocks.remind(world.runtimes["notification"]) for _ in range(8)))
    await world.settle()
    reminded = [message["code"] for message in await story.inbox()]

    await _end(world, story, "FIRST_OFFENCE_CORRECTED")
    await _end(world, story, "EXEMPT")
    await _end(world, story, "PARTY_UNKNOWN_FINAL")
    await world.settle()

    assert reminded == ["N-01", "N-02"]
    told = {message["code"]: message for message in await story.inbox()}
    assert [message["code"] for message in await story.inbox()] == ["N-01", "N-02", "N-03", "N-04"]
    assert "不予立案" in told["N-03"]["text"]
    assert told["N-04"]["document_id"] is None


@pytest.mark.begins("serve decision")
async def test_a_decision_is_reminded_until_it_is_paid(world: World) -> None:
    story = await (await Story(world).opened()).walk("serve decision")
    due_on = date.fromisoformat((await story.view())["payment"]["due_on"])
    for days in (-5, -1):
        world.clock.to(datetime(due_on.year, due_on.month, due_on.day, 2, tzinfo=UTC) + timedelta(days=days))
        await world.settle()
    before = Counter(message["code"] for message in await story.inbox())

    await story.pay()
    await world.settle()
    world.clock.advance(days=4)
    await world.settle()

    after = Counter(message["code"] for message in await story.inbox())
    assert before == Counter(["N-01", "N-05", "N-06", "N-07", "N-07", "N-09", "N-10", "N-10"])
    # It was paid in time, so nobody is told that it is late. The money is one thing, the performance another.
    assert after - before == Counter(["N-14", "N-14"])
    told = [message["text"] for message in await story.inbox() if message["code"] == "N-14"]
    assert [("待银行对账" in text, "已登记为已履行" in text) for text in told] == [
        (True, False),
        (False, True),
    ]
    async with world.database("notification") as db:
        lapsed = await db.fetch("SELECT code FROM lapsings WHERE case_id = $1", story.case_id)
    assert {row["code"] for row in lapsed} == {"N-02", "N-10", "N-11"}


@pytest.mark.parametrize(
    ("record_type", "is_paid", "codes"),
    [
        ("case.not_filed", False, ("N-01", "N-02")),
        ("case.filed", False, ("N-02",)),
        ("case.paid", False, ()),
        ("case.paid", True, ("N-10", "N-11")),
        ("case.revoked", False, ("N-10", "N-11")),
        ("case.changed", False, ("N-10", "N-11")),
    ],
)
def test_a_notice_lapses_with_its_reason_and_a_part_of_the_fine_takes_none_away(
    record_type: str, is_paid: bool, codes: tuple[str, ...]
) -> None:
    assert lapsed_by(record_type, is_paid=is_paid) == codes


@pytest.mark.begins(OPENED)
@pytest.mark.law(NJ_15)
async def test_a_prompt_that_still_waits_is_not_sent_once_its_case_ended_without_a_filing(
    world: World,
) -> None:
    story = await a_prompted_stranger(world, phone=PHONE)
    (waiting,) = await sendings(story)
    assert [line["state"] for line in waiting["deliveries"]] == ["HELD"]

    await _end(world, story, "EXEMPT")
    await world.settle()
    world.clock.advance(minutes=11)
    await world.settle()

    prompt, eliminated = await sendings(story)
    assert [(line["state"], line["code"]) for line in prompt["deliveries"]] == [("CANCELLED", "REASON_GONE")]
    assert (prompt["state"], eliminated["code"]) == ("FAILED", "N-04")
    assert [line["state"] for line in eliminated["deliveries"]] == ["HELD"]


async def _end(world: World, story: Story, reason: str) -> None:
    """The record with which case ends a suspicion without a filing."""
    db = world.runtimes["case"].db
    async with change(db, authorize(service_actor("case"), Action.CASE_NOTE_SERVICE)) as tx:
        case_id = CaseId(story.case_id)
        permit = tx.permit(cases.resource(await cases.lock(tx, case_id)))
        tx.record(permit, CaseNotFiled(case_id, reason, tx.now, tx.now))
