"""Receipts of what was done and left undone, and the dossier of a whole exchange."""

from __future__ import annotations

import asyncio
import base64
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Response

from common.door.uow import Tx, View, change, view
from common.policy import Action, Mandate, not_found
from common.values.ids import DataUseId, ExchangeId
from common.web.auth import Allow, Db
from common.web.openapi import sends
from data_exchange.contract.receipts import (
    ExchangeReceiptView,
    ReceiptAcknowledgementOrder,
    ReceiptAcknowledgementView,
)
from data_exchange.documents.dossier import TAR, assemble, files_of
from data_exchange.documents.receipts import JWT, TEXT, Receipt, as_jws, receipt_of
from data_exchange.domain.disclosing import What, disclose
from data_exchange.domain.receipts import Written, acknowledge_receipt, meaning_of
from data_exchange.runtime import Run
from data_exchange.store import exchanges, receipts
from data_exchange.store.letters import list_letters
from data_exchange.store.receipts import Acknowledgement
from evidence.contract import Evidence
from ledger.canonical import parse_instant
from ledger.entry import body_of

router = APIRouter()

Reading = Annotated[Mandate, Depends(Allow(Action.EXCHANGE_READ))]
Acknowledging = Annotated[Mandate, Depends(Allow(Action.RECEIPT_ACKNOWLEDGE))]


@router.get(
    "/v1/receipts/{record_id}",
    summary="回执 · Read the receipt of a record",
    response_model=ExchangeReceiptView,
    responses=sends(TEXT, JWT),
)
async def read_receipt(
    record_id: UUID, runtime: Run, mandate: Reading, accept: Annotated[str, Header()] = "application/json"
) -> ExchangeReceiptView | Response:
    """The record of an act, a refusal or a silence, with the proof that the ledger holds it.

    `Accept: text/plain` gives the proof as c2sp.org/tlog-proof, `Accept: application/receipt+jwt` a JWS.
    """
    async with view(runtime.db, mandate) as v:
        record = await _readable(v, record_id)
        acknowledged = await receipts.list_acknowledgements(v, record_id)
    receipt = await receipt_of(record, Evidence(runtime.peers))
    if JWT in accept:
        return Response(as_jws(receipt, runtime.answer_key), media_type=JWT)
    if TEXT in accept:
        return Response(receipt.text, media_type=TEXT)
    return _view(receipt, acknowledged)


@router.post(
    "/v1/receipts/{record_id}/acknowledgements",
    summary="确认收到回执 · Acknowledge a receipt",
    status_code=201,
)
async def acknowledge(
    record_id: UUID, order: ReceiptAcknowledgementOrder, db: Db, mandate: Acknowledging
) -> ReceiptAcknowledgementView:
    """Put on record that the caller's agency has the receipt of what the other side did, or of a silence."""
    async with change(db, mandate) as tx:
        record, exchange_id = await _of_exchange(tx, record_id)
        exchange = await exchanges.lock(tx, exchange_id)
        permit = tx.permit(exchanges.resource(exchange, mandate.actor))
        fact = acknowledge_receipt(
            exchange,
            record,
            agency_id=mandate.actor.agency_id,
            leaf_hash=order.leaf_hash,
            by=frozenset(one.agency_id for one in await receipts.list_acknowledgements(tx, record_id)),
        )
        made = await receipts.add(tx, permit, fact)
        return tx.answer(_acknowledgement(made))


@router.get(
    "/v1/exchanges/{exchange_id}/dossier",
    summary="往来卷宗 · Fetch the dossier of a request",
    response_class=Response,
    responses=sends(TAR),
)
async def fetch_dossier(exchange_id: ExchangeId, runtime: Run, mandate: Reading) -> Response:
    """Every record of the request with its proof, and the texts behind them, as a tar of one folder.

    Each fetching is on record (NJ 17), in the next dossier.

    `python3 -I verify.py --exchange FOLDER --key VKEY` reads the folder, without us and without a network.
    """
    async with view(runtime.db, mandate) as v:
        exchange = await exchanges.get(v, exchange_id)
        v.permit(exchanges.resource(exchange, mandate.actor))
        openings = await receipts.list_openings(v, exchange_id)
        letters = await list_letters(v, exchange_id)
    extract = await Evidence(runtime.peers).extract(exchange_id.stream)
    signer = runtime.db.signer
    files = await files_of(runtime.sealed, exchange_id, [stored.letter.sha256 for stored in letters])
    tar = await asyncio.to_thread(assemble, exchange_id, extract, openings, files, key=signer)
    async with change(runtime.db, mandate) as tx:
        permit = tx.permit(exchanges.resource(exchange, mandate.actor))
        fact = disclose(exchange, What.DOSSIER, agency_id=mandate.actor.agency_id)
        exchanges.record_reading(tx, permit, fact)
    headers = {"content-disposition": f'attachment; filename="exchange-{exchange_id}.tar"'}
    return Response(tar, media_type=TAR, headers=headers)


async def _readable(v: View, record_id: UUID) -> Written:
    """The record. Of another agency's object nothing exists, not even the record's id."""
    record = await receipts.get(v, record_id)
    resource = await receipts.find_resource(v, record)
    if resource is None:
        raise not_found(str(record_id))
    v.permit(resource)
    return record


async def _of_exchange(tx: Tx, record_id: UUID) -> tuple[Written, ExchangeId]:
    """As `_readable`, and the exchange: nobody acknowledges the receipt of another object."""
    record = await receipts.get(tx, record_id)
    noun, _, name = record.stream.partition("/")
    exchange = await exchanges.find(tx, ExchangeId(name)) if noun == ExchangeId.noun else None
    if exchange is None:
        raise not_found(str(record_id))
    return record, exchange.id


def _view(receipt: Receipt, acknowledged: list[Acknowledgement]) -> ExchangeReceiptView:
    record = receipt.record
    noun, _, name = record.stream.partition("/")
    return ExchangeReceiptView(
        record_id=record.record_id,
        object=record.stream,
        exchange_id=ExchangeId(name) if noun == ExchangeId.noun else None,
        use_id=DataUseId(name) if noun == DataUseId.noun else None,
        receipt=meaning_of(record.type).receipt,
        record_type=record.type,
        recorded_at=parse_instant(body_of(record.note)["at"]),
        index=receipt.proof.index,
        leaf_hash=(record.leaf_hash or b"").hex(),
        entry=base64.b64encode(receipt.entry).decode(),
        proof=receipt.text.decode(),
        checkpoint=receipt.checkpoint.decode(),
        acknowledgements=[_acknowledgement(one) for one in acknowledged],
    )


def _acknowledgement(made: Acknowledgement) -> ReceiptAcknowledgementView:
    return ReceiptAcknowledgementView(agency_id=made.agency_id, acknowledged_at=made.acknowledged_at)
