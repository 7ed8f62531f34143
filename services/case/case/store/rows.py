"""Between the rows of `tables` and the values of the domain, both ways. No query stands here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from case.domain.amendments import revoked_at
from case.domain.contents import (
    Conclusion,
    Decision,
    Defence,
    Doubt,
    Exhibit,
    Findings,
    Measurement,
    Notice,
    OtherPenalty,
    OthersAnswer,
    Paid,
    Payment,
    Proposal,
    Receipt,
)
from case.domain.outcomes import Effect, Outcome
from case.domain.people import AgeGroup, Hand, Party, PartyKind, Signature
from case.domain.procedure import Case, State
from case.store.actrows import (
    act_columns,
    act_of,
    release_columns,
    released_of,
    transfer_columns,
    transfer_of,
)
from case.store.amendments import amendment_of
from case.store.collecting import preservation_of, record_of
from case.store.corrections import order_of
from case.store.crimes import crime_of
from case.store.deliberationrows import DeliberationRows, deliberation_columns, deliberation_of
from case.store.endingrows import (
    correction_of,
    education_of,
    ending_columns,
    first_offence_of,
    non_filing_of,
)
from case.store.executionrows import execution_of, relief_of, suspension_of
from case.store.filerows import file_of
from case.store.invalidations import invalidation_of
from case.store.publications import publication_of
from case.store.refundrows import refund_of
from case.store.remedyrows import remedy_in
from case.store.weighingrows import weighed_of
from common.values.calendar import Deadline, Holder, Unit
from common.values.ids import AgencyId, CaseId, DeviceId, DocumentId, EvidenceId, OfficerId, PartyId
from common.values.profile import PenaltyKind

Row: TypeAlias = Mapping[Any, Any]


class Parts(NamedTuple):
    """The rows beside a case's own that make it whole, each table in its order."""

    exhibits: Sequence[Row]
    parties: Sequence[Row]
    signatures: Sequence[Row]
    notices: Sequence[Row]
    defences: Sequence[Row]
    payments: Sequence[Row]
    refunds: Sequence[Row]
    reliefs: Sequence[Row]
    suspensions: Sequence[Row]
    executions: Sequence[Row]
    demand_objections: Sequence[Row]
    correction_orders: Sequence[Row]
    remedies: Sequence[Row]
    deliberation: DeliberationRows
    weighings: Sequence[Row]
    amendments: Sequence[Row]
    invalidations: Sequence[Row]
    publications: Sequence[Row]
    files: Sequence[Row]
    records: Sequence[Row]
    preservations: Sequence[Row]
    crimes: Sequence[Row]


def case_of(row: Row, parts: Parts) -> Case:
    """The case that its own row and the rows beside it make."""
    return Case(
        CaseId(row["id"]),
        AgencyId(row["agency_id"]),
        row["number"],
        State(row["state"]),
        row["violation_code"],
        row["item_version"],
        row["opened_at"],
        tuple(_exhibit(part) for part in parts.exhibits if part["set_aside_at"] is None),
        revision=row["revision"],
        admin_division=row["admin_division"],
        party=party_of(parts.parties[0]) if parts.parties else None,
        prompt_document_id=DocumentId(row["prompt_document_id"]) if row["prompt_document_id"] else None,
        prompt_delivered_at=row["prompt_delivered_at"],
        correction_until=row["correction_until"],
        officers=tuple(OfficerId(officer) for officer in row["officers"]),
        filed_at=row["filed_at"],
        decide_until=row["decide_until"],
        signatures=tuple(_signature(part) for part in parts.signatures if part["round"] == row["round"]),
        conclusion=_conclusion(row),
        notices=tuple(_notice(part) for part in parts.notices),
        defences=tuple(_defence(part) for part in parts.defences),
        defence_reviewers=tuple(OfficerId(officer) for officer in row["defence_reviewers"]),
        decision=_decision(row),
        service_ordered=DocumentId(row["service_ordered"]) if row["service_ordered"] else None,
        served_at=row["served_at"],
        failed_orders=tuple(row["failed_orders"]),
        doubts=_doubts(row),
        payment=_payment(row, parts.payments),
        refunds=tuple(refund_of(part) for part in parts.refunds),
        reliefs=tuple(relief_of(part) for part in parts.reliefs),
        suspensions=tuple(suspension_of(part) for part in parts.suspensions),
        execution=execution_of(parts.executions, parts.demand_objections),
        closure_proposed_by=_officer(row["closure_proposed_by"]),
        closed_at=row["closed_at"],
        others=_others(row),
        correction=correction_of(row),
        first_offence=first_offence_of(row),
        education=education_of(row),
        non_filing=non_filing_of(row),
        correction_orders=tuple(order_of(part) for part in parts.correction_orders),
        remedies=tuple(remedy_in(part) for part in parts.remedies),
        **deliberation_of(row, parts.deliberation),
        weighings=tuple(weighed_of(part) for part in parts.weighings),
        amendments=tuple(amendment_of(part) for part in parts.amendments),
        invalidations=tuple(invalidation_of(part) for part in parts.invalidations),
        publications=tuple(publication_of(part) for part in parts.publications),
        act=act_of(row),
        released=released_of(row),
        transfer=transfer_of(row),
        files=tuple(file_of(part) for part in parts.files),
        records=tuple(record_of(part) for part in parts.records),
        preservations=tuple(preservation_of(part) for part in parts.preservations),
        crimes=tuple(crime_of(part) for part in parts.crimes),
    )


