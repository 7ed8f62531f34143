"""The handler that a signed call is held against: FastAPI that verifies the same signature and commits one row.

It knows the key beforehand, reads nothing, asks nobody, spends no nonce, keeps no record and signs no answer.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
import orjson
import uvicorn
from fastapi import FastAPI, Request, Response

from common.calls.jwk import public_jwk
from common.web.serve import SERVER, settle
from data_exchange.wire.messages import request_message
from data_exchange.wire.signatures import read_signature, require_digest, require_key, verify
from ledger.clock import real_time

TABLE: Final = "CREATE TABLE calls (id bigserial PRIMARY KEY, kid text NOT NULL, body text NOT NULL)"
_INSERT: Final = "INSERT INTO calls (kid, body) VALUES ($1, $2) RETURNING id"


def create(database: str, origin: str, jwk: dict[str, str]) -> FastAPI:
    """The app over `database`, a table of which it makes, for requests signed by `jwk` for the address `origin`."""
    key = public_jwk(jwk)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(database, min_size=8, max_size=8) as pool:
            await pool.execute(TABLE)
            app.state.pool = pool
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/v1/comparisons")
    async def compare(request: Request) -> Response:
        body = await request.body()
        message, at = request_message(request.scope, body, origin), real_time()
        claimed = read_signature(message, at)
        require_key(claimed, key, at)
        require_digest(message, at)
        verify(message, claimed, key, at)
        row = await request.app.state.pool.fetchval(_INSERT, claimed.kid, body.decode())
        return Response(orjson.dumps({"id": row}), 201, media_type="application/json")

    return app


if __name__ == "__main__":
    database, origin, jwk, port = sys.argv[1:]
    settle()
    uvicorn.run(create(database, origin, orjson.loads(jwk)), port=int(port), **SERVER)
