"""The buckets of callers that all processes of the gateway share."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from common.door.uow import Database, alone

_KEY: Final = "rate-buckets/key"
_SPEND: Final = (
    "INSERT INTO rate_buckets AS b (digest, tokens, at)"
    " SELECT digest, $3 - spent, clock_timestamp()"
    " FROM unnest($1::bytea[], $2::float8[]) AS given (digest, spent)"
    " ON CONFLICT (digest) DO UPDATE SET at = excluded.at, tokens ="
    " least($3, b.tokens + greatest(0, extract(epoch FROM excluded.at - b.at)) * $3 / $4) - ($3 - excluded.tokens)"
    " RETURNING digest, tokens"
)
_FORGET: Final = "DELETE FROM rate_buckets WHERE at < clock_timestamp() - make_interval(secs => $1)"


async def spend(
    db: Database, spent: Mapping[str, float], *, most: float, window_s: float
) -> dict[str, float]:
    """Take what each caller has spent from its bucket of `most` tokens, which fills in `window_s` seconds.

    Returns what is left of each: below zero where several processes together gave more than there was.
    """
    if not db.secrets.has(_KEY):
        await asyncio.to_thread(db.secrets.make, _KEY)
    callers = {db.secrets.keyed_digest(_KEY, "caller", who.encode()): who for who in spent}
    # In one order for everybody: two processes that wait for a row never wait for each other.
    digests = sorted(callers)
    amounts = [float(spent[callers[digest]]) for digest in digests]
    rows = await alone(db, _SPEND, digests, amounts, float(most), float(window_s))
    return {callers[bytes(row["digest"])]: row["tokens"] for row in rows}


async def forget(db: Database, *, window_s: float) -> None:
    """Delete the buckets that are full again."""
    await alone(db, _FORGET, float(window_s))
