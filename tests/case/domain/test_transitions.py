"""The table of the case's steps, C-01 to C-35: each is an act with its states, its period and its document.

And over the whole graph: wherever the acts of people lead, a lawful end is in reach.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from case.documents import DocumentKind
from case.domain import recusing
from case.domain.amending import propose
from case.domain.amendments import AmendmentKind, Cause
from case.domain.clerical import Pair, Place, correct
from case.domain.collected import FieldRecord, Preservation, RecordKind
from case.domain.collecting import COLLECTABLE, request_material, sign_record, take_record, void_record
from case.domain.correcting import (
    CORRECTABLE,
    LookBack,
    choose,
    confirm_correction,
    is_choice_open,
    note_look_back,
)
from case.domain.crimes import CHARGEABLE, decide_transfer, name_team, report_crime
from case.domain.deliberation import HeadsOpinion
from case.domain.demanding import answer_objection, issue_demand, note_demand_served, object_to_demand
from case.domain.education import educate
from case.domain.enforcing import object_to_ruling
from case.domain.execution import Court, Demand, Execution, Objection, RestGround, Ruling
from case.domain.executionends import rest
from case.domain.hearing import HearingRequested
from case.domain.hearingwithdrawn import WITHDRAWABLE, withdraw_request
from case.domain.merging import OPEN, EndShownBy, end_act, merge
from case.domain.money import Part, Relief
from case.domain.nonfiling import LEADS, Ground, approve_non_filing, propose_non_filing
from case.domain.nopenalty import decide_no_penalty
from case.domain.ordering import ALONE, order_correction, order_served
from case.domain.outcomes import (
    Choice,
    Correction,
    Education,
    Effect,
    FirstOffence,
    Harm,
    NonFiling,
    Outcome,
    ShownBy,
    Told,
    Unfiled,
)
from case.domain.paying import RECEIPTED, UNPAID, enter_receipt
from case.domain.preserving import order_preservation, propose_preservation
from case.domain.procedure import DELIBERATING, Case, State, after, require_state
from case.domain.publishing import judge_impact, publish
from case.domain.reconsidering import apply_remedy
from case.domain.releasing import WrongBecause, release_party
from case.domain.relief import apply_relief, grant_relief
from case.domain.resting import Suspension, SuspensionGround
from case.domain.returning import RETURNABLE
from case.domain.suspending import SUSPENDABLE, propose_suspension, suspend
from case.domain.suspicion import SuspectedCrime
from case.domain.transferring import note_transfer, transfer_out
from common.policy import Action
from common.values.calendar import legal_day
from common.values.errors import Kind, Refusal
from common.values.ids import PublicationId
from common.values.law import APL_33, APL_54, APL_57
from common.values.manner import Manner
from tests.case.domain import deliberating, walk
from tests.case.domain.test_procedure import ACTS

ENDS = frozenset({State.NOT_FILED, State.ARCHIVED, State.TRANSFERRED_OUT})
TOLD = Education(walk.NOTICE, walk.NOON, Told.IN_PERSON, walk.SHA)
FIRST = FirstOffence(walk.NOON, legal_day(walk.NOON), 0, 0, Harm.SLIGHT)
LOOKED = LookBack(legal_day(walk.NOON), (walk.CODE,), 0, 0, (), (), True)


class Step(NamedTuple):
    """A built step of the table: who acts, from which states, into which; its period and document where it has them."""

    action: Action | None
    states: tuple[State, ...]
    to: State
    rule: str | None = None
    document: DocumentKind | None = None


LEAD, ANY = State.SUSPECTED, tuple(State)
DECIDED = (
    State.DECIDED,
    State.SERVICE_PENDING,
    State.SERVED,
    State.PERFORMING,
    State.PERFORMED,
    State.CLOSED,
    State.ARCHIVED,
    *walk.EXECUTED,
    State.REOPENED,
    State.CHANGED_BY_SELF,
)
"""The states with a decision that stands."""
TABLE: dict[str, Step] = {
    "C-01": Step(Action.CASE_OPEN, (), LEAD, "identify_party"),
    "C-02": Step(Action.CASE_IDENTIFY_PARTY, (LEAD,), LEAD, "identify_party"),
    "C-03": Step(Action.CASE_PROMPT, (LEAD,), State.PROMPTED, "prompt", DocumentKind.PROMPT),
    "C-04": Step(
        Action.CASE_ORDER_CORRECTION, (State.PROMPTED,), State.PROMPTED, "correct", DocumentKind.CORRECTION
    ),
    "C-05": Step(
        Action.CASE_APPROVE_NON_FILING, LEADS, State.NOT_FILED, "decide_non_filing", DocumentKind.NON_FILING
    ),
    "C-06": Step(
        Action.CASE_APPROVE_NON_FILING, LEADS, State.NOT_FILED, "decide_non_filing", DocumentKind.NON_FILING
    ),
    "C-07": Step(Action.CASE_NOTE_TRANSFER, LEADS, State.TRANSFERRED_OUT),
    "C-08": Step(Action.CASE_FILE, (State.READY_TO_FILE,), State.FILED, "decide"),
    "C-09": Step(
        Action.CASE_DECIDE_RECUSAL,
        (State.FILED, State.DEFENCE_REVIEW),
        State.INVESTIGATING,
        "decide_recusal",
        DocumentKind.RECUSAL,
    ),
    "C-10": Step(
        Action.CASE_COLLECT,
        (State.FILED,),
        State.INVESTIGATING,
        "settle_preservation_1",
        DocumentKind.INQUIRY,
    ),
    "C-11": Step(Action.CASE_APPROVE_SUSPENSION, SUSPENDABLE, State.SUSPENDED, None, DocumentKind.SUSPENSION),
    "C-12": Step(Action.CASE_CONCLUDE_INVESTIGATION, (State.INVESTIGATING,), State.INVESTIGATION_CONCLUDED),
    "C-13": Step(
        Action.CASE_DECIDE,
        (State.INVESTIGATION_CONCLUDED, State.PRIOR_NOTICE_SERVED, State.DEFENCE_REVIEW),
        State.DECIDED,
        "serve_decision",
        DocumentKind.NO_PENALTY,
    ),
    "C-14": Step(
        Action.CASE_NOTIFY_PRIOR,
        (State.INVESTIGATION_CONCLUDED,),
        State.PRIOR_NOTICE_SENT,
        None,
        DocumentKind.PRIOR_NOTICE,
    ),
    "C-15": Step(Action.CASE_NOTE_SERVICE, (State.PRIOR_NOTICE_SENT,), State.PRIOR_NOTICE_SERVED, "defence"),
    "C-16": Step(Action.CASE_DEFEND, (State.PRIOR_NOTICE_SERVED,), State.PRIOR_NOTICE_SERVED, "defence"),
    "C-17": Step(Action.CASE_REVIEW_DEFENCE, (State.PRIOR_NOTICE_SERVED,), State.DEFENCE_REVIEW),
    "C-18": Step(
        Action.CASE_ORDER_HEARING,
        (State.DEFENCE_REVIEW,),
        State.HEARING,
        None,
        DocumentKind.HEARING_NOTICE,
    ),
    "C-19": Step(
        Action.CASE_REVIEW_LEGALLY,
        (State.DEFENCE_REVIEW, State.HEARING),
        State.LEGAL_REVIEW,
        "review_legally",
        DocumentKind.LEGAL_REVIEW,
    ),
    "C-20": Step(
        Action.CASE_DISCUSS,
        (State.DEFENCE_REVIEW, State.LEGAL_REVIEW),
        State.COLLECTIVE_DISCUSSION,
        None,
        DocumentKind.DISCUSSION,
    ),
    "C-21": Step(
        Action.CASE_DECIDE, (State.DEFENCE_REVIEW,), State.DECIDED, "serve_decision", DocumentKind.DECISION
    ),
    "C-22": Step(Action.CASE_ORDER_SERVICE, (State.DECIDED,), State.SERVICE_PENDING, "serve_decision"),
    "C-23": Step(Action.CASE_PUBLISH, (State.PERFORMING,), State.PERFORMING, "publish_1"),
    "C-24": Step(Action.CASE_NOTE_SERVICE, (State.SERVED,), State.PERFORMING, "pay"),
    "C-25": Step(
        Action.CASE_DECIDE_RELIEF, (State.PERFORMING,), State.PERFORMING, "answer_relief", DocumentKind.RELIEF
    ),
    "C-26": Step(Action.CASE_ENTER_PAYMENT, (State.PERFORMING,), State.PERFORMING, "pay"),
    "C-27": Step(Action.CASE_ENTER_PAYMENT, (State.PERFORMING,), State.PERFORMED, "close"),
    "C-28": Step(
        Action.CASE_APPLY_REMEDY,
        (State.PERFORMING,),
        State.PERFORMING,
        "handle_application",
        DocumentKind.RECONSIDERATION_ANSWER,
    ),
    "C-29": Step(
        Action.CASE_DEMAND, (State.PERFORMING,), State.DEMANDED, "answer_demand", DocumentKind.DEMAND
    ),
    "C-30": Step(
        Action.CASE_ASK_COURT, (State.DEMANDED,), State.ENFORCEMENT_APPLIED, "apply_court", DocumentKind.COURT
    ),
    "C-31": Step(
        Action.CASE_ENTER_RULING, (State.ENFORCEMENT_APPLIED,), State.ENFORCEMENT_RULED, "court_rules"
    ),
    "C-32": Step(
        Action.CASE_END_ENFORCEMENT, UNPAID, State.ENFORCEMENT_ENDED, "close", DocumentKind.ENFORCEMENT_END
    ),
    # A decision not to punish is closed from SERVED: tests/case/test_ending.py.
    "C-33": Step(
        Action.CASE_CLOSE, (State.PERFORMED, State.ENFORCED, State.ENFORCEMENT_ENDED), State.CLOSED, "archive"
    ),
    "C-34": Step(Action.CASE_ARCHIVE, (State.CLOSED,), State.ARCHIVED),
    "C-35": Step(Action.CASE_AMEND, DECIDED, State.REVOKED_BY_SELF, "serve_decision", DocumentKind.AMENDMENT),
}


def corrected(case: Case, at: datetime) -> Any:
    return confirm_correction(
        case, corrected_at=walk.NOON, shown_by=ShownBy.ON_SITE, note=walk.KEPT, hand=walk.FIRST, at=at
    )


def ordered(case: Case, at: datetime) -> Any:
    """The order to correct, and its service."""
    order = order_correction(
        case, document_id=walk.NOTICE, sha256=walk.SHA, content=walk.KEPT, days=3, hand=walk.LEAD, at=at
    )
    served = order_served(
        after(case, order), document_id=walk.NOTICE, manner=Manner.DIRECT, served_at=at, terms=walk.TERMS
    )
    assert served is not None
    return order, served


def taken_back(case: Case, at: datetime) -> Any:
    """The request for a hearing, where nobody asked for one yet, and its withdrawal."""
    if case.state not in WITHDRAWABLE or case.hearing is not None:
        return withdraw_request(case, party_id=walk.PARTY.id, at=at)
    asked = HearingRequested(case.id, walk.PARTY.id, walk.NOTICE, at)
    return asked, withdraw_request(after(case, asked), party_id=walk.PARTY.id, at=at)


def chosen(case: Case, at: datetime) -> Any:
    open_case = replace(case, correction=Correction(walk.NOON, ShownBy.ON_SITE), first_offence=FIRST)
    return choose(open_case, choice=Choice.PROCEED, reason=walk.KEPT, hand=walk.FIRST, at=at)


def educated(case: Case, at: datetime) -> Any:
    return educate(case, TOLD, sha256=walk.SHA, text=walk.KEPT, hand=walk.FIRST, at=at)


def proposed(case: Case, at: datetime) -> Any:
    ground = Ground(Unfiled.NO_FACT, walk.REPORT.findings, None)
    return propose_non_filing(case, ground, text=walk.KEPT, hand=walk.FIRST, terms=walk.TERMS, at=at)


def approved(case: Case, at: datetime) -> Any:
    ready = replace(case, non_filing=NonFiling(Unfiled.NO_FACT, walk.FIRST.officer_id))
    return approve_non_filing(
        ready, document_id=walk.NOTICE, sha256=walk.SHA, hand=walk.LEAD, terms=walk.TERMS, at=at
    )


def acquitted(case: Case, at: datetime) -> Any:
    return decide_no_penalty(
        replace(
            case,
            defences=tuple(replace(each, answered=True, effect=Effect.FACTS) for each in case.defences),
            conclusion=case.conclusion and replace(case.conclusion, outcome=Outcome.NO_VIOLATION),
        ),
        outcome=Outcome.NO_VIOLATION,
        document_id=walk.DECISION,
        sha256_hex=walk.SHA,
        reasons=walk.KEPT,
        hand=walk.HEAD,
        terms=walk.TERMS,
        at=at,
    )


def remedied(case: Case, at: datetime) -> Any:
    return apply_remedy(
        case,
        application=walk.KEPT,
        received_at=at,
        entered_by=None,
        reconsider_by=None,
        terms=walk.TERMS,
        at=at,
    )


def amendment_proposed(case: Case, at: datetime) -> Any:
    return propose(
        case,
        AmendmentKind.REVOKE,
        Cause.SUPERVISION,
        proposal=None,
        reason=walk.KEPT,
        hand=walk.SECOND,
        terms=walk.TERMS,
        at=at,
    )


def corrected_word(case: Case, at: datetime) -> Any:
    return correct(
        case,
        (Pair(Place.PLACE_NAME, "交差口", "交叉口"),),
        document_id=walk.AMENDED,
        sha256=walk.SHA,
        committed=walk.KEPT,
        hand=walk.HEAD,
        terms=walk.TERMS,
        at=at,
    )


def impact_judged(case: Case, at: datetime) -> Any:
    return judge_impact(
        case, ("GUIDANCE",), known=["GUIDANCE"], reason=walk.KEPT, hand=walk.FIRST, terms=walk.TERMS, at=at
    )


def published(case: Case, at: datetime) -> Any:
    judged = impact_judged(case, at)
    made = publish(
        after(case, judged), publication_id=PublicationId.new(at), sha256=walk.SHA, hand=walk.LEAD, at=at
    )
    return judged, made


def receipted(case: Case, at: datetime) -> Any:
    paid, _ = walk.walked_to(State.PERFORMED)
    assert paid.payment is not None
    receipt = paid.payment.parts[0].receipt
    assert receipt is not None
    bare = tuple(replace(part, receipt=None) for part in paid.payment.parts)
    waiting = replace(case, payment=replace(paid.payment, parts=bare))
    return enter_receipt(waiting, serial="S1", receipt=receipt, by=walk.SERVER.officer_id)


def reviewed(case: Case, at: datetime) -> Any:
    hearing = case.hearing and replace(case.hearing, reported_at=at)
    return deliberating.reviewed(replace(case, hearing=hearing), at)


def concluded(case: Case, at: datetime) -> Any:
    heads = tuple(HeadsOpinion(each.officer_id, True, at) for each in deliberating.HEADS)
    ready = replace(case, discussion=case.discussion and replace(case.discussion, opinions=heads))
    return deliberating.concluded(ready, at)


def held(case: Case, at: datetime) -> Any:
    return deliberating.held(replace(case, hearing=case.hearing and replace(case.hearing, served_at=at)), at)


def reported(case: Case, at: datetime) -> Any:
    hearing = case.hearing and replace(case.hearing, held_at=at)
    return deliberating.reported(replace(case, hearing=hearing), at)


def requested(case: Case, at: datetime) -> Any:
    later = at + timedelta(days=5)
    offered = tuple(replace(each, hearing_offered=True, hearing_until=later) for each in case.notices)
    return deliberating.requested(replace(case, notices=offered, hearing=None), at)


def convened(case: Case, at: datetime) -> Any:
    return deliberating.convened(replace(case, hearing=None, discussion=None), at)


def rested(case: Case, at: datetime) -> Any:
    waiting = replace(case, suspensions=(Suspension(1, SuspensionGround.APPRAISAL, walk.FIRST.officer_id),))
    return suspend(waiting, document_id=walk.NOTICE, sha256=walk.SHA, hand=walk.HEAD, terms=walk.TERMS, at=at)


def plan(case: Case, at: datetime) -> tuple[Part, ...]:
    left = case.payment.fine_fen - case.payment.paid_fen if case.payment else 1
    return (Part(legal_day(at) + timedelta(days=9), left),)


def asked_later(case: Case, at: datetime) -> Any:
    return apply_relief(case, plan(case, at), grounds=walk.KEPT, by=None, terms=walk.TERMS, at=at)


def granted(case: Case, at: datetime) -> Any:
    asked = replace(case, reliefs=(Relief(1, plan(case, at), at),))
    return grant_relief(
        asked,
        number=1,
        document_id=walk.NOTICE,
        sha256=walk.SHA,
        by=walk.HEAD.officer_id,
        terms=walk.TERMS,
        at=at,
    )


def demanded(case: Case, at: datetime) -> Any:
    served = case if case.served_at else replace(case, served_at=at)
    return issue_demand(
        case,
        walk.deadlines_of(served),
        document_id=walk.DEMAND,
        sha256=walk.SHA,
        hand=walk.FIRST,
        at=at + walk.REMEDIES_OVER,
    )


def answered(case: Case, at: datetime) -> Any:
    said = replace(case, execution=replace(case.execution or Execution(), objections=(Objection(1, at),)))
    return answer_objection(said, number=1, adopted=False, reason=walk.KEPT, hand=walk.FIRST)


def asked_court(case: Case, at: datetime) -> Any:
    demand = Demand(walk.DEMAND, at, "0" * 20, at, at)
    served = case if case.served_at else replace(case, served_at=at)
    return walk.applied(replace(served, execution=Execution(demand)), at)


def demand_noted(case: Case, at: datetime) -> Any:
    require_state(case, State.DEMANDED, act="noting the service of the demand")
    return note_demand_served(
        replace(case, service_ordered=walk.DEMAND),
        document_id=walk.DEMAND,
        manner=Manner.ELECTRONIC,
        served_at=at,
        terms=walk.TERMS,
    )


def ruled_granted(case: Case, at: datetime) -> Any:
    court = Court(walk.APPLICATION, legal_day(at), Ruling.ACCEPTED, legal_day(at))
    taken = replace(case, execution=replace(case.execution or Execution(), court=court))
    return walk.ruled(taken, Ruling.GRANTED, at)


def accepted(case: Case, at: datetime) -> Any:
    return walk.ruled(case, Ruling.ACCEPTED, at)


def higher(case: Case, at: datetime) -> Any:
    court = Court(walk.APPLICATION, legal_day(at), Ruling.REFUSED, legal_day(at))
    refused = replace(case, execution=replace(case.execution or Execution(), court=court))
    return object_to_ruling(refused, hand=walk.FIRST, terms=walk.TERMS, at=at)


def released(case: Case, at: datetime) -> Any:
    return release_party(
        case, cause=WrongBecause.VEHICLE_SOLD, note=walk.KEPT, hand=walk.LEAD, terms=walk.TERMS, at=at
    )


def ended(case: Case, at: datetime) -> Any:
    by = EndShownBy.OFFICER
    return end_act(case, ended_at=at, shown_by=by, note=walk.KEPT, hand=walk.FIRST, at=at)


def merged(case: Case, at: datetime) -> Any:
    into = walk.opened()
    return merge(case, into, reason=walk.KEPT, hand=walk.LEAD, terms=walk.TERMS, at=at)[0]


def handed_over(case: Case, at: datetime) -> Any:
    """The exchange told that the transfer was prepared, and that the other agency filed the case."""
    noted = note_transfer(case, walk.TRANSFER, walk.AGENCY, case.agency_id)
    left = transfer_out(after(case, noted), walk.TRANSFER, at) if noted else None
    return (noted, left) if noted and left else ()


def unreported(case: Case, at: datetime) -> Case:
    """The case before its report is signed, with a record that waits for the second officer."""
    first, second = walk.FIRST.officer_id, walk.SECOND.officer_id
    waiting = FieldRecord(1, RecordKind.INQUIRY, first, at, at, None, second, with_party=True)
    return replace(case, conclusion=None, signatures=(), records=(waiting,))


def taken(case: Case, at: datetime) -> Any:
    return take_record(
        unreported(case, at),
        RecordKind.INQUIRY,
        content=walk.KEPT,
        began_at=at,
        ended_at=at,
        shows_certificates=True,
        tells_rights=True,
        with_party=True,
        hand=walk.FIRST,
        at=at,
    )


def asked_for_material(case: Case, at: datetime) -> Any:
    due_on = legal_day(at) + timedelta(days=5)
    return request_material(unreported(case, at), content=walk.KEPT, due_on=due_on, hand=walk.FIRST, at=at)


def countersigned(case: Case, at: datetime) -> Any:
    return sign_record(
        unreported(case, at), 1, document_id=walk.NOTICE, sha256=walk.SHA, hand=walk.SECOND, at=at
    )


TEAM = (walk.FIRST.officer_id, walk.SECOND.officer_id)


def team_named(case: Case, at: datetime) -> Any:
    return name_team(case, TEAM, hand=walk.HEAD, at=at)


def crime_reported(case: Case, at: datetime) -> Any:
    named = replace(case, crimes=(SuspectedCrime(1, TEAM, at),))
    return report_crime(named, 1, report=walk.KEPT, hand=walk.FIRST, terms=walk.TERMS, at=at)


def crime_decided(case: Case, at: datetime) -> Any:
    reported = replace(case, crimes=(SuspectedCrime(1, TEAM, at, at, legal_day(at)),))
    return decide_transfer(
        reported, 1, approved=False, reason=walk.KEPT, document=None, hand=walk.HEAD, at=at
    )


def kept(case: Case, at: datetime) -> Any:
    waiting = replace(case, preservations=(Preservation(1, walk.FIRST.officer_id),))
    return order_preservation(
        waiting, 1, document_id=walk.NOTICE, sha256=walk.SHA, hand=walk.HEAD, terms=walk.TERMS, at=at
    )


_EDUCABLE = (
    *LEADS,
    State.INVESTIGATION_CONCLUDED,
    State.PRIOR_NOTICE_SERVED,
    State.DEFENCE_REVIEW,
    *DELIBERATING,
)
MORE: dict[str, tuple[tuple[State, ...], Callable[[Case, datetime], Any]]] = {
    "correct": (CORRECTABLE, corrected),
    "order to correct": (ALONE, ordered),
    "look back": (
        CORRECTABLE,
        lambda case, at: note_look_back(case, LOOKED, harm=Harm.SLIGHT, hand=walk.FIRST, at=at),
    ),
    "choose": (CORRECTABLE, chosen),
    "educate": (_EDUCABLE, educated),
    "propose not to file": (LEADS, proposed),
    "approve not to file": (LEADS, approved),
    "decide no penalty": (_EDUCABLE[3:], acquitted),
    "apply for reconsideration": (
        # A party may want more than the revocation: that the decision was unlawful (ARL 65).
        (*DECIDED[2:-1], State.REVOKED_BY_SELF),
        remedied,
    ),
    # The hearing of the walk is the agency's own, so nobody takes that one back.
    "take back the request for a hearing": (
        tuple(state for state in WITHDRAWABLE if state is not State.HEARING),
        taken_back,
    ),
    "take a record": (COLLECTABLE, taken),
    "ask for material": (COLLECTABLE, asked_for_material),
    "sign a record": (COLLECTABLE, countersigned),
    "void a record": (
        COLLECTABLE,
        lambda case, at: void_record(unreported(case, at), 1, reason=walk.KEPT, hand=walk.FIRST, at=at),
    ),
    "name a team for a suspected crime": (CHARGEABLE, team_named),
    "report a suspected crime": (CHARGEABLE, crime_reported),
    "decide on a transfer to the police": (CHARGEABLE, crime_decided),
    "propose to keep evidence": (
        COLLECTABLE,
        lambda case, at: propose_preservation(case, items=1, content=walk.KEPT, hand=walk.FIRST, at=at),
    ),
    "keep evidence": (COLLECTABLE, kept),
    "return the investigation": (RETURNABLE, deliberating.sent_back),
    "ask for a hearing": (
        (
            State.PRIOR_NOTICE_SERVED,
            State.DEFENCE_REVIEW,
            State.LEGAL_REVIEW,
            State.COLLECTIVE_DISCUSSION,
        ),
        requested,
    ),
    "order a hearing": ((State.DEFENCE_REVIEW, State.HEARING), deliberating.ordered),
    "hold the hearing": ((State.HEARING,), held),
    "report the hearing": ((State.HEARING,), reported),
    "review legally": ((State.DEFENCE_REVIEW, *DELIBERATING), reviewed),
    "convene the heads": ((State.DEFENCE_REVIEW, *DELIBERATING), convened),
    "speak as a head": ((State.COLLECTIVE_DISCUSSION,), deliberating.spoken),
    "conclude the discussion": ((State.COLLECTIVE_DISCUSSION,), concluded),
    "apply for a withdrawal": (recusing.OPEN, deliberating.recusal_applied),
    "decide on a withdrawal": (recusing.OPEN, deliberating.recusal_decided),
    "enter the superior organ's word": (recusing.OPEN, deliberating.letter_entered),
    "enter a receipt": (RECEIPTED, receipted),
    "propose to rest": (
        SUSPENDABLE,
        lambda case, at: propose_suspension(case, ground=walk.SUSPENSION, reason=walk.KEPT, hand=walk.FIRST),
    ),
    "rest": (SUSPENDABLE, rested),
    "resume": ((State.SUSPENDED,), walk.resumed),
    "ask to pay later": ((State.PERFORMING,), asked_later),
    "grant": ((State.PERFORMING,), granted),
    "demand": ((State.PERFORMING,), demanded),
    "object to the demand": (
        (State.DEMANDED,),
        lambda case, at: object_to_demand(case, statement=walk.KEPT, by=None, at=at),
    ),
    "answer the objection": ((State.DEMANDED,), answered),
    "ask the court": ((State.DEMANDED,), asked_court),
    "note the demand's service": ((State.DEMANDED,), demand_noted),
    "enter the grant": ((State.ENFORCEMENT_APPLIED,), ruled_granted),
    "enter a ruling": ((State.ENFORCEMENT_APPLIED,), accepted),
    "go to the higher court": ((State.ENFORCEMENT_APPLIED, State.ENFORCEMENT_RULED), higher),
    "let the execution rest": (
        (State.ENFORCEMENT_RULED,),
        lambda case, at: rest(
            case,
            ground=RestGround.NO_ABILITY,
            since=legal_day(at),
            hand=walk.FIRST,
            terms=walk.TERMS,
            at=at,
        ),
    ),
    "end the execution": (UNPAID, walk.ended),
    "judge the impact": (DECIDED, impact_judged),
    "publish": (DECIDED[2:-1], published),
    "propose an amendment": (DECIDED, amendment_proposed),
    "revoke": (DECIDED, walk.amended),
    "correct a typing error": (DECIDED[2:-1], corrected_word),
    "release the party": (OPEN, released),
    "record that the state ended": (OPEN, ended),
    "merge": (OPEN, merged),
}


def test_every_step_of_the_table_stands_in_it_once() -> None:
    assert list(TABLE) == [f"C-{n:02}" for n in range(1, 36)]


@pytest.mark.law(APL_54)
@pytest.mark.parametrize("step", list(TABLE))
def test_a_built_step_leads_where_the_table_says(step: str) -> None:
    """From one of its states the step's own act reaches its state, and starts its period on the way."""
    row = TABLE[step]

    for state in row.states:
        reached = {State(end) for end in edges()[state]}
        assert row.to in reached | {state}, (step, state)
    if row.rule is not None:
        assert row.rule in rules()


