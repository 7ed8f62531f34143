"""Cases counted by the database, of the agencies that row-level security shows. No row of a case is read out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from case.domain.procedure import State
from case.store import tables
from case.store.worklist import work_items
from common.door.areas import within
from common.door.uow import View
from common.values.calendar import legal_day
from common.values.ids import AgencyId


@dataclass(frozen=True)
class CasesCounted:
    """How many cases of an agency at a place stand in a state."""

    agency_id: AgencyId
    division: str
    state: State
    count: int


@dataclass(frozen=True)
class DueCounted:
    """How many periods of an agency run for a role, and how many of them have passed."""

    agency_id: AgencyId
    role: str
    count: int
    overdue: int


@dataclass(frozen=True)
class MonthCounted:
    """What happened in the month that begins on `month`."""

    month: date
    opened: int
    filed: int
    closed: int


_CASES: Final = tables.cases.c
_MONTHS: Final = 12


async def count_states(v: View, area: Sequence[str]) -> list[CasesCounted]:
    """Cases by agency, place and state."""
    keys = (_CASES.agency_id, _CASES.admin_division.label("division"), _CASES.state)
    query = sa.select(*keys, sa.func.count().label("count")).where(within(_CASES.admin_division, area))
    return [CasesCounted(**row) for row in await _rows(v, query.group_by(*keys).order_by(*keys))]


async def count_due(v: View, area: Sequence[str]) -> list[DueCounted]:
    """Periods that run, by agency and role, with those that have passed."""
    work = work_items.c
    is_over = work.due_on < legal_day(v.now)
    query = (
        sa.select(
            work.agency_id,
            work.role,
            sa.func.count().label("count"),
            sa.func.count().filter(is_over).label("overdue"),
        )
        .join(tables.cases, _CASES.id == work.case_id)
        .where(within(_CASES.admin_division, area))
    )
    grouped = query.group_by(work.agency_id, work.role).order_by(work.agency_id, work.role)
    return [DueCounted(**row) for row in await _rows(v, grouped)]


async def count_months(v: View, area: Sequence[str]) -> list[MonthCounted]:
    """The last twelve months with what happened in each."""
    this = legal_day(v.now).replace(day=1)
    first = sa.literal(this) - sa.text(f"interval '{_MONTHS - 1} months'")
    counted = []
    for name, at in (("opened", _CASES.opened_at), ("filed", _CASES.filed_at), ("closed", _CASES.closed_at)):
        month = sa.cast(sa.func.date_trunc("month", sa.func.timezone("Asia/Shanghai", at)), sa.Date)
        counted.append(
            sa.select(month.label("month"), sa.literal(name).label("what")).where(
                at.is_not(None), month >= first, within(_CASES.admin_division, area)
            )
        )
    events = sa.union_all(*counted).subquery()
    columns = [
        sa.func.count().filter(events.c.what == name).label(name) for name in ("opened", "filed", "closed")
    ]
    query = sa.select(events.c.month, *columns).group_by(events.c.month).order_by(events.c.month)
    return [MonthCounted(**row) for row in await _rows(v, query)]


async def _rows(v: View, query: sa.Select[Any]) -> list[sa.RowMapping]:
    return list((await v.conn.execute(query)).mappings())
