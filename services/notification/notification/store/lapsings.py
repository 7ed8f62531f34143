"""The notices for which a case has no reason any more. Made again from the ledger where they are lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.values.ids import CaseId
from notification.store.tables import messages

_LAPSINGS: Final = sa.table("lapsings", sa.column("case_id"), sa.column("code"), sa.column("at"))

# A notice that was made afterwards has a reason of its own.
LAPSED: Final = (
    sa.exists()
    .where(_LAPSINGS.c.case_id == messages.c.case_id, _LAPSINGS.c.code == messages.c.code)
    .where(_LAPSINGS.c.at >= messages.c.created_at)
    .label("is_lapsed")
)
"""Whether the case of the message has no reason for it any more."""


async def put(conn: AsyncConnection, case_id: CaseId, codes: Sequence[str], *, at: datetime) -> None:
    """What was made by `at` in these classes about the case is not sent any more."""
    query = sa.text(
        "INSERT INTO lapsings (case_id, code, at) SELECT :case_id, code, :at"
        " FROM unnest(CAST(:codes AS text[])) AS codes (code)"
        " ON CONFLICT (case_id, code) DO UPDATE SET at = greatest(lapsings.at, EXCLUDED.at)"
    )
    await conn.execute(query, {"case_id": case_id, "codes": list(codes), "at": at})
