"""The agency's own correction after an application for reconsideration through it (ARR 38; ARL 32)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from case.domain.amendments import AmendmentKind
from case.domain.deadlines import Terms
from case.domain.people import Hand
from case.domain.procedure import Case
from case.domain.reconsidering import OfRemedy, remedy_of, require_stage, with_remedy
from case.domain.remedies import Stage
from common.values.calendar import Deadline, legal_day
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId, OfficerId
from common.values.law import ARR_38

_CORRECTING = (AmendmentKind.REVOKE, AmendmentKind.CHANGE)


@dataclass(frozen=True)
class RemedySelfCorrected(OfRemedy):
    """The agency revoked or changed its decision, and told the applicant and the organ of it.

    `amendment` is the number of the revocation or change. `reconsider_by` is the period that is left to an applicant
    who insists: the days from the submission to the notice do not count.
    """

    type: ClassVar[str] = "case.remedy.self_corrected"

    agency_id: AgencyId
    amendment: int
    applicant_told_at: datetime
    organ_told_at: datetime
    by: OfficerId
    reconsider_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.reconsider_by,)

    def applied(self, case: Case) -> Case:
        told_on = legal_day(self.applicant_told_at)
        return with_remedy(case, self.number, stage=Stage.CORRECTED, told_on=told_on)


@dataclass(frozen=True)
class RemedyInsisted(OfRemedy):
    """The applicant still wants the original decision judged, and was told which organ does. `organ` commits to it."""

    type: ClassVar[str] = "case.remedy.insisted"

    agency_id: AgencyId
    organ: Commitment
    insisted_at: datetime
    entered_by: OfficerId | None

    def applied(self, case: Case) -> Case:
        return with_remedy(case, self.number, insisted_on=legal_day(self.insisted_at))


def tell_of_correction(
    case: Case,
    number: int,
    *,
    applicant_told_at: datetime,
    organ_told_at: datetime,
    hand: Hand,
    terms: Terms,
    at: datetime,
) -> RemedySelfCorrected:
    """The decision was corrected, and both were told (ARR 38(1)). What is late is still done, and stands as late.

    Raises Refusal CASE_REMEDY_NOT_CORRECTED while nothing was revoked or changed since the application: a promise to
    correct is no correction.
    """
    remedy = require_stage(case, number, Stage.RECEIVED, act="correcting the decision")
    corrected = [
        each
        for each in case.amendments
        if each.kind in _CORRECTING and each.decided_at and legal_day(each.decided_at) >= remedy.filed_on
    ]
    if not corrected or corrected[-1].decided_at is None:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_REMEDY_NOT_CORRECTED",
            {"case": case.id, "filed_on": remedy.filed_on},
            article=ARR_38,
        )
    if not all(corrected[-1].decided_at <= told <= at for told in (applicant_told_at, organ_told_at)):
        raise Refusal(
            Kind.INVALID,
            "CASE_REMEDY_DAYS",
            {"from": corrected[-1].decided_at, "until": at},
            article=ARR_38,
        )
    assert remedy.period_on is not None
    stop = replace(remedy, told_on=legal_day(applicant_told_at)).period_stop
    assert stop is not None
    return RemedySelfCorrected(
        case.id,
        number,
        case.agency_id,
        corrected[-1].number,
        applicant_told_at,
        organ_told_at,
        hand.officer_id,
        terms.reconsideration_left(remedy.period_on, stop),
    )


def insist(
    case: Case, number: int, *, organ: Commitment, entered_by: Hand | None, at: datetime
) -> RemedyInsisted:
    """The applicant insists after the correction, and the agency names the organ that judges (ARR 38(2))."""
    require_stage(case, number, Stage.CORRECTED, act="insisting on reconsideration")
    if remedy_of(case, number).insisted_on is not None:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_TRANSITION_NOT_ALLOWED",
            {
                "case": case.id,
                "state": "ANSWERED",
                "act": "insisting on reconsideration",
                "wanted": Stage.CORRECTED,
            },
            article=ARR_38,
        )
    return RemedyInsisted(
        case.id, number, case.agency_id, organ, at, entered_by.officer_id if entered_by else None
    )
