"""The content of the order to correct.

D-03  CorrectionNotice  责令(限期)改正通知书  APL 28(1); with the remedies that every act of an agency has
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from case.documents.content import Agency, Party, Remedies
from common.documents.content import Content
from common.values.law import APL_28_1


@dataclass(frozen=True)
class CorrectionNotice(Content):
    """D-03. `deadline` is a sentence that counts from the receipt, `basis` the provision that demands the order."""

    article = APL_28_1

    number: str
    case_code: str
    agency: Agency
    party: Party
    happened_at: datetime
    place: str
    act: str
    violated: tuple[str, ...]
    basis: str
    correction: str
    deadline: str
    consequence: str
    remedies: Remedies
    reconsideration_url: str
