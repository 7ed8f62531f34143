"""A case: its lock, its search, its opening and its changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from case.domain.facts import CaseFact
from case.domain.merging import CaptureJoined, CaseMerged
from case.domain.opening import CaseOpened
from case.domain.procedure import Case, State, after
from case.domain.withdrawing import require_not_withdrawn
from case.store import deliberation, executiontables, incidents, refundrows, tables, weighingrows, worklist
from case.store.amendmenttables import amendments
from case.store.collectiontables import field_records, preservations
from case.store.correctiontables import correction_orders
from case.store.crimetables import crimes
from case.store.deliberation import rows_of as rows_of
from case.store.filetables import files
from case.store.invalidationtables import invalidations
from case.store.parts import add_deadlines, add_exhibit, write_parts
from case.store.publicationtables import publications
from case.store.remedytables import remedies
from case.store.rows import Parts, Row, case_of, columns, deadline_of
from case.store.texts import Opening, Texts
from common.door.rows import changed
from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.calendar import Deadline
from common.values.errors import Kind, Refusal
from common.values.ids import AgencyId, CaseId, EvidenceId, ExchangeId

_PERSONAL = 3
_PUBLIC = 1


@dataclass(frozen=True)
class CaseLine:
    """One case in a list: nothing personal."""

    id: CaseId
    agency_id: AgencyId
    number: str
    state: State
    violation_code: str
    opened_at: datetime
    closed_at: datetime | None


def resource(case: Case) -> Resource:
    """What the policy needs to know of a case: level 3, its two officers assigned."""
    return Resource(
        case.id,
        case.agency_id,
        level=_PERSONAL,
        party_id=case.party.id if case.party else None,
        assigned=frozenset(f"officer:{officer}" for officer in case.officers),
        case_id=case.id,
    )


def resource_of_line(line: CaseLine) -> Resource:
    """A case as one line shows it: nothing personal."""
    return Resource(line.id, line.agency_id)


def obligation(case: Case) -> Resource:
    """A case as the bank knows it: a reference and an amount, nothing personal."""
    return Resource(case.id, case.agency_id, level=_PUBLIC)


async def lock(tx: Tx, case_id: CaseId) -> Case:
    """The case, held until commit. Refusal NOT_FOUND if there is none, or it is another agency's.

    Refusal CASE_VERSION_STALE where the caller named the version that it saw, and the case has another one.
    """
    case = await _one(tx, tables.cases.c.id == case_id, case_id)
    require_seen(tx, case)
    return case


def require_seen(tx: Tx, case: Case) -> None:
    """A caller that named a version of this case acts on that one alone: Refusal CASE_VERSION_STALE."""
    seen = tx.mandate.seen
    if seen is not None and seen.startswith(f'"{case.id}.') and seen != version_of(case):
        facts = {"case": case.id, "revision": case.revision}
        raise Refusal(Kind.PRECONDITION, "CASE_VERSION_STALE", facts)


def version_of(case: Case) -> str:
    """The strong ETag of a case (RFC 9110 §8.8.3): it changes with each of its facts."""
    return f'"{case.id}.{case.revision}"'


async def lock_by_reference(tx: Tx, reference: str) -> Case:
    """The case that this payment reference names, held until commit. Refusal NOT_FOUND as `lock`."""
    case = await find_by_reference(tx, reference)
    if case is None:
        raise not_found(reference)
    return case


async def find_by_reference(tx: Tx, reference: str) -> Case | None:
    """The case that this payment reference names, held until commit; None where none does.

    One of the fine, of a part of a plan, or of the surcharge; a cancelled one too, because the money came.
    """
    plans, surcharges = executiontables.reliefs, executiontables.executions
    query = sa.union_all(
        sa.select(tables.cases.c.id).where(tables.cases.c.payment_references.contains([reference])),
        sa.select(plans.c.case_id).where(plans.c.references_.contains([reference])),
        sa.select(surcharges.c.case_id).where(surcharges.c.surcharge_reference == reference),
    )
    case_id = (await tx.conn.execute(query)).scalar_one_or_none()
    return await lock(tx, CaseId(case_id)) if case_id else None


async def find_by_evidence(v: View | Tx, evidence_id: EvidenceId) -> CaseId | None:
    """The id of the case that rests on this capture."""
    query = sa.select(tables.exhibits.c.case_id).where(
        tables.exhibits.c.evidence_id == evidence_id, tables.exhibits.c.moved_to.is_(None)
    )
    case_id = (await v.conn.execute(query)).scalar_one_or_none()
    return CaseId(case_id) if case_id else None


async def find_by_transfer(tx: Tx, exchange_id: ExchangeId) -> CaseId | None:
    """The id of the lead that this transfer hands over."""
    query = sa.select(tables.cases.c.id).where(tables.cases.c.transfer_id == exchange_id)
    case_id = (await tx.conn.execute(query)).scalar_one_or_none()
    return CaseId(case_id) if case_id else None


async def get(v: View | Tx, case_id: CaseId) -> Case:
    """The case as it stands. Refusal NOT_FOUND as `lock`."""
    row = await row_of(v, tables.cases.c.id == case_id, case_id, for_update=False)
    return case_of(row, await parts_of(v, row))


async def get_line(v: View | Tx, case_id: CaseId) -> CaseLine:
    """The case as a list shows it. Refusal NOT_FOUND as `lock`."""
    return _line(await row_of(v, tables.cases.c.id == case_id, case_id, for_update=False))


async def list_evidence(v: View, case_id: CaseId) -> list[EvidenceId]:
    """The captures of the case, the oldest first."""
    rows = await rows_of(v, tables.exhibits, case_id, "captured_at", "evidence_id")
    return [EvidenceId(row["evidence_id"]) for row in rows]


async def list_page(v: View, *, after_id: str, state: State | None, limit: int) -> list[CaseLine]:
    """Cases after `after_id` in the order they were opened: those that row-level security shows."""
    table = tables.cases
    query = sa.select(table).where(table.c.id > after_id).order_by(table.c.id).limit(limit)
    if state is not None:
        query = query.where(table.c.state == state)
    return [_line(row) for row in (await v.conn.execute(query)).mappings()]


async def list_with_provisional(v: View) -> list[CaseId]:
    """Cases with a deadline that waits for the notice of a year; of those in the archive, with one that still runs."""
    table = tables.deadlines
    query = (
        sa.select(table.c.case_id)
        .distinct()
        .join(tables.cases, tables.cases.c.id == table.c.case_id)
        .where(table.c.provisional, sa.or_(tables.cases.c.state != State.ARCHIVED, worklist.runs(table)))
        .order_by(table.c.case_id)
    )
    return [CaseId(case_id) for case_id in (await v.conn.execute(query)).scalars()]


async def list_deadlines(tx: Tx, case: Case) -> list[Deadline]:
    """The deadlines of `case`, which is locked; none once it is in the archive."""
    if case.state is State.ARCHIVED:
        return []
    query = sa.select(tables.deadlines).where(tables.deadlines.c.case_id == case.id)
    return [deadline_of(row) for row in (await tx.conn.execute(query)).mappings()]


async def list_provisional(tx: Tx, case: Case) -> list[Deadline]:
    """The deadlines of `case`, which is locked, that wait for the notice of a year; in the archive those that run."""
    table = tables.deadlines
    query = sa.select(table).where(table.c.case_id == case.id, table.c.provisional).order_by(table.c.rule)
    if case.state is State.ARCHIVED:
        query = query.where(worklist.runs(table))
    return [deadline_of(row) for row in (await tx.conn.execute(query)).mappings()]


async def next_serial(tx: Tx, agency_id: AgencyId, year: int) -> int:
    """The next serial of the agency's cases in `year`. Held to commit, so that none is given twice or left out."""
    await tx.conn.execute(
        sa.text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"serial/{agency_id}/{year}"}
    )
    table = tables.cases
    query = sa.select(sa.func.coalesce(sa.func.max(table.c.serial), 0) + 1).where(
        table.c.agency_id == agency_id, table.c.year == year
    )
    return int((await tx.conn.execute(query)).scalar_one())


