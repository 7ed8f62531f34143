"""What a party asks about its own data (PIPL 44–50): to see it, a copy, a correction, an erasure; and the answer.

    asked (PIPL 50: received conveniently) ─▶ the agency decides by its day ─▶ granted
                                                                           └─▶ refused, with a ground of the law

Evidence of a case stays while the law keeps it (PIPL 47, last paragraph): an erasure is granted by the same rule that
lets a file be destroyed, and two people carry it out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final

from case.domain import erasure
from case.domain.deadlines import Terms
from case.domain.erasure import CaseErasureProposed, File
from case.domain.people import Hand
from case.domain.procedure import Case, OfCase
from common.values.calendar import Deadline
from common.values.errors import InputError, Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import OfficerId, PartyId
from common.values.law import PIPL_18, PIPL_35, PIPL_45, PIPL_46, PIPL_47, PIPL_50, Article


class Right(StrEnum):
    """What the person asks for."""

    ACCESS = "ACCESS"
    COPY = "COPY"
    CORRECTION = "CORRECTION"
    ERASURE = "ERASURE"


class Ground(StrEnum):
    """Why a request is refused. The list is closed: PIPL knows no other ground."""

    SECRECY = "SECRECY"
    IMPEDES_DUTY = "IMPEDES_DUTY"
    IS_CORRECT = "IS_CORRECT"
    KEPT_BY_LAW = "KEPT_BY_LAW"


LAW_OF_RIGHT: Final = {
    Right.ACCESS: PIPL_45,
    Right.COPY: PIPL_45,
    Right.CORRECTION: PIPL_46,
    Right.ERASURE: PIPL_47,
}
_LAW_OF_GROUND: Final[dict[Ground, Article]] = {
    Ground.SECRECY: PIPL_18,
    Ground.IMPEDES_DUTY: PIPL_35,
    Ground.IS_CORRECT: PIPL_46,
    Ground.KEPT_BY_LAW: PIPL_47,
}
_GROUNDS_OF: Final = {
    Right.ACCESS: (Ground.SECRECY, Ground.IMPEDES_DUTY),
    Right.COPY: (Ground.SECRECY, Ground.IMPEDES_DUTY),
    Right.CORRECTION: (Ground.IS_CORRECT,),
    Right.ERASURE: (Ground.KEPT_BY_LAW,),
}
"""The grounds that fit each right: PIPL 18 and 35 limit what a person is told, 46 what is wrong, 47 what is kept."""


@dataclass(frozen=True)
class DataRequest:
    """A request of the party. `granted` is None until the agency has decided."""

    number: int
    right: Right
    asked_at: datetime
    granted: bool | None = None

    @property
    def gives_copy(self) -> bool:
        """Whether the party may fetch its data: it asked for the data themselves, and that was granted (PIPL 45)."""
        return bool(self.granted) and self.right in (Right.ACCESS, Right.COPY)


@dataclass(frozen=True)
class DataRequested(OfCase):
    """The party asked about its data; the agency answers by the deadline."""

    type: ClassVar[str] = "case.data_request.received"

    number: int
    party_id: PartyId
    right: Right
    words: Commitment
    answer_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.answer_by,)


@dataclass(frozen=True)
class DataRequestDecided(OfCase):
    """The agency granted the request, or refused it on a ground of the law, which `law` cites."""

    type: ClassVar[str] = "case.data_request.decided"

    number: int
    right: Right
    granted: bool
    ground: Ground | None
    law: str
    reasons: Commitment
    by: OfficerId


@dataclass(frozen=True)
class DataCopied(OfCase):
    """The party was given its copy of the data upon the request `number`."""

    type: ClassVar[str] = "case.data_request.copied"

    number: int
    right: Right


def ask(
    case: Case,
    right: Right,
    *,
    party_id: PartyId,
    words: Commitment,
    known: tuple[DataRequest, ...],
    number: int,
    terms: Terms,
    at: datetime,
) -> DataRequested:
    """The party asks. Refusal CASE_DATA_REQUEST_OPEN while the same right of its waits for an answer (PIPL 50).

    `known` are its own requests; `number` is the next one of the case, which a released party may have asked in too.
    """
    for each in known:
        if each.right is right and each.granted is None:
            facts = {"case": case.id, "number": each.number, "right": right}
            raise Refusal(Kind.CONFLICT, "CASE_DATA_REQUEST_OPEN", facts, article=PIPL_50)
    return DataRequested(case.id, number, party_id, right, words, terms.data_request(at, number))


def grant(
    case: Case,
    request: DataRequest,
    *,
    reasons: Commitment,
    is_corrected: bool,
    file: File,
    hand: Hand,
    at: datetime,
) -> tuple[DataRequestDecided | CaseErasureProposed, ...]:
    """Grant a request. An erasure begins by that: another officer approves it, and until then nothing is gone.

    Refusals: CASE_DATA_REQUEST_DECIDED; CASE_RETENTION_RUNS or CASE_TRANSITION_NOT_ALLOWED for what the law keeps;
    CASE_DATA_CORRECTION_EMPTY for a correction that corrects nothing.
    """
    _require_open(case, request)
    if is_corrected is not (request.right is Right.CORRECTION):
        raise Refusal(
            Kind.INVALID,
            "CASE_DATA_CORRECTION_EMPTY",
            article=PIPL_46,
            errors=(InputError("/corrected", "CASE_DATA_CORRECTION_EMPTY"),),
        )
    law = LAW_OF_RIGHT[request.right].cite
    decided = DataRequestDecided(
        case.id, request.number, request.right, True, None, law, reasons, hand.officer_id
    )
    if request.right is not Right.ERASURE:
        return (decided,)
    return decided, erasure.propose_erasure(file, erasure.Reason.PARTY_REQUEST, hand=hand, at=at)


def hand_out(case: Case, request: DataRequest) -> DataCopied:
    """The fact that the party fetches what was granted: data that leave the case leave a trace, each time (PIPL 51)."""
    return DataCopied(case.id, request.number, request.right)


def refuse(
    case: Case, request: DataRequest, ground: Ground, *, reasons: Commitment, hand: Hand
) -> DataRequestDecided:
    """Refuse a request, with its reasons (PIPL 50). Refusal CASE_DATA_GROUND_UNFIT for a ground of another right."""
    _require_open(case, request)
    fitting = _GROUNDS_OF[request.right]
    if ground not in fitting:
        facts = {"right": request.right, "grounds": fitting}
        raise Refusal(Kind.CONFLICT, "CASE_DATA_GROUND_UNFIT", facts, article=PIPL_50)
    law = _LAW_OF_GROUND[ground].cite
    return DataRequestDecided(
        case.id, request.number, request.right, False, ground, law, reasons, hand.officer_id
    )


def _require_open(case: Case, request: DataRequest) -> None:
    if request.granted is not None:
        facts = {"case": case.id, "number": request.number}
        raise Refusal(Kind.CONFLICT, "CASE_DATA_REQUEST_DECIDED", facts, article=PIPL_50)
