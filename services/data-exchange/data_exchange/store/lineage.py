"""The uses of one data set, out of the tables of comparisons and of uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import sqlalchemy as sa

from common.door.uow import View
from common.values.ids import AgencyId, CaseId

_PAGE: Final = sa.text(
    # `place` is the time and the id as one text that sorts: both tables go into one order.
    "SELECT * FROM ("
    " SELECT to_char(asked_at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS') || id AS place, id, 'COMPARISON' AS what,"
    " asked_at AS at, agency_id, purpose, case_id, state, rows FROM comparisons"
    " WHERE register = :dataset AND (:sees_all OR agency_id = :reader)"
    " UNION ALL"
    " SELECT to_char(opened_at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS') || id, id, 'DATA_USE',"
    " opened_at, agency_id, purpose, case_id, state, NULL FROM data_uses"
    " WHERE what = :dataset AND (:sees_all OR :reader IN (agency_id, provider_id, authority_id))"
    ") AS uses WHERE place > :after ORDER BY place LIMIT :limit"
)


@dataclass(frozen=True)
class DataSetUse:
    """One use. `place` is where it stands in the list; `rows` is None where none were given or all are sealed."""

    place: str
    id: str
    what: Literal["COMPARISON", "DATA_USE"]
    at: datetime
    agency_id: AgencyId
    purpose: str
    case_id: CaseId | None
    state: str
    rows: int | None


async def list_page(
    v: View, dataset: str, *, reader: AgencyId, sees_all: bool, after_id: str, limit: int
) -> list[DataSetUse]:
    """Up to `limit` uses behind the place `after_id`: all of them, or those that concern `reader`."""
    values = {"dataset": dataset, "reader": reader, "sees_all": sees_all, "after": after_id, "limit": limit}
    return [
        DataSetUse(
            row.place,
            row.id,
            row.what,
            row.at,
            AgencyId(row.agency_id),
            row.purpose,
            CaseId(row.case_id) if row.case_id else None,
            row.state,
            row.rows,
        )
        for row in await v.conn.execute(_PAGE, values)
    ]
