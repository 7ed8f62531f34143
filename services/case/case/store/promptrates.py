"""Leads and their prompts, counted by the database. No row of a case is read out."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa

from case.domain.promptrates import Opened
from common.door.uow import View
from common.values.ids import AgencyId

_OPENED: Final = sa.text("""
SELECT c.agency_id, (c.opened_at AT TIME ZONE 'Asia/Shanghai')::date AS opened_on, l.due_on AS limit_on,
    (p.made_at AT TIME ZONE 'Asia/Shanghai')::date AS prompted_on,
    (c.unfiled_at AT TIME ZONE 'Asia/Shanghai')::date AS ended_on, count(*) AS count
FROM cases c
LEFT JOIN deadlines l ON l.case_id = c.id AND l.rule = 'prompt_limit'
LEFT JOIN LATERAL (SELECT min(made_at) AS made_at FROM documents d WHERE d.case_id = c.id AND d.kind = 'D-02') p ON true
WHERE c.opened_at >= :from AND c.opened_at < :until
GROUP BY 1, 2, 3, 4, 5
""")


async def list_opened(v: View, period: tuple[datetime, datetime]) -> list[Opened]:
    """The leads that were opened in the period, of the agencies that row-level security shows."""
    rows = await v.conn.execute(_OPENED, {"from": period[0], "until": period[1]})
    return [Opened(AgencyId(row.agency_id), *row[1:]) for row in rows.all()]
