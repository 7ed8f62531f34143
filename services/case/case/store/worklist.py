"""What is due across the cases of an agency, a row for each period that runs.

`keep` writes the rows of a case in each of its changes. The lists read them by their indexes and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from case.domain.procedure import Case, State
from case.domain.worklist import WORK, DeadlineMissed, base_of, running
from case.store import tables
from common.door.uow import Tx, View
from common.policy import Permit
from common.values.calendar import legal_day
from common.values.ids import CaseId, OfficerId

work_items = sa.Table(
    "work_items",
    tables.metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("rule", sa.Text, primary_key=True),
    sa.Column("agency_id", sa.Text),
    sa.Column("party_id", sa.Text),
    sa.Column("role", sa.Text),
    sa.Column("first_officer", sa.Text),
    sa.Column("second_officer", sa.Text),
    sa.Column("due_on", sa.Date),
    sa.Column("alarm_on", sa.Date),
    sa.Column("law", sa.Text),
    sa.Column("is_reported", sa.Boolean),
)
_WORK: Final = work_items.c
_CASES, _DUE = tables.cases, tables.deadlines


@dataclass(frozen=True)
class WorkLine:
    """A period that runs, and its case. Nothing personal."""

    case_id: CaseId
    number: str
    state: State
    officers: tuple[OfficerId, ...]
    rule: str
    law: str
    due_on: date
    alarm_on: date | None
    role: str


@dataclass(frozen=True)
class Place:
    """The place of a line in the list: `2026-11-30|cas_…|decide`."""

    due_on: date
    case_id: str
    rule: str

    @staticmethod
    def of(text: str) -> Place:
        """The place that a cursor names. Raises ValueError for another text."""
        due_on, case_id, rule = text.split("|")
        return Place(date.fromisoformat(due_on), case_id, rule)

    def __str__(self) -> str:
        return f"{self.due_on.isoformat()}|{self.case_id}|{self.rule}"


@dataclass(frozen=True)
class Wanted:
    """What a list shows: the work of one role or of all, of one officer's cases, due until a day, alarmed by a day,
    in one case."""

    role: str | None = None
    officer: OfficerId | None = None
    until: date | None = None
    alarmed_on: date | None = None
    case_id: CaseId | None = None


def place_of(line: WorkLine) -> Place:
    return Place(line.due_on, line.case_id, line.rule)


_KEEP: Final = sa.text("""
WITH runs AS (
    SELECT * FROM unnest(CAST(:rules AS text[]), CAST(:roles AS text[]), CAST(:tell AS boolean[]))
        AS each_one(rule, role, tells)
    UNION ALL
    -- Once the case is erased nobody could seal an answer.
    SELECT 'data_request_' || number, :desk, false FROM data_requests
    WHERE case_id = :case_id AND granted IS NULL AND sealed IS NOT NULL AND released_at IS NULL
), over AS (
    DELETE FROM work_items WHERE case_id = :case_id AND rule NOT IN (SELECT rule FROM runs)
)
INSERT INTO work_items (case_id, rule, agency_id, party_id, role, first_officer, second_officer, due_on, alarm_on, law,
                        is_reported)
SELECT :case_id, rule, :agency_id, :party_id, role, :first, :second, due_on, alarm_on, law,
       tells OR missed_on IS NOT NULL
FROM deadlines JOIN runs USING (rule) WHERE case_id = :case_id
ON CONFLICT (case_id, rule) DO UPDATE SET
    party_id = EXCLUDED.party_id, role = EXCLUDED.role, first_officer = EXCLUDED.first_officer,
    second_officer = EXCLUDED.second_officer, due_on = EXCLUDED.due_on, alarm_on = EXCLUDED.alarm_on,
    law = EXCLUDED.law, is_reported = EXCLUDED.is_reported
