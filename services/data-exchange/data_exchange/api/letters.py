"""The letters of an exchange: their list and their bytes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.errors import Kind
from common.values.ids import ExchangeId
from common.web.auth import Allow, Db
from common.web.openapi import refuses, sends
from data_exchange.contract.letters import LetterList, LetterView
from data_exchange.documents.drafts import bytes_of
from data_exchange.domain.disclosing import What, disclose
from data_exchange.runtime import Run
from data_exchange.store import exchanges
from data_exchange.store.letters import StoredLetter, get_letter, list_letters

router = APIRouter()

Reading = Annotated[Mandate, Depends(Allow(Action.EXCHANGE_READ))]
LetterNumber = Annotated[
    int, Path(ge=1, le=1_000, description="函件序号 · Which letter of the exchange, from 1.")
]


@router.get("/v1/exchanges/{exchange_id}/letters", summary="往来函件列表 · List the letters of an exchange")
async def list_of_letters(exchange_id: ExchangeId, db: Db, mandate: Reading) -> LetterList:
    """The letters that both sides wrote, in the order of making."""
    async with view(db, mandate) as v:
        exchange = await exchanges.get(v, exchange_id)
        v.permit(exchanges.resource(exchange, mandate.actor))
        listed = await list_letters(v, exchange_id)
    return LetterList(items=[_view(stored) for stored in listed])


@router.get(
    "/v1/exchanges/{exchange_id}/letters/{n}",
    summary="往来函件原件 · Fetch a letter",
    response_class=Response,
    responses=sends("application/pdf", etag=True) | refuses(Kind.GONE),
)
async def read_letter(
    exchange_id: ExchangeId, n: LetterNumber, db: Db, runtime: Run, mandate: Reading
) -> Response:
    """The bytes of a letter as they were made (PDF/A-3a). Each reading is on record (NJ 17)."""
    async with view(db, mandate) as v:
        exchange = await exchanges.get(v, exchange_id)
        v.permit(exchanges.resource(exchange, mandate.actor))
        stored = await get_letter(v, exchange_id, n)
    content = await bytes_of(runtime, exchange_id, stored)
    sha256 = stored.letter.sha256
    async with change(db, mandate) as tx:
        permit = tx.permit(exchanges.resource(exchange, mandate.actor))
        fact = disclose(exchange, What.LETTER, agency_id=mandate.actor.agency_id, sha256=sha256)
        exchanges.record_reading(tx, permit, fact)
    headers = {
        "content-disposition": f'inline; filename="{exchange_id}-{n}.pdf"',
        "etag": f'"{sha256}"',
        "cache-control": "no-store",
    }
    return Response(content, media_type="application/pdf", headers=headers)


def _view(stored: StoredLetter) -> LetterView:
    letter = stored.letter
    return LetterView(
        n=stored.n,
        kind=letter.kind,
        number=letter.number,
        agency_id=stored.agency_id,
        template=letter.template,
        sha256=letter.sha256,
        made_at=letter.made_at,
        voided_at=stored.voided_at,
    )