def deadline_of(row: Row) -> Deadline:
    """The deadline that `row` holds."""
    return Deadline(
        rule=row["rule"],
        law=row["law"],
        unit=Unit(row["unit"]),
        n=row["n"],
        holder=Holder(row["holder"]),
        trigger_on=row["trigger_on"],
        raw_on=row["raw_on"],
        due_on=row["due_on"],
        rolled_by=row["rolled_by"],
        alarm_on=row["alarm_on"],
        calendar_version=row["calendar_version"],
        provisional=row["provisional"],
    )


def notice_columns(notice: Notice) -> dict[str, Any]:
    return {
        "document_id": notice.document_id,
        "violations": list(notice.proposal.violations),
        "kind": notice.proposal.kind,
        "fine_fen": notice.proposal.fine_fen,
        "duration_days": notice.proposal.duration_days,
        "hearing_offered": notice.hearing_offered,
        "issued_at": notice.issued_at,
    }


def columns(case: Case) -> dict[str, Any]:
    """The case's own row, but for its serial, which never changes."""
    party, conclusion, decision, payment = case.party, case.conclusion, case.decision, case.payment
    return {
        "id": case.id,
        "agency_id": case.agency_id,
        "party_id": party.id if party else None,
        "number": case.number,
        "admin_division": case.admin_division,
        "state": case.state,
        "revision": case.revision,
        "violation_code": case.violation_code,
        "item_version": case.item_version,
        "opened_at": case.opened_at,
        "prompt_document_id": case.prompt_document_id,
        "prompt_delivered_at": case.prompt_delivered_at,
        "correction_until": case.correction_until,
        "officers": list(case.officers),
        "filed_at": case.filed_at,
        "decide_until": case.decide_until,
        "tier": conclusion.tier if conclusion else None,
        "report_sha256": conclusion.report if conclusion else None,
        "proposed_kind": conclusion.proposal.kind if conclusion else None,
        "proposed_fen": conclusion.proposal.fine_fen if conclusion else None,
        "minor": conclusion.findings.minor if conclusion else None,
        "promptly_corrected": conclusion.findings.promptly_corrected if conclusion else None,
        "harmless": conclusion.findings.harmless if conclusion else None,
        "complex_case": conclusion.complex_case if conclusion else None,
        "proposed_outcome": conclusion.outcome if conclusion else None,
        "defence_reviewers": list(case.defence_reviewers),
        "decision_document_id": decision.document_id if decision else None,
        "outcome": decision.outcome if decision else None,
        "decided_kind": decision.proposal.kind if decision and decision.proposal else None,
        "decided_fen": decision.proposal.fine_fen if decision and decision.proposal else None,
        "decided_by": decision.decided_by if decision else None,
        "decided_at": decision.decided_at if decision else None,
        "surcharge_stated": decision.surcharge_stated if decision else None,
        "service_ordered": case.service_ordered,
        "served_at": case.served_at,
        "failed_orders": list(case.failed_orders),
        "doubted_documents": [doubt.document_id for doubt in case.doubts],
        "doubted_steps": [doubt.step for doubt in case.doubts],
        "payment_reference": payment.reference if payment else None,
        "payment_references": [*payment.cancelled, payment.reference] if payment else [],
        "fine_fen": payment.fine_fen if payment else None,
        "pay_due_on": payment.due_on if payment else None,
        "paid_at": payment.paid_at if payment else None,
        "paid_fen": payment.paid_fen if payment else 0,
        "has_receipt": payment.has_receipt if payment else False,
        "closure_proposed_by": case.closure_proposed_by,
        "closed_at": case.closed_at,
        "enforcement_ended": case.execution.ended if case.execution else None,
        **_others_columns(case.others),
        **ending_columns(case),
        **deliberation_columns(case),
        "revoked_at": revoked_at(case.amendments),
        **act_columns(case.act),
        **release_columns(case.released),
        **transfer_columns(case.transfer),
    }


def _others_columns(others: OthersAnswer | None) -> dict[str, Any]:
    return {
        "others_asked_at": others.asked_at if others else None,
        "others_penalties": [each.name for each in others.penalties] if others else None,
        "others_heard": others.may_decide if others else None,
        "others_silent": list(others.unanswered) if others else None,
    }


