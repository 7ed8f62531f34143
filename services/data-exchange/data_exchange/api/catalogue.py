"""An agency describes its data for the catalogue: drafts, assesses, signs off, submits."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import Tx, change
from common.policy import Action, Mandate, Resource
from common.values.ids import AgencyId, CatalogueItemId
from common.web.auth import Allow, Db
from data_exchange.api.itemviews import content_of, item_view, texts_of
from data_exchange.api.views import agency_of, terms_of
from data_exchange.contract.catalogue import (
    AssessmentOrder,
    CatalogueItemView,
    SignOffOrder,
    SubmissionOrder,
    VersionOrder,
)
from data_exchange.documents.addresses import addresses_of
from data_exchange.domain import listing
from data_exchange.domain.catalogue import Assessment, CatalogueItem, Outcome
from data_exchange.runtime import Run
from data_exchange.store import catalogue
from data_exchange.store.itemtexts import NoteTexts, list_notes
from ledger.canonical import canonical

router = APIRouter()

Drafting = Annotated[Mandate, Depends(Allow(Action.CATALOGUE_DRAFT))]
Signing = Annotated[Mandate, Depends(Allow(Action.CATALOGUE_SIGN))]


@router.post("/v1/catalog/items", summary="编制目录 · Draft a catalogue item", status_code=201)
async def draft_item(order: VersionOrder, db: Db, mandate: Drafting) -> CatalogueItemView:
    """Describe data of one's own agency. Nobody else sees it before it is submitted (GDS 13)."""
    agency_id: AgencyId = agency_of(mandate)
    async with change(db, mandate) as tx:
        item_id = CatalogueItemId.new(tx.now)
        permit = tx.permit(Resource(item_id, agency_id))
        fact = listing.draft(
            item_id,
            content_of(order),
            agency_id=agency_id,
            text=await tx.commit_to(item_id, "version", words_of(order)),
            citation=order.citation.level if order.citation and order.reason else None,
            has_conditions=order.conditions is not None,
        )
        item = await catalogue.add(tx, permit, fact, texts=texts_of(order))
        return tx.answer(await newest(tx, item))


@router.post(
    "/v1/catalog/items/{item_id}/versions", summary="更新目录 · Draft another version", status_code=201
)
async def redraft_item(
    item_id: CatalogueItemId, order: VersionOrder, db: Db, mandate: Drafting
) -> CatalogueItemView:
    """Describe the data anew. The listed version stays in force until the new one is listed (GDS 17)."""
    async with change(db, mandate) as tx:
        item = await catalogue.lock(tx, item_id)
        permit = tx.permit(catalogue.resource(item, mandate.actor))
        fact = listing.redraft(
            item,
            content_of(order),
            agency_id=mandate.actor.agency_id,
            text=await tx.commit_to(item_id, "version", words_of(order)),
            citation=order.citation.level if order.citation and order.reason else None,
            has_conditions=order.conditions is not None,
        )
        item = await catalogue.save(tx, permit, item, fact, texts=texts_of(order))
        return tx.answer(await newest(tx, item))


@router.post(
    "/v1/catalog/items/{item_id}/assessments",
    summary="保密与个人信息保护评估 · Record an assessment",
    status_code=201,
)
async def assess_item(
    item_id: CatalogueItemId, order: AssessmentOrder, db: Db, mandate: Drafting
) -> CatalogueItemView:
    """Put the assessment of secrecy, or of the effect on personal information, on record (GDS 13(1))."""
    async with change(db, mandate) as tx:
        item = await catalogue.lock(tx, item_id)
        permit = tx.permit(catalogue.resource(item, mandate.actor))
        fact = listing.assess(
            item,
            Assessment(order.assessment),
            Outcome(order.outcome),
            agency_id=mandate.actor.agency_id,
            text=await tx.commit_to(item_id, "assessment", order.text),
        )
        texts = NoteTexts(order.assessment, order.text)
        item = await catalogue.save(tx, permit, item, fact, texts=texts)
        return tx.answer(await newest(tx, item))


@router.post("/v1/catalog/items/{item_id}/sign-off", summary="部门负责人审核同意 · Sign off", status_code=201)
async def sign_off_item(
    item_id: CatalogueItemId, order: SignOffOrder, db: Db, mandate: Signing
) -> CatalogueItemView:
    """The head of the agency agrees to this version, after both assessments (GDS 13(1))."""
    async with change(db, mandate) as tx:
        item = await catalogue.lock(tx, item_id)
        permit = tx.permit(catalogue.resource(item, mandate.actor))
        fact = listing.sign_off(item, agency_id=mandate.actor.agency_id)
        item = await catalogue.save(tx, permit, item, fact)
        return tx.answer(await newest(tx, item))


@router.post(
    "/v1/catalog/items/{item_id}/submission", summary="报送审核 · Submit for review", status_code=201
)
async def submit_item(
    item_id: CatalogueItemId, order: SubmissionOrder, db: Db, runtime: Run, mandate: Drafting
) -> CatalogueItemView:
    """Send the version to the data authority, which lists it within two working days (GDS 16(1), 17(3))."""
    authority_id = (await addresses_of(runtime)).authority()
    async with change(db, mandate) as tx:
        item = await catalogue.lock(tx, item_id)
        permit = tx.permit(catalogue.resource(item, mandate.actor))
        fact = listing.submit(
            item,
            agency_id=mandate.actor.agency_id,
            authority_id=authority_id,
            terms=terms_of(runtime),
            at=tx.now,
        )
        item = await catalogue.save(tx, permit, item, fact)
        return tx.answer(await newest(tx, item))


async def newest(tx: Tx, item: CatalogueItem) -> CatalogueItemView:
    """The item with the words of its newest version: what its agency and the authority work on."""
    entry = await catalogue.get_entry(tx, item, version=item.version)
    return item_view(entry, await list_notes(tx, item.id))


def words_of(order: VersionOrder) -> str:
    """What a version says, as the text that its record commits to."""
    return canonical(order.model_dump(mode="json")).decode()
