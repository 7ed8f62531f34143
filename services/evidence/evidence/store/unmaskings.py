"""How many captures of others an officer has unmasked on a day."""

from __future__ import annotations

import sqlalchemy as sa

from common.door.uow import Tx
from common.values.calendar import legal_day

_SPEND = """
INSERT INTO unmaskings AS spent (viewer, viewed_on, n) VALUES (:viewer, :viewed_on, 1)
ON CONFLICT (viewer, viewed_on) DO UPDATE SET n = spent.n + 1 WHERE spent.n < :most RETURNING n
"""


async def spend(tx: Tx, *, most: int) -> int | None:
    """Count one more unmasking of the caller today, and say which it is; None where `most` are spent."""
    values = {"viewer": tx.mandate.actor.sub, "viewed_on": legal_day(tx.now), "most": most}
    n = await tx.conn.scalar(sa.text(_SPEND), values)
    return None if n is None else int(n)
