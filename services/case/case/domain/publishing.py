"""A decision with social impact is public, and is withdrawn when it falls (C-23; APL 48; 国办发〔2018〕118号).

    decided ─an officer judges the impact─▶ yes ─another publishes, masked─▶ public
      ─revoked, changed, unlawful, invalid─▶ at once without its content ─withdrawn for a public reason─▶ withdrawn

The content leaves the public page in the same commit in which the decision falls: a page that goes on showing it wrongs
somebody every hour. The withdrawal itself is the act of a person, because the law wants its reason told (APL 48(2)).
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar

from case.domain.amendments import revoked_at
from case.domain.deadlines import Terms
from case.domain.invalidating import require_sound
from case.domain.investigation import must_offer_hearing
from case.domain.outcomes import Outcome
from case.domain.people import Hand, require_separate
from case.domain.procedure import Case, Changing, State, require_no_doubt, require_state
from case.domain.publications import Fallen, Publication
from case.domain.remedies import Result
from common.values.calendar import Deadline, legal_day
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId, DocumentId, OfficerId, PublicationId
from common.values.law import APL_48, APL_48_2


class OfPublication(Changing, ABC):
    """A fact about one publication of the case."""

    number: int


@dataclass(frozen=True)
class ImpactJudged(OfPublication):
    """An officer judged whether the decision has social impact, by the city's criteria."""

    type: ClassVar[str] = "case.social_impact_judged"

    number: int
    document_id: DocumentId
    has_impact: bool
    criteria: tuple[str, ...]
    reason: Commitment
    by: OfficerId
    judged_at: datetime
    publish_by: Deadline | None

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.publish_by,) if self.publish_by else ()

    def applied(self, case: Case) -> Case:
        day = self.publish_by.due_on if self.publish_by else None
        made = Publication(
            self.number, self.document_id, self.has_impact, self.criteria, self.by, self.judged_at, day
        )
        return _with(case, made)


@dataclass(frozen=True)
class DecisionPublished(OfPublication):
    """The decision is public: `sha256` is the digest of the masked content as anybody reads it."""

    type: ClassVar[str] = "case.published"

    number: int
    publication_id: PublicationId
    sha256: str
    by: OfficerId
    published_at: datetime

    def applied(self, case: Case) -> Case:
        made = replace(
            _of(case, self.number),
            publication_id=self.publication_id,
            sha256=self.sha256,
            published_at=self.published_at,
            overdue_at=None,
        )
        return _with(case, made)


@dataclass(frozen=True)
class WithdrawalDue(OfPublication):
    """The published decision fell: its content is gone from the page, and the withdrawal is due with its reason."""

    type: ClassVar[str] = "case.publication.withdrawal_due"

    number: int
    fallen: Fallen
    withdraw_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.withdraw_by,)

    def applied(self, case: Case) -> Case:
        day = self.withdraw_by.due_on
        return _with(case, replace(_of(case, self.number), fallen=self.fallen, withdraw_by=day))


@dataclass(frozen=True)
class PublicationWithdrawn(OfPublication):
    """The publication is withdrawn; `reason` commits to the words that the public page shows."""

    type: ClassVar[str] = "case.publication.withdrawn"

    number: int
    fallen: Fallen
    reason: Commitment
    by: OfficerId
    withdrawn_at: datetime

    def applied(self, case: Case) -> Case:
        return _with(case, replace(_of(case, self.number), withdrawn_at=self.withdrawn_at))


@dataclass(frozen=True)
class PublicationOverdue(OfPublication):
    """A decision was not published, or not withdrawn, by `due_on`. The record concerns `agency_id`."""

    type: ClassVar[str] = "case.publication.overdue"

    number: int
    agency_id: AgencyId
    withdrawal: bool
    due_on: date
    noted_at: datetime

    def applied(self, case: Case) -> Case:
        return _with(case, replace(_of(case, self.number), overdue_at=self.noted_at))


def judge_impact(
    case: Case,
    criteria: tuple[str, ...],
    *,
    known: Collection[str],
    reason: Commitment,
    hand: Hand,
    terms: Terms,
    at: datetime,
) -> ImpactJudged:
    """An officer judges whether the penalty has social impact: for which of the city's criteria, none for no impact.

    A later judgement takes the place of one on which nothing was published. The seven working days run from the
    decision, because the rule counts from there and not from the judgement.
    """
    require_penalty(case, act="judging its social impact")
    assert case.decision is not None
    if unknown := sorted(set(criteria) - set(known)):
        facts = {"unknown": unknown, "criteria": sorted(known)}
        raise Refusal(Kind.INVALID, "CASE_IMPACT_CRITERION", facts, article=APL_48)
    last = current(case)
    if last is not None and last.published_at is not None and last.withdrawn_at is None:
        raise _refused(case, "published_already")
    number = last.number if last and last.published_at is None else len(case.publications) + 1
    publish_by = terms.publish(case.decision.decided_at, number) if criteria else None
    return ImpactJudged(
        case.id,
        number,
        case.decision.document_id,
        bool(criteria),
        criteria,
        reason,
        hand.officer_id,
        at,
        publish_by,
    )