async def add(tx: Tx, permit: Permit, fact: CaseOpened, *, texts: Opening) -> Case:
    """Record that a case was opened, and write its rows."""
    tx.record(permit, fact)
    case = fact.opened()
    await tx.add(fact, tables.cases, columns(case) | {"year": texts.year, "serial": texts.serial})
    await add_exhibit(tx, fact, texts.shown)
    await add_deadlines(tx, fact)
    await worklist.keep(tx, case)
    return case


async def end_into(tx: Tx, case: Case, into: Case, ended: CaseMerged, moved: Sequence[CaptureJoined]) -> Case:
    """Record that `case` ended and that its captures joined `into`, which is returned. Both are locked."""
    shown = await incidents.list_shown(tx, case.id)
    permit = tx.permit(resource(into))
    # The end comes first: a capture belongs to one case, so the one lets go before the other takes.
    await save(tx, tx.permit(resource(case)), case, ended)
    for fact in moved:
        into = await save(tx, permit, into, fact, texts=shown[fact.evidence_id])
    return into


async def save(tx: Tx, permit: Permit, case: Case, *facts: CaseFact, texts: Texts | None = None) -> Case:
    """Record `facts`, and write the case that they leave and the rows that they add or change.

    Every act about a case ends here, so here nobody acts who had to withdraw.
    """
    require_not_withdrawn(case, tx.mandate.actor.id)
    tx.record(permit, *facts)
    for fact in facts:
        before, case = case, after(case, fact)
        await tx.set(fact, tables.cases, {"id": case.id}, changed(columns(before), columns(case)))
        await write_parts(tx, case, fact, texts)
        await add_deadlines(tx, fact)
    if facts:
        await worklist.keep(tx, case)
    return case


