"""Data that was agreed to is fetched from the data authority's platform."""

from __future__ import annotations

from fastapi import APIRouter

from common.door.uow import change, view
from common.values.ids import ExchangeId
from common.web.auth import Db
from data_exchange import inquiry
from data_exchange.api.datarequests import Sending
from data_exchange.api.systems import Granted
from data_exchange.connectors import access, authority
from data_exchange.contract.comparisons import WithheldView
from data_exchange.contract.datarequests import FetchingOrder, FetchView
from data_exchange.domain import fetching
from data_exchange.domain.uses import require_readable
from data_exchange.runtime import Run
from data_exchange.store import datarequests as store
from data_exchange.store import exchanges, subjects, uses

router = APIRouter()


@router.post(
    "/v1/data-requests/{exchange_id}/fetchings",
    summary="获取共享数据 · Fetch the data that is shared",
    status_code=201,
)
async def fetch(
    exchange_id: ExchangeId, order: FetchingOrder, db: Db, runtime: Run, mandate: Sending, grant: Granted
) -> FetchView:
    """Fetch the rows of a request that was fulfilled by interface, until the end of the stated use (GDS 22(2)).

    A partner's system gets the fields of its agreement alone, in the form that was agreed (GDS 20).
    """
    agency_id = mandate.actor.agency_id
    async with view(db, mandate) as v:
        request = await store.get(v, exchange_id)
        v.permit(store.resource(request, mandate.actor))
        exchange, at = await exchanges.get(v, exchange_id), v.now
    case = await inquiry.standing_of(runtime, request.case_id)
    fetching.require_fetchable(exchange, request, agency_id=agency_id, case=case, at=at)
    fetching.require_granted(grant, request, case=case)
    await access.require_access(db, request.agency_id, str(request.item_id))
    # The platform is asked outside the change. What it gave reaches nobody unless the change commits.
    given = fetching.require_rows(await authority.fetch_rows(runtime, request))
    agreement_id = grant.agreement.id if grant else None
    key = await subjects.hash_key(db.secrets, request.item_id, agreement_id)
    shown = fetching.filtered_for(grant, request, fetching.narrow(given, request), key=key)
    async with change(db, mandate) as tx:
        exchange = await exchanges.lock(tx, exchange_id)
        request = await store.get(tx, exchange_id)
        permit = tx.permit(store.resource(request, mandate.actor))
        fetching.require_fetchable(exchange, request, agency_id=agency_id, case=case, at=tx.now)
        use = await uses.find_of_source(tx, exchange_id)
        if use is not None:
            require_readable(use)
        tx.record(permit, fetching.fetch(request, shown, grant))
        return tx.answer(
            FetchView(
                exchange_id=exchange_id,
                item_id=request.item_id,
                rows=[dict(row) for row in shown.rows],
                withheld=[WithheldView(pointer=w.pointer, clause=w.clause) for w in shown.withheld],
            )
        )