def require_publishable(case: Case, *, hand: Hand) -> Publication:
    """The judgement on which the decision may be published now by `hand`, who did not judge it.

    It was served beyond doubt before: nobody reads in public what was decided about them.
    """
    require_penalty(case, act="publishing it")
    require_no_doubt(case, act="publishing it")
    require_sound(case, act="publishing it")
    last = current(case)
    assert case.decision is not None
    is_judged = last is not None and last.has_impact and last.document_id == case.decision.document_id
    if last is None or not is_judged or case.served_at is None:
        raise _refused(case, "not_publishable")
    if last.published_at is not None:
        raise _refused(case, "published_already")
    require_separate(
        hand.officer_id, frozenset({last.judged_by}), act="publish the decision", other="judged its impact"
    )
    return last


def publish(
    case: Case, *, publication_id: PublicationId, sha256: str, hand: Hand, at: datetime
) -> DecisionPublished:
    """Make the decision public in its masked form (APL 48(1))."""
    judged = require_publishable(case, hand=hand)
    return DecisionPublished(case.id, judged.number, publication_id, sha256, hand.officer_id, at)


def withdrawal_due(case: Case, fallen: Fallen, *, terms: Terms, at: datetime) -> tuple[WithdrawalDue, ...]:
    """What follows for the publication when the decision falls: three working days (APL 48(2)). Often nothing."""
    last = current(case)
    if last is None or not last.is_public:
        return ()
    return (WithdrawalDue(case.id, last.number, fallen, terms.withdraw_publication(at, last.number)),)


def withdraw(case: Case, *, reason: Commitment, hand: Hand, at: datetime) -> PublicationWithdrawn:
    """A person withdraws the publication of a decision that fell, and tells the public why (APL 48(2))."""
    last = current(case)
    if last is None or last.fallen is None or last.withdrawn_at is not None:
        raise _refused(case, "no_withdrawal")
    return PublicationWithdrawn(case.id, last.number, last.fallen, reason, hand.officer_id, at)


def late(case: Case, *, at: datetime) -> tuple[PublicationOverdue, ...]:
    """The publication or withdrawal that is over its day, reported once. A day ends at its end."""
    last, due_on = current(case), publication_due(case)
    if last is None or due_on is None or last.overdue_at is not None or due_on >= legal_day(at):
        return ()
    is_withdrawal = last.fallen is not None
    return (PublicationOverdue(case.id, last.number, case.agency_id, is_withdrawal, due_on, at),)


def require_published(case: Case) -> None:
    """Raises Refusal CASE_PUBLICATION_OPEN while a publication or its withdrawal is due (C-33)."""
    last, due_on = current(case), publication_due(case)
    if last is not None and due_on is not None:
        law = APL_48_2 if last.fallen else APL_48
        raise Refusal(Kind.CONFLICT, "CASE_PUBLICATION_OPEN", {"case": case.id, "due": due_on}, article=law)


def require_judged(case: Case, terms: Terms) -> None:
    """Raises Refusal CASE_IMPACT_NOT_JUDGED where nobody judged whether a heavy penalty has social impact.

    The law makes public what has social impact (APL 48(1)) and does not say who asks. Where the penalty gives a right
    to a hearing, or the heads discussed it, somebody answers before the case is closed; others are judged where
    somebody sees a reason.
    """
    decision, party = case.decision, case.party
    if decision is None or decision.proposal is None or party is None or _has_fallen(case):
        return
    is_heavy = case.discussion is not None or must_offer_hearing(decision.proposal, party, terms.profile)
    last = current(case)
    if is_heavy and (last is None or last.document_id != decision.document_id):
        raise Refusal(Kind.CONFLICT, "CASE_IMPACT_NOT_JUDGED", {"case": case.id}, article=APL_48)


def publication_due(case: Case) -> date | None:
    """The last day to publish or to withdraw; None where nothing is due.

    A decision that fell before it was public is published no more, so nothing is due for it (APL 48(2)).
    """
    last = current(case)
    if last is None or last.published_at is not None:
        return last.due_on if last else None
    stands = case.decision is not None and case.decision.document_id == last.document_id
    return last.due_on if stands and not _has_fallen(case) else None


def require_penalty(case: Case, *, act: str) -> None:
    """Raises Refusal CASE_TRANSITION_NOT_ALLOWED unless a penalty stands: APL 48 is about penalties alone."""
    if case.decision is None or case.state is State.REVOKED_BY_SELF:
        require_state(case, State.DECIDED, act=act)
    if case.decision is None or case.decision.outcome is not Outcome.PENALTY or _has_fallen(case):
        raise _refused(case, "not_publishable")


def _has_fallen(case: Case) -> bool:
    """Whether the decision was revoked, or confirmed unlawful since the last order to decide anew."""
    anew = max((each.number for each in case.remedies if each.anew is not None), default=0)
    is_unlawful = any(
        each.result is Result.CONFIRMED_UNLAWFUL for each in case.remedies if each.number > anew
    )
    return is_unlawful or revoked_at(case.amendments) is not None


def current(case: Case) -> Publication | None:
    """The newest publication of the case."""
    return case.publications[-1] if case.publications else None


def _of(case: Case, number: int) -> Publication:
    return next(each for each in case.publications if each.number == number)


def _with(case: Case, made: Publication) -> Case:
    others = tuple(each for each in case.publications if each.number != made.number)
    return replace(case, publications=(*others, made))


def _refused(case: Case, wording: str) -> Refusal:
    facts = {"case": case.id, "state": case.state}
    return Refusal(Kind.CONFLICT, "CASE_TRANSITION_NOT_ALLOWED", facts, wording=wording, article=APL_48)
