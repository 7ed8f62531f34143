"""Before filing: suspicion, the party, the prompt, the correction window, and the filing itself (C-01 … C-08).

Prompt before punish (NJ 4, 15): nobody is filed against who was not first told and given the time to put
it right, and what is minor, corrected and harmless is never penalised at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar

from case.domain.contents import Exhibit, Findings
from case.domain.correcting import require_settled
from case.domain.deadlines import Terms
from case.domain.ecology import is_barred
from case.domain.invalidating import require_sound
from case.domain.lawoftime import ruleset_of
from case.domain.people import AgeGroup, Hand, Party, PartyKind, require_qualified, require_separate
from case.domain.procedure import Case, Changing, State, require_state
from case.domain.territory import require_inside
from common.values.calendar import Deadline, legal_day
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import DocumentId, OfficerId, PartyId
from common.values.law import APL_30, APL_33, APL_36, APL_39, APL_40, APL_41, APL_42, NJ_3, NJ_4, NJ_15, NJ_19
from common.values.profile import Office

_UNFILED = (State.PROMPTED, State.READY_TO_FILE)
_RESIDENT_NUMBER = re.compile(r"\d{6}(\d{4})(\d\d)(\d\d)\d{3}[\dXx]", re.ASCII)


@dataclass(frozen=True)
class PartyIdentified(Changing):
    type: ClassVar[str] = "case.party_identified"

    party_id: PartyId
    kind: PartyKind
    age_group: AgeGroup
    identity: Commitment
    address: Commitment
    sources: tuple[str, ...]
    by: OfficerId

    @property
    def subject(self) -> str:
        return self.party_id.stream

    def applied(self, case: Case) -> Case:
        party = Party(self.party_id, self.kind, self.age_group)
        # Whoever proposed not to file knew nothing of the party: the proposal is made anew, or not.
        return replace(case, party=party, non_filing=None)


@dataclass(frozen=True)
class CasePrompted(Changing):
    """D-02 goes to the party. `correction_until` is when a case can be filed at the earliest."""

    type: ClassVar[str] = "case.prompted"

    party_id: PartyId
    document_id: DocumentId
    sha256: str
    template: str
    correction_until: datetime
    by: OfficerId

    @property
    def subject(self) -> str:
        return self.party_id.stream

    def applied(self, case: Case) -> Case:
        return replace(
            case,
            state=State.PROMPTED,
            prompt_document_id=self.document_id,
            prompt_delivered_at=None,
            correction_until=self.correction_until,
        )


@dataclass(frozen=True)
class PromptDelivered(Changing):
    """The prompt reached the party; the window to correct is at least as long from here."""

    type: ClassVar[str] = "case.prompt.delivered"

    document_id: DocumentId
    delivered_at: datetime
    correction_until: datetime

    def applied(self, case: Case) -> Case:
        return replace(case, prompt_delivered_at=self.delivered_at, correction_until=self.correction_until)


@dataclass(frozen=True)
class PromptArrivalDenied(Changing):
    """The channel that had brought the prompt says that it did not: nobody was told yet."""

    type: ClassVar[str] = "case.prompt.arrival_denied"

    document_id: DocumentId

    def applied(self, case: Case) -> Case:
        return replace(_lead_again(case), state=State.PROMPTED, prompt_delivered_at=None)


@dataclass(frozen=True)
class PromptFailed(Changing):
    """The prompt reached nobody, and why; the party has to be prompted anew."""

    type: ClassVar[str] = "case.prompt.failed"

    document_id: DocumentId
    reason: str

    def applied(self, case: Case) -> Case:
        lead = _lead_again(case)
        return replace(lead, state=State.SUSPECTED, prompt_document_id=None, correction_until=None)


def _lead_again(case: Case) -> Case:
    # The application rested on a party that was told: it falls, and its two officers are named anew.
    return replace(case, officers=())


@dataclass(frozen=True)
class FilingApplied(Changing):
    type: ClassVar[str] = "case.filing_applied"

    officers: tuple[OfficerId, OfficerId]
    findings: Findings
    reason: Commitment
    decide_filing_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.decide_filing_by,)

    def applied(self, case: Case) -> Case:
        return replace(case, state=State.READY_TO_FILE, officers=self.officers, non_filing=None)


@dataclass(frozen=True)
class CaseFiled(Changing):
    """The procedure has begun, and with it the ninety days (APL 54(2), 60)."""

    type: ClassVar[str] = "case.filed"

    by: OfficerId
    officers: tuple[OfficerId, ...]
    filed_at: datetime
    decide_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.decide_by,)

    def applied(self, case: Case) -> Case:
        until = self.decide_by.due_at
        return replace(case, state=State.FILED, filed_at=self.filed_at, decide_until=until)


def born_on(identity_number: str) -> date | None:
    """The day of birth that a resident identity number shows; None for any other number."""
    shown = _RESIDENT_NUMBER.fullmatch(identity_number)
    try:
        return date(*map(int, shown.groups())) if shown else None
    except ValueError:
        return None


def age_group_of(birth: date, on: date) -> AgeGroup:
    """The age group on the day `on`. A year of age is full on the day after the birthday, as criminal law counts."""
    years = on.year - birth.year - ((on.month, on.day) <= (birth.month, birth.day))
    if years < 14:
        return AgeGroup.UNDER_14
    return AgeGroup.FROM_14_TO_17 if years < 18 else AgeGroup.ADULT


def identify_party(
    case: Case,
    *,
    party: Party,
    birth: date | None,
    identity: Commitment,
    address: Commitment,
    sources: tuple[str, ...],
    hand: Hand,
    has_note: bool,
    at: datetime,
    has_representative: bool = False,
) -> PartyIdentified:
    """An officer confirms who the party is (C-02): from two sources, or from one with a note why it suffices.

    Before the prompt only, because a prompt to the wrong person tells a stranger about someone's act.
    Nobody under 14 is penalised: a lead against a child is recorded, and can only end (`nonfiling`, APL 30). Where the
    identity number shows the day of birth, it decides the age at the act, and not the officer's word.
    """
    require_state(case, State.SUSPECTED, act="identifying the party")
    if case.party is not None:
        raise Refusal(Kind.CONFLICT, "CASE_PARTY_ON_RECORD", {"case": case.id}, article=APL_40)
    require_qualified(hand, at)
    if len(set(sources)) < 2 and not has_note:
        raise Refusal(Kind.INVALID, "CASE_PARTY_NOT_IDENTIFIED", wording="sources", article=APL_40)
    _require_age_group(case, party, birth)
    if has_representative is not (party.kind is PartyKind.ORGANISATION):
        # A decision against an organisation names who acts for it, and nobody acts for a person.
        raise Refusal(Kind.INVALID, "CASE_PARTY_NOT_IDENTIFIED", wording="representative", article=APL_40)
    return PartyIdentified(
        case.id, party.id, party.kind, party.age_group, identity, address, sources, hand.officer_id
    )


def _require_age_group(case: Case, party: Party, birth: date | None) -> None:
    is_person = party.kind is PartyKind.PERSON
    agrees = is_person is (party.age_group is not AgeGroup.NOT_A_PERSON)
    if birth is not None:
        acted_on = legal_day(min(exhibit.captured_at for exhibit in case.exhibits))
        agrees = is_person and party.age_group is age_group_of(birth, acted_on)
    if not agrees:
        raise Refusal(Kind.INVALID, "CASE_AGE_GROUP_DIFFERS", article=APL_30)


def prompt(
    case: Case,
    *,
    document_id: DocumentId,
    sha256: str,
    template: str,
    hand: Hand,
    terms: Terms,
    at: datetime,
) -> CasePrompted:
    """Tell the party of the suspicion and how to put it right (C-03, C-04).

    The window to correct starts now: filing waits for its end (NJ 4, 15).
    """
    require_state(case, State.SUSPECTED, act="the prompt")
    require_sound(case, act="the prompt")
    party = require_party(case)
    if party.age_group is AgeGroup.UNDER_14:
        raise Refusal(Kind.CONFLICT, "CASE_MINOR_UNDER_14", {"case": case.id}, article=APL_30)
    require_qualified(hand, at)
    until = terms.correction(at, ruleset_of(case, terms))
    return CasePrompted(case.id, party.id, document_id, sha256, template, until, hand.officer_id)


def note_prompt(
    case: Case, *, document_id: DocumentId, delivered_at: datetime, terms: Terms
) -> PromptDelivered | None:
    """The prompt arrived (NJ 15). A late arrival moves the window: who was not told could not correct (NJ 4).

    None for another document, or for an arrival that was noted before.
    """
    if case.prompt_document_id != document_id or case.prompt_delivered_at is not None:
        return None
    until = terms.correction(delivered_at, ruleset_of(case, terms))
    return PromptDelivered(case.id, document_id, delivered_at, max(until, case.correction_until or until))


def deny_prompt(case: Case, *, document_id: DocumentId) -> PromptArrivalDenied | None:
    """The arrival of the prompt is taken back, so the filing waits again (NJ 15). The window that had moved stays.

    An application for filing falls with it. None for another document, and once the case is filed: a person decides
    what follows then.
    """
    if case.prompt_document_id != document_id or case.prompt_delivered_at is None:
        return None
    return PromptArrivalDenied(case.id, document_id) if case.state in _UNFILED else None


def prompt_failed(case: Case, *, document_id: DocumentId, reason: str) -> PromptFailed | None:
    """The prompt did not arrive: the case is again where nobody was told. None unless it was this prompt."""
    if case.prompt_document_id != document_id or case.prompt_delivered_at is not None:
        return None
    return PromptFailed(case.id, document_id, reason) if case.state in _UNFILED else None


def apply_filing(
    case: Case,
    *,
    second_officer: OfficerId,
    second_until: date | None,
    findings: Findings,
    reason: Commitment,
    hand: Hand,
    terms: Terms,
    at: datetime,
) -> FilingApplied:
    """An officer applies for filing and names a second one (C-08); the two will investigate.

    Refused until the prompt reached the party and while the correction window runs, and for good when the
    act is minor, corrected and harmless. Where the act was corrected, an officer looked whether it is a first offence
    and chose (`correcting`).
    The investigators are two persons with valid certificates, and neither accepted the evidence they will rely on.
    `second_until` is the last day of the second one's certificate, None without one.
    """
    require_state(case, State.PROMPTED, act="applying for filing")
    require_sound(case, act="applying for filing")
    require_here(case)
    require_qualified(hand, at)
    if hand.officer_id == second_officer:
        raise Refusal(Kind.CONFLICT, "CASE_TWO_OFFICERS_REQUIRED", {"case": case.id}, article=APL_42)
    if second_until is None or legal_day(at) > second_until:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_OFFICER_UNQUALIFIED",
            {"officer": second_officer, "today": legal_day(at)},
            article=APL_42,
        )
    for officer in (hand.officer_id, second_officer):
        require_separate(
            officer, case.evidence_reviewers, act="investigate the case", other="accepted its evidence"
        )
    if case.prompt_delivered_at is None:
        raise Refusal(Kind.CONFLICT, "CASE_PROMPT_NOT_DELIVERED", {"case": case.id}, article=NJ_15)
    if case.correction_until is not None and at < case.correction_until:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_CORRECTION_WINDOW_RUNNING",
            {"case": case.id, "until": case.correction_until},
            article=NJ_4,
        )
    if findings.forbid_penalty:
        raise Refusal(Kind.CONFLICT, "CASE_MUST_NOT_PENALISE_MINOR", {"case": case.id}, article=APL_33)
    require_settled(case)
    return FilingApplied(case.id, (hand.officer_id, second_officer), findings, reason, terms.file(at))


def file(
    case: Case, exhibits: tuple[Exhibit, ...], *, office: Office, hand: Hand, terms: Terms, at: datetime
) -> CaseFiled:
    """The head of the agency approves the filing (C-08); the ninety days start (APL 60).

    `exhibits` are the captures that evidence still accepts today, from devices that the registry knows: without one
    there is no off-site case (NJ 3). Not while the party is not told (NJ 15), and not what may yet be waived (APL 33).
    Not outside the territory (NJ 2), not by one of the investigators, not on a capture whose device was not lawful
    (APL 41), not after the limitation period (APL 36), and not by an agency whose page is not public: `office` says
    since when its filing basis, procedure and remedies are (APL 39).
    """
    require_state(case, State.READY_TO_FILE, act="filing")
    require_sound(case, act="filing")
    require_here(case)
    require_separate(
        hand.officer_id, frozenset(case.officers), act="approve its filing", other="investigates the case"
    )
    if case.prompt_delivered_at is None:
        raise Refusal(Kind.CONFLICT, "CASE_PROMPT_NOT_DELIVERED", {"case": case.id}, article=NJ_15)
    require_settled(case)
    require_inside(case.admin_division, terms.profile)
    if not any(exhibit.accepted for exhibit in exhibits):
        raise Refusal(
            Kind.CONFLICT, "CASE_NO_DEVICE_EVIDENCE", {"case": case.id}, wording="filing", article=NJ_3
        )
    unlawful = [exhibit.device_id for exhibit in exhibits if not exhibit.device_lawful]
    if unlawful:
        raise Refusal(
            Kind.CONFLICT, "CASE_DEVICE_INVALID", {"case": case.id, "devices": unlawful}, article=APL_41
        )
    if not office.is_published(legal_day(at)):
        raise Refusal(
            Kind.CONFLICT,
            "PROFILE_INCOMPLETE",
            {"profile": terms.profile.id},
            wording="agency_page",
            article=APL_39,
        )
    if is_barred(case, terms, at):
        raise Refusal(
            Kind.CONFLICT,
            "CASE_TIME_BARRED",
            {"case": case.id, "ended_on": case.act_ended_at.date()},
            article=APL_36,
        )
    return CaseFiled(case.id, hand.officer_id, case.officers, at, terms.decide(at))


def require_here(case: Case) -> None:
    """Raises Refusal CASE_TRANSFER_RUNNING while another agency may take the lead over (NJ 19)."""
    if case.transfer is not None:
        facts = {"case": case.id, "exchange": case.transfer.exchange_id}
        raise Refusal(Kind.CONFLICT, "CASE_TRANSFER_RUNNING", facts, article=NJ_19)


def require_party(case: Case) -> Party:
    """The party. Raises Refusal CASE_PARTY_NOT_IDENTIFIED while nobody confirmed one."""
    if case.party is None:
        raise Refusal(Kind.CONFLICT, "CASE_PARTY_NOT_IDENTIFIED", {"case": case.id}, article=APL_40)
    return case.party
