"""Requests to correct data that was received: asked and read. Answering them is the same as for every request."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import Tx, View, change, view
from common.policy import Action, Actor, Mandate, Resource
from common.values.calendar import legal_day
from common.values.ids import ExchangeId
from common.web.auth import Allow, Db
from data_exchange.api.views import agency_of, exchange_view, terms_of
from data_exchange.contract.corrections import CorrectionOrder, CorrectionView
from data_exchange.domain import requesting
from data_exchange.domain.correcting import ask_correction
from data_exchange.domain.exchange import Exchange, Kind
from data_exchange.domain.numbers import exchange_number
from data_exchange.runtime import Run
from data_exchange.store import corrections, exchanges
from data_exchange.store.papers import BasisTexts, RequestTexts, list_papers
from ledger.canonical import canonical

router = APIRouter()

Sending = Annotated[Mandate, Depends(Allow(Action.EXCHANGE_SEND))]
Reading = Annotated[Mandate, Depends(Allow(Action.EXCHANGE_READ))]


@router.post("/v1/corrections", summary="提出校核申请 · Ask for a correction of data", status_code=201)
async def ask(order: CorrectionOrder, db: Db, runtime: Run, mandate: Sending) -> CorrectionView:
    """Say what is wrong in data that was received. Its provider gives the result in 10 working days (GDS 26)."""
    agency_id = agency_of(mandate)
    async with change(db, mandate) as tx:
        received = await exchanges.lock(tx, order.received_in)
        exchange_id, year = ExchangeId.new(tx.now), legal_day(tx.now).year
        permit = tx.permit(Resource(exchange_id, agency_id, level=3))
        asked = ask_correction(exchange_id, received, agency_id=agency_id)
        serial = await exchanges.next_serial(tx, agency_id, year)
        content = canonical([order.subject, order.reason, order.items]).decode()
        fact = requesting.request(
            exchange_id,
            Kind.CORRECTION,
            agency_id=agency_id,
            to_agency_id=received.to_agency_id,
            number=exchange_number(agency_id, year=year, serial=serial),
            purpose=received.purpose,
            case_id=received.case_id,
            case=None,
            content=await tx.commit_to(exchange_id, "request", content),
            items=len(order.items),
            is_expert_opinion=False,
            terms=terms_of(runtime),
            at=tx.now,
        )
        basis = tuple(BasisTexts(basis.name, basis.article) for basis in order.basis)
        texts = RequestTexts(
            year, serial, order.subject, order.reason, basis, tuple(order.items), order.contact
        )
        exchange = await exchanges.add(tx, permit, fact, texts=texts)
        received_in = await corrections.add(tx, permit, asked)
        return tx.answer(await _view(tx, exchange, received_in, mandate.actor))


@router.get("/v1/corrections/{exchange_id}", summary="校核申请详情 · Read a request for correction")
async def get_correction(exchange_id: ExchangeId, db: Db, mandate: Reading) -> CorrectionView:
    """One request for correction, with the exchange that brought the data."""
    async with view(db, mandate) as v:
        exchange = await exchanges.get(v, exchange_id)
        v.permit(exchanges.resource(exchange, mandate.actor))
        received_in = await corrections.get(v, exchange_id)
        return await _view(v, exchange, received_in, mandate.actor)


async def _view(v: View | Tx, exchange: Exchange, received_in: ExchangeId, actor: Actor) -> CorrectionView:
    shown = exchange_view(exchange, await list_papers(v, exchange.id), actor)
    return CorrectionView(**dict(shown), received_in=received_in)
