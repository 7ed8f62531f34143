"""The end of a case: closed by two hands, then archived whole (C-33, C-34; NJ 16, 17)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import ClassVar

from case.domain.amendments import revoked_at, unserved
from case.domain.deadlines import Terms
from case.domain.decision import evidence_digest
from case.domain.invalidating import require_sound
from case.domain.outcomes import Outcome
from case.domain.paying import require_no_difference
from case.domain.people import Hand, require_separate
from case.domain.preserving import require_nothing_kept
from case.domain.procedure import Case, Changing, State, require_assigned, require_no_doubt, require_state
from case.domain.publishing import require_judged, require_published
from case.domain.reconsidering import require_no_remedy
from case.domain.refunding import require_refunded
from common.values.calendar import Deadline, end_of, legal_day, years_after
from common.values.errors import Kind, Refusal
from common.values.ids import OfficerId
from common.values.law import APL_47, APL_61, NJ_16
from ledger.canonical import canonical

# The agency's approved retention table decides; ten years is the usual class of an ordinary case.
RETENTION_CLASS = "Y10"
_RETENTION_Y = {"Y10": 10, "Y30": 30}


@dataclass(frozen=True)
class ClosureProposed(Changing):
    type: ClassVar[str] = "case.closure_proposed"

    by: OfficerId
    ground: str

    def applied(self, case: Case) -> Case:
        return replace(case, closure_proposed_by=self.by)


@dataclass(frozen=True)
class CaseClosed(Changing):
    type: ClassVar[str] = "case.closed"

    by: OfficerId
    closed_at: datetime
    archive_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.archive_by,)

    def applied(self, case: Case) -> Case:
        return replace(case, state=State.CLOSED, closed_at=self.closed_at)


@dataclass(frozen=True)
class CaseArchived(Changing):
    """The file is complete: `package` is the digest of its catalogue, documents and captures together.

    Before `kept_until` nothing that lies in the file may be erased, its captures included; None is for ever.
    """

    type: ClassVar[str] = "case.archived"

    by: OfficerId
    archived_at: datetime
    retention_class: str
    kept_until: datetime | None
    documents: tuple[str, ...]
    captures: int
    package: bytes

    def applied(self, case: Case) -> Case:
        return replace(case, state=State.ARCHIVED)


def propose_closure(case: Case, *, hand: Hand, terms: Terms) -> ClosureProposed:
    """One of the two officers proposes to close a case whose end is reached (C-33), receipt attached (NJ 16).

    APL 70 asks for the receipt where officers collect; a fine paid at the bank owes it by NJ 16(2). A warning, and a
    decision not to punish, were performed by their service.
    """
    _require_ended(case, act="proposing to close")
    require_assigned(hand, case)
    require_judged(case, terms)
    require_nothing_kept(case)
    # Where nothing came in there is nothing to give a receipt for.
    parts = case.payment.parts if case.payment and revoked_at(case.amendments) is None else ()
    if any(part.receipt is None for part in parts):
        raise Refusal(Kind.CONFLICT, "CASE_RECEIPT_MISSING", {"case": case.id}, article=NJ_16)
    return ClosureProposed(case.id, hand.officer_id, _ground(case))


def _ground(case: Case) -> str:
    assert case.decision is not None
    if case.state in (State.ENFORCED, State.ENFORCEMENT_ENDED):
        return case.state.value
    if revoked_at(case.amendments) is not None:
        return "REVOKED"
    return "PERFORMED" if case.decision.outcome is Outcome.PENALTY else case.decision.outcome.value


def _require_ended(case: Case, *, act: str) -> None:
    """A decision not to punish has ended once it is served beyond doubt, a penalty once it is performed, and a
    revoked decision once the revocation is served. The document of an amendment is served before any end.
    """
    is_penalty = case.decision is None or case.decision.outcome is Outcome.PENALTY
    ended = (State.PERFORMED, State.ENFORCED, State.ENFORCEMENT_ENDED) if is_penalty else (State.SERVED,)
    require_state(case, *ended, State.REVOKED_BY_SELF, act=act)
    require_no_doubt(case, act=act)
    require_sound(case, act=act)
    require_published(case)
    require_refunded(case)
    require_no_difference(case)
    require_no_remedy(case, act=act)
    if unserved(case.amendments) is not None:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_TRANSITION_NOT_ALLOWED",
            {"case": case.id, "state": case.state},
            wording="amendment_unserved",
            article=APL_61,
        )


def close(case: Case, *, hand: Hand, terms: Terms, at: datetime) -> CaseClosed:
    """Another person approves the closure that was proposed (C-33)."""
    _require_ended(case, act="closing")
    if case.closure_proposed_by is None:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_TRANSITION_NOT_ALLOWED",
            {"case": case.id},
            wording="nobody_proposed",
            article=APL_47,
        )
    require_separate(
        hand.officer_id,
        frozenset((*case.officers, case.closure_proposed_by)),
        act="approve its closure",
        other="investigated the case or proposed to close it",
    )
    return CaseClosed(case.id, hand.officer_id, at, terms.archive(at))


def file_kept_until(archived_at: datetime, retention_class: str) -> datetime | None:
    """The first instant at which a case file of this class may go, with all that lies in it (NJ 17).

    None for never: a file of a class without a period is kept.
    """
    years = _RETENTION_Y.get(retention_class)
    return None if years is None else end_of(years_after(legal_day(archived_at), years))


def archive(case: Case, *, documents: tuple[str, ...], hand: Hand, at: datetime) -> CaseArchived:
    """Hand the file to the archive (C-34, NJ 17). `documents` are the digests of all, in the order they were made."""
    require_state(case, State.CLOSED, act="archiving")
    require_sound(case, act="archiving")
    package = {
        "case": str(case.id),
        "documents": list(documents),
        "evidence": evidence_digest(case.exhibits).hex(),
    }
    return CaseArchived(
        case.id,
        hand.officer_id,
        at,
        RETENTION_CLASS,
        file_kept_until(at, RETENTION_CLASS),
        documents,
        len(case.exhibits),
        sha256(canonical(package)).digest(),
    )
