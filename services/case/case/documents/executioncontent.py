"""The content of the documents about a rest of the procedure, about paying later, and about the execution.

D-12  Suspension      中止（恢复）调查审批表      an internal sheet
D-24  ReliefDecision  延期（分期）缴纳罚款决定书  APL 66(2); with its remedies where it is refused
D-27  Demand          催告书                      AEL 35, 54
D-28  CourtRequest    强制执行申请书              AEL 55
D-29  EnforcementEnd  终结执行审批表              AEL 39, 40, 53; an internal sheet
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from case.documents.content import Agency, Party, Remedies
from common.documents.content import Content
from common.values.law import AEL_35, AEL_40, AEL_55, APL_54, APL_66_2


@dataclass(frozen=True)
class Suspension(Content):
    """D-12: the ground and the time; `resumes` says that the procedure goes on again."""

    article = APL_54

    number: str
    case_code: str
    agency: Agency
    act: str
    resumes: bool
    ground: str
    reason: str
    on: date
    clock: str
    approver: str


@dataclass(frozen=True)
class PlanLine(Content):
    """One part of a plan: the last day, the amount, and the bank's reference."""

    due_on: date
    amount_fen: int
    reference: str


@dataclass(frozen=True)
class ReliefDecision(Content):
    """D-24: what the party asked and why, the answer with its reason, and the plan where it is granted."""

    article = APL_66_2

    number: str
    case_code: str
    agency: Agency
    party: Party
    decision_number: str
    applied_at: datetime
    grounds: str
    granted: bool
    reason: str
    fine_fen: int
    remedies: Remedies
    plan: tuple[PlanLine, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.granted and not self.plan:
            self.refuse(["plan"])


@dataclass(frozen=True)
class Demand(Content):
    """D-27: until when, how and how much to pay, and the right to state and to defend (AEL 35)."""

    article = AEL_35

    number: str
    case_code: str
    agency: Agency
    party: Party
    decision_number: str
    decision_served_on: date
    history: str
    deadline: str
    fine_fen: int
    surcharge_fen: int
    manner: str
    institution: str
    institution_address: str
    reference: str
    surcharge_reference: str
    right: str
    consequence: str


@dataclass(frozen=True)
class FileLine(Content):
    """One enclosure of the application."""

    name: str
    number: str
    sha256: str


@dataclass(frozen=True)
class CourtRequest(Content):
    """D-28: what AEL 55 lists, one by one. `head` signs it."""

    article = AEL_55

    number: str
    case_code: str
    agency: Agency
    court: str
    party: Party
    decision_number: str
    decision_served_on: date
    facts: tuple[str, ...]
    basis: tuple[str, ...]
    demand_number: str
    demand_served_on: date
    opinion: str
    fine_fen: int
    surcharge_fen: int
    files: tuple[FileLine, ...]
    head: str
    on: date


@dataclass(frozen=True)
class EnforcementEnd(Content):
    """D-29: why the execution ends, by which provision, and what was paid until then."""

    article = AEL_40

    number: str
    case_code: str
    agency: Agency
    party: Party
    decision_number: str
    ground: str
    clause: str
    reason: str
    paid_fen: int
    officer: str
    on: date
