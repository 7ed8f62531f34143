"""Put right in time: the correction, the look-back for a first offence, and the choice that it opens (NJ 4; APL 33).

    PROMPTED ─ correction confirmed ─▶ look-back ─▶ first offence, slight harm ─▶ WAIVE or PROCEED, each with a reason

Minor, corrected and harmless is no choice: it must not be penalised. A first offence with slight harm that was
corrected may be waived, and whichever way the officer goes, the reason stands on record.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar

from case.domain.outcomes import Choice, Correction, FirstOffence, Harm, ShownBy
from case.domain.people import Hand, require_qualified
from case.domain.procedure import DELIBERATING, Case, Changing, State, require_state
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId, OfficerId
from common.values.law import APL_33, NJ_4

CORRECTABLE = (
    State.PROMPTED,
    State.READY_TO_FILE,
    State.FILED,
    State.INVESTIGATING,
    State.INVESTIGATION_CONCLUDED,
    State.PRIOR_NOTICE_SENT,
    State.PRIOR_NOTICE_SERVED,
    State.DEFENCE_REVIEW,
    *DELIBERATING,
)
"""The states in which a correction still matters: the party was told, and nothing is decided."""


@dataclass(frozen=True)
class CaseCorrected(Changing):
    """An officer confirmed that the act was put right. `note` commits to how the officer knows."""

    type: ClassVar[str] = "case.corrected"

    corrected_at: datetime
    shown_by: ShownBy
    note: Commitment
    by: OfficerId

    def applied(self, case: Case) -> Case:
        return replace(case, correction=Correction(self.corrected_at, self.shown_by))


@dataclass(frozen=True)
class FirstOffenceChecked(Changing):
    """What the look-back found: earlier violations of the same group by the same party, here and elsewhere."""

    type: ClassVar[str] = "case.first_offence.checked"

    lookback_from: date
    codes: tuple[str, ...]
    own_hits: int
    other_hits: int
    asked: tuple[AgencyId, ...]
    silent: tuple[AgencyId, ...]
    harm: Harm
    by: OfficerId
    checked_at: datetime

    def applied(self, case: Case) -> Case:
        hits, silent = self.own_hits + self.other_hits, len(self.silent)
        found = FirstOffence(self.checked_at, self.lookback_from, hits, silent, self.harm)
        # A proposal not to file may rest on the look-back before, or on its choice.
        return replace(case, first_offence=found, non_filing=None)


@dataclass(frozen=True)
class WaiverChosen(Changing):
    """The officer chose to waive or to proceed, for a reason on record."""

    type: ClassVar[str] = "case.waiver.chosen"

    choice: Choice
    reason: Commitment
    by: OfficerId

    def applied(self, case: Case) -> Case:
        assert case.first_offence is not None
        return replace(case, first_offence=replace(case.first_offence, choice=self.choice))


def confirm_correction(
    case: Case, *, corrected_at: datetime, shown_by: ShownBy, note: Commitment, hand: Hand, at: datetime
) -> CaseCorrected:
    """An officer confirms that the act was put right (C-05): by a later capture, the party's proof, or on the spot.

    The party was told before, or nobody asked it to correct anything (NJ 4, 15).
    """
    require_state(case, *CORRECTABLE, act="confirming a correction")
    require_qualified(hand, at)
    if not case.act_ended_at <= corrected_at <= at:
        raise Refusal(
            Kind.INVALID, "CASE_CORRECTION_TIME", {"from": case.act_ended_at, "until": at}, article=NJ_4
        )
    return CaseCorrected(case.id, corrected_at, shown_by, note, hand.officer_id)


@dataclass(frozen=True)
class LookBack:
    """What was found since `lookback_from` under `codes`: counts, and the agencies that were asked or silent.

    `is_reached`: the exchange answered at all. Without its answer nobody was asked, and no hit means nothing.
    """

    lookback_from: date
    codes: tuple[str, ...]
    own_hits: int
    other_hits: int
    asked: tuple[AgencyId, ...]
    silent: tuple[AgencyId, ...]
    is_reached: bool


def began_at(case: Case) -> datetime:
    """When the act began as far as the record shows: the first capture."""
    return min(exhibit.captured_at for exhibit in case.exhibits)


def note_look_back(
    case: Case, found: LookBack, *, harm: Harm, hand: Hand, at: datetime
) -> FirstOffenceChecked:
    """Record the look-back (初次违法, APL 33(1)); a later one takes its place, and the choice is open again.

    Raises Refusal CASE_OTHER_AGENCIES_SILENT where the exchange did not answer.
    """
    require_state(case, *CORRECTABLE, act="the look-back for a first offence")
    require_qualified(hand, at)
    if not found.is_reached:
        facts = {"case": case.id}
        raise Refusal(
            Kind.UNAVAILABLE, "CASE_OTHER_AGENCIES_SILENT", facts, wording="look_back", article=APL_33
        )
    return FirstOffenceChecked(
        case.id,
        found.lookback_from,
        found.codes,
        found.own_hits,
        found.other_hits,
        found.asked,
        found.silent,
        harm,
        hand.officer_id,
        at,
    )


def is_choice_open(case: Case) -> bool:
    """Whether an officer has to choose now: a first offence with slight harm that was put right."""
    found = case.first_offence
    return case.correction is not None and found is not None and found.may_be_waived and found.choice is None


def choose(case: Case, *, choice: Choice, reason: Commitment, hand: Hand, at: datetime) -> WaiverChosen:
    """Waive or proceed (NJ 4; APL 33(1)): a reason for either, because either may be wrong."""
    require_state(case, *CORRECTABLE, act="the choice to waive")
    require_qualified(hand, at)
    if not is_choice_open(case):
        raise Refusal(Kind.CONFLICT, "CASE_NO_CHOICE", {"case": case.id}, article=APL_33)
    return WaiverChosen(case.id, choice, reason, hand.officer_id)


def is_waived(case: Case) -> bool:
    """Whether an officer chose to waive a first offence that was put right."""
    found = case.first_offence
    return case.correction is not None and found is not None and found.choice is Choice.WAIVE


def unsettled(case: Case) -> Refusal | None:
    """Why a corrected act may not be pursued now (NJ 4; APL 33(1)). None where it may.

    CASE_FIRST_OFFENCE_UNCHECKED: nobody looked whether it is a first offence. CASE_CHOICE_REQUIRED: nobody chose.
    CASE_WAIVED: an officer chose to waive it.
    """
    if case.correction is not None and case.first_offence is None:
        return Refusal(Kind.CONFLICT, "CASE_FIRST_OFFENCE_UNCHECKED", {"case": case.id}, article=APL_33)
    if is_choice_open(case):
        return Refusal(Kind.CONFLICT, "CASE_CHOICE_REQUIRED", {"case": case.id}, article=APL_33)
    if is_waived(case):
        return Refusal(Kind.CONFLICT, "CASE_WAIVED", {"case": case.id}, article=APL_33)
    return None


def require_settled(case: Case) -> None:
    """Raises the Refusal of `unsettled`: nothing is filed, notified or punished then."""
    refusal = unsettled(case)
    if refusal is not None:
        raise refusal
