"""The receiver's acts on data that it received: logged and disposed of; and what everybody concerned reads."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from common.door.uow import Tx, View, change, view
from common.policy import Action, Mandate
from common.values.ids import CaseId, DataUseId
from common.web.auth import Allow, Db
from common.web.pages import Cursor, Limit, after, next_cursor
from common.web.wire import Page
from data_exchange.api.views import clock_view
from data_exchange.contract.uses import (
    DataUseSummary,
    DataUseView,
    DisposalOrder,
    RectificationOrder,
    UseConsentOrder,
    UseEntryOrder,
    UseEntryView,
)
from data_exchange.domain import usefacts as rules
from data_exchange.domain.exchange import Purpose
from data_exchange.domain.retention import kept_until
from data_exchange.domain.uses import Application, DataUse, Disposal, EntryKind, UseState
from data_exchange.runtime import DataExchangeRuntime, Run
from data_exchange.store import uses
from data_exchange.store.uses import Entry, UseTexts
from ledger.canonical import canonical

router = APIRouter()

Logging = Annotated[Mandate, Depends(Allow(Action.USE_LOG))]
Rectifying = Annotated[Mandate, Depends(Allow(Action.USE_RECTIFY))]
Reading = Annotated[Mandate, Depends(Allow(Action.USE_READ))]


@router.get("/v1/data-uses", summary="数据使用列表 · List the use of received data")
async def list_uses(
    db: Db,
    mandate: Reading,
    case_id: CaseId | None = None,
    state: UseState | None = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Page[DataUseSummary]:
    """What the caller's agency received, and what it gave. DUE are the disposal tasks."""
    async with view(db, mandate) as v:
        place = after(cursor, DataUseId) or ""
        listed = await uses.list_page(v, after_id=place, case_id=case_id, state=state, limit=limit + 1)
    return Page(
        items=[DataUseSummary(**_head(use)) for use in listed[:limit]],
        next_cursor=next_cursor(listed, limit, lambda use: use.id),
    )


@router.get("/v1/data-uses/{use_id}", summary="数据使用记录 · Read the log of a use")
async def get_use(use_id: DataUseId, db: Db, runtime: Run, mandate: Reading) -> DataUseView:
    """One use with its log, for the receiver, the provider and the data authority (GDS 29(2))."""
    async with view(db, mandate) as v:
        use = await uses.get(v, use_id)
        v.permit(uses.resource(use, mandate.actor))
        return await use_view(v, use, runtime)


@router.post("/v1/data-uses/{use_id}/entries", summary="记录数据使用 · Log a use", status_code=201)
async def write_log(
    use_id: DataUseId, order: UseEntryOrder, db: Db, runtime: Run, mandate: Logging
) -> DataUseView:
    """Log scenario, process, effect or storage. Another purpose needs the provider's consent first (GDS 25(1))."""
    async with change(db, mandate) as tx:
        use = await uses.lock(tx, use_id)
        permit = tx.permit(uses.resource(use, mandate.actor))
        wanted = application_of(use, order)
        fact = rules.write_log(
            use,
            EntryKind(order.kind),
            agency_id=mandate.actor.agency_id,
            wanted=wanted,
            consents=await uses.list_consents(tx, use_id),
            text=await tx.commit_to(use_id, "entry", order.text),
        )
        texts = UseTexts(order.kind, order.text, application=wanted)
        use = await uses.save(tx, permit, use, fact, texts=texts)
        return tx.answer(await use_view(tx, use, runtime))


@router.post(
    "/v1/data-uses/{use_id}/disposal", summary="处置数据 · Dispose of received data", status_code=201
)
async def dispose(
    use_id: DataUseId, order: DisposalOrder, db: Db, runtime: Run, mandate: Logging
) -> DataUseView:
    """Say that the data was destroyed, returned, or is kept by a law. The record's receipt shows it to the provider."""
    async with change(db, mandate) as tx:
        use = await uses.lock(tx, use_id)
        permit = tx.permit(uses.resource(use, mandate.actor))
        words = canonical([order.text, order.citation]).decode()
        fact = rules.dispose(
            use,
            Disposal(order.disposal),
            agency_id=mandate.actor.agency_id,
            statement=await tx.commit_to(use_id, "disposal", words),
            has_citation=order.citation is not None,
        )
        texts = UseTexts("DESTRUCTION", order.text, order.citation)
        use = await uses.save(tx, permit, use, fact, texts=texts)
        return tx.answer(await use_view(tx, use, runtime))


@router.post("/v1/data-uses/{use_id}/rectification", summary="整改 · End a misuse", status_code=201)
async def rectify(
    use_id: DataUseId, order: RectificationOrder, db: Db, runtime: Run, mandate: Rectifying
) -> DataUseView:
    """Say how the misuse was ended. The access stays paused until the other side resumes it (GDS 27(2))."""
    async with change(db, mandate) as tx:
        use = await uses.lock(tx, use_id)
        permit = tx.permit(uses.resource(use, mandate.actor))
        text = await tx.commit_to(use_id, "rectification", order.text)
        fact = rules.rectify(use, agency_id=mandate.actor.agency_id, text=text)
        use = await uses.save(tx, permit, use, fact, texts=UseTexts("RECTIFICATION", order.text))
        return tx.answer(await use_view(tx, use, runtime))


def application_of(use: DataUse, order: UseEntryOrder | UseConsentOrder) -> Application:
    """To what the order puts the data; what it leaves out is as agreed."""
    purpose = Purpose(order.purpose) if order.purpose else use.purpose
    return Application(purpose, order.case_id or use.case_id, order.recipient_agency_id)


async def use_view(v: View | Tx, use: DataUse, runtime: DataExchangeRuntime) -> DataUseView:
    """The use with its log. Its years are counted from the last entry."""
    entries = await uses.list_entries(v, use.id)
    last = max((entry.made_at for entry in entries), default=use.opened_at)
    return DataUseView(
        **_head(use),
        kept_until_on=kept_until(last, runtime.profile.exchange.log_years),
        clocks=[clock_view(clock) for clock in use.clocks],
        entries=[_entry(entry) for entry in entries],
    )


def _entry(entry: Entry) -> UseEntryView:
    about = entry.application
    return UseEntryView(
        n=entry.n,
        kind=entry.kind,
        agency_id=entry.agency_id,
        made_at=entry.made_at,
        purpose=about.purpose if about else None,
        case_id=about.case_id if about else None,
        recipient_agency_id=about.recipient_id if about else None,
        text=entry.text,
        citation=entry.citation,
    )


def _head(use: DataUse) -> dict[str, Any]:
    return {
        "use_id": use.id,
        "agency_id": use.agency_id,
        "provider_id": use.provider_id,
        "source": use.source,
        "what": use.what,
        "purpose": use.purpose,
        "case_id": use.case_id,
        "opened_at": use.opened_at,
        "state": use.state,
        "access": use.access,
        "disposal": use.disposal,
        "disposed_at": use.disposed_at,
        "missed": use.missed,
    }
