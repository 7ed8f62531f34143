"""An import: its file, how far it is, and the answer to each of its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.errors import InputError
from common.values.ids import AgencyId, DeviceId, ImportId
from common.values.refusals import fact as plain
from device_registry.domain.columns import Column
from device_registry.domain.datum import Frame
from device_registry.domain.device import State
from device_registry.domain.inventory import InventoryImported, InventoryReceived
from device_registry.domain.sheets import Choice
from device_registry.store.tables_inventory import answers, imports, work

OutcomeName = Literal["IMPORTED", "UPDATED", "UNCHANGED", "REFUSED"]


@dataclass(frozen=True)
class RowAnswer:
    """The answer to one row of the file. `notes` say what was left open or put right in a row that came in."""

    sheet: str | None
    row: int
    outcome: OutcomeName
    device_id: DeviceId | None = None
    state: State | None = None
    findings: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    errors: tuple[InputError, ...] = ()
    notes: tuple[InputError, ...] = ()
    record_id: str | None = None


@dataclass(frozen=True)
class Counts:
    """The rows of a file by outcome, as far as they are answered."""

    imported: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0


@dataclass(frozen=True)
class Import:
    """One file that came in. `counts` and `done` grow until `concluded_at` is set."""

    id: ImportId
    agency_id: AgencyId
    source: str
    file_sha256: bytes
    received_by: str
    received_at: datetime
    total: int
    understood: str  # JSON, as `api.importviews` writes and reads it
    concluded_at: datetime | None
    counts: Counts
    done: int


@dataclass(frozen=True)
class FindingCount:
    code: str
    times: int


@dataclass(frozen=True)
class File:
    """The bytes of an import, and what its sender said of how to read them."""

    content: bytes
    choice: Choice


@dataclass(frozen=True)
class Received:
    """Of `InventoryReceived`: the file itself, its source, and what it was understood to say."""

    source: str
    file: File
    understood: str


def resource(import_id: ImportId, agency_id: AgencyId) -> Resource:
    """The import as the policy sees it."""
    return Resource(import_id, agency_id)


async def add(tx: Tx, permit: Permit, fact: InventoryReceived, *, texts: Received) -> Import:
    """The import that `fact` begins, with the file that is now carried out."""
    tx.record(permit, fact)
    row = {
        "id": fact.owner,
        "agency_id": fact.agency_id,
        "source": texts.source,
        "file_sha256": fact.file_sha256,
        "received_by": tx.mandate.actor.sub,
        "received_at": tx.now,
        "total": fact.total,
        "understood": orjson.loads(texts.understood),
    }
    await tx.add(fact, imports, row)
    waiting = {"content": texts.file.content, "choice": _choice_row(texts.file.choice), "done": 0}
    await tx.conn.execute(sa.insert(work).values(import_id=fact.owner, plan=sa.null(), **waiting))
    return await get(tx, ImportId(fact.owner))


async def save(tx: Tx, permit: Permit, known: Import, *facts: InventoryImported) -> Import:
    """Every row of the import is answered."""
    tx.record(permit, *facts)
    for fact in facts:
        values = {name: getattr(fact, name) for name in ("imported", "updated", "unchanged", "refused")}
        await tx.set(fact, imports, {"id": known.id}, values | {"concluded_at": tx.now})
    await tx.conn.execute(sa.update(work).where(work.c.import_id == known.id).values(ended_at=tx.now))
    return await get(tx, known.id)


async def get(v: View | Tx, import_id: ImportId) -> Import:
    """The import. Another agency's does not exist for us."""
    query = sa.select(imports, work.c.done).join(work, work.c.import_id == imports.c.id)
    row = (await v.conn.execute(query.where(imports.c.id == import_id))).one_or_none()
    if row is None:
        raise not_found(import_id)
    concluded = row.concluded_at is not None
    counts = (
        Counts(row.imported, row.updated, row.unchanged, row.refused)
        if concluded
        else await _counted(v, import_id)
    )
    return Import(
        id=ImportId(row.id),
        agency_id=AgencyId(row.agency_id),
        source=row.source,
        file_sha256=bytes(row.file_sha256),
        received_by=row.received_by,
        received_at=row.received_at,
        total=row.total,
        understood=orjson.dumps(row.understood).decode(),
        concluded_at=row.concluded_at,
        counts=counts,
        done=row.done,
    )


async def get_file(v: View, import_id: ImportId) -> File:
    """The file of an import, and how it is read."""
    query = sa.select(work.c.content, work.c.choice).where(work.c.import_id == import_id)
    row = (await v.conn.execute(query)).one()
    return File(bytes(row.content), _choice_of(row.choice))


async def list_under_way(v: View) -> list[ImportId]:
    """The imports of which rows are still to be answered, the oldest first."""
    query = sa.select(imports.c.id).where(imports.c.concluded_at.is_(None)).order_by(imports.c.id)
    return [ImportId(number) for number in (await v.conn.execute(query)).scalars()]


async def hold_source(tx: Tx, known: Import) -> bool:
    """Wait for the turn of the import's source; False while another import of the same source is under way."""
    name = f"imports of {known.agency_id} from {known.source}"
    await tx.conn.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})
    # The first that has a plan goes on to its end. The order of the ids is not asked: they are made before the commit.
    another = (
        sa.select(sa.literal(1))
        .join(work, work.c.import_id == imports.c.id)
        .where(
            imports.c.agency_id == known.agency_id,
            imports.c.source == known.source,
            imports.c.concluded_at.is_(None),
            imports.c.id != known.id,
            work.c.plan.is_not(None),
        )
    )
    return await tx.conn.scalar(another.select_from(imports).limit(1)) is None


