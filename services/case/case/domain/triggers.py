"""What a proposed penalty calls for before it may be decided: legal review (APL 58(1)), discussion (APL 57(2)).

A trigger follows from the law, the city's figures and the record. None of them is a tick of those who are reviewed
alone: what both officers found complex adds to the list, and their silence takes nothing off it.
"""

from __future__ import annotations

from enum import StrEnum

from case.domain.contents import Proposal
from case.domain.deadlines import Terms
from case.domain.investigation import WITHOUT_HEARING, must_offer_hearing
from case.domain.procedure import Case


class Trigger(StrEnum):
    """Why the decision needs a legal review or a discussion."""

    PUBLIC_INTEREST = "PUBLIC_INTEREST"
    HEARING_HELD = "HEARING_HELD"
    COMPLEX = "COMPLEX"
    SEVERAL_RELATIONS = "SEVERAL_RELATIONS"
    LARGE_FINE = "LARGE_FINE"
    HEARING_OWED = "HEARING_OWED"
    REVIEWER_ASKED = "REVIEWER_ASKED"
    HEAVY_KIND = "HEAVY_KIND"


def review_triggers(case: Case, proposal: Proposal, terms: Terms) -> tuple[Trigger, ...]:
    """Why `proposal` passes legal review first, in the order of APL 58(1); none where the law asks for none.

    A hearing that was ordered and waived was a hearing procedure all the same (经过听证程序). The city's fine and its
    list of matters stand for the major public interest; so many captures are difficult whatever the officers say.
    """
    figures = terms.profile.review
    found = {
        Trigger.PUBLIC_INTEREST: bool(set(proposal.violations) & set(figures.legal_matters)),
        Trigger.LARGE_FINE: figures.legal_fine is not None and proposal.fine_fen >= figures.legal_fine,
        Trigger.HEAVY_KIND: proposal.kind not in WITHOUT_HEARING,
        Trigger.HEARING_HELD: case.hearing is not None and case.hearing.reported_at is not None,
        Trigger.COMPLEX: _is_complex(case) or len(case.exhibits) >= figures.complex_captures,
        Trigger.SEVERAL_RELATIONS: len(proposal.violations) > 1,
    }
    return tuple(trigger for trigger, holds in found.items() if holds)


def discussion_triggers(case: Case, proposal: Proposal, terms: Terms) -> tuple[Trigger, ...]:
    """Why the heads discuss `proposal` together: it is complex, or a major violation is punished heavily (APL 57(2)).

    Raises Refusal PROFILE_INCOMPLETE while the city has not set from which fine a hearing is owed.
    """
    assert case.party is not None
    least, review = terms.profile.thresholds.collective_fine, case.legal_review
    found = {
        Trigger.HEARING_OWED: must_offer_hearing(proposal, case.party, terms.profile),
        Trigger.LARGE_FINE: least is not None and proposal.fine_fen >= least,
        Trigger.COMPLEX: _is_complex(case),
        Trigger.REVIEWER_ASKED: review is not None and review.wants_discussion,
    }
    return tuple(trigger for trigger, holds in found.items() if holds)


def is_current(case: Case, statements: int) -> bool:
    """Whether a review or discussion that knew `statements` of the party still says something about the case.

    A later statement that was adopted changed what they spoke about. One that was not changes nothing: otherwise
    nobody could ever decide a case whose party goes on writing.
    """
    return not any(stated.number > statements and stated.effect is not None for stated in case.defences)


def _is_complex(case: Case) -> bool:
    return case.conclusion is not None and case.conclusion.complex_case
