"""Between the wire and the domain. Personal data leaves masked; only documents show it in full."""

from __future__ import annotations

from dataclasses import asdict

from case.api.deliberationviews import discussion_view, hearing_view, legal_review_view, recusal_views
from case.api.fileviews import file_view
from case.api.remedyviews import options_of, remedy_view
from case.contract import (
    CaseSummary,
    CaseView,
    DeadlineView,
    DecisionView,
    DefenceView,
    DocumentView,
    ExhibitView,
    FindingsOrder,
    MeasurementView,
    NoticeView,
    PartyView,
    PaymentView,
    ProposalView,
    StandingView,
)
from case.contract.acts import ActView
from case.contract.amendments import AmendmentView
from case.contract.corrections import CorrectionOrderView
from case.contract.endings import CorrectionView, EducationView, FirstOffenceView, NonFilingView
from case.contract.execution import ExecutionView, ReliefView, SuspensionView
from case.contract.invalidations import InvalidationView
from case.contract.lawoftime import WeighedLawView
from case.contract.paying import PaidView
from case.contract.publications import PublicationView
from case.contract.refunds import RefundView
from case.contract.serving import DocumentForServiceView
from case.domain.amendments import Amendment
from case.domain.contents import Findings, Proposal
from case.domain.correcting import is_choice_open
from case.domain.corrections import CorrectionOrder
from case.domain.deadlines import Terms
from case.domain.invalidating import ways
from case.domain.invalidations import Invalidation
from case.domain.money import Refund
from case.domain.outcomes import Choice
from case.domain.people import Hand, PartyKind
from case.domain.procedure import Case
from case.domain.publishing import current, publication_due
from case.domain.refunding import GROUND
from case.domain.surcharge import covered_at
from case.domain.twolaws import Weighed
from case.runtime import CaseRuntime
from case.store import cases
from case.store.cases import CaseLine
from case.store.documents import Document
from case.store.dossiers import Dossier, ExhibitLine, KnownParty
from common.policy import Action, Actor, Mandate, may
from common.values.facts import plain
from common.values.ids import EvidenceId, OfficerId
from common.values.law import APL_72
from common.values.masking import masked_email, masked_name, masked_phone, masked_plate
from common.values.profile import Office, Profile


def terms_of(runtime: CaseRuntime) -> Terms:
    return Terms(runtime.profile, runtime.calendar)


def hand_of(mandate: Mandate) -> Hand:
    """The officer who acts, with the certificate that the token vouches for."""
    actor = mandate.actor
    return Hand(OfficerId(actor.id), actor.certificate, actor.certificate_until)


def findings_of(order: FindingsOrder) -> Findings:
    return Findings(order.minor, order.promptly_corrected, order.harmless)


def case_view(dossier: Dossier, profile: Profile, reader: Actor) -> CaseView:
    """The case for one reader. What the agency said to itself before it decided is for those who work on the case."""
    case = dossier.case
    inside = may(reader, Action.CASE_READ_DELIBERATION, cases.resource(case))
    versions = [item for item in profile.catalogue if item.code == case.violation_code]
    item = next((item for item in versions if item.version == case.item_version), None)
    conclusion, decision, payment = case.conclusion, case.decision, case.payment
    return CaseView(
        id=case.id,
        agency_id=case.agency_id,
        number=case.number,
        state=case.state,
        admin_division=case.admin_division,
        revision=case.revision,
        violation_code=case.violation_code,
        violation_name=item.name if item else case.violation_code,
        opened_at=case.opened_at,
        exhibits=[_exhibit(exhibit) for exhibit in dossier.exhibits],
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
                hearing_until=notice.hearing_until,
            )
            for notice in case.notices
        ],
        defences=[
            DefenceView(
                number=stated.number,
                submitted_at=stated.submitted_at,
                final=stated.final,
                answered=stated.answered,
                files=[file.number for file in case.files if file.statement == stated.number],
            )
            for stated in case.defences
        ],
        files=[file_view(file) for file in case.files],
        defence_reviewed_by=case.defence_reviewed_by,
        decision=DecisionView(
            document_id=decision.document_id,
            outcome=decision.outcome,
            proposal=_proposal(decision.proposal) if decision.proposal else None,
            decided_at=decision.decided_at,
            decided_by=decision.decided_by,
            surcharge_stated=decision.surcharge_stated,
        )
        if decision
        else None,
        service_ordered=case.service_ordered,
        services_in_doubt=[doubt.document_id for doubt in case.doubts],
        served_at=case.served_at,
        payment=PaymentView(
            reference=payment.reference,
            fine_fen=payment.fine_fen,
            due_on=payment.due_on,
            surcharge_law=APL_72.cite if decision and decision.surcharge_stated else None,
            paid_at=covered_at(case),
            paid_fen=payment.paid_fen,
            has_receipt=payment.has_receipt,
            parts=[
                PaidView.model_validate(asdict(part) | {"is_in_dispute": part.is_in_dispute})
                for part in payment.parts
            ],
        )
        if payment
        else None,
        refunds=[_refund(refund) for refund in case.refunds],
        reliefs=[ReliefView.model_validate(asdict(relief)) for relief in case.reliefs],
        suspensions=[SuspensionView.model_validate(asdict(rest)) for rest in case.suspensions],
        execution=ExecutionView.model_validate(asdict(case.execution)) if case.execution else None,
        correction=CorrectionView.model_validate(asdict(case.correction)) if case.correction else None,
        first_offence=_first_offence(case),
        education=EducationView.model_validate(asdict(case.education)) if case.education else None,
        non_filing=NonFilingView.model_validate(asdict(case.non_filing)) if case.non_filing else None,
        correction_orders=[_correction_order(order) for order in case.correction_orders],
        remedies=[remedy_view(case, remedy) for remedy in case.remedies],
        remedy_options=options_of(case, dossier.deadlines),
        round=case.round,
        hearing=hearing_view(case, inside=inside),
        legal_review=legal_review_view(case) if inside else None,
        discussion=discussion_view(case) if inside else None,
        recusals=recusal_views(case),
        law=_law(case.weighings[-1]) if case.weighings else None,
        amendments=[_amendment(each) for each in case.amendments],
        invalidations=[_invalidation(case, each) for each in case.invalidations],
        publications=[
            PublicationView.model_validate(
                asdict(each) | {"due_on": publication_due(case) if each is current(case) else each.due_on}
            )
            for each in case.publications
        ],
        act=ActView.model_validate(asdict(case.act)),
        deadlines=[DeadlineView.model_validate(asdict(deadline)) for deadline in dossier.deadlines],
    )


