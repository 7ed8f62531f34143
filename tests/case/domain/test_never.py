"""What no row of accepted acts ends in (APL 29, 41, 44, 45, 57), whatever people try in whatever order. No database.

The rules decide what is accepted; what was done is remembered here, and each penalty is held against that memory and
against no guard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from case.domain.contents import OtherPenalty
from case.domain.decision import decide
from case.domain.defence import Answer, defend, review
from case.domain.invalidating import Mark, note_mark
from case.domain.merging import merge
from case.domain.others import Reply, note_answer
from case.domain.outcomes import EXCLUDING, Effect
from case.domain.procedure import DELIBERATING, Case, State, after
from case.domain.weighing import severity
from common.values.errors import Refusal
from common.values.ids import AgencyId, DocumentId
from common.values.law import APL_29, APL_41_1, APL_44, APL_45, APL_57
from tests.case.domain import walk

OTHER: Final = AgencyId.new(walk.NOON)
BEGUN: Final = (
    State.SUSPECTED,
    State.FILED,
    State.INVESTIGATION_CONCLUDED,
    State.PRIOR_NOTICE_SERVED,
    State.DEFENCE_REVIEW,
)
"""Where a row of acts begins: from the first state alone few rows would ever come to a decision."""
DECIDABLE: Final = (State.DEFENCE_REVIEW, *DELIBERATING)


@dataclass
class Memory:
    """What was done to the case so far, as somebody beside it would remember."""

    adopted: Effect | None = None
    is_invalid: bool = False
    is_fined_elsewhere: bool = False
    is_merged: bool = False


ADOPTED: Final = {f"adopt {effect}": effect for effect in Effect}
FINES: Final = {"on": 4000, "decide lighter": 2000, "decide heavier": 5000}
"""What the head tries to decide; the notice says 4,000."""
EVENTS: Final = ("mark", "fined elsewhere", "merge")
ACTS: Final = st.sampled_from(["on", "say", *ADOPTED, *FINES, *EVENTS])


@settings(deadline=None, max_examples=400)
@given(st.sampled_from(BEGUN), st.lists(ACTS, max_size=12))
@pytest.mark.law(APL_29, APL_41_1, APL_44, APL_45, APL_57)
def test_no_row_of_accepted_acts_ends_in_a_penalty_that_the_law_forbids(
    begun: State, acts: list[str]
) -> None:
    """No penalty heavier than what was served, on facts that an adopted statement removed, on a merged act or one that
    was fined elsewhere, or on an invalid device.
    """
    (case, at), memory = walk.walked_to(begun), Memory()
    for act in acts:
        at += timedelta(hours=1)
        before = case
        case = done(case, tried(act, case, at, memory))
        if case.decision is not None and before.decision is None:
            require_lawful(case, memory)


def require_lawful(case: Case, memory: Memory) -> None:
    """What was just decided agrees with what is remembered."""
    assert case.decision is not None
    proposal = case.decision.proposal
    if proposal is None:
        return
    served = [severity(notice.proposal) for notice in case.notices if notice.served_at is not None]
    assert served
    assert severity(proposal) <= max(served)
    assert memory.adopted not in EXCLUDING
    assert not memory.is_invalid
    assert not memory.is_fined_elsewhere
    assert not memory.is_merged


def tried(act: str, case: Case, at: datetime, memory: Memory) -> Sequence[Any]:
    """The facts of an act; none if it is refused."""
    try:
        match act:
            case "on" if case.state not in DECIDABLE:
                return walk.steps(case, at)
            case "say":
                return [defend(case, party_id=walk.PARTY.id, statement=walk.KEPT, final=True, at=at)]
            case _ if act in ADOPTED:
                return adopted(case, ADOPTED[act], at, memory)
            case _ if act in FINES:
                return decided(case, FINES[act], at, memory)
            case _:
                return happened(act, case, at, memory)
    except Refusal:
        return ()


def adopted(case: Case, effect: Effect, at: datetime, memory: Memory) -> Sequence[Any]:
    """Every statement that waits is adopted. One that leaves something to punish takes nothing back of one before."""
    waiting = (stated.number for stated in case.defences if not stated.answered)
    answers = tuple(Answer(each, True, walk.KEPT, effect) for each in waiting)
    made = review(case, answers=answers, hand=walk.LEAD, at=at)
    memory.adopted = memory.adopted if memory.adopted in EXCLUDING else effect
    return [made]


def decided(case: Case, fine_fen: int, at: datetime, memory: Memory) -> Sequence[Any]:
    """The head tries to decide this fine, after the other agencies answered and the registry was asked again."""
    if case.conclusion is None:
        return ()
    told = (OtherPenalty(OTHER, "CM-2025-1"),) if memory.is_fined_elsewhere else ()
    heard = note_answer(case, Reply(True, (OTHER,), told), by=walk.HEAD.officer_id, reason=None, at=at)
    known = tuple(replace(each, device_lawful=not memory.is_invalid) for each in case.exhibits)
    asked = replace(walk.question(after(case, heard), at, fine_fen), exhibits=known)
    made = decide(asked, document_id=DocumentId.new(at), sha256_hex=walk.SHA, deviation=None, hand=walk.HEAD)
    return [heard, made]


def happened(event: str, case: Case, at: datetime, memory: Memory) -> Sequence[Any]:
    """What comes from outside: a mark of the registry, a fine of another agency, a case about the same act."""
    match event:
        case "mark":
            memory.is_invalid = True
            mark = Mark(walk.EXHIBIT.evidence_id, f"r{at}", "VERIFICATION", ("E-DEV-03",))
            fact = note_mark(case, mark, terms=walk.TERMS, at=at)
            return [fact] if fact else ()
        case "fined elsewhere":
            memory.is_fined_elsewhere = True
            return ()
        case _:
            ended, _ = merge(
                case, walk.opened(), reason=walk.KEPT, hand=walk.ARCHIVIST, terms=walk.TERMS, at=at
            )
            memory.is_merged = True
            return [ended]


def done(case: Case, facts: Sequence[Any]) -> Case:
    for fact in facts:
        case = after(case, fact)
    return case
