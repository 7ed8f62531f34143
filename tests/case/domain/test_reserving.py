"""Another day of service: which period follows the sending, which the arrival, and that none gets shorter (ARR 23)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from case.domain.clerical import Pair, Place, correct
from case.domain.doubting import doubt
from case.domain.paying import perform
from case.domain.performance import CaseServed, take_effect
from case.domain.procedure import Case, State, after
from case.domain.reserving import ServiceDateProven, note_arrival, prove_date
from case.domain.surcharge import amount_due
from common.values.calendar import Deadline, end_of
from common.values.ids import DocumentId
from common.values.law import ALL_46, APL_72, ARL_20
from common.values.manner import Manner
from tests.case.domain import walk

DAY = timedelta(days=1)


def served(*, arrived_after: timedelta | None) -> tuple[Case, dict[str, Deadline], datetime]:
    """A decision served by its sending; it arrived so much later, or nobody knows yet."""
    case, at = walk.walked_to(State.SERVICE_PENDING)
    arrived = at + arrived_after if arrived_after is not None else None
    facts = take_effect(
        case,
        document_id=walk.DECISION,
        manner=Manner.ELECTRONIC,
        served_at=at,
        arrived_at=arrived,
        terms=walk.TERMS,
    )
    deadlines = {deadline.rule: deadline for fact in facts for deadline in fact.due}
    for fact in facts:
        case = after(case, fact)
    assert isinstance(facts[0], CaseServed)
    return case, deadlines, at


@pytest.mark.law(ARL_20)
def test_ARR_1_reconsideration_counts_from_the_arrival_where_payment_counts_from_the_sending() -> None:
    _, both, at = served(arrived_after=2 * DAY)
    _, sent, _ = served(arrived_after=None)

    assert both["reconsideration"].trigger_on - sent["reconsideration"].trigger_on == 2 * DAY
    assert both["reconsideration"] == walk.TERMS.reconsideration(at + 2 * DAY)
    assert (both["pay"], both["litigation"]) == (sent["pay"], sent["litigation"])


@pytest.mark.law(ARL_20)
def test_ARR_1_an_arrival_that_is_known_later_moves_reconsideration_alone() -> None:
    case, deadlines, at = served(arrived_after=None)
    known = tuple(deadlines.values())

    def noted(days: int, document_id: DocumentId = walk.DECISION) -> list[tuple[str, Deadline]]:
        facts = note_arrival(
            case, known, document_id=document_id, arrived_at=at + days * DAY, terms=walk.TERMS
        )
        return [(fact.deadline.rule, fact.deadline) for fact in facts]

    assert noted(5) == [("reconsideration", walk.TERMS.reconsideration(at + 5 * DAY))]
    assert noted(0) == []
    assert noted(5, walk.NOTICE) == []


def test_a_proved_time_moves_every_period_and_shortens_none() -> None:
    case, deadlines, at = served(arrived_after=timedelta(0))
    known = tuple(deadlines.values())

    def proved(days: int) -> tuple[set[str], list[ServiceDateProven]]:
        facts = prove_date(
            case,
            known,
            document_id=walk.DECISION,
            served_at=at + days * DAY,
            arrived_at=at + days * DAY,
            terms=walk.TERMS,
        )
        moved = {fact.deadline.rule for fact in facts if not isinstance(fact, ServiceDateProven)}
        return moved, [fact for fact in facts if isinstance(fact, ServiceDateProven)]

    later, (fact,) = proved(40)
    earlier, (back,) = proved(-1)

    assert later == {"reconsideration", "litigation", "pay", "apply_court"}
    assert (fact.was_served_at, fact.served_at) == (at, at + 40 * DAY)
    assert after(case, fact).served_at == at + 40 * DAY
    assert (earlier, back.served_at) == (set(), at - DAY)
    assert proved(0) == (set(), [])


def test_a_notice_served_later_leaves_more_time_to_answer() -> None:
    case, at = walk.walked_to(State.PRIOR_NOTICE_SERVED)
    deadlines = [walk.TERMS.defence(case.notices[-1].served_at or at)]

    facts = prove_date(
        case,
        deadlines,
        document_id=walk.NOTICE,
        served_at=at + 20 * DAY,
        arrived_at=at + 20 * DAY,
        terms=walk.TERMS,
    )

    for fact in facts:
        case = after(case, fact)
    notice = case.notices[-1]
    assert notice.served_at == at + 20 * DAY
    assert notice.defence_until == walk.TERMS.defence(at + 20 * DAY).due_at
    stranger = DocumentId.new(walk.NOON)
    assert prove_date(case, [], document_id=stranger, served_at=at, arrived_at=at, terms=walk.TERMS) == ()


@pytest.mark.law(APL_72)
def test_a_proved_later_service_frees_a_late_payment_from_its_surcharge() -> None:
    case, deadlines, at = served(arrived_after=timedelta(0))
    assert case.payment is not None
    late = end_of(case.payment.due_on) + 2 * DAY
    for fact in walk.paid_facts(case, walk.bank(case, late), late):
        case = after(case, fact)
    assert (case.state, amount_due(case, late)[1] > 0) == (State.PERFORMING, True)

    for moved in prove_date(
        case,
        tuple(deadlines.values()),
        document_id=walk.DECISION,
        served_at=at + 5 * DAY,
        arrived_at=at + 5 * DAY,
        terms=walk.TERMS,
    ):
        case = after(case, moved)

    assert amount_due(case, late) == (0, 0)
    (doubted,) = doubt(case, document_id=walk.DECISION, step=1)
    assert perform(after(case, doubted), terms=walk.TERMS) is None
    performed = perform(case, terms=walk.TERMS)
    assert performed is not None
    assert after(case, performed).state is State.PERFORMED


@pytest.mark.law(APL_72, ALL_46)
def test_a_corrected_typing_error_starts_and_moves_no_period_of_the_decision() -> None:
    case, deadlines, at = served(arrived_after=timedelta(0))
    pairs = (Pair(Place.PLACE_NAME, "交差口", "交叉口"),)
    made = correct(
        case, pairs, document_id=walk.AMENDED, sha256=walk.SHA, committed=walk.KEPT, hand=walk.HEAD,
        terms=walk.TERMS, at=at,
    )  # fmt: skip
    case = after(case, made)
    case = after(case, walk.ordered(case, walk.AMENDED, "D-36a"))

    (told,) = take_effect(
        case, document_id=walk.AMENDED, manner=Manner.ELECTRONIC, served_at=at + 90 * DAY, terms=walk.TERMS
    )
    case = after(case, told)
    moved = prove_date(
        case,
        tuple(deadlines.values()),
        document_id=walk.AMENDED,
        served_at=at + 91 * DAY,
        arrived_at=at + 91 * DAY,
        terms=walk.TERMS,
    )

    assert told.due == ()
    assert [type(fact) for fact in moved] == [ServiceDateProven]
    assert after(case, moved[0]).amendments[-1].served_at == at + 91 * DAY
