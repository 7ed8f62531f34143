"""The decision and the end of a case."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends

from case import inquiry
from case.api.views import case_view, hand_of, terms_of
from case.contract import ArchiveOrder, CaseView, ClosureOrder, ClosureProposalOrder, DecisionOrder
from case.documents import DocumentKind, drafts
from case.documents.corrections import correction_lines
from case.documents.devices import published_devices
from case.documents.filling import decision_of
from case.domain import closing
from case.domain.contents import Proposal
from case.domain.deadlines import Terms
from case.domain.decision import decide, require_decidable
from case.domain.facts import CaseFact
from case.domain.guards.question import Mitigation, Question
from case.domain.lawoftime import note_law, ruleset_of
from case.domain.ordering import order_in_decision
from case.domain.others import Reply, note_answer, require_heard
from case.runtime import Run
from case.store import cases, dossiers, incidents
from case.store.attempts import attempt
from case.store.correctiontexts import OrderedCorrection, OrderTexts
from case.store.dossiers import Dossier
from common.door.uow import Database, change, view
from common.policy import Action, Mandate
from common.values.ids import CaseId
from common.values.profile import PenaltyKind
from common.web.auth import Allow, Db

router = APIRouter()


@router.post("/v1/cases/{case_id}/decision", summary="作出处罚决定 · Decide the penalty", status_code=201)
async def decide_case(
    case_id: CaseId,
    order: DecisionOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_DECIDE))],
) -> CaseView:
    """Decide the penalty (APL 57). Refused with the list of every guard that fails, each with its article."""
    terms, hand = terms_of(runtime), hand_of(mandate)
    dossier, at = await drafts.look(db, mandate, case_id)
    case = dossier.case
    # Ask again now: a capture or device that was lawful at filing may have lost that since.
    exhibits = await inquiry.ask_again(runtime, case)
    proposal = Proposal((case.violation_code,), PenaltyKind(order.kind), order.fine_fen)
    gap = ruleset_of(case, terms).merge.max_gap
    question = Question(
        # An earlier answer of the other agencies counts no more: they are asked again.
        replace(case, others=None),
        proposal,
        exhibits,
        surcharge_stated=order.surcharge_stated,
        has_deviation_reason=order.deviation_reason is not None,
        twins=(),
        terms=terms,
        at=at,
        mitigation=Mitigation(order.mitigation) if order.mitigation else None,
        orders_correction=order.correction is not None,
    )
    require_decidable(question, hand=hand)
    # Before the question: another agency that asks about this act from here on is told of the attempt.
    async with attempt(db, case_id) as begun_at:
        reply = await inquiry.ask_other_agencies(runtime, dossier, within=gap)
        dossier = await _others_noted(
            db, mandate, dossier, reply, reason=order.silence_reason, terms=terms, at=begun_at
        )
        case = dossier.case
        require_decidable(question.now(case, twins=(), at=at), hand=hand)
        require_heard(case, at)
        await inquiry.require_vouched_ledger(runtime)
        part = order.correction
        devices = await published_devices(runtime, dossier)
        async with view(db, mandate) as v:
            covered = await dossiers.list_covered(v, case_id)
        office = runtime.profile.office(mandate.actor.agency_name)
        content = decision_of(
            dossier,
            office,
            terms,
            proposal,
            surcharge_stated=order.surcharge_stated,
            deviation_reason=order.deviation_reason,
            correction=correction_lines(dossier, ordered=(part.content, part.days) if part else None),
            devices=devices,
            covered=covered,
        )
        draft = await drafts.make(runtime, dossier, office, DocumentKind.DECISION, content, at)
        async with change(db, mandate) as tx:
            await incidents.take_turn(tx, case.agency_id, terms.profile, case.violation_code)
            dossier = await dossiers.lock(tx, case_id)
            case, made = dossier.case, draft.document
            permit = tx.permit(cases.resource(case))
            draft.require_current(case, tx.now)
            twins = await incidents.list_barring(tx, case, terms)
            reason = order.deviation_reason
            fact = decide(
                question.now(case, twins=twins, at=tx.now),
                document_id=made.id,
                sha256_hex=made.sha256,
                deviation=await tx.commit_to(case_id, "deviation", reason) if reason else None,
                hand=hand,
            )
            case = await cases.save(tx, permit, case, fact, texts=made)
            if part is not None:
                words = await tx.commit_to(case_id, "correction_order", part.content)
                ordered = order_in_decision(case, content=words, days=part.days, sha256=made.sha256)
                texts = OrderedCorrection(OrderTexts(part.content), document=None)
                case = await cases.save(tx, permit, case, ordered, texts=texts)
            return tx.answer(
                case_view(dossier.after(case, fact, made=(made,)), runtime.profile, mandate.actor)
            )


async def _others_noted(
    db: Database,
    mandate: Mandate,
    dossier: Dossier,
    reply: Reply,
    *,
    reason: str | None,
    terms: Terms,
    at: datetime,
) -> Dossier:
    """The dossier once the answer of the other agencies is a fact of the case, whatever becomes of the decision.

    A law that changed since the report is noted with it: the document is made under the law that is on record.
    """
    case_id = dossier.case.id
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = note_answer(
            case,
            reply,
            by=hand_of(mandate).officer_id,
            reason=await tx.commit_to(case_id, "silence", reason) if reason else None,
            at=at,
        )
        facts: tuple[CaseFact, ...] = (fact, *note_law(case, terms=terms, at=tx.now))
        return dossier.after(await cases.save(tx, permit, case, *facts), *facts)


@router.post(
    "/v1/cases/{case_id}/closure-proposal", summary="申请结案 · Propose to close the case", status_code=201
)
async def propose_closure(
    case_id: CaseId,
    order: ClosureProposalOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_PROPOSE_CLOSURE))],
) -> CaseView:
    """One of the two officers proposes to close the performed case."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = closing.propose_closure(case, hand=hand_of(mandate), terms=terms_of(runtime))
        case = await cases.save(tx, permit, case, fact)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post("/v1/cases/{case_id}/closure", summary="批准结案 · Approve the closure", status_code=201)
async def close(
    case_id: CaseId,
    order: ClosureOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_CLOSE))],
) -> CaseView:
    """Approve the closure (结案)."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = closing.close(case, hand=hand_of(mandate), terms=terms_of(runtime), at=tx.now)
        case = await cases.save(tx, permit, case, fact)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/archive", summary="归档 · Take the closed file into the archive", status_code=201
)
async def archive(
    case_id: CaseId,
    order: ArchiveOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_ARCHIVE))],
) -> CaseView:
    """Take the closed file into the archive (归档), complete and with its package's digest (NJ 17)."""
    async with change(db, mandate) as tx:
        dossier = await dossiers.lock(tx, case_id)
        case = dossier.case
        permit = tx.permit(cases.resource(case))
        digests = tuple(document.sha256 for document in dossier.documents)
        fact = closing.archive(case, documents=digests, hand=hand_of(mandate), at=tx.now)
        case = await cases.save(tx, permit, case, fact)
        return tx.answer(case_view(dossier.after(case, fact), runtime.profile, mandate.actor))
