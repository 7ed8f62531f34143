"""The ledger as static files (c2sp.org/tlog-tiles), for verifiers written by others: checkpoints and tiles."""

from __future__ import annotations

import gzip
import re
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Response

from common.door.uow import view
from common.policy import Action, Mandate
from common.values.errors import Kind, Refusal
from common.web.auth import Allow
from common.web.openapi import sends
from evidence.ledger.log import Log, Twin
from evidence.ledger.proofs import no_tile, tile_at
from evidence.ledger.witnessing import cosigned
from evidence.runtime import Run
from ledger.notes import encode_batch
from ledger.tiles import WIDTH, exists

FOR_EVER: Final = {"cache-control": "max-age=31536000, immutable"}
TILE: Final = sends("application/octet-stream")

_WEIGHT: Final = re.compile(r"q=(0(\.[0-9]{0,3})?|1(\.0{0,3})?)", re.IGNORECASE)

router = APIRouter()
Reading = Annotated[Mandate, Depends(Allow(Action.LEDGER_READ))]


@router.get(
    "/ledger/checkpoint",
    summary="最新检查点 · The newest checkpoint",
    response_class=Response,
    responses=sends("text/plain"),
)
async def read_checkpoint(runtime: Run, mandate: Reading) -> Response:
    """The newest signed checkpoint, with the cosignatures that it has so far."""
    async with view(runtime.db, mandate) as v:
        signed = await cosigned(await Log.within(v.conn))
    if signed is None:
        raise Refusal(Kind.NOT_FOUND, "NOT_FOUND", wording="checkpoint")
    return Response(signed[1], media_type="text/plain; charset=utf-8", headers={"cache-control": "no-cache"})


@router.get(
    "/ledger/sm3/checkpoint",
    summary="国密检查点 · The newest checkpoint of the SM3 twin",
    response_class=Response,
    responses=sends("text/plain"),
)
async def read_twin_checkpoint(runtime: Run, mandate: Reading) -> Response:
    """The newest signed checkpoint of the SM3 twin, whose origin is `<origin>/sm3`."""
    async with view(runtime.db, mandate) as v:
        signed = await (await Twin.within(v.conn)).checkpoint()
    if signed is None:
        raise Refusal(Kind.NOT_FOUND, "NOT_FOUND", wording="twin")
    return Response(signed[1], media_type="text/plain; charset=utf-8", headers={"cache-control": "no-cache"})


@router.get(
    "/ledger/sm3/tile/{kind}/{rest:path}",
    summary="国密树瓦片 · A tile of the SM3 twin",
    response_class=Response,
    responses=TILE,
)
async def read_twin_tile(kind: str, rest: str, runtime: Run, mandate: Reading) -> Response:
    """One tile of the SM3 twin's hashes. Its entries are those under /ledger/tile/entries."""
    tile = tile_at(kind, rest)
    async with view(runtime.db, mandate) as v:
        twin = await Twin.within(v.conn)
        if tile.level is None or not exists(tile, await twin.size()):
            raise no_tile()
        body = await twin.tile(tile)
    return Response(body, media_type="application/octet-stream", headers=FOR_EVER)


@router.get(
    "/ledger/tile/{kind}/{rest:path}",
    summary="账本瓦片 · A tile of the log",
    response_class=Response,
    responses=TILE,
)
async def read_tile(
    kind: str, rest: str, runtime: Run, mandate: Reading, accept_encoding: Annotated[str, Header()] = ""
) -> Response:
    """One tile of hashes, or of entries. It never changes, so anyone may keep it."""
    tile = tile_at(kind, rest)
    async with view(runtime.db, mandate) as v:
        log = await Log.within(v.conn)
        if not exists(tile, (await log.head()).size):
            raise no_tile()
        if tile.level is None:
            rows = await log.entries(tile.n * WIDTH, tile.width)
            body = encode_batch([row.entry for row in rows])
        else:
            body = await log.tile(tile)
    headers = dict(FOR_EVER)
    if tile.level is None:
        headers["vary"] = "Accept-Encoding"
        if accepts_gzip(accept_encoding):
            headers["content-encoding"] = "gzip"
            body = gzip.compress(body, mtime=0)
    return Response(body, media_type="application/octet-stream", headers=headers)


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether the Accept-Encoding of a request allows gzip (RFC 9110, 12.5.3): named, or `*`, with a weight above 0.

    A weight that cannot be read counts as 0: the plain bytes are right for everybody.
    """
    weights: dict[str, float] = {}
    for each in accept_encoding.lower().split(","):
        coding, _, parameter = (part.strip() for part in each.partition(";"))
        weight = _WEIGHT.fullmatch(parameter)
        weights.setdefault(coding, float(weight[1]) if weight else 0.0 if parameter else 1.0)
    return weights.get("gzip", weights.get("*", 0.0)) > 0
