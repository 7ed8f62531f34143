"""What the ledger holds of one object, proved: for a dossier that another service hands out."""

from __future__ import annotations

import base64
from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import view
from common.policy import Action, Mandate
from common.web.auth import Allow
from evidence.bundles.dossier import policy_text
from evidence.bundles.extract import Extract, Proven, extract
from evidence.contract import ExtractView, ProvenView
from evidence.ledger.log import Log
from evidence.runtime import Run

router = APIRouter()
Reading = Annotated[Mandate, Depends(Allow(Action.LEDGER_READ))]


@router.get(
    "/v1/ledger/streams/{kind}/{name}/extract",
    summary="对象的全部记录及其证明 · Prove the records of one object",
)
async def extract_stream(kind: str, name: str, runtime: Run, mandate: Reading) -> ExtractView:
    """Every record of one object and every entry about keys, all proved under one checkpoint.

    It is the newest checkpoint that a quorum of witnesses signed and that names every record; without one, the newest.
    """
    witnesses = runtime.ledger.settings.witnesses
    policy = witnesses.policy if witnesses is not None else None
    async with view(runtime.db, mandate) as v:
        proved = await extract(await Log.within(v.conn), [f"{kind}/{name}"], policy=policy)
    return extract_view(proved)


def extract_view(proved: Extract) -> ExtractView:
    return ExtractView(
        origin=proved.origin,
        size=proved.size,
        checkpoint=proved.checkpoint.decode(),
        policy=policy_text(proved),
        witnesses=[vkey.partition("+")[0] for vkey in proved.witnesses],
        records=[_proven(one) for one in proved.records],
        keys=[_proven(one) for one in proved.keys],
    )


def _proven(proven: Proven) -> ProvenView:
    return ProvenView(
        index=proven.entry.index,
        record_id=proven.entry.record.body["id"],
        entry=base64.b64encode(proven.entry.raw).decode(),
        proof=proven.proof.decode(),
    )