@pytest.mark.law(APL_33, APL_57)
@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("act", list(MORE))
def test_an_act_about_an_end_is_possible_in_its_own_states_and_refused_elsewhere(
    act: str, state: State
) -> None:
    allowed, attempt = MORE[act]
    case, at = walk.walked_to(state)
    if case.party is None:
        case = replace(case, party=walk.PARTY)

    if state in allowed:
        assert attempt(case, at)
        return
    with pytest.raises(Refusal) as refusal:
        attempt(case, at)
    assert (refusal.value.kind, refusal.value.code) == (Kind.CONFLICT, "CASE_TRANSITION_NOT_ALLOWED")


@cache
def edges() -> dict[State, set[State]]:
    """Which states one act leads to from each state, found by trying every act."""
    found: dict[State, set[State]] = {state: set() for state in State}
    for state in State:
        for act in (*ACTS.values(), *MORE.values(), ((), handed_over)):
            case, at = walk.walked_to(state)
            if case.party is None:
                case = replace(case, party=walk.PARTY)
            found[state] |= {after_all(case, made).state for made in tried(act[1], case, at)}
        case, at = walk.walked_to(state)
        found[state] |= {after_all(case, walk.steps(case, at)).state} if walk.steps(case, at) else set()
    return found


@cache
def rules() -> set[str]:
    """The periods that the acts of the main path and of the ends start."""
    started: set[str] = {"identify_party", "prompt"}
    for state in State:
        case, at = walk.walked_to(state)
        case = case if case.party else replace(case, party=walk.PARTY)
        made = [*walk.steps(case, at)]
        acts = (*ACTS.values(), *MORE.values())
        made += [fact for act in acts for facts in tried(act[1], case, at) for fact in facts]
        started |= {deadline.rule for fact in made for deadline in fact.due}
    return started


