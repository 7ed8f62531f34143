"""The end of what we may keep of a case (PIPL 19, 47; NJ 17).

    ARCHIVED, retention over; NOT_FILED ──propose──▶ proposed ──approve (another person)──▶ 已依法删除

Party, plate, report, statements and every document become unreadable, here and in every backup; the records and
what the case's own row says stay. A case that is not archived is still needed, however old it is. A lead that was not
filed is needed only while it may count as an earlier violation of its party.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final

from case.domain.invalidating import require_sound
from case.domain.people import Hand, require_separate
from case.domain.procedure import Case, Changing, State, require_state
from common.values.calendar import legal_day
from common.values.errors import Kind, Refusal
from common.values.ids import CaseId, OfficerId
from common.values.law import NJ_17, PIPL_47

NOTICE: Final = "已依法删除"


class Reason(StrEnum):
    """Why the law wants a case erased (PIPL 47). Neither shortens the period of its file."""

    RETENTION_ENDED = "RETENTION_ENDED"
    PARTY_REQUEST = "PARTY_REQUEST"


@dataclass(frozen=True)
class ErasureProposal:
    """The erasure as the first of two people asked for it."""

    reason: Reason
    proposed_by: OfficerId


@dataclass(frozen=True)
class File:
    """A case as its erasure sees it. `documents` are SHA-256 in hex.

    `kept_until` is that of the archived file or of the lead that was not filed: None before, and for a file that is
    kept for ever.
    """

    case: Case
    kept_until: datetime | None
    documents: tuple[str, ...]
    proposal: ErasureProposal | None = None
    is_erased: bool = False


@dataclass(frozen=True)
class CaseErasureProposed(Changing):
    """The first of two people found that the case must go."""

    type: ClassVar[str] = "case.erasure_proposed"

    reason: Reason
    proposed_by: OfficerId

    def applied(self, case: Case) -> Case:
        return case


@dataclass(frozen=True)
class CaseErased(Changing):
    """The second agreed: from here on nothing of these documents can be read, nor who the party was."""

    type: ClassVar[str] = "case.erased"

    reason: Reason
    proposed_by: OfficerId
    approved_by: OfficerId
    documents: tuple[str, ...]

    def applied(self, case: Case) -> Case:
        return case


def propose_erasure(file: File, reason: Reason, *, hand: Hand, at: datetime) -> CaseErasureProposed:
    """The first person asks for the erasure; a later proposal takes the place of one that nobody approved."""
    _require_erasable(file, at)
    return CaseErasureProposed(file.case.id, reason, hand.officer_id)


def approve_erasure(file: File, *, hand: Hand, at: datetime) -> CaseErased:
    """The second person agrees, and the same conditions hold again.

    Two persons, because nobody can take it back: what one person alone could erase, one person could make
    disappear (NJ 17).
    """
    _require_erasable(file, at)
    if file.proposal is None:
        raise Refusal(Kind.CONFLICT, "CASE_ERASURE_NOT_PROPOSED", {"case": file.case.id}, article=NJ_17)
    proposed_by = file.proposal.proposed_by
    require_separate(
        hand.officer_id, frozenset({proposed_by}), act="approve the erasure", other="proposed the erasure"
    )
    return CaseErased(file.case.id, file.proposal.reason, proposed_by, hand.officer_id, file.documents)


def gone(id: CaseId) -> Refusal:
    """The refusal of a request for the content of an erased case."""
    return Refusal(Kind.GONE, "CASE_ERASED", {"id": id, "notice": NOTICE}, article=PIPL_47)


def _require_erasable(file: File, at: datetime) -> None:
    """Keeping for a statutory period goes before erasing (PIPL 47, last paragraph): a file by its class."""
    case = file.case
    if file.is_erased:
        raise gone(case.id)
    require_state(case, State.ARCHIVED, State.NOT_FILED, State.TRANSFERRED_OUT, act="erasing")
    require_sound(case, act="erasing")
    until = file.kept_until
    if until is None or at < until:
        last = legal_day(until - timedelta(microseconds=1)) if until else None
        raise Refusal(
            Kind.CONFLICT,
            "CASE_RETENTION_RUNS",
            {"case": case.id, "last": last},
            wording="" if until else "permanent",
            article=NJ_17,
        )
