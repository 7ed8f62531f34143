"""What the ledger holds of several objects, proved under one checkpoint, with a monitor's word on where each ends."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from common.door.uow import view
from common.policy import Action, Mandate
from common.web.auth import Allow
from evidence.api.extracts import extract_view
from evidence.bundles.extract import extract, leads_to
from evidence.bundles.vouching import heads_of
from evidence.contract import VouchedExtractView
from evidence.ledger.log import Log
from evidence.runtime import Run

router = APIRouter()
Vouching = Annotated[Mandate, Depends(Allow(Action.LEDGER_VOUCH))]
Streams = Annotated[
    str,
    Query(
        max_length=8_000,
        pattern=r"^[a-z]+/[0-9a-z_]+(,[a-z]+/[0-9a-z_]+)*$",
        description="流的名称,逗号分隔 · The names of the streams, separated by commas.",
    ),
]


@router.get(
    "/v1/ledger-extracts", summary="多个对象的全部记录及其证明 · Prove the records of several objects"
)
async def vouch_for_streams(streams: Streams, runtime: Run, mandate: Vouching) -> VouchedExtractView:
    """Every record of these objects and every entry about keys under one checkpoint, and the monitor's statement.

    The monitor is asked first, outside any transaction, for a few seconds; without its answer the statement is null.
    """
    wanted = streams.split(",")
    async with view(runtime.db, mandate) as v:
        keys = [row.stream for row in await (await Log.within(v.conn)).about_keys()]
    heads = await heads_of(runtime, [*wanted, *keys])
    witnesses = runtime.ledger.settings.witnesses
    policy = witnesses.policy if witnesses is not None else None
    async with view(runtime.db, mandate) as v:
        log = await Log.within(v.conn)
        proved = await extract(log, wanted, policy=policy, least=heads.size if heads else 0)
        fits = heads is not None and 0 < heads.size <= proved.size
        leads = await leads_to(log, heads.size, proved) if heads is not None and fits else None
    return VouchedExtractView(
        **vars(extract_view(proved)),
        statement=heads.note.decode() if heads is not None and fits else None,
        leads=leads.decode() if leads is not None else None,
    )
