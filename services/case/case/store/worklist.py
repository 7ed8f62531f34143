"""What is due across the cases of an agency, a row for each period that runs.

Only cases at work are looked at (the index `cases_at_work`); the archive with its old periods is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from case.domain.procedure import Case, State
from case.domain.worklist import WORK, DeadlineMissed, base_of
from case.store import tables
from case.store.amendmenttables import amendments
from case.store.collectiontables import preservations
from case.store.datarequesttables import data_requests
from case.store.deliberationtables import recusals
from case.store.executiontables import reliefs
from case.store.invalidationtables import invalidations
from case.store.publicationtables import publications
from case.store.refundrows import refunds
from case.store.remedytables import remedies
from common.door.uow import Tx, View
from common.policy import Permit
from common.values.calendar import legal_day
from common.values.ids import CaseId, OfficerId

_CASES, _DUE = tables.cases, tables.deadlines
_OVER: Final = (State.ARCHIVED, State.NOT_FILED, State.TRANSFERRED_OUT)
_BASE: Final = sa.func.regexp_replace(_DUE.c.rule, "_[0-9]+$", "")


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
    """What a list shows: the work of one role or of all, of one officer's cases, due until a day, alarmed by a day."""

    role: str | None = None
    officer: OfficerId | None = None
    until: date | None = None
    alarmed_on: date | None = None


def place_of(line: WorkLine) -> Place:
    return Place(line.due_on, line.case_id, line.rule)


async def list_page(v: View, wanted: Wanted, *, place: Place | None, limit: int) -> list[WorkLine]:
    """Up to `limit` lines after `place`, what is due first first."""
    order = (_DUE.c.due_on, _DUE.c.case_id, _DUE.c.rule)
    query = _running().order_by(*order).limit(limit)
    if place is not None:
        after = (sa.literal(place.due_on), sa.literal(place.case_id), sa.literal(place.rule))
        query = query.where(sa.tuple_(*order) > sa.tuple_(*after))
    if wanted.role is not None:
        query = query.where(_BASE.in_([rule for rule, work in WORK.items() if work.role == wanted.role]))
    if wanted.officer is not None:
        query = query.where(_CASES.c.officers.contains([wanted.officer]))
    if wanted.until is not None:
        query = query.where(_DUE.c.due_on <= wanted.until)
    if wanted.alarmed_on is not None:
        query = query.where(_DUE.c.alarm_on <= wanted.alarmed_on)
    return [_line(row) for row in (await v.conn.execute(query)).mappings()]


async def list_missed(v: View | Tx, case: Case | None = None) -> list[WorkLine]:
    """Periods that passed before today, which no record reports yet: of `case`, or of every case."""
    reported = [rule for rule, work in WORK.items() if work.reports_itself]
    query = _running().where(
        _DUE.c.due_on < legal_day(v.now), _DUE.c.missed_on.is_(None), _BASE.not_in(reported)
    )
    if case is not None:
        query = query.where(_DUE.c.case_id == case.id)
    return [_line(row) for row in (await v.conn.execute(query)).mappings()]


async def add_missed(tx: Tx, permit: Permit, fact: DeadlineMissed) -> None:
    """Record that the period passed, and mark it as reported."""
    tx.record(permit, fact)
    key = {"case_id": fact.owner, "rule": fact.rule}
    await tx.set(fact, _DUE, key, {"missed_on": legal_day(tx.now)})


def _running() -> sa.Select[Any]:
    shown = (
        _CASES.c.number,
        _CASES.c.state,
        _CASES.c.officers,
        _DUE.c.case_id,
        _DUE.c.rule,
        _DUE.c.law,
        _DUE.c.due_on,
        _DUE.c.alarm_on,
    )
    joined = sa.select(*shown).join(_DUE, _DUE.c.case_id == _CASES.c.id)
    return joined.where(_CASES.c.state.not_in(_OVER), _is_open())


def _is_open() -> sa.ColumnElement[bool]:
    """That the period of the row runs: its case is in one of its states, and what it is for is not done."""
    kinds = []
    for rule, work in WORK.items():
        kind: list[sa.ColumnElement[bool]] = [sa.literal(rule) == _BASE]
        if work.states:
            kind.append(_CASES.c.state.in_(work.states))
        if rule in _STILL:
            kind.append(_STILL[rule])
        kinds.append(sa.and_(*kind))
    return sa.or_(*kinds)


def _waits(table: sa.Table, *conditions: sa.ColumnElement[bool], prefix: str = "") -> sa.ColumnElement[bool]:
    """That a row of `table` waits in the case; the row of that number, where the rule begins with `prefix`."""
    found = sa.select(sa.literal(1)).where(table.c.case_id == _CASES.c.id, *conditions)
    if prefix:
        found = found.where(_DUE.c.rule == sa.func.concat(prefix, table.c.number))
    return found.exists()


_STILL: Final[dict[str, sa.ColumnElement[bool]]] = {
    "identify_party": _CASES.c.party_id.is_(None),
    "decide_non_filing": _CASES.c.unfiled_proposed_by.is_not(None),
    "decide_recusal": _waits(recusals, recusals.c.decided_at.is_(None)),
    "handle_application": _waits(remedies, remedies.c.stage == "RECEIVED"),
    "answer_relief": _waits(reliefs, reliefs.c.granted.is_(None)),
    "refund": _waits(
        refunds, refunds.c.refunded_at.is_(None), refunds.c.withdrawn.is_(False), prefix="refund_"
    ),
    "review_amendment": _waits(amendments, amendments.c.conclusion.is_(None), amendments.c.kind != "CORRECT"),
    "publish": _waits(
        publications,
        publications.c.has_impact,
        publications.c.published_at.is_(None),
        publications.c.fallen.is_(None),
        prefix="publish_",
    ),
    "withdraw": _waits(
        publications,
        publications.c.withdraw_by.is_not(None),
        publications.c.withdrawn_at.is_(None),
        prefix="withdraw_",
    ),
    # Once the case is erased nothing is left to ask about, and nobody could seal an answer.
    "data_request": _waits(
        data_requests,
        data_requests.c.granted.is_(None),
        data_requests.c.sealed.is_not(None),
        data_requests.c.released_at.is_(None),
        prefix="data_request_",
    ),
    "invalidation": _waits(invalidations, invalidations.c.settled_at.is_(None), prefix="invalidation_"),
    # What lapsed without a decision stays here until the goods went back.
    "settle_preservation": _waits(
        preservations,
        preservations.c.ordered_at.is_not(None),
        preservations.c.handling.is_(None),
        preservations.c.returned_at.is_(None),
        prefix="settle_preservation_",
    ),
}
"""What still waits, for the periods that their state alone does not end."""


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
    )


def role_of(line: WorkLine) -> str:
    return WORK[base_of(line.rule)].role
