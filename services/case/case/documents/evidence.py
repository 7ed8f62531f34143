"""The evidence of a case as its documents name it: captures, and the records that two officers signed."""

from __future__ import annotations

from typing import Final

from case.documents.wording import evidence_line
from case.domain.collected import RecordKind
from case.store.dossiers import Dossier

_TITLE: Final = {RecordKind.INQUIRY: "询问笔录", RecordKind.INSPECTION: "勘验（检查）、现场笔录"}


def evidence_lines(dossier: Dossier) -> tuple[str, ...]:
    """Every capture, and every record of an inquiry or an inspection with its number. A request proves nothing."""
    records = (
        f"{_TITLE[record.kind]}（{dossier.document(record.document_id).number}）"
        for record in dossier.case.records
        if record.document_id is not None and record.counts and record.kind in _TITLE
    )
    return (*map(evidence_line, dossier.case.exhibits), *records)
