"""A case walked from state to state by the rules themselves, so that no test starts where no case can be."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from case.domain.amending import propose
from case.domain.amending import review as review_amendment
from case.domain.amendments import AmendmentKind, Cause
from case.domain.amendments import Conclusion as Verdict
from case.domain.amendments import unserved as unserved_amendment
from case.domain.closing import archive, close, propose_closure
from case.domain.contents import Exhibit, Findings, Proposal, Receipt
from case.domain.deadlines import Terms
from case.domain.decision import decide
from case.domain.defence import Answer, defend, review
from case.domain.demanding import issue_demand, note_demand_served
from case.domain.enforcing import apply_to_court, note_ruling
from case.domain.execution import EndGround, Ruling
from case.domain.executionends import end_enforcement
from case.domain.facts import CaseFact
from case.domain.filing import apply_filing, file, identify_party, note_prompt, prompt
from case.domain.guards.question import Question
from case.domain.investigation import Report, issue_notice, notice_served, sign_report
from case.domain.lawoftime import LawWeighed, weigh_at
from case.domain.nonfiling import Ground, approve_non_filing, propose_non_filing
from case.domain.obligation import payment_due
from case.domain.opening import case_number, open_case
from case.domain.others import OtherAgenciesAsked, Reply, note_answer
from case.domain.outcomes import Unfiled
from case.domain.paying import BankNotice, pay, perform, reconcile
from case.domain.people import AgeGroup, Hand, Party, PartyKind
from case.domain.performance import decision_served, take_effect
from case.domain.procedure import DELIBERATING, Case, State, after
from case.domain.refunding import approve_refund, ask_refund, note_refund
from case.domain.resting import SuspensionGround
from case.domain.revoking import amend
from case.domain.serving import order_service
from case.domain.surcharge import amount_due
from case.domain.suspending import propose_suspension, resume, suspend
from case.domain.transferring import note_transfer, transfer_out
from common.values.calendar import Deadline, legal_day
from common.values.datafiles import load_calendar, load_profile
from common.values.facts import Commitment
from common.values.ids import (
    AgencyId,
    CaseId,
    ConsentId,
    DeviceId,
    DocumentId,
    EvidenceId,
    ExchangeId,
    OfficerId,
    PartyId,
)
from common.values.manner import Manner
from common.values.profile import PenaltyKind
from tests.case.domain import deliberating

_DECIDABLE = (State.DEFENCE_REVIEW, *DELIBERATING)

NOON = datetime(2025, 3, 3, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)
TERMS = Terms(load_profile("DEMO"), load_calendar())
OFFICE = TERMS.profile.offices[0]
CODE = "CM-0107"
DIVISION = "310115"
KEPT = Commitment(bytes(32))
SHA = "0" * 64

AGENCY = AgencyId.new(NOON)
PARTY = Party(PartyId.new(NOON), PartyKind.PERSON, AgeGroup.ADULT)
REVIEWERS = (OfficerId.new(NOON), OfficerId.new(NOON))
CONSENT = ConsentId.new(NOON)
NOTICE = DocumentId.new(NOON)
DECISION = DocumentId.new(NOON)
DEMAND = DocumentId.new(NOON)
APPLICATION = DocumentId.new(NOON)
AMENDED = DocumentId.new(NOON)
TRANSFER = ExchangeId.new(NOON)


def hand(until: date = date(2027, 12, 31)) -> Hand:
    return Hand(OfficerId.new(NOON), "SF-0001", until)


FIRST, SECOND, LEAD, HEAD, SERVER, ARCHIVIST, REVIEWER, CLERK = (hand() for _ in range(8))
EXHIBIT = Exhibit(
    EvidenceId.new(NOON),
    DeviceId.new(NOON),
    NOON - DAY,
    REVIEWERS,
    accepted=True,
    device_lawful=True,
    backed_up=True,
    media=(SHA,),
)
REPORT = Report(
    text=bytes(32),
    circumstances={"PRIOR_VIOLATIONS": "NONE", "OBSTRUCTION": "NONE"},
    fine_fen=4000,
    findings=Findings(minor=True, promptly_corrected=False, harmless=True),
    complex_case=False,
)


def opened(exhibit: Exhibit = EXHIBIT) -> Case:
    number = case_number(AGENCY, year=2025, serial=1)
    return open_case(
        CaseId.new(NOON),
        exhibit,
        agency_id=AGENCY,
        number=number,
        division=DIVISION,
        code=CODE,
        terms=TERMS,
        at=NOON,
    ).opened()


def question(case: Case, at: datetime, fine_fen: int = 4000) -> Question:
    """What the decider asks of a case that is ready: everything as it should be."""
    assert case.conclusion is not None
    proposal = replace(case.conclusion.proposal, fine_fen=fine_fen)
    return Question(
        case if case.others else after(case, heard(case, at)),
        proposal,
        case.exhibits,
        surcharge_stated=True,
        has_deviation_reason=False,
        twins=(),
        terms=TERMS,
        at=at,
        orders_correction=True,
    )


def heard(case: Case, at: datetime) -> OtherAgenciesAsked:
    """The other agencies were asked, and nobody punished the act."""
    return note_answer(case, Reply(is_reached=True), by=HEAD.officer_id, reason=None, at=at)


def steps(case: Case, at: datetime) -> list[CaseFact]:
    """The facts by which the main path leaves the state of `case`, at `at`; empty when it is archived."""
    match case.state:
        case State.SUSPECTED if case.party is None:
            return [
                identify_party(
                    case,
                    party=PARTY,
                    birth=None,
                    identity=KEPT,
                    address=KEPT,
                    sources=("VEHICLE_REGISTRY", "OFFICER"),
                    hand=FIRST,
                    has_note=False,
                    at=at,
                )
            ]
        case State.SUSPECTED:
            doc = DocumentId.new(at)
            told = prompt(
                case, document_id=doc, sha256=SHA, template="D-02@1", hand=FIRST, terms=TERMS, at=at
            )
            arrived = note_prompt(after(case, told), document_id=doc, delivered_at=at, terms=TERMS)
            assert arrived is not None
            return [told, arrived]
        case State.PROMPTED:
            return [
                apply_filing(
                    case,
                    second_officer=SECOND.officer_id,
                    second_until=SECOND.certificate_until,
                    findings=REPORT.findings,
                    reason=KEPT,
                    hand=FIRST,
                    terms=TERMS,
                    at=at,
                )
            ]
        case State.READY_TO_FILE:
            return [file(case, case.exhibits, office=OFFICE, hand=HEAD, terms=TERMS, at=at)]
        case State.FILED:
            first = replace(FIRST, officer_id=case.officers[0])
            weighed = weigh_at(case, REPORT.circumstances, terms=TERMS, at=at)
            return [
                LawWeighed(case.id, weighed),
                sign_report(case, REPORT, commitment=KEPT, no_conflict=True, hand=first, terms=TERMS, at=at),
            ]
        case State.INVESTIGATING:
            # None has signed after a return, and another officer may have taken the place of one.
            signed = {each.hand.officer_id for each in case.signatures}
            signer = replace(FIRST, officer_id=next(each for each in case.officers if each not in signed))
            return [
                sign_report(case, REPORT, commitment=KEPT, no_conflict=True, hand=signer, terms=TERMS, at=at)
            ]
        case State.INVESTIGATION_CONCLUDED:
            doc = DocumentId.new(at) if case.notices else NOTICE
            return [issue_notice(case, document_id=doc, sha256=SHA, hand=LEAD, terms=TERMS, at=at)]
        case State.PRIOR_NOTICE_SENT if case.service_ordered is None:
            return [ordered(case, case.notices[-1].document_id, "D-14")]
        case State.PRIOR_NOTICE_SENT:
            doc = case.notices[-1].document_id
            return [notice_served(case, document_id=doc, manner=Manner.ELECTRONIC, served_at=at, terms=TERMS)]
        case State.PRIOR_NOTICE_SERVED if not case.defences:
            return [defend(case, party_id=PARTY.id, statement=KEPT, final=True, at=at)]
        case State.PRIOR_NOTICE_SERVED:
            return [answered(case, at)]
        case State.HEARING | State.LEGAL_REVIEW | State.COLLECTIVE_DISCUSSION if before := deliberating.steps(
            case, at
        ):
            return before
        case _ if case.state in _DECIDABLE and any(each.granted is None for each in case.recusals):
            return [deliberating.recusal_decided(case, at)]
        case _ if case.state in _DECIDABLE and case.others is None:
            return [heard(case, at)]
        case _ if case.state in _DECIDABLE:
            case = replace(case, others=replace(case.others, asked_at=at)) if case.others else case
            return [
                decide(question(case, at), document_id=DECISION, sha256_hex=SHA, deviation=None, hand=HEAD)
            ]
        case State.DECIDED:
            return [ordered(case, DECISION, "D-20a")]
        case State.CHANGED_BY_SELF:
            return [ordered(case, AMENDED, "D-36")]
        case State.REOPENED:
            return [amend(case, document_id=AMENDED, sha256=SHA, hand=HEAD, terms=TERMS, at=at)[-1]]
        case State.REVOKED_BY_SELF if unserved_amendment(case.amendments) and case.service_ordered is None:
            return [ordered(case, AMENDED, "D-36")]
        case State.REVOKED_BY_SELF if unserved_amendment(case.amendments):
            return list(
                take_effect(case, document_id=AMENDED, manner=Manner.ELECTRONIC, served_at=at, terms=TERMS)
            )
        case State.REVOKED_BY_SELF if any(refund.is_open for refund in case.refunds):
            return refunded(case, at)
        case State.REVOKED_BY_SELF if case.closure_proposed_by is None:
            return [propose_closure(case, hand=FIRST, terms=TERMS)]
        case State.REVOKED_BY_SELF:
            return [close(case, hand=LEAD, terms=TERMS, at=at)]
        case State.SERVICE_PENDING:
            return [
                decision_served(
                    case,
                    document_id=DECISION,
                    manner=Manner.ELECTRONIC,
                    served_at=at,
                    arrived_at=None,
                    terms=TERMS,
                )
            ]
        case State.SERVED:
            return [payment_due(case, terms=TERMS)]
        case State.PERFORMING:
            return paid_facts(case, bank(case, at), at)
        case State.SUSPENDED:
            return [resumed(case, at)]
        case State.DEMANDED | State.ENFORCEMENT_APPLIED | State.ENFORCEMENT_RULED:
            return paid_facts(case, bank(case, at, sum(amount_due(case, at))), at)
        case State.PERFORMED | State.ENFORCED | State.ENFORCEMENT_ENDED if case.closure_proposed_by is None:
            return [propose_closure(case, hand=replace(FIRST, officer_id=case.officers[0]), terms=TERMS)]
        case State.PERFORMED | State.ENFORCED | State.ENFORCEMENT_ENDED:
            return [close(case, hand=LEAD, terms=TERMS, at=at)]
        case State.CLOSED:
            return [archive(case, documents=(SHA, SHA, SHA), hand=ARCHIVIST, at=at)]
    return []


def answered(case: Case, at: datetime) -> CaseFact:
    """Every statement that waits is answered, and none of them adopted."""
    waiting = (stated.number for stated in case.defences if not stated.answered)
    answers = tuple(Answer(number, False, KEPT) for number in waiting)
    return review(case, answers=answers, hand=LEAD, at=at)


def ordered(case: Case, document: DocumentId, kind: str) -> CaseFact:
    return order_service(
        case,
        document_id=document,
        document_kind=kind,
        document_sha256=SHA,
        manner=Manner.ELECTRONIC,
        consent_id=CONSENT,
        hand=SERVER,
    )


def bank(case: Case, at: datetime, amount_fen: int = 4000) -> BankNotice:
    assert case.payment is not None
    receipt = Receipt("R1", "C1", "https://receipts.example/check")
    return BankNotice(case.payment.reference, "S1", amount_fen, at, "APP", receipt, bytes(32))


def paid_facts(case: Case, notice: BankNotice, at: datetime) -> list[CaseFact]:
    """A payment that the bank's file of the day confirms, and the performance where it covers all."""
    paid = pay(case, notice, at=at)
    compared = reconcile(
        after(case, paid),
        serial=notice.serial,
        amount_fen=notice.amount_fen,
        day=legal_day(at),
        file_sha256=bytes(32),
    )
    assert compared is not None
    performed = perform(after(after(case, paid), compared), terms=TERMS)
    return [paid, compared, *([performed] if performed else [])]