async def row_of(v: View | Tx, where: sa.ColumnElement[bool], name: str, *, for_update: bool) -> Row:
    """The case's own row. Refusal NOT_FOUND, which names `name`, if there is none or it is not visible."""
    query = sa.select(tables.cases).where(where)
    row = (await v.conn.execute(query.with_for_update() if for_update else query)).mappings().one_or_none()
    if row is None:
        raise not_found(name)
    return row


async def parts_of(v: View | Tx, row: Row) -> Parts:
    """The rows beside `row`, the case's own, that make it whole."""
    case_id = CaseId(row["id"])
    return Parts(
        exhibits=await rows_of(v, tables.exhibits, case_id, "captured_at"),
        parties=await rows_of(v, tables.parties, case_id),
        signatures=await rows_of(v, tables.signatures, case_id, "signed_at"),
        notices=await rows_of(v, tables.notices, case_id, "issued_at"),
        defences=await rows_of(v, tables.defences, case_id, "number"),
        payments=await rows_of(v, tables.payments, case_id, "paid_at", "serial"),
        refunds=await rows_of(v, refundrows.refunds, case_id, "number"),
        reliefs=await rows_of(v, executiontables.reliefs, case_id, "number"),
        suspensions=await rows_of(v, executiontables.suspensions, case_id, "number"),
        executions=await rows_of(v, executiontables.executions, case_id),
        demand_objections=await rows_of(v, executiontables.demand_objections, case_id, "number"),
        correction_orders=await rows_of(v, correction_orders, case_id, "ordered_at"),
        remedies=await rows_of(v, remedies, case_id, "number"),
        deliberation=await deliberation.read(v, row),
        weighings=await rows_of(v, weighingrows.weighings, case_id, "n"),
        amendments=await rows_of(v, amendments, case_id, "number"),
        invalidations=await rows_of(v, invalidations, case_id, "number"),
        publications=await rows_of(v, publications, case_id, "number"),
        files=await rows_of(v, files, case_id, "number"),
        records=await rows_of(v, field_records, case_id, "number"),
        preservations=await rows_of(v, preservations, case_id, "number"),
        crimes=await rows_of(v, crimes, case_id, "number"),
    )


async def _one(tx: Tx, where: sa.ColumnElement[bool], name: str) -> Case:
    row = await row_of(tx, where, name, for_update=True)
    return case_of(row, await parts_of(tx, row))


def _line(row: Row) -> CaseLine:
    return CaseLine(
        CaseId(row["id"]),
        AgencyId(row["agency_id"]),
        row["number"],
        State(row["state"]),
        row["violation_code"],
        row["opened_at"],
        row["closed_at"],
    )