def _correction_order(order: CorrectionOrder) -> CorrectionOrderView:
    shown = {name: value for name, value in asdict(order).items() if name in CorrectionOrderView.model_fields}
    return CorrectionOrderView.model_validate(shown)


def _law(weighed: Weighed) -> WeighedLawView:
    sides = {
        name: plain(side)
        for name, side in (("of_the_act", weighed.of_the_act), ("of_today", weighed.of_today))
    }
    return WeighedLawView.model_validate(
        {"acted_on": weighed.acted_on, "weighed_on": weighed.weighed_on, "law": weighed.law} | sides
    )


def _first_offence(case: Case) -> FirstOffenceView | None:
    found = case.first_offence
    if found is None:
        return None
    is_open = is_choice_open(case)
    return FirstOffenceView(
        checked_at=found.checked_at,
        lookback_from=found.lookback_from,
        hits=found.hits,
        silent_agencies=found.silent,
        harm=found.harm,
        is_first=found.is_first,
        choice_open=is_open,
        choices=list(Choice) if is_open else [],
        choice=found.choice,
    )


def _refund(refund: Refund) -> RefundView:
    shown = {name: getattr(refund, name) for name in RefundView.model_fields if name != "law"}
    return RefundView(**shown, law=GROUND[refund.cause].cite)


def summary_view(line: CaseLine) -> CaseSummary:
    return CaseSummary.model_validate(asdict(line))


def standing_view(line: CaseLine, captures: list[EvidenceId]) -> StandingView:
    return StandingView(
        case_id=line.id,
        agency_id=line.agency_id,
        number=line.number,
        state=line.state,
        is_open=line.closed_at is None,
        closed_at=line.closed_at,
        evidence_ids=captures,
    )


def document_view(document: Document) -> DocumentView:
    shown = {name: value for name, value in asdict(document).items() if name in DocumentView.model_fields}
    return DocumentView(**shown, is_sealed=document.is_sealed, href=f"/v1/documents/{document.id}")


def _exhibit(exhibit: ExhibitLine) -> ExhibitView:
    return ExhibitView(
        evidence_id=exhibit.evidence_id,
        device_id=exhibit.device_id,
        device_code=exhibit.device_code,
        place=exhibit.place,
        plate=masked_plate(exhibit.plate),
        captured_at=exhibit.captured_at,
        backed_up=exhibit.backed_up,
        measurement=MeasurementView.model_validate(plain(exhibit.measurement))
        if exhibit.measurement
        else None,
    )


def _party(known: KnownParty) -> PartyView:
    party, texts = known.party, known.texts
    name = texts.name if texts else None
    return PartyView(
        party_id=party.id,
        kind=party.kind,
        age_group=party.age_group,
        name=masked_name(name) if name and party.kind is PartyKind.PERSON else name,
        phone=masked_phone(texts.phone) if texts else None,
        email=masked_email(texts.email) if texts else None,
    )


def _proposal(proposal: Proposal, tier: str | None = None) -> ProposalView:
    return ProposalView(
        violations=list(proposal.violations), kind=proposal.kind, fine_fen=proposal.fine_fen, tier=tier
    )


def document_for_service(dossier: Dossier, document: Document, office: Office) -> DocumentForServiceView:
    """What the return of service names: in full, because it says who was served."""
    texts = dossier.party.texts if dossier.party else None
    return DocumentForServiceView(
        document_id=document.id,
        case_id=document.case_id,
        case_number=dossier.case.number,
        number=document.number,
        agency_name=office.agency_name,
        agency_address=office.address,
        agency_phone=office.phone,
        party_name=texts.name if texts else None,
    )


def _invalidation(case: Case, task: Invalidation) -> InvalidationView:
    open_ways = list(ways(case)) if task.is_open else []
    return InvalidationView.model_validate(asdict(task) | {"ways": open_ways})


def _amendment(amendment: Amendment) -> AmendmentView:
    proposal = amendment.proposal
    shown = {name: getattr(amendment, name, None) for name in AmendmentView.model_fields}
    return AmendmentView.model_validate(
        shown
        | {
            "penalty_kind": proposal.kind if proposal else None,
            "penalty_fen": proposal.fine_fen if proposal else None,
        }
    )
