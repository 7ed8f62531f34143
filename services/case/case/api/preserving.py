"""Evidence is registered and kept where it is: proposed, approved, decided about, returned (APL 56)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from case.api.collectionviews import collection_view
from case.api.views import hand_of, terms_of
from case.contract.collecting import CollectionView
from case.contract.preserving import (
    PreservationApprovalOrder,
    PreservationHandlingOrder,
    PreservationOrder,
    PreservedReturnOrder,
)
from case.documents import DocumentKind, drafts
from case.documents.collecting import preservation_end_of, preservation_notice_of
from case.domain import preserving
from case.domain.collected import Handling
from case.runtime import Run
from case.store import cases, collecting, proofs
from case.store.collectiontexts import Handled, KeptWords
from common.door.uow import Database, change, view
from common.policy import Action, Mandate
from common.values.ids import CaseId
from common.web.auth import Allow, Db

router = APIRouter()

Collecting = Annotated[Mandate, Depends(Allow(Action.CASE_COLLECT))]
Approving = Annotated[Mandate, Depends(Allow(Action.CASE_APPROVE_PRESERVATION))]


@router.post(
    "/v1/cases/{case_id}/preservations",
    summary="申请先行登记保存证据 · Propose to keep evidence where it is",
    status_code=201,
)
async def propose(case_id: CaseId, order: PreservationOrder, db: Db, mandate: Collecting) -> CollectionView:
    """One of the two officers proposes to register evidence that may be lost, and to keep it where it is."""
    words = order.model_dump_json()
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = preserving.propose_preservation(
            case,
            items=len(order.goods),
            content=await tx.commit_to(case_id, "preservation", words),
            hand=hand_of(mandate),
            at=tx.now,
        )
        return tx.answer(collection_view(await cases.save(tx, permit, case, fact, texts=KeptWords(words))))


@router.post(
    "/v1/cases/{case_id}/preservations/{number}/approval",
    summary="批准先行登记保存 · Approve that evidence is kept",
    status_code=201,
)
async def approve(
    case_id: CaseId, number: int, order: PreservationApprovalOrder, db: Db, runtime: Run, mandate: Approving
) -> CollectionView:
    """The head approves: what becomes of the evidence is decided within seven working days (APL 56)."""
    terms, hand = terms_of(runtime), hand_of(mandate)
    dossier, at = await drafts.look(db, mandate, case_id)
    preserving.require_proposed(dossier.case, number)
    proposed = await _proposed(db, mandate, case_id, number)
    office = runtime.profile.office(mandate.actor.agency_name)
    content = preservation_notice_of(
        dossier, office, terms, proposed, number=number, approver=order.signed_as, at=at
    )
    draft = await drafts.make(runtime, dossier, office, DocumentKind.PRESERVATION, content, at)
    async with change(db, mandate) as tx:
        case, made = await cases.lock(tx, case_id), draft.document
        permit = tx.permit(cases.resource(case))
        draft.require_current(case, tx.now)
        fact = preserving.order_preservation(
            case, number, document_id=made.id, sha256=made.sha256, hand=hand, terms=terms, at=tx.now
        )
        return tx.answer(collection_view(await cases.save(tx, permit, case, fact, texts=made)))


@router.post(
    "/v1/cases/{case_id}/preservations/{number}/handling",
    summary="处理登记保存的证据 · Decide what becomes of the evidence",
    status_code=201,
)
async def handle(
    case_id: CaseId, number: int, order: PreservationHandlingOrder, db: Db, runtime: Run, mandate: Approving
) -> CollectionView:
    """The head decides within the seven working days what becomes of it; afterwards it has ended by itself."""
    terms, hand, handling = terms_of(runtime), hand_of(mandate), Handling(order.handling)
    dossier, at = await drafts.look(db, mandate, case_id)
    kept = preserving.require_running(dossier.case, number, at)
    proposed = await _proposed(db, mandate, case_id, number)
    office = runtime.profile.office(mandate.actor.agency_name)
    content = preservation_end_of(
        dossier,
        office,
        terms,
        kept,
        proposed,
        handling=handling,
        reason=order.reason,
        approver=order.signed_as,
    )
    draft = await drafts.make(runtime, dossier, office, DocumentKind.PRESERVATION_END, content, at)
    async with change(db, mandate) as tx:
        case, made = await cases.lock(tx, case_id), draft.document
        permit = tx.permit(cases.resource(case))
        draft.require_current(case, tx.now)
        fact = preserving.handle_preservation(
            case,
            number,
            handling=handling,
            reason=await tx.commit_to(case_id, "preservation_end", order.reason),
            document_id=made.id,
            sha256=made.sha256,
            hand=hand,
            at=tx.now,
        )
        texts = Handled(made, order.reason)
        return tx.answer(collection_view(await cases.save(tx, permit, case, fact, texts=texts)))


@router.post(
    "/v1/cases/{case_id}/preservations/{number}/return",
    summary="返还登记保存的物品 · Note that it went back",
    status_code=201,
)
async def note_return(
    case_id: CaseId, number: int, order: PreservedReturnOrder, db: Db, runtime: Run, mandate: Collecting
) -> CollectionView:
    """Note that what was kept went back, with the signed receipt. A case is not closed before."""
    dossier, _ = await drafts.look(db, mandate, case_id)
    await proofs.require_kept(runtime.sealed, dossier, order.proof_sha256)
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = preserving.note_returned(
            case,
            number,
            returned_at=order.returned_at,
            proof_sha256=order.proof_sha256,
            hand=hand_of(mandate),
            at=tx.now,
        )
        return tx.answer(collection_view(await cases.save(tx, permit, case, fact)))


async def _proposed(db: Database, mandate: Mandate, case_id: CaseId, number: int) -> PreservationOrder:
    async with view(db, mandate) as v:
        v.permit(cases.resource_of_line(await cases.get_line(v, case_id)))
        words = await collecting.kept_words_of(v, case_id, number)
    return PreservationOrder.model_validate_json(words.order)
