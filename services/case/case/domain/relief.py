"""Paying later, or by parts, in real economic difficulty (C-25; APL 66(2), 72(2)).

    PERFORMING: AWAITING, OVERDUE ─ the party applies ─▶ granted ─▶ DEFERRED or INSTALMENT, until a part is missed
                                                      └─ refused, for a reason, with the remedies

These are parts of PERFORMING and follow from its facts, so nothing stores them. While a granted plan runs, nothing of
it is late before its day. The law is silent on the days before the grant: the profile says from which day it counts.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from itertools import pairwise
from typing import ClassVar

from case.domain.deadlines import Terms
from case.domain.money import Part, Relief
from case.domain.obligation import payment_reference
from case.domain.procedure import Case, Changing, State, require_no_doubt, require_state
from case.domain.surcharge import held_fen, plans_of
from common.values.calendar import Deadline, legal_day
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import DocumentId, OfficerId
from common.values.law import APL_66_2, APL_72


class Performing(StrEnum):
    """Where a case stands while it is PERFORMING."""

    AWAITING = "AWAITING"
    DEFERRED = "DEFERRED"
    INSTALMENT = "INSTALMENT"
    OVERDUE = "OVERDUE"


class OfRelief(Changing, ABC):
    """A fact about one application to pay later or by instalments."""

    number: int


@dataclass(frozen=True)
class ReliefApplied(OfRelief):
    """The party asks to pay later, or by parts. `grounds` commits to its words; `by` took them at the counter."""

    type: ClassVar[str] = "case.relief.applied"

    number: int
    parts: tuple[tuple[date, int], ...]
    grounds: Commitment
    applied_at: datetime
    by: OfficerId | None
    answer_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.answer_by,)

    def applied(self, case: Case) -> Case:
        parts = tuple(Part(due_on, amount) for due_on, amount in self.parts)
        return replace(case, reliefs=(*case.reliefs, Relief(self.number, parts, self.applied_at)))


@dataclass(frozen=True)
class ReliefGranted(OfRelief):
    """The head grants the plan: each part with its day, its amount, and a reference of its own.

    The references before are cancelled; what still comes under them is entered all the same. The time to ask the court
    runs anew from the end of the plan (APL 72(2)).
    """

    type: ClassVar[str] = "case.relief.granted"

    number: int
    parts: tuple[tuple[date, int, str], ...]
    cancelled: tuple[str, ...]
    from_on: date
    document_id: DocumentId
    sha256: str
    by: OfficerId
    granted_at: datetime
    apply_court_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.apply_court_by,)

    def applied(self, case: Case) -> Case:
        parts = tuple(Part(*each) for each in self.parts)
        changes = {
            "parts": parts,
            "granted": True,
            "from_on": self.from_on,
            "document_id": self.document_id,
            "granted_at": self.granted_at,
            "answered_at": self.granted_at,
        }
        return _with(case, self.number, **changes)


@dataclass(frozen=True)
class ReliefRefused(OfRelief):
    """The head refuses, for a reason; the document names the remedies."""

    type: ClassVar[str] = "case.relief.refused"

    number: int
    reason: Commitment
    document_id: DocumentId
    sha256: str
    by: OfficerId
    refused_at: datetime

    def applied(self, case: Case) -> Case:
        changes = {"granted": False, "document_id": self.document_id, "answered_at": self.refused_at}
        return _with(case, self.number, **changes)


def apply_relief(
    case: Case,
    parts: Sequence[Part],
    *,
    grounds: Commitment,
    by: OfficerId | None,
    terms: Terms,
    at: datetime,
) -> ReliefApplied:
    """The party asks to pay later or by parts (APL 66(2)), before or after the last day, until the demand."""
    require_state(case, State.PERFORMING, act="applying to pay later")
    require_no_doubt(case, act="applying to pay later")
    if any(relief.is_open for relief in case.reliefs):
        raise Refusal(Kind.CONFLICT, "CASE_RELIEF_PENDING", {"case": case.id}, article=APL_66_2)
    require_plan(case, parts, terms=terms, at=at)
    asked = tuple((part.due_on, part.amount_fen) for part in parts)
    number = len(case.reliefs) + 1
    return ReliefApplied(case.id, number, asked, grounds, at, by, terms.answer_relief(at))


def require_plan(case: Case, parts: Sequence[Part], *, terms: Terms, at: datetime) -> None:
    """Raises Refusal CASE_PLAN_WRONG unless `parts` make the fine that is left, one after the other, from tomorrow on.

    A plan changes when the fine is paid, and never how much: its parts add up to the fen (APL 66(2)).
    """
    assert case.payment is not None
    left = max(0, case.payment.fine_fen - held_fen(case))
    days = [part.due_on for part in parts]
    most = terms.profile.performance.instalments_at_most
    in_order = all(earlier < later for earlier, later in pairwise(days))
    is_whole = all(part.amount_fen > 0 for part in parts) and sum(part.amount_fen for part in parts) == left
    if not (1 <= len(parts) <= most and in_order and days[0] > legal_day(at) and is_whole):
        raise Refusal(
            Kind.INVALID,
            "CASE_PLAN_WRONG",
            {"case": case.id, "amount_fen": left, "most": most},
            article=APL_66_2,
        )


def grant_relief(
    case: Case,
    *,
    number: int,
    document_id: DocumentId,
    sha256: str,
    by: OfficerId,
    terms: Terms,
    at: datetime,
    parts: Sequence[Part] = (),
) -> ReliefGranted:
    """The head grants what was asked, or the `parts` that they set instead (C-25)."""
    relief = open_relief(case, number)
    numbered = plan_to_grant(case, number, parts, terms=terms, at=at)
    counts_from = legal_day(
        relief.applied_at if terms.profile.performance.plan_counts_from_application else at
    )
    return ReliefGranted(
        case.id,
        number,
        numbered,
        references(case),
        counts_from,
        document_id,
        sha256,
        by,
        at,
        _apply_court(case, max(due_on for due_on, _, _ in numbered), terms),
    )


def plan_to_grant(
    case: Case, number: int, parts: Sequence[Part], *, terms: Terms, at: datetime
) -> tuple[tuple[date, int, str], ...]:
    """The parts of the plan with a reference each: what the party asked, or the `parts` that the head sets instead."""
    plan = tuple(parts) or open_relief(case, number).parts
    require_plan(case, plan, terms=terms, at=at)
    return tuple(
        (part.due_on, part.amount_fen, payment_reference(case.id, purpose=f"plan {number} part {n}"))
        for n, part in enumerate(plan, 1)
    )


def refuse_relief(
    case: Case,
    *,
    number: int,
    reason: Commitment,
    document_id: DocumentId,
    sha256: str,
    by: OfficerId,
    at: datetime,
) -> ReliefRefused:
    """The head refuses, and says why: the party may go against it like against any decision."""
    open_relief(case, number)
    return ReliefRefused(case.id, number, reason, document_id, sha256, by, at)


def open_relief(case: Case, number: int) -> Relief:
    """The application with this number. Raises Refusal CASE_RELIEF_NOT_OPEN where nobody waits for its answer."""
    require_state(case, State.PERFORMING, act="deciding on a deferral")
    relief = next((each for each in case.reliefs if each.number == number), None)
    if relief is None or not relief.is_open:
        raise Refusal(
            Kind.CONFLICT, "CASE_RELIEF_NOT_OPEN", {"case": case.id, "number": number}, article=APL_66_2
        )
    return relief


def plan_of(case: Case) -> Relief | None:
    """The newest plan that was granted for the decision in force."""
    return next(reversed(plans_of(case)), None)


def references(case: Case) -> tuple[str, ...]:
    """The references under which the fine is to be paid now: the plan's, or the one of the fine."""
    assert case.payment is not None
    plan = plan_of(case)
    return tuple(part.reference for part in plan.parts) if plan else (case.payment.reference,)