def not_filed(case: Case, at: datetime, reason: Unfiled = Unfiled.NO_FACT) -> Case:
    """`case`, which is a lead, ended without a filing."""
    ground = Ground(reason, REPORT.findings, None)
    case = after(case, propose_non_filing(case, ground, text=KEPT, hand=FIRST, terms=TERMS, at=at))
    return after(
        case, approve_non_filing(case, document_id=NOTICE, sha256=SHA, hand=LEAD, terms=TERMS, at=at)
    )


SUSPENSION = SuspensionGround.APPRAISAL


def suspended(case: Case, at: datetime) -> list[CaseFact]:
    """The facts by which `case`, which is investigated, comes to rest."""
    proposed = propose_suspension(case, ground=SUSPENSION, reason=KEPT, hand=FIRST)
    made = suspend(after(case, proposed), document_id=NOTICE, sha256=SHA, hand=HEAD, terms=TERMS, at=at)
    return [proposed, made]


def resumed(case: Case, at: datetime) -> CaseFact:
    return resume(case, reason=KEPT, document_id=NOTICE, sha256=SHA, hand=HEAD, terms=TERMS, at=at)


REMEDIES_OVER = timedelta(days=200)
"""After a service, the periods of every remedy are over."""


def deadlines_of(case: Case) -> list[Deadline]:
    """What the record knows of the periods of a case that was served."""
    assert case.served_at is not None
    sue = TERMS.litigation(case.served_at)
    return [TERMS.reconsideration(case.served_at), sue, TERMS.apply_court(sue.due_on)]


