"""The ecological code over a matter (ECO 1053–1057): limitation, fault, and the norm with the higher fine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from case.domain.deadlines import Terms
from case.domain.ecology import is_barred, limitation_of
from case.domain.investigation import sign_report
from case.domain.nopenalty import _SHOWN as SHOWN
from case.domain.outcomes import Effect, Outcome
from case.domain.procedure import Case, State
from common.values.catalogue import CatalogueItem, Clause, Norm, Regime
from common.values.errors import Refusal
from common.values.law import APL_36, ECO_1053_1057
from common.values.profile import BasisLevel
from tests.case.domain import walk

ACTED = datetime(2026, 9, 1, 4, tzinfo=UTC)
PLAIN = walk.TERMS.profile.item(walk.CODE, on=walk.NOON.date())


def ecological(**changes: Any) -> CatalogueItem:
    return replace(PLAIN, valid_from=date(2026, 8, 15), regime=Regime.ECOLOGY, **changes)


def under(item: CatalogueItem) -> Terms:
    return Terms(replace(walk.TERMS.profile, catalogue=(item,)), walk.TERMS.calendar)


def acted(case: Case) -> Case:
    """`case` with its act in September 2026."""
    exhibits = tuple(replace(exhibit, captured_at=ACTED) for exhibit in case.exhibits)
    return replace(case, exhibits=exhibits, weighings=())


@pytest.mark.law(APL_36, ECO_1053_1057)
@pytest.mark.parametrize(
    ("item", "harmless", "last", "law"),
    [
        (PLAIN, False, date(2028, 9, 1), APL_36),
        (ecological(), True, date(2028, 9, 1), APL_36),
        (ecological(), False, date(2031, 9, 1), ECO_1053_1057),
        (ecological(), None, date(2031, 9, 1), ECO_1053_1057),
    ],
)
def test_an_act_with_harm_to_the_environment_is_pursued_for_five_years(
    item: CatalogueItem, harmless: bool | None, last: date, law: Any
) -> None:
    case, terms = acted(walk.walked_to(State.FILED)[0]), under(item)

    until = limitation_of(case, terms, harmless=harmless)

    assert (until.due_on, until.law) == (last, law.cite)
    assert is_barred(case, terms, until.due_at, harmless=harmless)


@pytest.mark.law(ECO_1053_1057)
def test_that_there_was_no_fault_is_for_the_party_to_prove() -> None:
    filed, at = walk.walked_to(State.FILED)
    report = replace(walk.REPORT, fine_fen=0, outcome=Outcome.NO_PENALTY_NO_FAULT)

    with pytest.raises(Refusal) as refusal:
        sign_report(
            acted(filed), report, commitment=walk.KEPT, no_conflict=True, hand=walk.FIRST,
            terms=under(ecological()), at=at,
        )  # fmt: skip
    reviewed = acted(walk.walked_to(State.DEFENCE_REVIEW)[0])
    assert reviewed.conclusion is not None
    found = replace(reviewed, conclusion=replace(reviewed.conclusion, outcome=report.outcome))
    proven = replace(found, defences=tuple(replace(stated, effect=Effect.FAULT) for stated in found.defences))

    assert (refusal.value.code, refusal.value.article) == ("CASE_FAULT_PRESUMED", ECO_1053_1057)
    shown = SHOWN[Outcome.NO_PENALTY_NO_FAULT]
    assert [shown(found, under(item)) for item in (PLAIN, ecological())] == [True, False]
    assert shown(proven, under(ecological()))


@pytest.mark.law(ECO_1053_1057)
def test_of_several_norms_the_item_is_the_one_with_the_higher_fine() -> None:
    clause = Clause(BasisLevel.LAW, "示范法", "第一条")

    assert ecological(beside=(Norm(clause, 1000, PLAIN.max_fen),)).beside
    with pytest.raises(ValueError, match="has the higher fine"):
        ecological(beside=(Norm(clause, 1000, PLAIN.max_fen + 1),))
    with pytest.raises(ValueError, match="under the ecological code before 2026-08-15"):
        replace(PLAIN, regime=Regime.ECOLOGY)
