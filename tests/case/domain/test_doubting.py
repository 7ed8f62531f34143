"""A service in doubt: nothing that rests on it is open, no surcharge runs, and a new service moves every period."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from case.domain.decision import require_decidable
from case.domain.defence import review
from case.domain.doubting import doubt, serve_anew, settle
from case.domain.ordering import check_correction, order_correction, order_served
from case.domain.performance import take_effect
from case.domain.procedure import Case, State, after, require_no_doubt
from case.domain.reserving import ServiceDateProven
from case.domain.serving import fall_through, order_service
from case.domain.surcharge import amount_due
from common.values.calendar import Deadline, end_of
from common.values.errors import Refusal
from common.values.law import APL_61, APL_72
from common.values.manner import Manner
from tests.case.domain import walk

DAY = timedelta(days=1)


def in_doubt(state: State) -> tuple[Case, datetime]:
    """The case at `state`, after its notice or its decision was served and the channel denied the arrival."""
    case, at = walk.walked_to(state)
    document = case.decision.document_id if case.decision else case.notices[-1].document_id
    (fact,) = doubt(case, document_id=document, step=1)
    return after(case, fact), at


@pytest.mark.law(APL_61)
def test_no_act_rests_on_a_notice_whose_service_is_in_doubt() -> None:
    case, at = in_doubt(State.PRIOR_NOTICE_SERVED)
    asked = walk.question(case, at + 30 * DAY)
    acts = [
        lambda: review(case, answers=(), hand=walk.LEAD, at=at + 30 * DAY),
        lambda: require_decidable(asked, hand=walk.HEAD),
    ]

    for act in acts:
        with pytest.raises(Refusal) as refusal:
            act()
        assert (refusal.value.code, refusal.value.article) == ("CASE_SERVICE_IN_DOUBT", APL_61)
    document = case.notices[-1].document_id
    assert doubt(case, document_id=document, step=1) == ()
    (fact,) = settle(case, document_id=document)
    assert review(after(case, fact), answers=(), hand=walk.LEAD, at=at + 30 * DAY)


@pytest.mark.law(APL_72)
def test_no_surcharge_runs_while_the_service_of_the_decision_is_in_doubt() -> None:
    case, _ = in_doubt(State.PERFORMING)
    assert case.payment is not None
    late = end_of(case.payment.due_on) + 3 * DAY

    (settled,) = settle(case, document_id=walk.DECISION)

    notice = case.notices[-1].document_id
    (both,) = doubt(case, document_id=notice, step=1)
    assert after(after(case, both), settled).doubt_about(notice) is not None
    assert amount_due(case, late)[1] == 0
    assert amount_due(after(case, settled), late)[1] > 0


@pytest.mark.law(APL_61)
def test_a_denied_order_to_correct_runs_no_days_and_keeps_nothing_else_waiting() -> None:
    case, at = walk.walked_to(State.PRIOR_NOTICE_SERVED)
    ordered = order_correction(
        case, document_id=walk.AMENDED, sha256=walk.SHA, content=walk.KEPT, days=3, hand=walk.LEAD, at=at
    )
    case = after(case, ordered)
    served = order_served(
        case, document_id=walk.AMENDED, manner=Manner.ELECTRONIC, served_at=at, terms=walk.TERMS
    )
    assert served is not None
    case = after(case, served)
    (denied,) = doubt(case, document_id=walk.AMENDED, step=1)
    case = after(case, denied)

    def look(seen: Case, *, complied: bool, days: int) -> object:
        then = at + days * DAY
        return check_correction(
            seen, complied=complied, checked_at=then, proof_sha256=walk.SHA, hand=walk.FIRST, at=then
        )

    with pytest.raises(Refusal) as refusal:
        look(case, complied=False, days=9)
    require_no_doubt(case, act="the decision")
    moved = case
    for fact in serve_anew(
        case, served.due, document_id=walk.AMENDED, step=2, served_at=at + 9 * DAY, terms=walk.TERMS
    ):
        moved = after(moved, fact)
    with pytest.raises(Refusal) as early:
        look(moved, complied=False, days=10)

    assert (refusal.value.code, refusal.value.article) == ("CASE_SERVICE_IN_DOUBT", APL_61)
    assert look(case, complied=True, days=1)
    assert early.value.code == "CASE_CORRECTION_TIME"
    assert look(moved, complied=False, days=20)
    (upheld,) = settle(case, document_id=walk.AMENDED)
    assert look(after(case, upheld), complied=False, days=9)


def test_another_service_moves_every_period_and_ends_the_doubt() -> None:
    case, at = walk.walked_to(State.SERVICE_PENDING)
    facts = take_effect(
        case, document_id=walk.DECISION, manner=Manner.ELECTRONIC, served_at=at, terms=walk.TERMS
    )
    known: list[Deadline] = [deadline for fact in facts for deadline in fact.due]
    for fact in facts:
        case = after(case, fact)
    (doubted,) = doubt(case, document_id=walk.DECISION, step=1)
    case = after(case, doubted)

    def anew(step: int) -> tuple[object, ...]:
        return serve_anew(
            case,
            known,
            document_id=walk.DECISION,
            step=step,
            served_at=at + 9 * DAY,
            terms=walk.TERMS,
        )

    moved = anew(2)
    assert anew(1) == ()
    assert [type(fact).__name__ for fact in moved].count("DeadlineRedated") == 4
    assert any(isinstance(fact, ServiceDateProven) for fact in moved)
    for fact in moved:
        case = after(case, fact)  # type: ignore[arg-type]
    assert (case.doubts, case.served_at) == ((), at + 9 * DAY)


def test_an_abandonment_that_is_told_twice_does_not_end_the_next_order() -> None:
    case, _ = walk.walked_to(State.SERVICE_PENDING)
    told = fall_through(case, document_id=walk.DECISION, cause="first", reason="RECALLED")
    assert told is not None
    case = after(case, told)
    assert case.decision is not None
    again = order_service(
        case,
        document_id=walk.DECISION,
        document_kind="D-20a",
        document_sha256=walk.SHA,
        manner=Manner.DIRECT,
        consent_id=None,
        hand=walk.SERVER,
    )
    case = after(case, again)

    assert fall_through(case, document_id=walk.DECISION, cause="first", reason="RECALLED") is None
    assert fall_through(case, document_id=walk.DECISION, cause="second", reason="RECALLED") is not None