def execution_steps(case: Case, at: datetime) -> list[CaseFact]:
    """The facts by which an execution goes on from the state of `case`; `at` is after the remedies."""
    match case.state:
        case State.PERFORMING:
            return [
                issue_demand(
                    case,
                    deadlines_of(case),
                    document_id=DEMAND,
                    sha256=SHA,
                    hand=FIRST,
                    at=at,
                )
            ]
        case State.DEMANDED if case.service_ordered is None and unserved(case):
            return [ordered(case, DEMAND, "D-27")]
        case State.DEMANDED if unserved(case):
            return list(
                note_demand_served(
                    case, document_id=DEMAND, manner=Manner.ELECTRONIC, served_at=at, terms=TERMS
                )
            )
        case State.DEMANDED:
            return [applied(case, at)]
        case State.ENFORCEMENT_APPLIED:
            return [
                ruled(case, Ruling.GRANTED if case.execution.court.ruling else Ruling.ACCEPTED, at)  # type: ignore[union-attr]
            ]
        case State.ENFORCEMENT_RULED:
            return paid_facts(case, bank(case, at, sum(amount_due(case, at))), at)
    raise AssertionError(case.state)


def unserved(case: Case) -> bool:
    return case.execution is None or case.execution.demand is None or case.execution.demand.served_at is None


