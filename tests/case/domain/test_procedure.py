"""The order of the procedure (APL 54–61): the main path stands, and every act out of order is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from case.domain.closing import archive, close, propose_closure
from case.domain.contents import Proposal
from case.domain.decision import require_decidable
from case.domain.defence import defend, review
from case.domain.filing import apply_filing, file, identify_party, prompt
from case.domain.guards.question import Question
from case.domain.handingin import hand_in
from case.domain.heard import HEARD
from case.domain.investigation import issue_notice, notice_served, sign_report
from case.domain.obligation import payment_due
from case.domain.opening import case_number, note_backup, open_case
from case.domain.paying import pay
from case.domain.people import Hand
from case.domain.performance import decision_served
from case.domain.procedure import ORDERABLE, Case, State, after
from case.domain.serving import order_service
from common.files.scanned import Scan
from common.values.errors import Kind, Refusal
from common.values.ids import CaseId, DocumentId, OfficerId
from common.values.law import APL_17, APL_47, APL_54, APL_61, APL_61_2, APL_67, NJ_3, NJ_17
from common.values.manner import Manner
from common.values.profile import PenaltyKind
from ledger.canonical import canonical
from tests.case.domain import walk

AMENDED = (State.REOPENED, State.REVOKED_BY_SELF, State.CHANGED_BY_SELF)
ACTS: dict[str, tuple[frozenset[State], Callable[[Case, datetime], Any]]] = {
    "identify": (
        frozenset({State.SUSPECTED}),
        lambda case, at: identify_party(
            # The walk has a party in every state, and a second one is refused.
            replace(case, party=None),
            party=walk.PARTY,
            birth=None,
            identity=walk.KEPT,
            address=walk.KEPT,
            sources=("A", "B"),
            hand=walk.FIRST,
            has_note=False,
            at=at,
        ),
    ),
    "prompt": (
        frozenset({State.SUSPECTED}),
        lambda case, at: prompt(
            case,
            document_id=walk.NOTICE,
            sha256=walk.SHA,
            template="D-02@1",
            hand=walk.FIRST,
            terms=walk.TERMS,
            at=at,
        ),
    ),
    "apply": (
        frozenset({State.PROMPTED}),
        lambda case, at: apply_filing(
            case,
            second_officer=walk.SECOND.officer_id,
            second_until=walk.SECOND.certificate_until,
            findings=walk.REPORT.findings,
            reason=walk.KEPT,
            hand=walk.FIRST,
            terms=walk.TERMS,
            at=at,
        ),
    ),
    "file": (
        frozenset({State.READY_TO_FILE}),
        lambda case, at: file(
            case, case.exhibits, office=walk.OFFICE, hand=walk.HEAD, terms=walk.TERMS, at=at
        ),
    ),
    "sign": (
        frozenset({State.FILED, State.INVESTIGATING}),
        lambda case, at: sign_report(
            case,
            walk.REPORT,
            commitment=walk.KEPT,
            no_conflict=True,
            hand=walk.SECOND,
            terms=walk.TERMS,
            at=at,
        ),
    ),
    "notify": (
        frozenset({State.INVESTIGATION_CONCLUDED}),
        lambda case, at: issue_notice(
            case, document_id=walk.NOTICE, sha256=walk.SHA, hand=walk.LEAD, terms=walk.TERMS, at=at
        ),
    ),
    "notice-served": (
        frozenset({State.PRIOR_NOTICE_SENT}),
        lambda case, at: notice_served(
            case, document_id=walk.NOTICE, manner=Manner.ELECTRONIC, served_at=at, terms=walk.TERMS
        ),
    ),
    "defend": (
        frozenset(HEARD),
        lambda case, at: defend(case, party_id=walk.PARTY.id, statement=walk.KEPT, final=False, at=at),
    ),
    "hand-in": (
        frozenset(HEARD),
        lambda case, at: hand_in(
            case,
            number=1,
            sha256=walk.SHA,
            size=1,
            media_type="image/png",
            scan=Scan.CLEAN,
            taken_by=None,
            at=at,
        ),
    ),
    "review": (
        frozenset({State.PRIOR_NOTICE_SERVED}),
        lambda case, at: review(case, answers=(), hand=walk.LEAD, at=at + timedelta(days=30)),
    ),
    "order-service": (
        frozenset({State.PRIOR_NOTICE_SENT, State.DECIDED, State.DEMANDED}),
        lambda case, at: walk.ordered(case, *walk.DUE.get(case.state, (walk.DECISION, "D-20a"))),
    ),
    "decision-served": (
        frozenset({State.SERVICE_PENDING}),
        lambda case, at: decision_served(
            case,
            document_id=walk.DECISION,
            manner=Manner.ELECTRONIC,
            served_at=at,
            arrived_at=None,
            terms=walk.TERMS,
        ),
    ),
    "payment-due": (frozenset({State.SERVED}), lambda case, at: payment_due(case, terms=walk.TERMS)),
    "pay": (
        frozenset(
            {State.PERFORMING, State.PERFORMED, State.CLOSED, State.ARCHIVED, *walk.EXECUTED, *AMENDED}
        ),
        lambda case, at: pay(case, walk.bank(walk.walked_to(State.PERFORMING)[0], at), at=at),
    ),
    "propose-closure": (
        frozenset({State.PERFORMED, State.ENFORCED, State.ENFORCEMENT_ENDED, State.REVOKED_BY_SELF}),
        lambda case, at: propose_closure(walk.told(case), hand=walk.FIRST, terms=walk.TERMS),
    ),
    "close": (
        frozenset({State.PERFORMED, State.ENFORCED, State.ENFORCEMENT_ENDED, State.REVOKED_BY_SELF}),
        lambda case, at: close(
            replace(walk.told(case), closure_proposed_by=walk.FIRST.officer_id),
            hand=walk.LEAD,
            terms=walk.TERMS,
            at=at,
        ),
    ),
    "archive": (
        frozenset({State.CLOSED}),
        lambda case, at: archive(case, documents=(), hand=walk.ARCHIVIST, at=at),
    ),
}


@pytest.mark.law(APL_54)
@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("act", list(ACTS))
def test_an_act_is_possible_in_its_own_states_and_refused_in_every_other(act: str, state: State) -> None:
    allowed, attempt = ACTS[act]
    case, at = walk.walked_to(state)
    if state is State.SUSPECTED:
        case = replace(case, party=walk.PARTY)

    if state in allowed:
        assert attempt(case, at)
    else:
        with pytest.raises(Refusal) as refusal:
            attempt(case, at)
        assert (refusal.value.kind, refusal.value.code) == (Kind.CONFLICT, "CASE_TRANSITION_NOT_ALLOWED")
        assert refusal.value.article in (APL_54, APL_61, APL_67, NJ_17)


@pytest.mark.parametrize("state", [state for state in State if state not in ORDERABLE])
def test_a_decision_is_refused_before_filing_and_after_a_decision(state: State) -> None:
    case, at = walk.walked_to(state)
    asked = Question(
        case,
        Proposal((walk.CODE,), PenaltyKind.FINE, 4000),
        case.exhibits,
        surcharge_stated=True,
        has_deviation_reason=False,
        twins=(),
        terms=walk.TERMS,
        at=at,
    )

    with pytest.raises(Refusal) as refusal:
        require_decidable(asked, hand=walk.HEAD)

    assert refusal.value.code == "CASE_TRANSITION_NOT_ALLOWED"


@pytest.mark.law(APL_47)
def test_every_fact_of_the_path_is_fit_for_a_record_and_counts_one_revision() -> None:
    case, at = walk.opened(), walk.NOON

    while facts := walk.steps(case, at := at + timedelta(hours=1)):
        for fact in facts:
            before, case = case, after(case, fact)
            assert canonical(fact.body())
            assert case.revision == before.revision + 1
            assert fact.stream == f"case/{case.id}"

    assert case.state is State.ARCHIVED


def test_no_record_of_the_path_holds_the_bare_digest_of_a_text() -> None:
    case, at = walk.walked_to(State.FILED)

    body = walk.steps(case, at)[-1].body()

    assert "report" not in body["conclusion"]
    assert body["report"] == {"c": "00" * 32}


@pytest.mark.law(NJ_3)
def test_an_unaccepted_capture_opens_no_case() -> None:
    with pytest.raises(Refusal) as refusal:
        walk.opened(replace(walk.EXHIBIT, accepted=False))

    assert (refusal.value.code, refusal.value.article) == ("CASE_NO_DEVICE_EVIDENCE", NJ_3)


@pytest.mark.law(APL_17)
def test_a_matter_outside_the_published_list_opens_no_case() -> None:
    with pytest.raises(Refusal) as refusal:
        open_case(
            CaseId.new(walk.NOON),
            walk.EXHIBIT,
            agency_id=walk.AGENCY,
            number="1",
            division=walk.DIVISION,
            code="CM-9999",
            terms=walk.TERMS,
            at=walk.NOON,
        )

    assert (refusal.value.code, refusal.value.article) == ("CASE_NO_JURISDICTION", APL_17)


def test_a_case_number_tells_every_mistyped_character() -> None:
    number = case_number(walk.AGENCY, year=2025, serial=7)

    others = {case_number(walk.AGENCY, year=2025, serial=serial)[-1] for serial in range(10)}

    assert (len(number), number[10:19]) == (20, "250000007")
    assert len(others) == 10


def test_a_backup_is_noted_once_and_for_captures_of_the_case_alone() -> None:
    case = walk.opened(replace(walk.EXHIBIT, backed_up=False))
    fact = note_backup(case, walk.EXHIBIT.evidence_id)

    assert fact is not None
    assert after(case, fact).exhibits[0].backed_up
    assert note_backup(after(case, fact), walk.EXHIBIT.evidence_id) is None


@pytest.mark.law(APL_61_2)
@pytest.mark.parametrize("state", [State.PRIOR_NOTICE_SENT, State.DECIDED])
def test_electronic_service_without_a_signed_consent_is_refused(state: State) -> None:
    case, _ = walk.walked_to(state)
    document = walk.NOTICE if state is State.PRIOR_NOTICE_SENT else walk.DECISION

    with pytest.raises(Refusal) as refusal:
        order_service(
            case,
            document_id=document,
            document_kind="D-14" if state is State.PRIOR_NOTICE_SENT else "D-20a",
            document_sha256=walk.SHA,
            manner=Manner.ELECTRONIC,
            consent_id=None,
            hand=walk.SERVER,
        )

    assert (refusal.value.code, refusal.value.article) == ("CASE_SERVICE_CONSENT_MISSING", APL_61_2)


def test_only_the_document_that_is_due_can_be_served_and_only_once() -> None:
    case, _ = walk.walked_to(State.PRIOR_NOTICE_SENT)
    ordered = after(case, walk.ordered(case, walk.NOTICE, "D-14"))

    for attempt, document in ((ordered, walk.NOTICE), (case, DocumentId.new(walk.NOON))):
        with pytest.raises(Refusal, match="to be served now"):
            walk.ordered(attempt, document, "D-14")


HANDS: dict[str, tuple[State, Callable[[Case, datetime], Any]]] = {
    "investigates what they accepted": (
        State.PROMPTED,
        lambda case, at: apply_filing(
            case,
            second_officer=walk.REVIEWERS[0],
            second_until=walk.FIRST.certificate_until,
            findings=walk.REPORT.findings,
            reason=walk.KEPT,
            hand=walk.FIRST,
            terms=walk.TERMS,
            at=at,
        ),
    ),
    "approves their own filing": (
        State.READY_TO_FILE,
        lambda case, at: file(
            case, case.exhibits, office=walk.OFFICE, hand=walk.SECOND, terms=walk.TERMS, at=at
        ),
    ),
    "signs twice": (
        State.INVESTIGATING,
        lambda case, at: sign_report(
            case,
            walk.REPORT,
            commitment=walk.KEPT,
            no_conflict=True,
            hand=walk.FIRST,
            terms=walk.TERMS,
            at=at,
        ),
    ),
    "approves their own notice": (
        State.INVESTIGATION_CONCLUDED,
        lambda case, at: issue_notice(
            case, document_id=walk.NOTICE, sha256=walk.SHA, hand=walk.SECOND, terms=walk.TERMS, at=at
        ),
    ),
    "judges the objection to their own review": (
        State.PRIOR_NOTICE_SERVED,
        lambda case, at: review(case, answers=(), hand=Hand(walk.REVIEWERS[1]), at=at),
    ),
    "decides what they investigated": (
        State.DEFENCE_REVIEW,
        lambda case, at: require_decidable(walk.question(case, at), hand=walk.FIRST),
    ),
    "decides what they reviewed": (
        State.DEFENCE_REVIEW,
        lambda case, at: require_decidable(walk.question(case, at), hand=walk.LEAD),
    ),
    "decides on evidence they accepted": (
        State.DEFENCE_REVIEW,
        lambda case, at: require_decidable(walk.question(case, at), hand=Hand(walk.REVIEWERS[0])),
    ),
    "closes what they proposed": (
        State.PERFORMED,
        lambda case, at: close(
            after(case, propose_closure(case, hand=walk.FIRST, terms=walk.TERMS)),
            hand=walk.FIRST,
            terms=walk.TERMS,
            at=at,
        ),
    ),
}


@pytest.mark.parametrize("what", list(HANDS))
def test_nobody_judges_their_own_work(what: str) -> None:
    state, attempt = HANDS[what]
    case, at = walk.walked_to(state)

    with pytest.raises(Refusal) as refusal:
        attempt(case, at)

    assert (refusal.value.kind, refusal.value.code) == (Kind.FORBIDDEN, "ROLE_CONFLICT")


def test_only_the_two_assigned_officers_sign_the_report_and_propose_to_close() -> None:
    stranger = Hand(OfficerId.new(walk.NOON), "SF-9", walk.FIRST.certificate_until)
    filed, at = walk.walked_to(State.FILED)
    performed, _ = walk.walked_to(State.PERFORMED)

    with pytest.raises(Refusal, match="two officers"):
        sign_report(
            filed, walk.REPORT, commitment=walk.KEPT, no_conflict=True, hand=stranger, terms=walk.TERMS, at=at
        )
    with pytest.raises(Refusal, match="two officers"):
        propose_closure(performed, hand=stranger, terms=walk.TERMS)
