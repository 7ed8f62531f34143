"""The export of a case file (APL 47; NJ 17): whoever took the whole of it is on record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from case.domain.procedure import OfCase
from common.values.ids import CaseId, OfficerId


@dataclass(frozen=True)
class CaseExported(OfCase):
    """The whole file left the system as the archive with this digest. It changes nothing of the case."""

    type: ClassVar[str] = "case.exported"

    sha256: str
    documents: int
    by: OfficerId


def export(case_id: CaseId, *, sha256: str, documents: int, by: OfficerId) -> CaseExported:
    """Record that the file was taken (NJ 17: use is limited, so every use leaves a trace)."""
    return CaseExported(case_id, sha256, documents, by)