""")


async def keep(tx: Tx, case: Case) -> None:
    """Write what is due in `case` as it stands now, after the rows of its deadlines."""
    rules = running(case)
    works = [WORK[base_of(rule)] for rule in rules]
    first, second, *_ = (*case.officers, None, None)
    values = {
        "case_id": case.id,
        "agency_id": case.agency_id,
        "party_id": case.party.id if case.party else None,
        "first": first,
        "second": second,
        "rules": rules,
        "roles": [work.role for work in works],
        "tell": [work.reports_itself for work in works],
        "desk": WORK["data_request"].role,
    }
    await tx.conn.execute(_KEEP, values)


async def list_page(v: View, wanted: Wanted, *, place: Place | None, limit: int) -> list[WorkLine]:
    """Up to `limit` lines after `place`, what is due first first."""
    order = (_WORK.due_on, _WORK.case_id, _WORK.rule)
    page = sa.select(work_items).where(_of_agencies(v)).order_by(*order).limit(limit)
    if place is not None:
        after = (sa.literal(place.due_on), sa.literal(place.case_id), sa.literal(place.rule))
        page = page.where(sa.tuple_(*order) > sa.tuple_(*after))
    if wanted.role is not None:
        page = page.where(_WORK.role == wanted.role)
    if wanted.officer is not None:
        page = page.where(
            sa.or_(_WORK.first_officer == wanted.officer, _WORK.second_officer == wanted.officer)
        )
    if wanted.until is not None:
        page = page.where(_WORK.due_on <= wanted.until)
    if wanted.alarmed_on is not None:
        page = page.where(_WORK.alarm_on <= wanted.alarmed_on)
    if wanted.case_id is not None:
        page = page.where(_WORK.case_id == wanted.case_id)
    return await _lines(v, page)


async def list_missed(v: View | Tx, case: Case | None = None) -> list[WorkLine]:
    """Periods that passed before today, which no record reports yet: of `case`, or of every case."""
    passed = sa.select(work_items).where(_WORK.due_on < legal_day(v.now), sa.not_(_WORK.is_reported))
    if case is not None:
        passed = passed.where(_WORK.case_id == case.id)
    return await _lines(v, passed)


async def add_missed(tx: Tx, permit: Permit, case: Case, fact: DeadlineMissed) -> None:
    """Record that the period of `case` passed, and mark it as reported."""
    tx.record(permit, fact)
    key = {"case_id": fact.owner, "rule": fact.rule}
    await tx.set(fact, _DUE, key, {"missed_on": legal_day(tx.now)})
    await keep(tx, case)


def runs(deadlines: sa.Table) -> sa.ColumnElement[bool]:
    """That the period of a row of `deadlines` runs."""
    same = (_WORK.case_id == deadlines.c.case_id, _WORK.rule == deadlines.c.rule)
    return sa.select(sa.literal(1)).where(*same).exists()


def _of_agencies(v: View) -> sa.ColumnElement[bool]:
    """Row-level security asks the same, row by row. By this the index finds the rows of the agency."""
    visible = sorted(v.mandate.actor.visible)
    # An equality keeps the order of the index, so that a page ends with its last line.
    return _WORK.agency_id == visible[0] if len(visible) == 1 else _WORK.agency_id.in_(visible)


async def _lines(v: View | Tx, rows: sa.Select[Any]) -> list[WorkLine]:
    """The lines of `rows`, with their cases. What `rows` limits is limited before a case is read."""
    found = rows.cte("found").prefix_with("MATERIALIZED")
    shown = sa.select(found, _CASES.c.number, _CASES.c.state, _CASES.c.officers)
    query = shown.join(_CASES, _CASES.c.id == found.c.case_id).order_by(
        found.c.due_on, found.c.case_id, found.c.rule
    )
    return [_line(row) for row in (await v.conn.execute(query)).mappings()]


def _line(row: sa.RowMapping) -> WorkLine:
    return WorkLine(
        CaseId(row["case_id"]),
        row["number"],
        State(row["state"]),
        tuple(OfficerId(officer) for officer in row["officers"]),
        row["rule"],
        row["law"],
        row["due_on"],
        row["alarm_on"],
        row["role"],
    )