async def find_plan(tx: Tx, import_id: ImportId) -> list[DeviceId | None] | None:
    """Which device each row is, as it was decided when the import began; None before that."""
    plan = await tx.conn.scalar(sa.select(work.c.plan).where(work.c.import_id == import_id))
    return None if plan is None else [DeviceId(number) if number else None for number in plan]


async def note_plan(tx: Tx, import_id: ImportId, plan: Sequence[DeviceId | None]) -> None:
    """From now on each row is the device of `plan`, whoever goes on with the import."""
    await tx.conn.execute(sa.update(work).where(work.c.import_id == import_id).values(plan=list(plan)))


async def lock_done(tx: Tx, import_id: ImportId) -> int:
    """How many rows are answered; held until commit, so that two processes never take the same batch."""
    query = sa.select(work.c.done).where(work.c.import_id == import_id).with_for_update()
    return int(await tx.conn.scalar(query) or 0)


async def add_answers(tx: Tx, import_id: ImportId, begins: int, given: Sequence[RowAnswer]) -> None:
    """The answers to the rows from `begins` on; the import is as much farther."""
    rows = [_row(answer) for answer in given]
    await tx.conn.execute(sa.insert(answers).values(import_id=import_id, begins=begins, answers=rows))
    done = sa.update(work).where(work.c.import_id == import_id).values(done=begins + len(given))
    await tx.conn.execute(done)


async def list_answers(
    v: View | Tx, import_id: ImportId, *, outcome: OutcomeName | None = None, after: int = 0, limit: int
) -> list[tuple[int, RowAnswer]]:
    """Answers in the file's order, each with its place from 1: those after `after`, with `outcome` only these."""
    query = sa.text(
        "SELECT a.begins + e.n AS place, e.answer FROM import_answers a,"
        " jsonb_array_elements(a.answers) WITH ORDINALITY AS e (answer, n)"
        " WHERE a.import_id = :import_id AND a.begins + jsonb_array_length(a.answers) > :after"
        " AND a.begins + e.n > :after AND (:outcome = '' OR e.answer->>'outcome' = :outcome)"
        " ORDER BY a.begins, e.n LIMIT :limit"
    )
    values = {"import_id": import_id, "after": after, "outcome": outcome or "", "limit": limit}
    return [(row.place, _answer(row.answer)) for row in await v.conn.execute(query, values)]


async def list_findings(v: View | Tx, import_id: ImportId) -> list[FindingCount]:
    """How many of the rows answered so far have each finding, the most frequent first."""
    query = sa.text(
        "SELECT f, count(*) AS times FROM import_answers a, jsonb_array_elements(a.answers) e,"
        " jsonb_array_elements_text(coalesce(e->'findings', '[]')) f WHERE a.import_id = :import_id"
        " GROUP BY f ORDER BY times DESC, f"
    )
    rows = await v.conn.execute(query, {"import_id": import_id})
    return [FindingCount(row.f, row.times) for row in rows]


async def forget_files(conn: AsyncConnection, before: datetime) -> None:
    """Drop the bytes of imports that were concluded before `before`. `conn` is a transaction of `operational`."""
    statement = "UPDATE import_work SET content = '' WHERE ended_at < :before AND content <> ''"
    await conn.execute(sa.text(statement), {"before": before})


async def _counted(v: View | Tx, import_id: ImportId) -> Counts:
    query = sa.text(
        "SELECT e->>'outcome' AS outcome, count(*) AS times FROM import_answers a, jsonb_array_elements(a.answers) e"
        " WHERE a.import_id = :import_id GROUP BY 1"
    )
    rows = await v.conn.execute(query, {"import_id": import_id})
    return Counts(**{row.outcome.lower(): row.times for row in rows})


def _choice_row(choice: Choice) -> dict[str, Any]:
    return {
        "columns": [[name, column] for name, column in choice.columns],
        "header": choice.header,
        "sheet": choice.sheet,
        "frame": choice.frame,
    }


def _choice_of(row: Mapping[str, Any]) -> Choice:
    return Choice(
        tuple((name, Column(column) if column else None) for name, column in row["columns"]),
        row["header"],
        row["sheet"],
        Frame(row["frame"]) if row["frame"] else None,
    )


def _row(answer: RowAnswer) -> dict[str, Any]:
    row = {"row": answer.row, "outcome": answer.outcome}
    optional = {
        "sheet": answer.sheet,
        "device_id": answer.device_id,
        "state": answer.state,
        "findings": list(answer.findings),
        "fields": list(answer.fields),
        "errors": [_error_row(error) for error in answer.errors],
        "notes": [_error_row(note) for note in answer.notes],
        "record_id": answer.record_id,
    }
    return row | {name: value for name, value in optional.items() if value}


def _error_row(error: InputError) -> dict[str, Any]:
    return {
        "pointer": error.pointer,
        "code": error.code,
        "facts": {name: plain(value) for name, value in error.facts.items()},
        "wording": error.wording,
    }


def _answer(row: Mapping[str, Any]) -> RowAnswer:
    return RowAnswer(
        sheet=row.get("sheet"),
        row=row["row"],
        outcome=row["outcome"],
        device_id=DeviceId(row["device_id"]) if "device_id" in row else None,
        state=State(row["state"]) if "state" in row else None,
        findings=tuple(row.get("findings", ())),
        fields=tuple(row.get("fields", ())),
        errors=tuple(_error(error) for error in row.get("errors", ())),
        notes=tuple(_error(note) for note in row.get("notes", ())),
        record_id=row.get("record_id"),
    )


def _error(row: Mapping[str, Any]) -> InputError:
    return InputError(row["pointer"], row["code"], row["facts"], row["wording"])
