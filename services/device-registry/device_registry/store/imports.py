"""An import with the answer to its file, and the devices that came with earlier imports of the same inventory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.errors import InputError
from common.values.ids import AgencyId, DeviceId, ImportId
from common.values.refusals import fact
from device_registry.domain.device import State
from device_registry.domain.inventory import InventoryImported, InventoryRow
from device_registry.domain.legacy import Existing
from device_registry.store import tables
from device_registry.store.devices import list_codes


@dataclass(frozen=True)
class RowAnswer:
    """The answer to one row of the file; `row` is the number of its line."""

    row: int
    outcome: Literal["IMPORTED", "UNCHANGED", "REFUSED"]
    device_id: DeviceId | None = None
    state: State | None = None
    findings: tuple[str, ...] = ()
    errors: tuple[InputError, ...] = ()
    record_id: str | None = None


@dataclass(frozen=True)
class ImportTexts:
    """Of `InventoryImported`: the name of the source, and the answer to every row in the file's order."""

    source: str
    answers: tuple[RowAnswer, ...]


@dataclass(frozen=True)
class Import:
    id: ImportId
    agency_id: AgencyId
    source: str
    file_sha256: bytes
    answers: tuple[RowAnswer, ...]


def resource(import_id: ImportId, agency_id: AgencyId) -> Resource:
    """The import as the policy sees it."""
    return Resource(import_id, agency_id)


async def get(v: View, import_id: ImportId) -> Import:
    """The import. Another agency's does not exist for us."""
    query = sa.select(tables.imports).where(tables.imports.c.id == import_id)
    row = (await v.conn.execute(query)).one_or_none()
    if row is None:
        raise not_found(import_id)
    return Import(
        ImportId(row.id),
        AgencyId(row.agency_id),
        row.source,
        bytes(row.file_sha256),
        tuple(_answer_of(answer) for answer in row.results),
    )


async def add(tx: Tx, permit: Permit, fact: InventoryImported, *, texts: ImportTexts) -> Import:
    """The import that `fact` concludes. Its devices stand already, batch by batch."""
    tx.record(permit, fact)
    made = Import(ImportId(fact.owner), fact.agency_id, texts.source, fact.file_sha256, texts.answers)
    row = {
        "id": made.id,
        "agency_id": made.agency_id,
        "source": made.source,
        "file_sha256": made.file_sha256,
        "imported_at": tx.now,
        "total": fact.total,
        "imported": fact.imported,
        "unchanged": fact.unchanged,
        "refused": fact.refused,
        "results": [_answer_row(answer) for answer in made.answers],
    }
    await tx.add(fact, tables.imports, row)
    return made


async def get_existing(
    at: Tx | View, agency_id: AgencyId, rows: Sequence[InventoryRow], *, source: str
) -> Existing:
    """The devices of the agency that `rows` of `source` brought before, and those of their codes that are in use."""
    table = tables.inventory_rows
    query = sa.select(table.c.identity, table.c.device_id).where(
        table.c.agency_id == agency_id, table.c.identity.in_([row.identity(source) for row in rows])
    )
    devices = {bytes(row.identity): DeviceId(row.device_id) for row in await at.conn.execute(query)}
    codes = [row.device_code for row in rows if row.device_code]
    return Existing(devices, await list_codes(at, agency_id, codes))


def _answer_row(answer: RowAnswer) -> dict[str, Any]:
    return {
        "row": answer.row,
        "outcome": answer.outcome,
        "device_id": answer.device_id,
        "state": answer.state,
        "findings": list(answer.findings),
        "errors": [
            {
                "pointer": error.pointer,
                "code": error.code,
                "facts": {name: fact(value) for name, value in error.facts.items()},
                "wording": error.wording,
            }
            for error in answer.errors
        ],
        "record_id": answer.record_id,
    }


def _answer_of(row: Mapping[str, Any]) -> RowAnswer:
    return RowAnswer(
        row=row["row"],
        outcome=row["outcome"],
        device_id=DeviceId(row["device_id"]) if row["device_id"] else None,
        state=State(row["state"]) if row["state"] else None,
        findings=tuple(row["findings"]),
        errors=tuple(
            InputError(error["pointer"], error["code"], error["facts"], error["wording"])
            for error in row["errors"]
        ),
        record_id=row["record_id"],
    )
