"""Decisions in the making: an agency that asks the others about an act tells them that it may decide it itself.

    attempt committed ─▶ the others are asked ─▶ the decision, or its refusal ─▶ attempt deleted

The attempt comes first (Inv. 9). Of two agencies that ask about one act at the same moment, the one whose attempt was
committed later reads the attempt of the other, so both never hear a no.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from common.door.uow import Database, operational
from common.values.errors import Refusal
from common.values.ids import CaseId

COUNTS: Final = timedelta(minutes=10)
"""How long an attempt counts if its process died: longer than the answer of the others, which its decision needs."""


@asynccontextmanager
async def attempt(db: Database, case_id: CaseId) -> AsyncIterator[datetime]:
    """An attempt to decide the case, from its beginning to the end of the block. Gives the hour of its beginning.

    Two attempts on one case are two rows, or the end of the first would hide the second.
    """
    name, begun_at = uuid.uuid4(), db.clock()
    async with operational(db) as conn:
        await conn.execute(
            sa.text("DELETE FROM decision_attempts WHERE begun_at < :bound"), {"bound": begun_at - COUNTS}
        )
        await conn.execute(
            sa.text("INSERT INTO decision_attempts VALUES (:name, :case_id, :begun_at)"),
            {"name": name, "case_id": case_id, "begun_at": begun_at},
        )
    try:
        yield begun_at
    except Refusal:
        await _end(db, name)
        raise
    # After any other fault the row stays for its ten minutes: nobody knows whether the decision was committed.
    await _end(db, name)


async def _end(db: Database, name: uuid.UUID) -> None:
    async with operational(db) as conn:
        await conn.execute(sa.text("DELETE FROM decision_attempts WHERE name = :name"), {"name": name})
