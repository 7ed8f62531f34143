"""The notices for which a day asks: when each is due. Made again from the ledger where they are lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.door.uow import View
from common.values.ids import CaseId


@dataclass(frozen=True)
class Reminder:
    """A notice `code` about the case at `due_at`. `cause` names it once; the same day of the same case has the same."""

    cause: UUID
    case_id: CaseId
    code: str
    due_at: datetime


async def put(conn: AsyncConnection, reminders: Sequence[Reminder]) -> None:
    """Note `reminders` that are not noted yet."""
    query = sa.text(
        "INSERT INTO reminders (cause, case_id, code, due_at) VALUES (:cause, :case_id, :code, :due_at)"
        " ON CONFLICT (cause) DO NOTHING"
    )
    for each in reminders:
        await conn.execute(query, vars(each))


async def list_due(v: View) -> list[Reminder]:
    """Those whose time has come, the oldest first."""
    query = sa.text(
        "SELECT cause, case_id, code, due_at FROM reminders WHERE due_at <= :now ORDER BY due_at, cause"
    )
    rows = await v.conn.execute(query, {"now": v.now})
    return [Reminder(row.cause, CaseId(row.case_id), row.code, row.due_at) for row in rows]


async def forget(conn: AsyncConnection, reminder: Reminder) -> None:
    """It was sent, or there is no reason for it any more."""
    await conn.execute(sa.text("DELETE FROM reminders WHERE cause = :cause"), {"cause": reminder.cause})
