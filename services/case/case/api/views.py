"""Between the wire and the domain. Personal data leaves masked; documents are where it stands in full."""

from __future__ import annotations

from typing import Any

from case.contract import (
    CaseSummary,
    CaseView,
    DeadlineView,
    DecisionView,
    DefenceView,
    DocumentView,
    ExhibitView,
    FindingsOrder,
    NoticeView,
    PartyView,
    PaymentView,
    ProposalView,
)
from case.domain.deadlines import Terms
from case.domain.procedure import Findings, Hand, PartyKind, Proposal
from case.runtime import CaseRuntime
from case.store import Dossier, Row
from common.policy import Mandate
from common.values.ids import OfficerId
from common.values.masking import masked_name, masked_plate
from common.values.profile import Profile


def terms_of(runtime: CaseRuntime) -> Terms:
    return Terms(runtime.profile, runtime.calendar)


def hand_of(mandate: Mandate) -> Hand:
    """The officer who acts, with the certificate that the token vouches for."""
    actor = mandate.actor
    return Hand(OfficerId(actor.id), actor.certificate, actor.certificate_until)


def findings_of(order: FindingsOrder) -> Findings:
    return Findings(order.minor, order.promptly_corrected, order.harmless)


def case_view(dossier: Dossier, profile: Profile) -> CaseView:
    case = dossier.case
    item = next((item for item in profile.catalogue if item.code == case.violation_code), None)
    conclusion, decision, payment = case.conclusion, case.decision, case.payment
    return CaseView(
        id=case.id,
        agency_id=case.agency_id,
        number=case.number,
        state=case.state,
        revision=case.revision,
        violation_code=case.violation_code,
        violation_name=item.name if item else case.violation_code,
        opened_at=case.opened_at,
        exhibits=[_exhibit(row) for row in dossier.exhibits],
        party=_party(dossier.party) if dossier.party else None,
        prompt_delivered_at=case.prompt_delivered_at,
        correction_until=case.correction_until,
        officers=list(case.officers),
        filed_at=case.filed_at,
        signed_by=[signature.hand.officer_id for signature in case.signatures],
        proposal=_proposal(conclusion.proposal, conclusion.tier) if conclusion else None,
        notices=[
            NoticeView(
                document_id=notice.document_id,
                proposal=_proposal(notice.proposal),
                issued_at=notice.issued_at,
                served_at=notice.served_at,
                defence_until=notice.defence_until,
            )
            for notice in case.notices
        ],
        defences=[
            DefenceView(
                number=stated.number,
                submitted_at=stated.submitted_at,
                final=stated.final,
                answered=stated.answered,
            )
            for stated in case.defences
        ],
        defence_reviewed_by=case.defence_reviewed_by,
        decision=DecisionView(
            document_id=decision.document_id,
            proposal=_proposal(decision.proposal),
            decided_at=decision.decided_at,
            decided_by=decision.decided_by,
            surcharge_stated=decision.surcharge_stated,
        )
        if decision
        else None,
        service_ordered=case.service_ordered,
        served_at=case.served_at,
        payment=PaymentView(
            reference=payment.reference,
            fine_fen=payment.fine_fen,
            due_on=payment.due_on,
            paid_at=payment.paid_at,
            paid_fen=payment.paid_fen,
            has_receipt=payment.has_receipt,
        )
        if payment
        else None,
        deadlines=[
            DeadlineView(**{name: row[name] for name in DeadlineView.model_fields})
            for row in dossier.deadlines
        ],
    )


def summary_view(row: Row) -> CaseSummary:
    return CaseSummary(**{name: row[name] for name in CaseSummary.model_fields})


def document_view(row: Row) -> DocumentView:
    given = {name: row[name] for name in DocumentView.model_fields if name != "href"}
    return DocumentView(**given, href=f"/v1/documents/{row['id']}")


def _exhibit(row: Row) -> ExhibitView:
    given: dict[str, Any] = {name: row[name] for name in ExhibitView.model_fields if name != "plate"}
    return ExhibitView(**given, plate=masked_plate(row["plate"]))


def _party(row: Row) -> PartyView:
    is_masked = row["kind"] == PartyKind.PERSON and row["name"] is not None
    return PartyView(
        party_id=row["party_id"],
        kind=row["kind"],
        age_group=row["age_group"],
        name=masked_name(row["name"]) if is_masked else row["name"],
    )


def _proposal(proposal: Proposal, tier: str | None = None) -> ProposalView:
    return ProposalView(
        violations=list(proposal.violations), kind=proposal.kind, fine_fen=proposal.fine_fen, tier=tier
    )