def applied(case: Case, at: datetime) -> CaseFact:
    return apply_to_court(
        case,
        deadlines_of(case),
        document_id=APPLICATION,
        sha256=SHA,
        files=(SHA,),
        hand=HEAD,
        terms=TERMS,
        at=at,
    )


def ruled(case: Case, ruling: Ruling, at: datetime) -> CaseFact:
    return note_ruling(
        case,
        ruling=ruling,
        ruled_on=legal_day(at),
        number="(2025)示0101行审1号",
        paper_sha256=SHA,
        by=FIRST.officer_id,
        terms=TERMS,
        at=at,
    )


def ended(case: Case, at: datetime, ground: EndGround = EndGround.OTHER) -> CaseFact:
    return end_enforcement(
        case, ground=ground, text=KEPT, document_id=NOTICE, sha256=SHA, hand=FIRST, terms=TERMS, at=at
    )


DUE = {State.PRIOR_NOTICE_SENT: (NOTICE, "D-14"), State.DEMANDED: (DEMAND, "D-27")}
"""The document whose service is due in a state; in every other it would be the decision's."""

EXECUTED = (
    State.DEMANDED,
    State.ENFORCEMENT_APPLIED,
    State.ENFORCEMENT_RULED,
    State.ENFORCED,
    State.ENFORCEMENT_ENDED,
)


