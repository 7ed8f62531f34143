"""The sheets of a case file: each repeats what the records say, and is made when the file is put together (APL 47).

    a record that calls for it ─▶ made once, under a number of its own, and fixed by its digest

A sheet decides nothing: the act that it shows stood on record before. So it is not made with the act but when somebody
needs the paper, from the same record (ADR-0043).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from case.domain.procedure import Case, Changing, State
from common.values.errors import Kind, Refusal
from common.values.ids import DocumentId, OfficerId
from common.values.law import APL_47

CALLED_FOR_BY: Final = {
    "D-01": "case.opened",
    "D-06": "case.filed",
    "D-13": "case.investigation_concluded",
    "D-16": "case.defence.submitted",
    "D-17": "case.defence.reviewed",
    "D-23": "case.performance_due",
    "D-30": "case.closed",
    "D-35": "case.closed",
}
"""The record that calls for each sheet. As often as it stands there, the sheet may be made."""


@dataclass(frozen=True)
class SheetMade(Changing):
    """A sheet was made from the records and has this digest from now on."""

    type: ClassVar[str] = "case.sheet.made"

    document_id: DocumentId
    kind: str
    sha256: str
    by: OfficerId

    def applied(self, case: Case) -> Case:
        return case


def require_due(case: Case, kind: str, *, recorded: Sequence[str], made: int) -> None:
    """Raises Refusal CASE_SHEET_NOT_DUE where no record calls for the sheet, or it was made for each that does.

    `recorded` are the types of the case's records, `made` counts the sheets of this kind. Once the file is in the
    archive it is complete (NJ 17).
    """
    if case.state is State.ARCHIVED or list(recorded).count(CALLED_FOR_BY[kind]) <= made:
        raise Refusal(Kind.CONFLICT, "CASE_SHEET_NOT_DUE", {"case": case.id, "kind": kind}, article=APL_47)


def make_sheet(
    case: Case,
    kind: str,
    *,
    document_id: DocumentId,
    sha256: str,
    recorded: Sequence[str],
    made: int,
    by: OfficerId,
) -> SheetMade:
    """Put the sheet into the file (APL 47: the whole course in writing)."""
    require_due(case, kind, recorded=recorded, made=made)
    return SheetMade(case.id, document_id, kind, sha256, by)
