"""A case on the way from the reviewed defence to the decision, by the rules themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from case.domain.contents import Proposal
from case.domain.deadlines import Terms
from case.domain.deliberation import (
    Opinion,
    Point,
    Presence,
    Qualification,
    Recusal,
    RecusalGround,
    Signing,
    Verdict,
)
from case.domain.discussing import conclude, convene, speak
from case.domain.facts import CaseFact
from case.domain.hearing import Sitting, note_hearing_notice, order_hearing, request_hearing
from case.domain.hearingheld import Course, hold_hearing, report_hearing
from case.domain.legalreview import Finding, review_legally
from case.domain.people import Hand
from case.domain.procedure import Case, State
from case.domain.recusing import Answer as RecusalAnswer
from case.domain.recusing import Letter, apply_recusal, decide_recusal, enter_letter
from case.domain.returning import return_investigation
from case.domain.serving import order_service
from common.values.calendar import legal_day
from common.values.datafiles import load_calendar, load_profile
from common.values.facts import Commitment
from common.values.ids import ConsentId, DocumentId, OfficerId
from common.values.manner import Manner
from common.values.profile import PenaltyKind

_NOON = datetime(2025, 3, 3, 4, 0, tzinfo=UTC)
TERMS = Terms(load_profile("DEMO"), load_calendar())
KEPT = Commitment(bytes(32))
SHA = "0" * 64
PROPOSAL = Proposal(("CM-0107",), PenaltyKind.FINE, 4000)


def _hand() -> Hand:
    return Hand(OfficerId.new(_NOON), "SF-0001", date(2027, 12, 31))


CHAIR, REVIEWER, BOSS, DEPUTY, SECOND_DEPUTY = (_hand() for _ in range(5))
HEADS = (BOSS, DEPUTY, SECOND_DEPUTY)
PASSED = Finding(Verdict.PASS, (), False, (), Qualification.LEGAL_PROFESSION, None, True)


def ordered(case: Case, at: datetime, *, chair: Hand = CHAIR, opens_in_days: int = 20) -> CaseFact:
    """The agency orders a hearing, whoever wanted it."""
    sitting = Sitting(at + timedelta(days=opens_in_days), KEPT, None, chair.officer_id, may_chair=True)
    return order_hearing(
        case, sitting, document_id=DocumentId.new(at), sha256=SHA, hand=BOSS, terms=TERMS, at=at
    )


def requested(case: Case, at: datetime) -> CaseFact:
    assert case.party is not None
    return request_hearing(case, party_id=case.party.id, at=at)


def course(case: Case, presence: Presence = Presence.ATTENDED) -> Course:
    is_heard = presence is Presence.ATTENDED
    examined = tuple(exhibit.evidence_id for exhibit in case.exhibits) if is_heard else ()
    return Course(presence, 1, Signing.SIGNED if is_heard else Signing.WAIVED, examined, no_conflict=True)


def held(case: Case, at: datetime, how: Course | None = None, hand: Hand = CHAIR) -> CaseFact:
    """The record, at the earliest an hour after the hearing opens."""
    opens = case.hearing.opens_at if case.hearing and case.hearing.opens_at else at
    return hold_hearing(
        case,
        how or course(case),
        text=KEPT,
        proof_sha256=SHA,
        document_id=DocumentId.new(at),
        sha256=SHA,
        hand=hand,
        terms=TERMS,
        at=max(at, opens + timedelta(hours=1)),
    )


def reported(case: Case, at: datetime, terms: Terms = TERMS) -> CaseFact:
    return report_hearing(
        case,
        opinion=Opinion.AS_PROPOSED,
        text=KEPT,
        document_id=DocumentId.new(at),
        sha256=SHA,
        hand=CHAIR,
        terms=terms,
        at=at,
    )


def reviewed(
    case: Case,
    at: datetime,
    found: Finding = PASSED,
    *,
    hand: Hand = REVIEWER,
    has_note: bool = False,
    has_ground: bool = False,
) -> CaseFact:
    return review_legally(
        case,
        found,
        opinion=KEPT,
        late_note=KEPT if has_note else None,
        new_ground=KEPT if has_ground else None,
        barring=frozenset(found.distinct),
        document_id=DocumentId.new(at),
        sha256=SHA,
        hand=hand,
        terms=TERMS,
        at=at,
    )


def found(verdict: Verdict, *faults: Point) -> Finding:
    return Finding(verdict, faults, False, (), Qualification.LEGAL_PROFESSION, None, True)


def convened(case: Case, at: datetime, proposal: Proposal | None = None, hand: Hand = BOSS) -> CaseFact:
    proposed = case.conclusion.proposal if case.conclusion else PROPOSAL
    return convene(case, proposal or proposed, hand=hand, terms=TERMS, at=at)


def spoken(case: Case, at: datetime, hand: Hand | None = None, *, agrees: bool = True) -> CaseFact:
    """The next head who has not spoken says yes, or no."""
    said = {each.officer_id for each in case.discussion.opinions} if case.discussion else set()
    head = hand or next((each for each in HEADS if each.officer_id not in said), BOSS)
    return speak(case, agrees=agrees, words=KEPT, hand=head, at=at)


def concluded(case: Case, at: datetime, agreed: Proposal | None = None, hand: Hand = BOSS) -> CaseFact:
    return conclude(
        case,
        agreed or (case.discussion.proposal if case.discussion else PROPOSAL),
        conclusion=KEPT,
        proof_sha256=SHA,
        document_id=DocumentId.new(at),
        sha256=SHA,
        hand=hand,
        terms=TERMS,
        at=at,
    )


def sent_back(case: Case, at: datetime, hand: Hand = BOSS) -> CaseFact:
    return return_investigation(case, reason=KEPT, hand=hand, at=at)


def recusal_applied(
    case: Case,
    at: datetime,
    officer: OfficerId | None = None,
    *,
    is_head: bool = False,
    has_new_facts: bool = False,
) -> CaseFact:
    """The party applies that the second investigator withdraw, or another officer."""
    return apply_recusal(
        case,
        officer_id=officer or (case.officers[-1] if case.officers else BOSS.officer_id),
        is_head=is_head,
        ground=RecusalGround.INTEREST,
        reasons=KEPT,
        by_party=True,
        has_new_facts=has_new_facts,
        terms=TERMS,
        at=at,
    )


def recusal_decided(
    case: Case, at: datetime, answer: RecusalAnswer | None = None, hand: Hand = BOSS
) -> CaseFact:
    """The application that waits is decided: the officer withdraws and the acts are done again."""
    waiting = next((each for each in case.recusals if each.granted is None), None)
    if waiting is None and case.officers:
        made = Recusal(1, case.officers[-1], RecusalGround.INTEREST, at, is_head=False)
        case, waiting = replace(case, recusals=(made,)), made
    return decide_recusal(
        case,
        answer or RecusalAnswer(True, False, _hand()),
        number=waiting.number if waiting else 1,
        document_id=DocumentId.new(at),
        sha256=SHA,
        hand=hand,
        at=at,
    )


def letter_entered(case: Case, at: datetime, answer: RecusalAnswer | None = None) -> CaseFact:
    """The superior organ's word about a head, whose application waits."""
    waiting = next((each for each in case.recusals if each.granted is None), None)
    if waiting is None:
        waiting = Recusal(1, BOSS.officer_id, RecusalGround.INTEREST, at, is_head=True)
        case = replace(case, recusals=(waiting,))
    letter = Letter(KEPT, SHA, legal_day(at))
    said = answer or RecusalAnswer(True, True, None)
    return enter_letter(case, said, letter, number=waiting.number, hand=REVIEWER, at=at)


