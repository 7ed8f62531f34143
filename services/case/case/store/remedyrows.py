"""Between the rows of remedies and the values of the domain, both ways. No query stands here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from case.domain.contents import Proposal
from case.domain.outcomes import Outcome
from case.domain.remedies import Anew, Flaw, Forum, Halt, Late, Procedure, Remedy, Result, Stage
from common.values.ids import CaseId, DocumentId
from common.values.profile import PenaltyKind


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
        "period_on": remedy.period_on,
        "told_on": remedy.told_on,
        "insisted_on": remedy.insisted_on,
        "halt": remedy.halt,
        "ended_on": remedy.ended_on,
        "result": remedy.result,
        "flaw": remedy.flaw,
        **_anew_columns(remedy.anew),
        "late": list(remedy.late),
    }


def _anew_columns(anew: Anew | None) -> dict[str, Any]:
    return {
        "anew_until": anew.until if anew else None,
        "anew_fallen": anew.fallen if anew else None,
        "anew_outcome": anew.outcome if anew else None,
        "anew_violations": list(anew.proposal.violations) if anew and anew.proposal else None,
        "anew_kind": anew.proposal.kind if anew and anew.proposal else None,
        "anew_fen": anew.proposal.fine_fen if anew and anew.proposal else None,
        "anew_report": anew.report if anew else None,
        "anew_evidence": anew.evidence if anew else None,
        "anew_may_repeat": anew.may_repeat if anew else None,
    }


def _anew(row: Mapping[Any, Any]) -> Anew | None:
    if row["anew_until"] is None:
        return None
    proposal = None
    if row["anew_kind"] is not None:
        proposal = Proposal(tuple(row["anew_violations"]), PenaltyKind(row["anew_kind"]), row["anew_fen"])
    return Anew(
        row["anew_until"],
        DocumentId(row["anew_fallen"]),
        Outcome(row["anew_outcome"]),
        proposal,
        bytes(row["anew_report"]),
        bytes(row["anew_evidence"]),
        row["anew_may_repeat"],
    )


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
        period_on=row["period_on"],
        told_on=row["told_on"],
        insisted_on=row["insisted_on"],
        halt=Halt(row["halt"]) if row["halt"] else None,
        ended_on=row["ended_on"],
        result=Result(row["result"]) if row["result"] else None,
        flaw=Flaw(row["flaw"]) if row["flaw"] else None,
        anew=_anew(row),
        late=tuple(Late(each) for each in row["late"]),
    )
