"""Between the rows of remedies and the values of the domain, both ways. No query stands here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from case.domain.remedies import Forum, Halt, Late, Procedure, Remedy, Stage
from common.values.ids import CaseId, DocumentId


def remedy_columns(case_id: CaseId, remedy: Remedy) -> dict[str, Any]:
    return {
        "case_id": case_id,
        "number": remedy.number,
        "forum": remedy.forum,
        "through_agency": remedy.is_through_agency,
        "stage": remedy.stage,
        "filed_on": remedy.filed_on,
        "in_time": remedy.in_time,
        "handle_until": remedy.handle_until,
        "procedure": remedy.procedure,
        "accepted_on": remedy.accepted_on,
        "answer_until": remedy.answer_until,
        "answer_document_id": remedy.answer_document_id,
        "told_on": remedy.told_on,
        "halt": remedy.halt,
        "ended_on": remedy.ended_on,
        "late": list(remedy.late),
    }


def remedy_in(row: Mapping[Any, Any]) -> Remedy:
    """The remedy that `row` holds."""
    return Remedy(
        row["number"],
        Forum(row["forum"]),
        row["through_agency"],
        Stage(row["stage"]),
        row["filed_on"],
        row["in_time"],
        handle_until=row["handle_until"],
        procedure=Procedure(row["procedure"]) if row["procedure"] else None,
        accepted_on=row["accepted_on"],
        answer_until=row["answer_until"],
        answer_document_id=DocumentId(row["answer_document_id"]) if row["answer_document_id"] else None,
        told_on=row["told_on"],
        halt=Halt(row["halt"]) if row["halt"] else None,
        ended_on=row["ended_on"],
        late=tuple(Late(each) for each in row["late"]),
    )
