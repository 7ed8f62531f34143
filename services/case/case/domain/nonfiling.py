"""A lead that becomes no case (不予立案): proposed by an officer, approved by another (C-05, C-06).

    SUSPECTED, PROMPTED, READY_TO_FILE ─propose─▶ proposed ─(educated) approve─▶ NOT_FILED(reason)

A lead that nobody may pursue must end, or its party stays a suspect for ever. Who is not punished for a violation is
educated first (APL 33(3)); what was no violation of theirs is eliminated, and nothing of it counts against them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final

from case.domain.contents import Findings
from case.domain.deadlines import Terms
from case.domain.ecology import is_barred
from case.domain.education import require_educated
from case.domain.invalidating import require_sound
from case.domain.lawoftime import ruleset_of
from case.domain.outcomes import ELIMINATED, UNEDUCATED, WAIVED, Choice, NonFiling, Unfiled
from case.domain.people import AgeGroup, Hand, require_qualified, require_separate
from case.domain.procedure import Case, Changing, State, require_state
from common.values.calendar import Deadline
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId, DocumentId, OfficerId
from common.values.law import APL_47, APL_54

LEADS: Final = (State.SUSPECTED, State.PROMPTED, State.READY_TO_FILE)
"""The states before a case is filed."""


@dataclass(frozen=True)
class NonFilingProposed(Changing):
    """An officer finds that the lead must not, or need not, become a case. `ground` commits to why."""

    type: ClassVar[str] = "case.non_filing.proposed"

    reason: Unfiled
    findings: Findings
    exemption: str | None
    ground: Commitment
    by: OfficerId
    decide_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.decide_by,)

    def applied(self, case: Case) -> Case:
        return replace(case, non_filing=NonFiling(self.reason, self.by))


@dataclass(frozen=True)
class CaseNotFiled(Changing):
    """The lead ended without a case. `is_eliminated`: the suspicion itself is gone (RTP 22).

    Before `kept_until` nothing of it may be erased, its captures included.
    """

    type: ClassVar[str] = "case.not_filed"

    agency_id: AgencyId
    reason: Unfiled
    is_eliminated: bool
    document_id: DocumentId
    sha256: str
    by: OfficerId
    not_filed_at: datetime
    kept_until: datetime

    def applied(self, case: Case) -> Case:
        assert case.non_filing is not None
        ended = replace(case.non_filing, ended_at=self.not_filed_at)
        return replace(case, state=State.NOT_FILED, non_filing=ended, closed_at=self.not_filed_at)


@dataclass(frozen=True)
class Ground:
    """What the officer finds: the reason, the three findings of NJ 4, and the exemption where one is claimed."""

    reason: Unfiled
    findings: Findings
    exemption: str | None

    @property
    def agrees(self) -> bool:
        """Whether its parts agree: what is minor, corrected and harmless has one end only (NJ 4), and only an exempt
        lead names an exemption.
        """
        is_minor = self.reason is Unfiled.MINOR_CORRECTED
        is_exempt = self.reason is Unfiled.EXEMPT
        return self.findings.forbid_penalty is is_minor and (self.exemption is None or is_exempt)


def _is_minor(case: Case, ground: Ground, terms: Terms, at: datetime) -> bool:
    return case.correction is not None


def _is_waived(case: Case, ground: Ground, terms: Terms, at: datetime) -> bool:
    return case.first_offence is not None and case.first_offence.choice is Choice.WAIVE


def _is_exempt(case: Case, ground: Ground, terms: Terms, at: datetime) -> bool:
    return ground.exemption in ruleset_of(case, terms).exemptions


def _is_barred(case: Case, ground: Ground, terms: Terms, at: datetime) -> bool:
    return is_barred(case, terms, at, harmless=ground.findings.harmless)


def _is_child(case: Case, ground: Ground, terms: Terms, at: datetime) -> bool:
    return case.party is not None and case.party.age_group is AgeGroup.UNDER_14


def _is_unknown(case: Case, ground: Ground, terms: Terms, at: datetime) -> bool:
    return case.party is None


_SHOWN: Final[dict[Unfiled, Callable[[Case, Ground, Terms, datetime], bool]]] = {
    Unfiled.MINOR_CORRECTED: _is_minor,
    Unfiled.FIRST_OFFENCE_CORRECTED: _is_waived,
    Unfiled.EXEMPT: _is_exempt,
    Unfiled.TIME_BARRED: _is_barred,
    Unfiled.MINOR_UNDER_14: _is_child,
    Unfiled.PARTY_UNKNOWN: _is_unknown,
}
"""What the record must show for a reason. The others rest on the officer's ground and on the second person."""


def propose_non_filing(
    case: Case, ground: Ground, *, text: Commitment, hand: Hand, terms: Terms, at: datetime
) -> NonFilingProposed:
    """An officer proposes that the lead becomes no case (C-05, C-06). A later proposal takes the place of one.

    Raises Refusal CASE_OUTCOME_NOT_SHOWN where the record does not show the reason: a correction that nobody confirmed
    is none, and a first offence that nobody looked up is none (APL 33(1)). A proposal falls when the party is
    identified, when somebody looks back again, and when somebody applies for filing.
    """
    require_state(case, *LEADS, act="proposing not to file")
    require_qualified(hand, at)
    shown = _SHOWN.get(ground.reason)
    if not ground.agrees or (shown is not None and not shown(case, ground, terms, at)):
        raise Refusal(
            Kind.CONFLICT,
            "CASE_OUTCOME_NOT_SHOWN",
            {"case": case.id, "outcome": ground.reason},
            article=APL_54,
        )
    return NonFilingProposed(
        case.id,
        ground.reason,
        ground.findings,
        ground.exemption,
        text,
        hand.officer_id,
        terms.decide_non_filing(at),
    )


def proposed(case: Case) -> NonFiling:
    """The proposal not to file. Raises Refusal CASE_TRANSITION_NOT_ALLOWED without one."""
    require_state(case, *LEADS, act="approving not to file")
    if case.non_filing is None:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_TRANSITION_NOT_ALLOWED",
            {"case": case.id},
            wording="nobody_proposed_not_to_file",
            article=APL_47,
        )
    return case.non_filing


def approve_non_filing(
    case: Case, *, document_id: DocumentId, sha256: str, hand: Hand, terms: Terms, at: datetime
) -> CaseNotFiled:
    """Another person agrees (C-05, C-06): the lead ends. Who is not punished was educated before (APL 33(3)).

    It is kept while it may count as an earlier violation of the party, and not longer than that (PIPL 19).
    """
    proposal = proposed(case)
    if proposal.reason not in ELIMINATED:
        require_sound(case, act="a non-filing that finds a violation")
    require_separate(
        hand.officer_id,
        frozenset((*case.officers, proposal.proposed_by)),
        act="approve that it is not filed",
        other="proposed it",
    )
    if proposal.reason not in UNEDUCATED:
        require_educated(case)
    counts = proposal.reason in WAIVED and terms.profile.first_offence.count_waived
    return CaseNotFiled(
        case.id,
        case.agency_id,
        proposal.reason,
        proposal.reason in ELIMINATED,
        document_id,
        sha256,
        hand.officer_id,
        at,
        kept_until=terms.lookback_ends(at) if counts else at,
    )
