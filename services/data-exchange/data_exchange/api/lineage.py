"""Which uses were made of one register or one item of the catalogue, and by whom (GDS 25, 29)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from common.door.uow import view
from common.policy import Action, Mandate, Resource, authorize, service_actor
from common.values.ids import AgencyId
from common.web.auth import Allow
from common.web.pages import Cursor, Limit, after, next_cursor
from common.web.wire import Page
from data_exchange.api.usageviews import receiver_view
from data_exchange.api.views import agency_of
from data_exchange.contract.usages import LineageView
from data_exchange.documents.addresses import Addresses, addresses_of
from data_exchange.runtime import DataExchangeRuntime, Run
from data_exchange.store import lineage
from data_exchange.store.lineage import DataSetUse

router = APIRouter()

Reading = Annotated[Mandate, Depends(Allow(Action.LINEAGE_READ))]
DataSet = Annotated[
    str,
    Query(
        min_length=1,
        max_length=100,
        description="登记库名称或目录条目编号 · The name of a register, or the id of an item of the catalogue.",
    ),
]


@router.get("/v1/data-lineage", summary="数据去向 · List the uses of a data set")
async def list_lineage(
    dataset: DataSet, runtime: Run, mandate: Reading, limit: Limit = 50, cursor: Cursor = ""
) -> Page[LineageView]:
    """The comparisons with a register and the uses of received data, in the order in which they were made.

    The agency that keeps the data sees every use of it, any other agency its own. Nobody's data is in the list.
    """
    own = agency_of(mandate)
    async with view(runtime.db, mandate) as v:
        v.permit(Resource(own, own, level=3))
    addresses = await addresses_of(runtime)
    work = authorize(service_actor("data-exchange"), Action.LINEAGE_LIST)
    async with view(runtime.db, work) as v:
        listed = await lineage.list_page(
            v,
            dataset,
            reader=own,
            sees_all=_keeps(runtime, addresses, own, dataset),
            after_id=after(cursor, str) or "",
            limit=limit + 1,
        )
    return Page(
        items=[_view(addresses, use) for use in listed[:limit]],
        next_cursor=next_cursor(listed, limit, lambda use: use.place),
    )


def _keeps(runtime: DataExchangeRuntime, addresses: Addresses, agency_id: AgencyId, dataset: str) -> bool:
    """Whether the agency keeps the register of this name. Of an item, each use names its provider itself."""
    register = runtime.registers.get(dataset)
    return register is not None and addresses.find(register.provider) == agency_id


def _view(addresses: Addresses, use: DataSetUse) -> LineageView:
    return LineageView(
        id=use.id,
        what=use.what,
        at=use.at,
        agency=receiver_view(addresses, use.agency_id),
        purpose=use.purpose,
        case_id=use.case_id,
        state=use.state,
        rows=use.rows,
    )
