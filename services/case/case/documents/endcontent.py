"""The content of the documents by which a case ends without a penalty.

D-04  NonFiling     不予立案审批表        an internal sheet: the party is told by D-05 or by a notice
D-05  Education     教育告知              APL 33(3)
D-20  NoPenalty     不予行政处罚决定书    APL 57(1), with its remedies
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from case.documents.content import Agency, Answer, CaptureLine, Officer, Party, Remedies
from common.documents.content import Content, is_empty
from common.values.law import APL_33_3, APL_47, APL_57


@dataclass(frozen=True)
class NonFiling(Content):
    """D-04. `findings` are the three findings of NJ 4 in words, `ground` the words of the officer who proposed it."""

    article = APL_47

    number: str
    case_code: str
    agency: Agency
    act: str
    reason: str
    clause: str
    findings: tuple[str, ...]
    ground: str
    captures: tuple[CaptureLine, ...]
    proposer: str
    proposed_at: datetime
    approver: str


@dataclass(frozen=True)
class Education(Content):
    """D-05: the act, why it is not to be punished, the duty of the law, and what follows if it happens again."""

    article = APL_33_3

    number: str
    case_code: str
    agency: Agency
    party: str
    act: str
    happened_at: datetime
    place: str
    why: str
    duty: str
    text: str
    told_at: datetime
    how: str


@dataclass(frozen=True)
class NoPenalty(Content):
    """D-20. Without `education` only where nobody has to be educated: no violation, or one that was fined elsewhere."""

    article = APL_57

    number: str
    case_code: str
    agency: Agency
    party: Party
    facts: tuple[str, ...]
    captures: tuple[CaptureLine, ...]
    reasons: tuple[str, ...]
    clause: str
    is_educated: bool
    remedies: Remedies
    officers: tuple[Officer, Officer]
    answers: tuple[Answer, ...] = ()
    education: str | None = None
    reconsideration_url: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.is_educated and is_empty(self.education):
            self.refuse(["education"])
