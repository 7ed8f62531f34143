"""A decision with social impact is public, without login, and is withdrawn when it falls (C-23; APL 48)."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from case.api.views import case_view, hand_of, terms_of
from case.contract import CaseView
from case.contract.publications import (
    PublicationOrder,
    PublicationWithdrawalOrder,
    PublicDecisionView,
    PublishedContentView,
    SocialImpactOrder,
)
from case.documents.publicpage import page_of, published_content
from case.domain import publishing
from case.runtime import Run
from case.store import cases, dossiers, publications
from case.store.amendmenttexts import PublicWords
from case.store.publications import PublicDecision
from common.door.uow import change, view
from common.policy import Action, Mandate, as_anybody
from common.values.ids import CaseId, PublicationId
from common.web.auth import Allow, Db
from common.web.openapi import sends
from common.web.pages import Cursor, Limit, after, next_cursor
from common.web.wire import Page
from ledger.canonical import canonical

router = APIRouter()

Anybody = Annotated[Mandate, Depends(Allow(Action.DECISION_READ_PUBLIC))]
Publishing = Annotated[Mandate, Depends(Allow(Action.CASE_PUBLISH))]


@router.post(
    "/v1/cases/{case_id}/social-impact", summary="认定社会影响 · Judge the social impact", status_code=201
)
async def judge_impact(
    case_id: CaseId,
    order: SocialImpactOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_JUDGE_IMPACT))],
) -> CaseView:
    """Judge whether the penalty has social impact, by the city's criteria; then it is published in time (APL 48(1))."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = publishing.judge_impact(
            case,
            tuple(order.criteria),
            known=[each.code for each in runtime.profile.amendments.impact_criteria],
            reason=await tx.commit_to(case_id, "impact", order.reason),
            hand=hand_of(mandate),
            terms=terms_of(runtime),
            at=tx.now,
        )
        case = await cases.save(tx, permit, case, fact)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/publication", summary="公开处罚决定 · Publish the decision", status_code=201
)
async def publish_decision(
    case_id: CaseId, order: PublicationOrder, db: Db, runtime: Run, mandate: Publishing
) -> CaseView:
    """Make the decision public, masked, as the records have it (APL 48(1)). Its digest enters the ledger."""
    office = runtime.profile.office(mandate.actor.agency_name)
    async with change(db, mandate) as tx:
        dossier = await dossiers.lock(tx, case_id)
        case, hand = dossier.case, hand_of(mandate)
        permit = tx.permit(cases.resource(case))
        publishing.require_publishable(case, hand=hand)
        content = published_content(dossier, office, terms_of(runtime))
        words = canonical(content.model_dump(mode="json"))
        fact = publishing.publish(
            case,
            publication_id=PublicationId.new(tx.now),
            sha256=sha256(words).hexdigest(),
            hand=hand,
            at=tx.now,
        )
        case = await cases.save(tx, permit, case, fact, texts=PublicWords(words.decode()))
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/publication/withdrawal",
    summary="撤回公开信息 · Withdraw the publication",
    status_code=201,
)
async def withdraw_publication(
    case_id: CaseId, order: PublicationWithdrawalOrder, db: Db, runtime: Run, mandate: Publishing
) -> CaseView:
    """Withdraw the publication of a decision that fell, and tell the public why (APL 48(2))."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = publishing.withdraw(
            case,
            reason=await tx.commit_to(case_id, "withdrawal", order.reason),
            hand=hand_of(mandate),
            at=tx.now,
        )
        case = await cases.save(tx, permit, case, fact, texts=PublicWords(withdrawn_for=order.reason))
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.get("/v1/public/decisions", summary="处罚决定公开列表 · List the published decisions")
async def list_public_decisions(
    db: Db, mandate: Anybody, limit: Limit = 50, cursor: Cursor = ""
) -> Page[PublicDecisionView]:
    """Published decisions in the order of their publication, without login. One that fell has no content any more."""
    async with view(db, as_anybody(mandate)) as v:
        listed = await publications.list_public(v, after=after(cursor, PublicationId) or "", limit=limit + 1)
    return Page(
        items=[_public_view(each) for each in listed[:limit]],
        next_cursor=next_cursor(listed, limit, lambda each: each.id),
    )


@router.get("/v1/public/decisions/{publication_id}", summary="公开的处罚决定 · Read one published decision")
async def get_public_decision(publication_id: PublicationId, db: Db, mandate: Anybody) -> PublicDecisionView:
    """One published decision, without login. Refusal NOT_FOUND for one that was never published."""
    async with view(db, as_anybody(mandate)) as v:
        return _public_view(await publications.get_public(v, publication_id))


@router.get(
    "/v1/public/decisions/{publication_id}/page",
    summary="处罚决定公开页 · The page of a published decision",
    response_class=Response,
    responses=sends("text/html"),
)
async def get_public_page(publication_id: PublicationId, db: Db, mandate: Anybody) -> Response:
    """The same as a page, in Chinese first."""
    async with view(db, as_anybody(mandate)) as v:
        decision = await publications.get_public(v, publication_id)
    headers = {"cache-control": "no-store"}  # a copy would go on showing a decision that fell
    page = page_of(_public_view(decision))
    return Response(page, media_type="text/html; charset=utf-8", headers=headers)


def _public_view(decision: PublicDecision) -> PublicDecisionView:
    content = decision.content
    return PublicDecisionView(
        publication_id=decision.id,
        published_at=decision.published_at,
        sha256=decision.sha256,
        content=PublishedContentView.model_validate_json(content) if content else None,
        fallen=decision.fallen,
        withdrawn_at=decision.withdrawn_at,
        withdrawn_for=decision.withdrawn_for,
    )
