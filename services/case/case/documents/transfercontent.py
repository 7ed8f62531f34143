"""The content of the letters by which a case leaves.

D-31  TransferLetter  案件（线索）移送函    APL 25; NJ 19; with its list and the reply slip
D-32  CrimeTransfer   涉嫌犯罪案件移送书    CrimT 6; with its list, and a copy to the procuratorate
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from case.documents.content import Agency, CaptureLine, Officer
from common.documents.content import Content
from common.values.law import CRIMT_6, NJ_19


@dataclass(frozen=True)
class TransferLetter(Content):
    """D-31. `materials` are the papers beside the captures, `basis` what makes the receiver competent."""

    article = NJ_19

    number: str
    case_code: str
    agency: Agency
    receiver: str
    act: str
    happened_at: datetime
    place: str
    reason: str
    basis: tuple[str, ...]
    captures: tuple[CaptureLine, ...]
    signer: str
    reply_to: str
    materials: tuple[str, ...] = ()


@dataclass(frozen=True)
class FiledPaper(Content):
    """A document of the case that goes along: title, number and digest."""

    title: str
    number: str
    sha256: str


@dataclass(frozen=True)
class CrimeTransfer(Content):
    """D-32. `fined` says what was imposed before, which the court sets off; None where nothing was.

    `goods` is the list of what is handed over; a case without any says so.
    """

    article = CRIMT_6

    number: str
    case_code: str
    agency: Agency
    police: str
    procuratorate: str
    party: str
    act: str
    crime: str
    facts: tuple[str, ...]
    reason: str
    team: tuple[Officer, ...]
    captures: tuple[CaptureLine, ...]
    papers: tuple[FiledPaper, ...]
    approver: str
    decided_on: date
    goods: tuple[str, ...] = ()
    fined: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.team) < 2:
            self.refuse(["team"])
