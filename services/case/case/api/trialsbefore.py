"""The acts before and with the decision, each tried by the rule that its route calls."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from case.domain import (
    correcting,
    defence,
    discussing,
    filing,
    hearing,
    hearingwithdrawn,
    investigation,
    merging,
    nonfiling,
    nopenalty,
    ordering,
    releasing,
    returning,
)
from case.domain import decision as deciding
from case.domain.defence import Answer
from case.domain.education import educate
from case.domain.guards.question import Question
from case.domain.investigation import Report
from case.domain.merging import EndShownBy
from case.domain.nonfiling import Ground
from case.domain.outcomes import Choice, Education, Outcome, ShownBy, Told, Unfiled
from case.domain.people import AgeGroup, Party, PartyKind
from case.domain.releasing import WrongBecause
from case.domain.trying import BLANK, NOTHING_FOUND, SHA, Look, Trial, served
from common.values.ids import OfficerId, PartyId


def _identify(look: Look) -> object:
    party = look.case.party or Party(PartyId.new(look.at), PartyKind.PERSON, AgeGroup.ADULT)
    return filing.identify_party(
        look.case,
        party=party,
        birth=None,
        identity=BLANK,
        address=BLANK,
        sources=("VEHICLE_REGISTER", "POPULATION_REGISTER"),
        hand=look.hand,
        has_note=False,
        at=look.at,
        has_representative=party.kind is PartyKind.ORGANISATION,
    )


def _prompt(look: Look) -> object:
    return filing.prompt(
        look.case,
        document_id=look.paper,
        sha256=SHA,
        template="D-02@1",
        hand=look.hand,
        terms=look.terms,
        at=look.at,
    )


def _apply_filing(look: Look) -> object:
    return filing.apply_filing(
        look.case,
        second_officer=OfficerId.new(look.at),
        second_until=date.max,
        findings=NOTHING_FOUND,
        reason=BLANK,
        hand=look.hand,
        terms=look.terms,
        at=look.at,
    )


def _file(look: Look) -> object:
    office = look.terms.profile.office(look.agency_name)
    return filing.file(
        look.case, look.case.exhibits, office=office, hand=look.hand, terms=look.terms, at=look.at
    )


def _conclude(look: Look) -> object:
    report = Report(bytes(32), {}, 0, NOTHING_FOUND, complex_case=False)
    if (signed := look.case.conclusion) is not None:
        # The second officer signs the same words.
        report = Report(
            signed.report, {}, signed.proposal.fine_fen, signed.findings, signed.complex_case, signed.outcome
        )
    return investigation.sign_report(
        look.case, report, commitment=BLANK, no_conflict=True, hand=look.hand, terms=look.terms, at=look.at
    )


def _notify(look: Look) -> object:
    return investigation.issue_notice(
        look.case, document_id=look.paper, sha256=SHA, hand=look.hand, terms=look.terms, at=look.at
    )


def _defend(look: Look) -> object:
    party_id = look.party_id or (look.case.party.id if look.case.party else PartyId.new(look.at))
    return defence.defend(look.case, party_id=party_id, statement=BLANK, final=False, at=look.at)


def _review_defence(look: Look) -> object:
    answers = tuple(
        Answer(each.number, False, BLANK, None) for each in look.case.defences if not each.answered
    )
    return defence.review(look.case, answers=answers, hand=look.hand, at=look.at)


def _decide(look: Look) -> object:
    if look.proposal is None:
        # Without a report nothing can be asked but the state, which refuses.
        return nopenalty.decide_no_penalty(
            look.case, outcome=Outcome.NO_VIOLATION, document_id=look.paper, sha256_hex=SHA, reasons=BLANK,
            hand=look.hand, terms=look.terms, at=look.at,
        )  # fmt: skip
    question = Question(
        look.case,
        look.proposal,
        look.case.exhibits,
        surcharge_stated=True,
        has_deviation_reason=True,
        twins=(),
        terms=look.terms,
        at=look.at,
        orders_correction=True,
    )
    deciding.require_decidable(question, hand=look.hand)
    return question


def _decide_nothing(look: Look) -> object:
    outcome = look.case.conclusion.outcome if look.case.conclusion else Outcome.NO_VIOLATION
    if outcome is Outcome.PENALTY:
        outcome = Outcome.NO_VIOLATION
    return nopenalty.decide_no_penalty(
        look.case, outcome=outcome, document_id=look.paper, sha256_hex=SHA, reasons=BLANK, hand=look.hand,
        terms=look.terms, at=look.at,
    )  # fmt: skip


def _confirm_correction(look: Look) -> object:
    return correcting.confirm_correction(
        look.case, corrected_at=look.at, shown_by=ShownBy.ON_SITE, note=BLANK, hand=look.hand, at=look.at
    )


def _choose(look: Look) -> object:
    return correcting.choose(look.case, choice=Choice.PROCEED, reason=BLANK, hand=look.hand, at=look.at)


def _propose_non_filing(look: Look) -> object:
    ground = Ground(Unfiled.NO_FACT, NOTHING_FOUND, None)
    return nonfiling.propose_non_filing(
        look.case, ground, text=BLANK, hand=look.hand, terms=look.terms, at=look.at
    )


def _approve_non_filing(look: Look) -> object:
    return nonfiling.approve_non_filing(
        look.case, document_id=look.paper, sha256=SHA, hand=look.hand, terms=look.terms, at=look.at
    )


def _educate(look: Look) -> object:
    told = Education(look.paper, look.at, Told.IN_PERSON, SHA)
    return educate(look.case, told, sha256=SHA, text=BLANK, hand=look.hand, at=look.at)


def _order_correction(look: Look) -> object:
    return ordering.order_correction(
        look.case, document_id=look.paper, sha256=SHA, content=BLANK, days=1, hand=look.hand, at=look.at
    )


def _check_correction(look: Look) -> object:
    return ordering.check_correction(
        look.case, complied=True, checked_at=look.at, proof_sha256=SHA, hand=look.hand, at=look.at
    )


def _release(look: Look) -> object:
    return releasing.release_party(
        look.case, cause=WrongBecause.VEHICLE_SOLD, note=BLANK, hand=look.hand, terms=look.terms, at=look.at
    )


def _end_act(look: Look) -> object:
    return merging.end_act(
        look.case,
        ended_at=look.case.act_ended_at,
        shown_by=EndShownBy.OFFICER,
        note=BLANK,
        hand=look.hand,
        at=look.at,
    )


def _request_hearing(look: Look) -> object:
    party_id = look.party_id or (look.case.party.id if look.case.party else PartyId.new(look.at))
    return hearing.request_hearing(look.case, party_id=party_id, at=look.at)


def _withdraw_request(look: Look) -> object:
    party_id = look.party_id or PartyId.new(look.at)
    return hearingwithdrawn.withdraw_request(look.case, party_id=party_id, at=look.at)


def _convene(look: Look) -> object:
    proposal = look.proposal
    if proposal is None:
        return _decide(look)
    return discussing.convene(look.case, proposal, hand=look.hand, terms=look.terms, at=look.at)


def _speak(look: Look) -> object:
    return discussing.speak(look.case, agrees=True, words=BLANK, hand=look.hand, at=look.at)


def _return(look: Look) -> object:
    return returning.return_investigation(look.case, reason=BLANK, hand=look.hand, at=look.at)


BEFORE: Final[Mapping[str, Trial]] = {
    "party": Trial(_identify, ("identify_party",)),
    "prompt": Trial(_prompt, ("prompt", "prompt_limit")),
    "filing-application": Trial(_apply_filing),
    "filing": Trial(_file, ("file",)),
    "investigation-conclusion": Trial(_conclude, ("decide",)),
    "prior-notice": Trial(_notify, ("decide",)),
    "prior-notice/service": Trial(served("D-14")),
    "defences": Trial(_defend, ("defence",)),
    "defence-review": Trial(_review_defence, ("review_defence", "decide")),
    "decision": Trial(_decide, ("decide",)),
    "decision/service": Trial(served("D-20a", "D-20"), ("serve_decision",)),
    "no-penalty-decision": Trial(_decide_nothing, ("decide",)),
    "correction-confirmations": Trial(_confirm_correction),
    "waiver-choice": Trial(_choose),
    "non-filing-proposal": Trial(_propose_non_filing),
    "non-filing": Trial(_approve_non_filing, ("decide_non_filing",)),
    "educations": Trial(_educate),
    "correction-order": Trial(_order_correction),
    "correction-order/check": Trial(_check_correction, ("correct",)),
    "party-release": Trial(_release),
    "act-end": Trial(_end_act),
    "hearing-request": Trial(_request_hearing, ("request_hearing",)),
    "hearing-request/withdrawal": Trial(_withdraw_request),
    "hearing/service": Trial(served("D-18a")),
    "collective-discussion": Trial(_convene, ("decide",)),
    "collective-discussion/opinions": Trial(_speak, ("decide",)),
    "investigation-returns": Trial(_return, ("decide",)),
}
"""The trial of each act, by its address below the case."""
