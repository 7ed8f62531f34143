"""The numbers of rows of which an object has several."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from common.door.uow import Tx


async def next_n(tx: Tx, owner: sa.Column[Any], owner_id: str) -> int:
    """The next `n` among the rows whose `owner` is `owner_id`. The object is locked, so no number is given twice."""
    query = sa.select(sa.func.coalesce(sa.func.max(owner.table.c.n), 0) + 1).where(owner == owner_id)
    return int((await tx.conn.execute(query)).scalar_one())
