"""Bounds on the time at which a record entered the ledger, by the clocks of others: RFC 3161 tokens."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import view
from common.policy import Action, Mandate
from common.values.errors import Kind, Refusal
from common.web.auth import Allow
from common.web.wire import Out
from evidence.ledger.log import Log
from evidence.ledger.timestamp import Stamped, anchors
from evidence.runtime import Run

router = APIRouter()
Reading = Annotated[Mandate, Depends(Allow(Action.LEDGER_READ))]
_LAST = 2**53 - 1


class AnchorView(Out):
    """The checkpoint of `size` entries existed `at` that time, says `authority` by `token` (TimeStampResp, base64).

    `checkpoint` is the stamped note: exactly the bytes that the token covers.
    """

    size: int
    authority: str
    at: datetime
    token: str
    checkpoint: str


class AnchorsView(Out):
    """The time stamps that bound entry `index`, from each authority that has stamped.

    `lower`: the newest token over a checkpoint without the entry. `upper`: the first token over a checkpoint with the
    entry, empty until there is one.
    """

    index: int
    lower: list[AnchorView]
    upper: list[AnchorView]


@router.get("/v1/ledger/anchors/{index}", summary="时间锚 · The time stamps before and after an entry")
async def read_anchors(index: int, runtime: Run, mandate: Reading) -> AnchorsView:
    """The time stamps between which entry `index` came into the ledger. Consistency proofs join their checkpoints."""
    async with view(runtime.db, mandate) as v:
        log = await Log.within(v.conn)
        if not (0 <= index <= _LAST and await log.entries(index, 1)):
            raise Refusal(Kind.NOT_FOUND, "NOT_FOUND", {"index": index}, wording="entry")
        lower, upper = await anchors(log, index, index)
    return AnchorsView(
        index=index, lower=[_anchor(one) for one in lower], upper=[_anchor(one) for one in upper]
    )


def _anchor(stamped: Stamped) -> AnchorView:
    return AnchorView(
        size=stamped.size,
        authority=stamped.authority,
        at=stamped.at,
        token=base64.b64encode(stamped.token).decode(),
        checkpoint=stamped.note.decode(),
    )
