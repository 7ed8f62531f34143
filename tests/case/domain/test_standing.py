"""A decision that fell is never verified as valid again, whatever becomes of its case (APL 75(2))."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from case.documents.standing import has_fallen
from case.domain.amendments import AmendmentKind
from case.domain.contents import Proposal
from case.domain.procedure import Case, State, after
from case.domain.revoking import overturn
from common.values.ids import DocumentId
from common.values.law import APL_75_2
from common.values.profile import PenaltyKind
from tests.case.domain import walk

LIGHTER = Proposal((walk.CODE,), PenaltyKind.FINE, 2000)
MINUTE = timedelta(minutes=1)


def fallen(case: Case) -> tuple[bool, bool]:
    """Whether the D-20a fell, and whether the D-36."""
    return has_fallen(case, walk.DECISION, "D-20a"), has_fallen(case, walk.AMENDED, "D-36")


@pytest.mark.law(APL_75_2)
def test_a_revoked_decision_stays_fallen_in_the_archive() -> None:
    case, at = walk.walked_to(State.PERFORMED)
    assert fallen(case) == (False, False)
    revoked = walk.passed(case, at)
    for fact in walk.amended(case, at):
        revoked = after(revoked, fact)

    for state in (State.REVOKED_BY_SELF, State.CLOSED, State.ARCHIVED):
        assert fallen(replace(revoked, state=state)) == (True, False)
    assert not has_fallen(revoked, walk.NOTICE, "D-14")


@pytest.mark.law(APL_75_2)
def test_what_was_changed_or_ordered_anew_is_fallen_and_what_took_its_place_stands() -> None:
    case, at = walk.walked_to(State.PERFORMING)
    changed = walk.passed(case, at, LIGHTER)
    for fact in walk.amended(case, at, LIGHTER):
        changed = after(changed, fact)
    assert case.decision is not None
    assert fallen(changed) == (True, False)

    assert changed.amendments[-1].kind is AmendmentKind.CHANGE
    anew = replace(changed, decision=None)
    assert fallen(anew) == (True, True)
    made = replace(case.decision, document_id=DocumentId.new(at), decided_at=at + MINUTE)
    decided = replace(anew, decision=made)
    assert fallen(decided) == (True, True)
    assert not has_fallen(decided, made.document_id, "D-20a")


@pytest.mark.law(APL_75_2)
def test_what_an_organ_of_remedy_changed_says_more_than_is_left() -> None:
    case, at = walk.walked_to(State.PERFORMING)

    for fact in overturn(case, LIGHTER, hand=walk.SERVER, terms=walk.TERMS, at=at):
        case = after(case, fact)

    assert case.decision is not None
    assert case.decision.document_id == walk.DECISION
    assert has_fallen(case, walk.DECISION, "D-20a")
