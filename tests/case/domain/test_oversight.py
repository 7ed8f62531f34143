"""Oversight items: each act from its states, each result on its condition."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from case.domain.oversight import (
    ItemType,
    OversightClosed,
    OversightItem,
    Result,
    Source,
    State,
    after,
    close,
    open_item,
    passed,
    redate,
    reply,
)
from case.oversight.rules import RULES
from case.oversight.types import TYPES
from common.values.errors import Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId, OversightItemId
from common.values.law import AES_2, AES_22_1, AES_26, AES_27_2, AES_32, AES_33_1, Article
from tests.case.domain import walk

MONDAY = datetime(2025, 3, 3, 2, 0, tzinfo=UTC)
LAST_INSTANT = datetime(2025, 3, 17, 15, 59, 59, tzinfo=UTC)
"""23:59:59 in Shanghai on the tenth working day after that Monday."""
NEXT_DAY = LAST_INSTANT + timedelta(seconds=1)
WORDS = Commitment(b"w" * 32)
SILENT, ABOVE = AgencyId.new(MONDAY), AgencyId.new(MONDAY)
SOURCE = Source("01936e8c-0000-7000-8000-000000000001", "exchange.escalated", "exchange/exc_1", 7)


def opened() -> OversightItem:
    return open_item(
        OversightItemId.new(MONDAY),
        ItemType.OV_2,
        agency_id=SILENT,
        source=SOURCE,
        consequence=None,
        terms=walk.TERMS,
        at=MONDAY,
    ).begun(at=MONDAY)


def replied(at: datetime = MONDAY) -> OversightItem:
    item = opened()
    return after(item, reply(item, text=WORDS), at=at)


def closed_as(
    item: OversightItem,
    result: Result,
    *,
    organ: Commitment | None = None,
    by: AgencyId = ABOVE,
    at: datetime = MONDAY,
) -> OversightClosed:
    return close(item, result, by_agency=by, reasons=WORDS, organ=organ, at=at)


def closed() -> OversightItem:
    return after(opened(), closed_as(opened(), Result.NOT_ESTABLISHED), at=MONDAY)


@pytest.mark.law(AES_22_1)
def test_the_reply_is_overdue_from_the_first_instant_after_its_last_day() -> None:
    item = opened()

    assert passed(item, at=LAST_INSTANT) is None
    overdue = passed(item, at=NEXT_DAY)
    assert overdue is not None
    assert (str(overdue.due_on), after(item, overdue, at=NEXT_DAY).state) == ("2025-03-17", State.OPEN)
    assert passed(after(item, overdue, at=NEXT_DAY), at=NEXT_DAY) is None


def test_a_reply_is_judged_by_its_own_day_and_not_by_the_day_of_the_look() -> None:
    assert passed(replied(LAST_INSTANT), at=NEXT_DAY) is None
    assert passed(replied(NEXT_DAY), at=NEXT_DAY) is not None
    assert passed(closed(), at=NEXT_DAY) is None


def test_a_provisional_period_is_dated_again_while_it_runs() -> None:
    settled = opened()
    item = replace(settled, due=replace(settled.due, due_on=date(2025, 3, 14), provisional=True))
    calendar = walk.TERMS.calendar

    fact = redate(item, calendar)

    assert fact is not None
    assert (after(item, fact, at=MONDAY).due, fact.was_due_on) == (settled.due, date(2025, 3, 14))
    judged = [replace(item, overdue_at=MONDAY), after(item, reply(item, text=WORDS), at=MONDAY)]
    assert [redate(one, calendar) for one in (settled, *judged)] == [None, None, None]


@pytest.mark.law(AES_22_1)
@pytest.mark.parametrize("item", [replied(), closed()], ids=["replied", "closed"])
def test_an_agency_replies_once_and_not_to_a_closed_item(item: OversightItem) -> None:
    with pytest.raises(Refusal) as refusal:
        reply(item, text=WORDS)

    assert (refusal.value.code, refusal.value.article) == ("OV_TRANSITION_NOT_ALLOWED", AES_22_1)


@pytest.mark.law(AES_26)
def test_an_item_is_closed_once() -> None:
    with pytest.raises(Refusal) as refusal:
        closed_as(closed(), Result.NOT_ESTABLISHED)

    assert (refusal.value.code, refusal.value.article) == ("OV_TRANSITION_NOT_ALLOWED", AES_26)


@pytest.mark.law(AES_27_2, AES_32)
@pytest.mark.parametrize(
    ("result", "article"), [(Result.RECTIFIED, AES_27_2), (Result.REFERRED_DISCIPLINE, AES_32)]
)
def test_a_result_that_rests_on_the_report_waits_for_it_or_for_the_end_of_its_period(
    result: Result, article: Article
) -> None:
    with pytest.raises(Refusal) as refusal:
        closed_as(opened(), result, organ=WORDS, at=LAST_INSTANT)

    assert (refusal.value.code, refusal.value.article) == ("OV_REPLY_PENDING", article)
    assert closed_as(replied(), result, organ=WORDS).result is result
    assert closed_as(opened(), result, organ=WORDS, at=NEXT_DAY).result is result


@pytest.mark.law(AES_33_1, AES_32)
@pytest.mark.parametrize(
    ("result", "article"), [(Result.REFERRED_CRIMINAL, AES_33_1), (Result.REFERRED_DISCIPLINE, AES_32)]
)
def test_a_referral_names_the_organ_that_decides(result: Result, article: Article) -> None:
    with pytest.raises(Refusal) as refusal:
        closed_as(replied(), result)

    assert (refusal.value.code, refusal.value.article) == ("OV_ORGAN_MISSING", article)
    assert closed_as(replied(), result, organ=WORDS).organ == WORDS


def test_the_suspicion_of_a_crime_does_not_wait_for_the_reply() -> None:
    assert closed_as(opened(), Result.REFERRED_CRIMINAL, organ=WORDS).result is Result.REFERRED_CRIMINAL


@pytest.mark.law(AES_2)
def test_no_agency_closes_an_item_about_itself() -> None:
    with pytest.raises(Refusal) as refusal:
        closed_as(replied(), Result.NOT_ESTABLISHED, by=SILENT)

    assert (refusal.value.code, refusal.value.article) == ("OV_OWN_AGENCY", AES_2)


def test_every_type_has_its_words_and_its_law_and_every_rule_opens_known_types() -> None:
    assert list(TYPES) == list(ItemType)
    assert {item_type for rule in RULES for item_type in rule.types} == {
        ItemType.OV_1,
        ItemType.OV_2,
        ItemType.OV_3,
        ItemType.OV_4,
        ItemType.OV_6,
        ItemType.OV_8,
    }


def test_a_rule_opens_no_type_that_is_not_its_own() -> None:
    escalated = next(rule for rule in RULES if rule.record_type == "exchange.escalated")

    assert escalated.type_of({"item_type": "OV-3"}) is ItemType.OV_3
    with pytest.raises(ValueError, match="opens no OV-9"):
        escalated.type_of({"item_type": "OV-9"})


def test_the_states_of_an_item_change_by_its_facts_alone() -> None:
    item = replied()

    assert item == replace(opened(), id=item.id, state=State.REPLIED, replied_at=MONDAY, revision=1)
    assert closed().closed_at == MONDAY
