"""The content of the documents by which an agency amends its own decision (APL 75(2)).

D-36   AmendedDecision     撤销（变更）决定书    the original, the reason, what follows, the remedies
D-36a  CorrectedDecision   更正决定书            typing errors alone
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from case.documents.content import Agency, Collection, Party, Remedies
from common.documents.content import Content
from common.values.law import APL_75_2


@dataclass(frozen=True)
class AmendedDecision(Content):
    """D-36. `original` is the number of the decision that falls, `act` 撤销 or 变更.

    `penalty` and `fine_fen` are what is left after a change. `refund_fen` is what is given back; `collection` is there
    where something is still to be paid.
    """

    article = APL_75_2

    number: str
    case_code: str
    agency: Agency
    party: Party
    original: str
    original_title: str
    original_on: date
    act: str
    reason: str
    clause: str
    consequences: tuple[str, ...]
    remedies: Remedies
    penalty: str | None = None
    fine_fen: int = 0
    refund_fen: int = 0
    collection: Collection | None = None
    reconsideration_url: str | None = None


@dataclass(frozen=True)
class CorrectedWord(Content):
    """One typing error: where it stands, the wrong words and the right ones."""

    place: str
    wrong: str
    right: str


@dataclass(frozen=True)
class CorrectedDecision(Content):
    """D-36a. What was decided stays as it was, and the document says so."""

    article = APL_75_2

    number: str
    case_code: str
    agency: Agency
    party: Party
    original: str
    original_title: str
    original_on: date
    words: tuple[CorrectedWord, ...]
    reason: str
    remedies: Remedies