ENTERED: dict[State, Callable[[Case, datetime], CaseFact]] = {
    State.HEARING: ordered,
    State.LEGAL_REVIEW: reviewed,
    State.COLLECTIVE_DISCUSSION: convened,
}
"""The act by which a case enters each of the states in brackets."""


def steps(case: Case, at: datetime) -> list[CaseFact]:
    """The facts that come before the decision of `case` in a state in brackets; empty where it can be decided."""
    if any(each.granted is None for each in case.recusals):
        return [recusal_decided(case, at)]
    if any(not stated.answered for stated in case.defences):
        return []
    hearing, discussion = case.hearing, case.discussion
    if case.state is State.HEARING and hearing is not None and hearing.reported_at is None:
        return [_next_of_hearing(case, at)]
    if case.legal_review is not None and case.legal_review.verdict is not Verdict.PASS:
        return [sent_back(case, at)]
    if case.state is State.HEARING and case.legal_review is None:
        return [reviewed(case, at)]
    if case.state is State.COLLECTIVE_DISCUSSION and discussion is not None and not discussion.concluded_at:
        return [concluded(case, at) if len(discussion.opinions) >= len(HEADS) else spoken(case, at)]
    return []


def _next_of_hearing(case: Case, at: datetime) -> CaseFact:
    hearing = case.hearing
    assert hearing is not None
    assert hearing.document_id is not None
    if hearing.served_at is not None:
        return held(case, at) if hearing.held_at is None else reported(case, at)
    if case.service_ordered is not None:
        return note_hearing_notice(
            case, document_id=hearing.document_id, manner=Manner.ELECTRONIC, served_at=at
        )
    return order_service(
        case,
        document_id=hearing.document_id,
        document_kind="D-18a",
        document_sha256=SHA,
        manner=Manner.ELECTRONIC,
        consent_id=ConsentId.new(at),
        hand=_hand(),
    )