def _others(row: Row) -> OthersAnswer | None:
    if row["others_asked_at"] is None:
        return None
    pairs = (each.split("/", 1) for each in row["others_penalties"])
    return OthersAnswer(
        row["others_asked_at"],
        tuple(OtherPenalty(AgencyId(agency_id), number) for agency_id, number in pairs),
        row["others_heard"],
        tuple(AgencyId(agency_id) for agency_id in row["others_silent"]),
    )


def _officer(value: str | None) -> OfficerId | None:
    return OfficerId(value) if value else None


def _exhibit(row: Row) -> Exhibit:
    return Exhibit(
        EvidenceId(row["evidence_id"]),
        DeviceId(row["device_id"]),
        row["captured_at"],
        tuple(OfficerId(officer) for officer in row["reviewers"]),
        accepted=True,  # only an accepted capture opens a case; the decision asks evidence again
        device_lawful=row["device_lawful"],
        backed_up=row["backed_up"],
        media=tuple(row["media"]),
        measurement=measurement_of(row),
    )


_FIGURES = {
    "quantity": "measured_quantity",
    "unit": "measured_unit",
    "value": "measured_value",
    "limit": "measured_limit",
    "error": "permissible_error",
    "deducted": "deducted_value",
}


def measurement_columns(measurement: Measurement | None) -> dict[str, Any]:
    """The columns of an exhibit for its measured offence, null where there is none."""
    return {
        column: None if measurement is None else getattr(measurement, name)
        for name, column in _FIGURES.items()
    }


def measurement_of(row: Row) -> Measurement | None:
    """The measured offence of the exhibit in `row`."""
    if row["measured_quantity"] is None:
        return None
    return Measurement(**{name: row[column] for name, column in _FIGURES.items()})


def party_of(row: Row) -> Party:
    """The party that `row` holds."""
    return Party(PartyId(row["party_id"]), PartyKind(row["kind"]), AgeGroup(row["age_group"]))


def _signature(row: Row) -> Signature:
    hand = Hand(OfficerId(row["officer_id"]), row["certificate"], row["certificate_until"])
    return Signature(hand, row["signed_at"], row["no_conflict"])


def _conclusion(row: Row) -> Conclusion | None:
    if row["report_sha256"] is None:
        return None
    return Conclusion(
        bytes(row["report_sha256"]),
        Proposal((row["violation_code"],), PenaltyKind(row["proposed_kind"]), row["proposed_fen"]),
        row["tier"],
        Findings(row["minor"], row["promptly_corrected"], row["harmless"]),
        row["complex_case"],
        Outcome(row["proposed_outcome"]),
    )


def _notice(row: Row) -> Notice:
    proposal = Proposal(
        tuple(row["violations"]), PenaltyKind(row["kind"]), row["fine_fen"], row["duration_days"]
    )
    return Notice(
        DocumentId(row["document_id"]),
        proposal,
        row["hearing_offered"],
        row["issued_at"],
        row["served_at"],
        row["defence_until"],
        row["hearing_until"],
    )


def _defence(row: Row) -> Defence:
    effect = Effect(row["effect"]) if row["effect"] else None
    return Defence(row["number"], row["submitted_at"], row["final"], row["answered"], effect)


def _decision(row: Row) -> Decision | None:
    if row["decided_at"] is None:
        return None
    return Decision(
        DocumentId(row["decision_document_id"]),
        Proposal((row["violation_code"],), PenaltyKind(row["decided_kind"]), row["decided_fen"])
        if row["decided_kind"]
        else None,
        OfficerId(row["decided_by"]),
        row["decided_at"],
        row["surcharge_stated"],
        Outcome(row["outcome"]),
    )


def _doubts(row: Row) -> tuple[Doubt, ...]:
    pairs = zip(row["doubted_documents"], row["doubted_steps"], strict=True)
    return tuple(Doubt(DocumentId(document_id), step) for document_id, step in pairs)


def _payment(row: Row, parts: Sequence[Row]) -> Payment | None:
    if row["payment_reference"] is None:
        return None
    paid = tuple(_paid(part) for part in parts)
    *cancelled, reference = row["payment_references"]
    return Payment(reference, row["fine_fen"], row["pay_due_on"], paid, tuple(cancelled))


def _paid(row: Row) -> Paid:
    receipt = None
    if row["receipt_number"] is not None:
        receipt = Receipt(row["receipt_number"], row["receipt_code"], row["receipt_url"])
    return Paid(
        row["serial"],
        row["amount_fen"],
        row["paid_at"],
        receipt,
        row["reconciled_on"],
        tuple(row["differed_in"]),
        row["filed_fen"],
        row["filed_on"],
        row["settled"],
    )
