"""The content of the answer to a remedy, with its list of evidence (ARL 48, 70; ALL 34, 67).

D-33a  RemedyAnswer  行政复议答复书
D-33b  RemedyAnswer  行政诉讼答辩状
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from case.documents.content import Agency, Officer, Party
from common.documents.content import Content
from common.values.law import ARL_48


@dataclass(frozen=True)
class EvidenceLine(Content):
    """One piece of evidence: what it is, where it comes from, what it proves, and the digest of its bytes."""

    name: str
    source: str
    proves: str
    sha256: str


@dataclass(frozen=True)
class RemedyAnswer(Content):
    """The answer to `organ` under its number `reference`: facts and reasons, basis, and every piece of evidence.

    An answer without evidence is none: the decision is held to have none then.
    """

    article = ARL_48

    number: str
    case_code: str
    agency: Agency
    organ: str
    reference: str
    opponent: str
    party: Party
    decision_number: str
    decided_on: date
    served_on: date
    facts: tuple[str, ...]
    reasons: tuple[str, ...]
    basis: tuple[str, ...]
    evidence: tuple[EvidenceLine, ...]
    officers: tuple[Officer, Officer]
    signed_as: str
