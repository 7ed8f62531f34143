"""The acts that follow the decision, and those that hold a case up, each tried by the rule that its route calls."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from case.domain import (
    amending,
    closing,
    demanding,
    enforcing,
    executionends,
    publishing,
    reconsidering,
    refunding,
    relief,
    suspending,
)
from case.domain.amendments import AmendmentKind, Cause, Conclusion
from case.domain.execution import RestGround
from case.domain.money import Part, RefundState
from case.domain.resting import SuspensionGround
from case.domain.trying import BLANK, SHA, Look, Trial, served
from common.values.ids import PublicationId


def _propose_rest(look: Look) -> object:
    return suspending.propose_suspension(
        look.case, ground=SuspensionGround.APPRAISAL, reason=BLANK, hand=look.hand
    )


def _suspend(look: Look) -> object:
    return suspending.suspend(
        look.case, document_id=look.paper, sha256=SHA, hand=look.hand, terms=look.terms, at=look.at
    )


def _resume(look: Look) -> object:
    return suspending.resume(
        look.case,
        reason=BLANK,
        document_id=look.paper,
        sha256=SHA,
        hand=look.hand,
        terms=look.terms,
        at=look.at,
    )


def _pay_later(look: Look) -> object:
    left = look.case.payment.fine_fen - look.case.payment.paid_fen if look.case.payment else 1
    last = max((each.due_on for each in look.deadlines if each.rule == "pay"), default=look.today)
    parts = (Part(max(last, look.today) + (date(2, 1, 1) - date(1, 12, 31)), left),)
    by = None if look.party_id else look.hand.officer_id
    return relief.apply_relief(look.case, parts, grounds=BLANK, by=by, terms=look.terms, at=look.at)


def _demand(look: Look) -> object:
    return demanding.issue_demand(
        look.case, look.deadlines, document_id=look.paper, sha256=SHA, hand=look.hand, at=look.at
    )


def _object_to_demand(look: Look) -> object:
    by = None if look.party_id else look.hand.officer_id
    return demanding.object_to_demand(look.case, statement=BLANK, by=by, at=look.at)


def _object_to_ruling(look: Look) -> object:
    return enforcing.object_to_ruling(look.case, hand=look.hand, terms=look.terms, at=look.at)


def _rest(look: Look) -> object:
    return executionends.rest(
        look.case, ground=RestGround.OTHER, since=look.today, hand=look.hand, terms=look.terms, at=look.at
    )


def _apply_remedy(look: Look) -> object:
    known = {each.rule: each for each in look.deadlines}
    return reconsidering.apply_remedy(
        look.case,
        application=BLANK,
        received_at=look.at,
        entered_by=None if look.party_id else look.hand,
        reconsider_by=known.get("reconsideration"),
        terms=look.terms,
        at=look.at,
    )


def _propose_amendment(look: Look) -> object:
    return amending.propose(
        look.case,
        AmendmentKind.REVOKE,
        Cause.SUPERVISION,
        proposal=None,
        reason=BLANK,
        hand=look.hand,
        terms=look.terms,
        at=look.at,
    )


def _review_amendment(look: Look) -> object:
    return amending.review(look.case, Conclusion.PASS, opinion=BLANK, hand=look.hand)


def _publish(look: Look) -> object:
    return publishing.publish(
        look.case, publication_id=PublicationId.new(look.at), sha256=SHA, hand=look.hand, at=look.at
    )


def _ask_refund(look: Look) -> object:
    return refunding.ask_refund(look.case, number=_refund(look, RefundState.OPEN), hand=look.hand)


def _approve_refund(look: Look) -> object:
    return refunding.approve_refund(
        look.case, number=_refund(look, RefundState.ASKED), interest_fen=0, hand=look.hand, at=look.at
    )


def _refund(look: Look, state: RefundState) -> int:
    return next((each.number for each in look.case.refunds if each.state is state), 1)


def _propose_closure(look: Look) -> object:
    return closing.propose_closure(look.case, hand=look.hand, terms=look.terms)


def _close(look: Look) -> object:
    return closing.close(look.case, hand=look.hand, terms=look.terms, at=look.at)


def _archive(look: Look) -> object:
    return closing.archive(look.case, documents=(), hand=look.hand, at=look.at)


AFTER: Final[Mapping[str, Trial]] = {
    "suspension": Trial(_propose_rest),
    "suspension/approval": Trial(_suspend),
    "suspension/resumption": Trial(_resume),
    "instalments": Trial(_pay_later, ("pay",)),
    "demand": Trial(_demand),
    "demand/service": Trial(served("D-27")),
    "demand/statements": Trial(_object_to_demand, ("answer_demand",)),
    "enforcement-ruling/objection": Trial(_object_to_ruling, ("object_to_court",)),
    "enforcement-rest": Trial(_rest),
    "remedies": Trial(_apply_remedy, ("reconsideration",)),
    "amendment-proposal": Trial(_propose_amendment),
    "amendment-review": Trial(_review_amendment),
    "revocation/service": Trial(served("D-36")),
    "correction/service": Trial(served("D-36a")),
    "publication": Trial(_publish),
    "refunds": Trial(_ask_refund),
    "refunds/{number}/approval": Trial(_approve_refund),
    "closure-proposal": Trial(_propose_closure, ("close",)),
    "closure": Trial(_close, ("close",)),
    "archive": Trial(_archive, ("archive",)),
}
"""The trial of each act, by its address below the case."""