def tried(attempt: Callable[[Case, datetime], Any], case: Case, at: datetime) -> list[tuple[Any, ...]]:
    try:
        made = attempt(case, at)
    except (Refusal, AssertionError):
        return []
    return [made if isinstance(made, tuple) else (made,)]


def after_all(case: Case, facts: Any) -> Case:
    if any(fact.type in ("case.not_filed",) for fact in facts) and case.non_filing is None:
        case = replace(case, non_filing=NonFiling(Unfiled.NO_FACT, walk.FIRST.officer_id))
    if any(fact.type == "case.waiver.chosen" for fact in facts) and case.first_offence is None:
        case = replace(case, first_offence=FIRST)
    for fact in facts:
        case = after(case, fact) if not fact.type.startswith(("case.receipt", "case.paid")) else case
    return case


def test_from_every_state_a_lawful_end_is_in_reach() -> None:
    graph, ending = edges(), set(ENDS)
    while grown := {state for state, to in graph.items() if to & ending} - ending:
        ending |= grown

    assert ending == set(State)


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "main", "correct", "look back", "educate", "propose not to file", "return the investigation",
                "order a hearing", "review legally", "convene the heads",
                "apply for a withdrawal", "decide on a withdrawal", "release the party",
            ]
        ),
        max_size=40,
    )
)  # fmt: skip
def test_wherever_the_acts_of_people_lead_a_lawful_end_follows(acts: list[str]) -> None:
    case, at = walk.opened(), walk.NOON
    for act in acts:
        at += timedelta(hours=1)
        made = tried(main if act == "main" else MORE[act][1], case, at)
        for facts in made:
            for fact in facts:
                case = after(case, fact)

    for _ in range(60):
        at += timedelta(hours=1)
        if case.state in ENDS:
            break
        case = onward(case, at)
    assert case.state in ENDS


def main(case: Case, at: datetime) -> tuple[Any, ...]:
    return tuple(walk.steps(case, at))


def onward(case: Case, at: datetime) -> Case:
    """One act further: along the main path, to the end of a lead that must not go on, or to what is open before it."""
    ending = proposed if case.non_filing is None else approved
    # A look-back made again would open the choice again, for ever.
    open_before = MORE["choose" if is_choice_open(case) else "look back"][1]
    (facts,) = next(made for act in (main, ending, open_before) if (made := tried(act, case, at)))
    for fact in facts:
        case = after(case, fact)
    return case