def executed_to(state: State, at: datetime) -> tuple[Case, datetime]:
    """A case whose execution has just come to `state`."""
    case, at = walked_to(State.PERFORMING, at=at)
    assert case.served_at is not None
    at = case.served_at + REMEDIES_OVER
    while case.state is not state:
        if state is State.ENFORCEMENT_ENDED:
            return after(case, ended(case, at)), at
        for fact in execution_steps(case, at):
            case = after(case, fact)
        at += 30 * DAY if case.state is State.DEMANDED and not unserved(case) else timedelta(hours=1)
    return case, at


def transferred_out(case: Case, at: datetime) -> Case:
    """`case`, which is a lead, is with another agency now."""
    noted = note_transfer(case, TRANSFER, AGENCY, case.agency_id)
    assert noted is not None
    left = transfer_out(after(case, noted), TRANSFER, at)
    assert left is not None
    return after(after(case, noted), left)


def walked_to(state: State, *, at: datetime = NOON) -> tuple[Case, datetime]:
    """A case that has just entered `state`, and a moment an hour later."""
    if state in EXECUTED:
        return executed_to(state, at)
    if state is State.SUSPENDED:
        case, at = walked_to(State.INVESTIGATING, at=at)
        for fact in suspended(case, at):
            case = after(case, fact)
        return case, at + timedelta(hours=1)
    case = opened()
    if state in (State.REOPENED, State.REVOKED_BY_SELF, State.CHANGED_BY_SELF):
        return amended_to(state, at=at)
    while case.state is not state:
        if case.state is State.DEFENCE_REVIEW and state in deliberating.ENTERED:
            return after(case, deliberating.ENTERED[state](case, at)), at + timedelta(hours=1)
        at += timedelta(hours=1)
        if state is State.TRANSFERRED_OUT:
            return transferred_out(case, at), at + timedelta(hours=1)
        if state is State.NOT_FILED:
            return not_filed(case, at), at + timedelta(hours=1)
        for fact in steps(case, at):
            case = after(case, fact)
    return case, at + timedelta(hours=1)


def passed(case: Case, at: datetime, proposal: Proposal | None = None) -> Case:
    """`case` with a proposal to revoke its decision, or to change it, that a legal reviewer passed."""
    kind = AmendmentKind.CHANGE if proposal else AmendmentKind.REVOKE
    asked = propose(
        case, kind, Cause.COMPLAINT, proposal=proposal, reason=KEPT, hand=SECOND, terms=TERMS, at=at
    )
    case = after(case, asked)
    return after(case, review_amendment(case, Verdict.PASS, opinion=KEPT, hand=REVIEWER))


def amended(case: Case, at: datetime, proposal: Proposal | None = None) -> tuple[CaseFact, ...]:
    """The head's decision on such a proposal."""
    ready = passed(case, at, proposal)
    return amend(ready, document_id=AMENDED, sha256=SHA, hand=HEAD, terms=TERMS, at=at)


def amended_to(state: State, *, at: datetime = NOON) -> tuple[Case, datetime]:
    """A decided case that has just entered one of the states of an amendment."""
    case, at = walked_to(State.CLOSED if state is State.REOPENED else State.PERFORMING, at=at)
    lighter = Proposal((CODE,), PenaltyKind.FINE, 2000) if state is State.CHANGED_BY_SELF else None
    ready = passed(case, at, lighter)
    for fact in amend(ready, document_id=AMENDED, sha256=SHA, hand=HEAD, terms=TERMS, at=at):
        ready = after(ready, fact)
        if ready.state is state:
            break
    return ready, at + timedelta(hours=1)


def refunded(case: Case, at: datetime) -> list[CaseFact]:
    """The open refund of `case` goes back: asked for, approved, and noticed by the bank."""
    refund = next(each for each in case.refunds if each.is_open)
    asked = ask_refund(case, number=refund.number, hand=FIRST)
    case = after(case, asked)
    approved = approve_refund(case, number=refund.number, interest_fen=0, hand=CLERK, at=at)
    back = note_refund(
        after(case, approved),
        reference=refund.reference,
        serial="R1",
        amount_fen=refund.paid_fen,
        refunded_at=at,
        notice=bytes(32),
        at=at,
    )
    return [asked, approved, back]


def told(case: Case) -> Case:
    """`case` with the documents of its amendments served."""
    served = tuple(replace(each, served_at=each.decided_at) for each in case.amendments)
    return replace(case, amendments=served)
