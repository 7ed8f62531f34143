"""The catalogue of legal sources: anybody reads what is published, one officer proposes, another one approves."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from case.api.catalogue_views import source_view, statute_of
from case.contract.catalogue import (
    LegalSourceDecisionOrder,
    LegalSourceHistory,
    LegalSourceOrder,
    LegalSourcePage,
    LegalSourceView,
)
from case.domain.legalsources import LegalSource, approve, give_back, propose, require_version
from case.store import legalsources
from common.door.uow import change, view
from common.policy import Action, Mandate, Resource, as_anybody
from common.values.errors import Kind, Refusal
from common.values.ids import AgencyId, LegalSourceId
from common.web.auth import Allow, Db
from common.web.pages import Cursor, Limit, after, next_cursor

router = APIRouter()

Proposing = Annotated[Mandate, Depends(Allow(Action.LEGAL_SOURCE_PROPOSE))]
Approving = Annotated[Mandate, Depends(Allow(Action.LEGAL_SOURCE_APPROVE))]
Reading = Annotated[Mandate, Depends(Allow(Action.LEGAL_SOURCE_READ))]
Anybody = Annotated[Mandate, Depends(Allow(Action.LEGAL_SOURCE_LIST))]
PartOfTitle = Annotated[
    str | None, Query(max_length=100, description="法规名称的一部分 · A part of the title")
]


@router.get("/v1/catalogue/legal-sources", summary="法律依据目录 · List the legal sources")
async def list_sources(
    db: Db, mandate: Anybody, title: PartOfTitle = None, limit: Limit = 50, cursor: Cursor = ""
) -> LegalSourcePage:
    """The published sources with their level and articles, without login."""
    place = after(cursor, LegalSourceId) or ""
    async with view(db, as_anybody(mandate)) as v:
        listed = await legalsources.list_published(v, after_id=place, title=title, limit=limit + 1)
    return _page(listed, limit)


@router.get("/v1/catalogue/legal-source-proposals", summary="待批法律依据 · List the proposed legal sources")
async def list_proposals(db: Db, mandate: Reading, limit: Limit = 50, cursor: Cursor = "") -> LegalSourcePage:
    """The versions that nobody decided on yet, of the agencies that the caller sees."""
    place = after(cursor, LegalSourceId) or ""
    async with view(db, mandate) as v:
        listed = await legalsources.list_waiting(v, after_id=place, limit=limit + 1)
    return _page(listed, limit)


@router.get("/v1/catalogue/legal-sources/{source_id}", summary="法律依据沿革 · Read the versions of a source")
async def get_source(source_id: LegalSourceId, db: Db, mandate: Reading) -> LegalSourceHistory:
    """Every version of a source, proposed and returned ones included."""
    async with view(db, mandate) as v:
        versions = await legalsources.list_versions(v, source_id)
        v.permit(legalsources.resource(versions[0]))
    return LegalSourceHistory(
        agency_id=versions[0].agency_id, items=[source_view(version) for version in versions]
    )


@router.post("/v1/catalogue/legal-sources", summary="提出法律依据 · Propose a legal source", status_code=201)
async def propose_source(order: LegalSourceOrder, db: Db, mandate: Proposing) -> LegalSourceView:
    """A statute that the catalogue does not have yet."""
    agency_id = agency_of(mandate)
    statute = statute_of(order)
    async with change(db, mandate) as tx:
        source_id = LegalSourceId.new(tx.now)
        permit = tx.permit(Resource(source_id, agency_id))
        fact = propose(source_id, agency_id=agency_id, latest=None, by=mandate.actor.id)
        return tx.answer(source_view(await legalsources.add(tx, permit, fact, texts=statute)))


@router.post(
    "/v1/catalogue/legal-sources/{source_id}/versions",
    summary="修订法律依据 · Propose the next version of a source",
    status_code=201,
)
async def revise_source(
    source_id: LegalSourceId, order: LegalSourceOrder, db: Db, mandate: Proposing
) -> LegalSourceView:
    """The whole source as it shall read; the published version stays until this one is approved."""
    statute = statute_of(order)
    async with change(db, mandate) as tx:
        latest = await legalsources.lock(tx, source_id)
        permit = tx.permit(legalsources.resource(latest))
        fact = propose(source_id, agency_id=latest.agency_id, latest=latest, by=mandate.actor.id)
        return tx.answer(source_view(await legalsources.add(tx, permit, fact, texts=statute)))


@router.post(
    "/v1/catalogue/legal-sources/{source_id}/approval",
    summary="批准并公布法律依据 · Approve and publish a source",
    status_code=201,
)
async def approve_source(
    source_id: LegalSourceId, order: LegalSourceDecisionOrder, db: Db, mandate: Approving
) -> LegalSourceView:
    """Another person than the author publishes the version. Every device that cites its articles follows."""
    async with change(db, mandate) as tx:
        await legalsources.hold(tx)
        source = await legalsources.lock(tx, source_id)
        permit = tx.permit(legalsources.resource(source))
        require_version(source, order.version)
        others = await legalsources.list_articles(tx, source.statute.cited_as, but=source_id)
        fact = approve(source, others, by=mandate.actor.id)
        return tx.answer(source_view(await legalsources.save(tx, permit, source, fact)))


@router.post(
    "/v1/catalogue/legal-sources/{source_id}/return",
    summary="退回法律依据 · Return a proposed source",
    status_code=201,
)
async def return_source(
    source_id: LegalSourceId, order: LegalSourceDecisionOrder, db: Db, mandate: Approving
) -> LegalSourceView:
    """The version is not approved; its author may propose another one."""
    async with change(db, mandate) as tx:
        source = await legalsources.lock(tx, source_id)
        permit = tx.permit(legalsources.resource(source))
        require_version(source, order.version)
        fact = give_back(source, by=mandate.actor.id)
        return tx.answer(source_view(await legalsources.save(tx, permit, source, fact)))


def agency_of(mandate: Mandate) -> AgencyId:
    """The agency for which the caller proposes. Refusal FORBIDDEN for a caller without one."""
    if mandate.actor.agency_id is None:
        raise Refusal(Kind.FORBIDDEN, "FORBIDDEN", wording="no_agency")
    return mandate.actor.agency_id


def _page(listed: list[LegalSource], limit: int) -> LegalSourcePage:
    return LegalSourcePage(
        items=[source_view(source) for source in listed[:limit]],
        next_cursor=next_cursor(listed, limit, lambda source: source.id),
    )
