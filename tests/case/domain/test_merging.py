"""Cases about one act become one, and the wrong party is released (APL 29, 40, 42). No database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from case.domain.acts import Act
from case.domain.contents import OtherPenalty, OthersAnswer
from case.domain.corrections import CorrectionOrder
from case.domain.guards.competence import not_twice
from case.domain.merging import absorb, join_capture, link, merge
from case.domain.ordering import is_ordered, open_order
from case.domain.procedure import Case, State, after
from case.domain.releasing import WrongBecause, release_party
from common.values.errors import Kind, Refusal
from common.values.ids import AgencyId, CaseId, EvidenceId
from common.values.law import APL_28_1, APL_29, APL_40, APL_42
from tests.case.domain import walk

OTHER = replace(walk.EXHIBIT, evidence_id=EvidenceId.new(walk.NOON))
AT = walk.NOON + 40 * walk.DAY


def other_case(state: State = State.SUSPECTED) -> Case:
    case, _ = walk.walked_to(state)
    return replace(case, exhibits=(OTHER,))


@pytest.mark.law(APL_29)
def test_a_lead_that_nobody_worked_on_ends_and_its_captures_go_along() -> None:
    case, into = other_case(), walk.opened()

    ended, moved = absorb(case, into, terms=walk.TERMS, at=AT)

    assert after(case, ended).state is State.NOT_FILED
    assert [exhibit.evidence_id for exhibit in after(into, moved[0]).exhibits] == [
        walk.EXHIBIT.evidence_id,
        OTHER.evidence_id,
    ]
    assert (ended.was_prompted, ended.kept_until, ended.archive_by) == (False, AT, None)


@pytest.mark.law(APL_29)
def test_a_case_that_was_filed_is_closed_and_archived_and_one_that_is_signed_takes_no_capture() -> None:
    case, (into, _) = other_case(State.FILED), walk.walked_to(State.INVESTIGATION_CONCLUDED)

    ended, moved = merge(case, into, reason=walk.KEPT, hand=walk.LEAD, terms=walk.TERMS, at=AT)

    assert (after(case, ended).state, moved, ended.was_prompted) == (State.CLOSED, (), True)
    assert ended.archive_by is not None
    with pytest.raises(Refusal):
        join_capture(into, OTHER, ruleset="R@1")


@pytest.mark.law(APL_29)
@pytest.mark.parametrize("why", ["itself", "another agency", "ended", "merged"])
def test_a_case_is_merged_into_one_that_goes_on_with_the_act(why: str) -> None:
    case, (denied, _) = other_case(), walk.walked_to(State.NOT_FILED)
    into = {
        "itself": case,
        "another agency": replace(walk.opened(), agency_id=AgencyId.new(walk.NOON)),
        "ended": denied,
        "merged": replace(walk.opened(), act=Act(case.id, AT)),
    }[why]

    with pytest.raises(Refusal) as refusal:
        merge(case, into, reason=walk.KEPT, hand=walk.LEAD, terms=walk.TERMS, at=AT)

    assert (refusal.value.code, refusal.value.article) == ("CASE_MERGER_NOT_POSSIBLE", APL_29)


@pytest.mark.law(APL_42)
@pytest.mark.parametrize("which", [0, 1])
def test_nobody_merges_or_releases_in_a_case_of_their_own(which: int) -> None:
    cases = [other_case(), walk.walked_to(State.FILED)[0]]
    case, into = cases if which else cases[::-1]

    with pytest.raises(Refusal) as merging:
        merge(case, into, reason=walk.KEPT, hand=walk.SECOND, terms=walk.TERMS, at=AT)
    with pytest.raises(Refusal) as releasing:
        release(cases[1], hand=walk.SECOND)

    assert {merging.value.code, releasing.value.code} == {"ROLE_CONFLICT"}


@pytest.mark.law(APL_29)
def test_a_penalty_of_another_agency_bars_until_legal_review_found_it_distinct() -> None:
    case, at = walk.walked_to(State.DEFENCE_REVIEW)
    theirs = OtherPenalty(AgencyId.new(walk.NOON), "N1")
    heard = replace(case, others=OthersAnswer(at, (theirs,), may_decide=True, unanswered=()))
    asked = walk.question(heard, at)
    found = replace(heard, distinct=(theirs.name,))

    barred, cleared = not_twice(asked), not_twice(replace(asked, case=found))

    assert (barred.code if barred else None, cleared) == ("CASE_DUPLICATE_PENALTY", None)


def release(case: Case, hand: object = walk.LEAD) -> Case:
    fact = release_party(
        case,
        cause=WrongBecause.VEHICLE_SOLD,
        note=walk.KEPT,
        hand=hand,  # type: ignore[arg-type]
        terms=walk.TERMS,
        at=AT,
    )
    return after(case, fact)


@pytest.mark.law(APL_40)
@pytest.mark.parametrize(
    "state", [State.PROMPTED, State.FILED, State.PRIOR_NOTICE_SERVED, State.DEFENCE_REVIEW]
)
def test_after_a_release_nothing_binds_that_only_the_wrong_party_heard_or_said(state: State) -> None:
    case, _ = walk.walked_to(state)

    left = release(case)

    fresh = walk.opened()
    assert left.released is not None
    assert left.released.parties == (walk.PARTY.id,)
    # The weighed law stays as history: the next report weighs it anew.
    same = {"id", "number", "exhibits", "revision", "released", "round", "returned_at", "weighings"}
    differing = {name for name in vars(left) if getattr(left, name) != getattr(fresh, name)}
    assert differing <= same


@pytest.mark.law(APL_28_1, APL_40)
def test_what_the_wrong_party_was_ordered_to_correct_nobody_else_was() -> None:
    case, _ = walk.walked_to(State.DEFENCE_REVIEW)
    order = CorrectionOrder(walk.AMENDED, alone=True, ordered_at=AT, days=5)
    ordered = replace(case, correction_orders=(order,))

    left = release(ordered)

    assert is_ordered(ordered)
    assert (is_ordered(left), open_order(left)) == (False, None)
    with pytest.raises(Refusal) as refusal:
        release(replace(case, correction_orders=(replace(order, service_ordered=True),)))
    assert (refusal.value.code, refusal.value.facts["document_id"]) == ("CASE_SERVICE_RUNNING", walk.AMENDED)


@pytest.mark.law(APL_40)
def test_a_party_is_not_released_while_a_document_is_on_its_way_to_it() -> None:
    case, _ = walk.walked_to(State.PRIOR_NOTICE_SENT)
    sent = after(case, walk.ordered(case, walk.NOTICE, "D-14"))  # type: ignore[arg-type]

    with pytest.raises(Refusal) as refusal:
        release(sent)

    assert (refusal.value.kind, refusal.value.code) == (Kind.CONFLICT, "CASE_SERVICE_RUNNING")


@pytest.mark.law(APL_29)
def test_a_case_that_is_linked_says_so_and_a_link_alone_ends_nothing() -> None:
    case, other = walk.opened(), CaseId.new(walk.NOON)

    linked = after(case, link(case, other, ruleset="R@1"))

    assert (linked.state, linked.act.same_as) == (case.state, other)
