"""The decision falls, or its penalty becomes lighter: what follows for the case and for the money (APL 75(2); SCL 36).

amend      the head decides what a legal reviewer passed; its D-36 is served like a decision
overturn   an organ of remedy or a court decided, and served its own decision (ARL 63; ALL 70, 77)
"""

from __future__ import annotations

from datetime import datetime

from case.domain.amending import (
    CLOSED,
    CaseReopened,
    DecisionChanged,
    DecisionRevoked,
    require_amendable,
    require_decidable,
    require_no_heavier,
)
from case.domain.amendments import Amendment, AmendmentKind, Cause
from case.domain.contents import Proposal
from case.domain.deadlines import Terms
from case.domain.invalidating import InvalidationSettled, settled_with
from case.domain.invalidations import Way
from case.domain.money import RefundCause
from case.domain.obligation import PerformanceDue, payment_due
from case.domain.paying import CasePerformed
from case.domain.people import Hand
from case.domain.procedure import Case, after
from case.domain.publications import Fallen
from case.domain.publishing import WithdrawalDue, withdrawal_due
from case.domain.refunding import RefundOpened, open_refund
from common.values.ids import DocumentId

Consequence = (
    CaseReopened | RefundOpened | DecisionRevoked | DecisionChanged | InvalidationSettled | WithdrawalDue
)
Amended = tuple[Consequence, ...]


def amend(
    case: Case, *, document_id: DocumentId, sha256: str, hand: Hand, terms: Terms, at: datetime
) -> Amended:
    """The head decides the amendment that a legal reviewer passed. A closed case is reopened by it."""
    proposed = require_decidable(case, hand=hand)
    return _amended(case, proposed, document_id, sha256, hand=hand, terms=terms, at=at)


def overturn(
    case: Case, proposal: Proposal | None, *, hand: Hand, terms: Terms, at: datetime
) -> tuple[Consequence | PerformanceDue | CasePerformed, ...]:
    """The decision falls, or becomes the penalty `proposal`, no heavier one; None where nothing of it is left.

    There is no D-36 of ours and nothing to review. What is left is to be paid under a new reference, from today on;
    a warning is performed by having been told.
    """
    require_amendable(case, act="carrying out the result of a remedy")
    kind = AmendmentKind.CHANGE if proposal else AmendmentKind.REVOKE
    require_no_heavier(case, proposal)
    amendment = Amendment(len(case.amendments) + 1, kind, Cause.REMEDY_RESULT, hand.officer_id, proposal)
    facts = _amended(case, amendment, None, None, hand=hand, terms=terms, at=at)
    if proposal is None:
        return facts
    for fact in facts:
        case = after(case, fact)
    if proposal.fine_fen == 0:
        return (*facts, CasePerformed(case.id, at, terms.close(at)))
    return (*facts, payment_due(case, terms=terms))


def refund_of(
    case: Case, amendment: Amendment, *, hand: Hand, terms: Terms, at: datetime
) -> RefundOpened | None:
    """What goes back when `amendment` is decided; None where nothing does."""
    return open_refund(
        case,
        cause=RefundCause.REVOKED if amendment.proposal is None else RefundCause.CHANGED,
        kept_fen=amendment.proposal.fine_fen if amendment.proposal else 0,
        by=hand.officer_id,
        terms=terms,
        at=at,
    )


def _amended(
    case: Case,
    amendment: Amendment,
    document_id: DocumentId | None,
    sha256: str | None,
    *,
    hand: Hand,
    terms: Terms,
    at: datetime,
) -> Amended:
    assert case.decision is not None
    by, cause = hand.officer_id, amendment.cause
    reopened = (CaseReopened(case.id, case.state, cause, by, at),) if case.state in CLOSED else ()
    # Before the penalty falls: what is owed under it says what was paid of it.
    refund = refund_of(case, amendment, hand=hand, terms=terms, at=at)
    back = refund.fine_fen + refund.surcharge_fen + refund.surplus_fen if refund else 0
    common = (case.id, amendment.number, cause, case.decision.document_id, document_id, sha256, back, by, at)
    serve_by = terms.serve_decision(at)
    made = (
        DecisionRevoked(*common, serve_by)
        if amendment.proposal is None
        else DecisionChanged(*common, serve_by, amendment.proposal)
    )
    settled = settled_with(case, Way.REVOKE, by=by, at=at) if amendment.proposal is None else ()
    fallen = Fallen.REVOKED if amendment.proposal is None else Fallen.CHANGED
    withdrawal = withdrawal_due(case, fallen, terms=terms, at=at)
    return (*reopened, *([refund] if refund else []), made, *settled, *withdrawal)
