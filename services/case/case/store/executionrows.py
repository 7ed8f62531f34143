"""Between the rows of deferrals, suspensions and executions and their values. No query stands here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from case.domain.execution import Court, Demand, EndGround, Execution, Objection, RestGround, Ruling
from case.domain.money import Part, Relief
from case.domain.resting import Suspension, SuspensionGround
from common.values.ids import DocumentId, OfficerId

Row = Mapping[Any, Any]


def relief_of(row: Row) -> Relief:
    """The application that `row` holds."""
    names = row["references_"] or [""] * len(row["due_on"])
    parts = tuple(Part(*each) for each in zip(row["due_on"], row["amount_fen"], names, strict=True))
    document = DocumentId(row["document_id"]) if row["document_id"] else None
    return Relief(
        row["number"],
        parts,
        row["applied_at"],
        row["granted"],
        row["from_on"],
        document,
        row["granted_at"],
        row["answered_at"],
        row["service_ordered"],
        row["served_at"],
    )


def relief_columns(relief: Relief) -> dict[str, Any]:
    return {
        "number": relief.number,
        "applied_at": relief.applied_at,
        "due_on": [part.due_on for part in relief.parts],
        "amount_fen": [part.amount_fen for part in relief.parts],
        "references_": [part.reference for part in relief.parts] if relief.granted else [],
        "granted": relief.granted,
        "from_on": relief.from_on,
        "granted_at": relief.granted_at,
        "answered_at": relief.answered_at,
        "service_ordered": relief.service_ordered,
        "served_at": relief.served_at,
        "document_id": relief.document_id,
    }


def suspension_of(row: Row) -> Suspension:
    """The rest that `row` holds."""
    return Suspension(
        row["number"],
        SuspensionGround(row["ground"]),
        OfficerId(row["proposed_by"]),
        row["back_to"],
        row["since"],
        row["until"],
    )


def execution_of(rows: Sequence[Row], said: Sequence[Row]) -> Execution | None:
    """The execution that its row and the party's objections make; None without one."""
    if not rows:
        return None
    (row,) = rows
    ended = EndGround(row["ended"]) if row["ended"] else None
    objections = tuple(
        Objection(each["number"], each["submitted_at"], each["answered"], each["adopted"]) for each in said
    )
    return Execution(_demand(row), objections, _court(row), ended)


def execution_columns(execution: Execution) -> dict[str, Any]:
    demand, court = execution.demand, execution.court
    return {
        "demand_document_id": demand.document_id if demand else None,
        "demanded_at": demand.issued_at if demand else None,
        "surcharge_reference": demand.surcharge_reference if demand else None,
        "demand_served_at": demand.served_at if demand else None,
        "answer_until": demand.answer_until if demand else None,
        "court_document_id": court.document_id if court else None,
        "applied_on": court.applied_on if court else None,
        "ruling": court.ruling if court else None,
        "ruled_on": court.ruled_on if court else None,
        "objected_on": court.objected_on if court else None,
        "rests_since": court.rests_since if court else None,
        "rest_ground": court.rest_ground if court else None,
        "ended": execution.ended,
    }


def _demand(row: Row) -> Demand | None:
    if row["demand_document_id"] is None:
        return None
    return Demand(
        DocumentId(row["demand_document_id"]),
        row["demanded_at"],
        row["surcharge_reference"],
        row["demand_served_at"],
        row["answer_until"],
    )


def _court(row: Row) -> Court | None:
    if row["court_document_id"] is None:
        return None
    return Court(
        DocumentId(row["court_document_id"]),
        row["applied_on"],
        Ruling(row["ruling"]) if row["ruling"] else None,
        row["ruled_on"],
        row["objected_on"],
        row["rests_since"],
        RestGround(row["rest_ground"]) if row["rest_ground"] else None,
    )
