"""The list of off-site matters: anybody reads what is published, one officer proposes, another one approves."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from case.api.catalogue import agency_of
from case.catalogue.matters import known_of, load_published, profile_of
from case.contract.matters import (
    ListedMatterPage,
    ListedMatterView,
    MatterDecisionOrder,
    MatterHistory,
    MatterOrder,
    MatterPage,
    MatterVersionOrder,
    MatterView,
)
from case.domain.matters import (
    Matter,
    State,
    approve,
    give_back,
    listed,
    next_version,
    propose,
    require_version,
    stated,
)
from case.runtime import Run
from case.store import matters
from common.door.uow import change, view
from common.policy import Action, Mandate, Resource
from common.values.calendar import legal_day
from common.values.catalogue import CatalogueItem
from common.values.facts import plain
from common.values.ids import MatterId
from common.web.auth import Allow, Db
from common.web.pages import Cursor, Limit, after, next_cursor

router = APIRouter()

Proposing = Annotated[Mandate, Depends(Allow(Action.MATTER_PROPOSE))]
Approving = Annotated[Mandate, Depends(Allow(Action.MATTER_APPROVE))]
Reading = Annotated[Mandate, Depends(Allow(Action.MATTER_READ))]
Anybody = Annotated[Mandate, Depends(Allow(Action.MATTER_LIST))]


@router.get("/v1/catalogue/matters", summary="非现场执法事项清单 · List the off-site matters")
async def list_matters(
    runtime: Run, mandate: Anybody, limit: Limit = 50, cursor: Cursor = ""
) -> ListedMatterPage:
    """The matters with their clauses and benchmarks, in force or to come, without login (APL 34; PD 4)."""
    place = after(cursor, str) or ""
    every = listed(runtime.profile, on=legal_day(runtime.clock()))
    shown = [item for item in every if _place(item) > place][: limit + 1]
    items = [_listed(item) for item in shown[:limit]]
    return ListedMatterPage(items=items, next_cursor=next_cursor(shown, limit, _place))


@router.get("/v1/catalogue/matter-proposals", summary="待批事项 · List the proposed matters")
async def list_matter_proposals(
    db: Db, mandate: Reading, limit: Limit = 50, cursor: Cursor = ""
) -> MatterPage:
    """The versions that nobody decided on yet, of the agencies that the caller sees."""
    place = after(cursor, MatterId) or ""
    async with view(db, mandate) as v:
        waiting = await matters.list_waiting(v, after_id=place, limit=limit + 1)
    items = [_view(matter) for matter in waiting[:limit]]
    return MatterPage(items=items, next_cursor=next_cursor(waiting, limit, lambda matter: matter.id))


@router.get("/v1/catalogue/matters/{matter_id}", summary="事项沿革 · Read the versions of a matter")
async def get_matter(matter_id: MatterId, db: Db, mandate: Reading) -> MatterHistory:
    """Every version of a matter, proposed and returned ones included."""
    async with view(db, mandate) as v:
        versions = await matters.list_versions(v, matter_id)
        v.permit(matters.resource(versions[0]))
    return MatterHistory(items=[_view(matter) for matter in versions])


@router.post("/v1/catalogue/matters", summary="提出事项 · Propose a matter", status_code=201)
async def propose_matter(order: MatterOrder, db: Db, runtime: Run, mandate: Proposing) -> MatterView:
    """The next version of a violation of the profile's file, or the first of a new one."""
    agency_id, profile = agency_of(mandate), await profile_of(runtime)
    known = await known_of(runtime, order.code)
    async with change(db, mandate) as tx:
        await matters.hold(tx)
        matter_id = MatterId.new(tx.now)
        permit = tx.permit(Resource(matter_id, agency_id))
        item = _item(order, order.code, next_version(order.code, known, profile))
        fact = propose(
            matter_id, item, agency_id=agency_id, known=known, profile=profile, by=mandate.actor.id
        )
        return tx.answer(_view(await matters.add(tx, permit, fact, texts=item)))


@router.post(
    "/v1/catalogue/matters/{matter_id}/versions",
    summary="修订事项 · Propose the next version of a matter",
    status_code=201,
)
async def revise_matter(
    matter_id: MatterId, order: MatterVersionOrder, db: Db, runtime: Run, mandate: Proposing
) -> MatterView:
    """The whole matter as it shall read; the published versions stay for the acts of their days."""
    profile = await profile_of(runtime)
    async with change(db, mandate) as tx:
        await matters.hold(tx)
        latest = await matters.lock(tx, matter_id)
        permit = tx.permit(matters.resource(latest))
        code = latest.item.code
        known = await matters.list_of_code(tx, code)
        item = _item(order, code, next_version(code, known, profile))
        owner, by = latest.agency_id, mandate.actor.id
        fact = propose(matter_id, item, agency_id=owner, known=known, profile=profile, by=by)
        return tx.answer(_view(await matters.add(tx, permit, fact, texts=item)))


@router.post(
    "/v1/catalogue/matters/{matter_id}/approval",
    summary="批准并公布事项 · Approve and publish a matter",
    status_code=201,
)
async def approve_matter(
    matter_id: MatterId, order: MatterDecisionOrder, db: Db, runtime: Run, mandate: Approving
) -> MatterView:
    """Another person than the author publishes the version and its benchmark; it takes effect on a later day."""
    profile = await profile_of(runtime)
    async with change(db, mandate) as tx:
        await matters.hold(tx)
        matter = await matters.lock(tx, matter_id)
        permit = tx.permit(matters.resource(matter))
        require_version(matter, order.version)
        fact = approve(matter, profile=profile, by=mandate.actor.id, at=tx.now)
        answer = tx.answer(_view(await matters.save(tx, permit, matter, fact)))
    await load_published(runtime)
    return answer


@router.post(
    "/v1/catalogue/matters/{matter_id}/return",
    summary="退回事项 · Return a proposed matter",
    status_code=201,
)
async def return_matter(
    matter_id: MatterId, order: MatterDecisionOrder, db: Db, mandate: Approving
) -> MatterView:
    """The version is not approved; its author may propose another one."""
    async with change(db, mandate) as tx:
        matter = await matters.lock(tx, matter_id)
        permit = tx.permit(matters.resource(matter))
        require_version(matter, order.version)
        fact = give_back(matter, by=mandate.actor.id)
        return tx.answer(_view(await matters.save(tx, permit, matter, fact)))


def _item(order: MatterVersionOrder, code: str, version: int) -> CatalogueItem:
    return stated(order.model_dump(mode="json", exclude={"code"}), code=code, version=version)


def _place(item: CatalogueItem) -> str:
    return f"{item.code}@{item.version:06}"


def _listed(item: CatalogueItem) -> ListedMatterView:
    return ListedMatterView.model_validate(plain(item))


def _view(matter: Matter) -> MatterView:
    published_at = matter.decided_at if matter.state is State.PUBLISHED else None
    return MatterView(
        matter_id=matter.id,
        agency_id=matter.agency_id,
        state=matter.state.value,
        item=_listed(matter.item),
        published_at=published_at,
    )