def late_fen(case: Case, on: date) -> int:
    """What of the fine is late on `on`, without surcharge."""
    assert case.payment is not None
    plan = plan_of(case)
    waits = plan.not_yet_due(on) if plan else case.payment.fine_fen if on <= case.payment.due_on else 0
    return max(0, case.payment.fine_fen - waits - held_fen(case))


def performing(case: Case, on: date) -> Performing | None:
    """Where a case that is PERFORMING stands on `on`; None in every other state."""
    if case.state is not State.PERFORMING or case.payment is None:
        return None
    if late_fen(case, on) > 0:
        return Performing.OVERDUE
    plan = plan_of(case)
    if plan is None or plan.not_yet_due(on) == 0:
        return Performing.AWAITING
    return Performing.DEFERRED if len(plan.parts) == 1 else Performing.INSTALMENT


def _apply_court(case: Case, ends_on: date, terms: Terms) -> Deadline:
    """Three months from the end of the plan (APL 72(2)), never earlier than from the end of the remedies (AEL 53)."""
    assert case.served_at is not None
    by_remedies = terms.apply_court(terms.litigation(case.served_at).due_on)
    by_plan = terms.apply_court(ends_on, APL_72)
    return max(by_remedies, by_plan, key=lambda each: each.due_on)


def _with(case: Case, number: int, **changes: object) -> Case:
    reliefs = tuple(
        replace(relief, **changes) if relief.number == number else relief  # type: ignore[arg-type]
        for relief in case.reliefs
    )
    return replace(case, reliefs=reliefs)
