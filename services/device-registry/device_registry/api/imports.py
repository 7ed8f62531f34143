"""Inventories: one file in, one answer that accounts for every row (D-T0; PJ §2–3).

All rows are checked before the first is written. Then up to 200 rows make one change, so that no import holds the
register; a crash in between leaves whole batches, and the repeated file finds them UNCHANGED (Inv. 5).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Request
from sqlalchemy.ext.asyncio import AsyncConnection

from common.door.uow import Database, change, view
from common.policy import Action, Mandate, Resource
from common.values.errors import Kind, Refusal
from common.values.ids import AgencyId, DeviceId, ImportId
from common.values.profile import Profile
from common.web.auth import Allow, Db, Run
from common.web.wire import Code
from device_registry.api.views import agency_of
from device_registry.contract import ImportRowView, ImportView, InputErrorView
from device_registry.domain import inventory as law
from device_registry.domain import legacy
from device_registry.domain.inventory import InventoryRow, RefusedRow
from device_registry.domain.legacy import Brought, Known, Outcome
from device_registry.store import devices, inventory

router = APIRouter()

BATCH: Final = 200


@router.post("/v1/device-imports", status_code=201)
async def import_inventory(
    request: Request,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_IMPORT))],
    inventory_source: Annotated[Code, Header()],
    dry_run: bool = False,
) -> ImportView:
    """Take an inventory (text/csv, UTF-8 or GB18030) into state LEGACY, with a finding for every guard that fails."""
    _require_csv(request)
    data = await request.body()
    sha256 = hashlib.sha256(data).digest()
    file = _File(inventory_source, agency_of(mandate), sha256, runtime.profile, mandate.actor.sub)
    rows = law.read(data, runtime.profile)
    if dry_run:
        return await _rehearse(db, mandate, file, rows)
    return await _carry_out(db, mandate, file, rows)


@router.get("/v1/device-imports/{import_id}")
async def get_import(
    import_id: ImportId, db: Db, mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_IMPORT))]
) -> ImportView:
    """The answer that the import was given."""
    async with view(db, mandate) as v:
        row = await inventory.get_import(v, import_id)
        v.permit(Resource(import_id, AgencyId(row["agency_id"])))
    results = [ImportRowView.model_validate(result) for result in row["results"]]
    return _view(import_id, row["source"], bytes(row["file_sha256"]), results)


@dataclass(frozen=True)
class _File:
    """What every row of one file shares."""

    source: str
    agency_id: AgencyId
    sha256: bytes
    profile: Profile
    by: str


async def _rehearse(
    db: Database, mandate: Mandate, file: _File, rows: Sequence[InventoryRow | RefusedRow]
) -> ImportView:
    """The answer that an import would give now; nothing is written."""
    results: list[ImportRowView] = []
    async with view(db, mandate) as v:
        import_id = ImportId.new(v.now)
        for batch in law.batches(rows, BATCH):
            outcomes = await _judge(v.conn, file, batch, import_id=import_id, at=v.now)
            results += [_row_view(outcome, None, rehearsed=True) for outcome in outcomes]
    return _view(None, file.source, file.sha256, results, dry_run=True)


async def _carry_out(
    db: Database, mandate: Mandate, file: _File, rows: Sequence[InventoryRow | RefusedRow]
) -> ImportView:
    """Write the rows batch by batch, then the import with its answer, if it brought anything."""
    results: list[ImportRowView] = []
    import_id = ImportId.new(db.clock())
    for batch in law.batches(rows, BATCH):
        async with change(db, mandate) as tx:
            # Two imports of one inventory at once: the second waits here and then finds the rows of the first.
            await devices.reserve_codes(tx, file.agency_id, [])
            outcomes = await _judge(tx.conn, file, batch, import_id=import_id, at=tx.now)
            brought = [outcome for outcome in outcomes if isinstance(outcome, Brought)]
            permit = tx.permit(Resource(import_id, file.agency_id))
            await inventory.add_devices(tx, permit, file.source, brought)
        made = dict(zip((outcome.device.id for outcome in brought), tx.made, strict=True))
        results += [_row_view(outcome, made) for outcome in outcomes]
        # The rows' record ids stand in the body: a header with thousands of them would reach nobody.
        mandate.records.clear()
    return await _conclude(db, mandate, file, import_id, results)


async def _conclude(
    db: Database, mandate: Mandate, file: _File, import_id: ImportId, results: list[ImportRowView]
) -> ImportView:
    answer = _view(import_id, file.source, file.sha256, results)
    async with change(db, mandate) as tx:
        if answer.imported == 0:
            return tx.answer(answer.model_copy(update={"id": None}))
        permit = tx.permit(Resource(import_id, file.agency_id))
        fact = law.conclude(
            import_id,
            file.agency_id,
            file_sha256=file.sha256,
            imported=answer.imported,
            unchanged=answer.unchanged,
            refused=answer.refused,
        )
        rows = [result.model_dump(mode="json") for result in results]
        await inventory.add_import(tx, permit, fact, source=file.source, results=rows)
        return tx.answer(answer)


async def _judge(
    conn: AsyncConnection,
    file: _File,
    batch: Sequence[InventoryRow | RefusedRow],
    *,
    import_id: ImportId,
    at: datetime,
) -> list[Outcome]:
    """What becomes of each row, given what the register holds."""
    good = [row for row in batch if isinstance(row, InventoryRow)]
    known = await inventory.find_known(conn, file.agency_id, [row.identity(file.source) for row in good])
    codes = await inventory.find_codes(
        conn, file.agency_id, [row.device_code for row in good if row.device_code]
    )
    return [
        row
        if isinstance(row, RefusedRow)
        else legacy.judge(
            row,
            source=file.source,
            agency_id=file.agency_id,
            import_id=import_id,
            by=file.by,
            known=known,
            codes=codes,
            profile=file.profile,
            at=at,
        )
        for row in batch
    ]


def _row_view(
    outcome: Outcome, records: Mapping[DeviceId, str] | None, *, rehearsed: bool = False
) -> ImportRowView:
    match outcome:
        case RefusedRow():
            errors = [
                InputErrorView(pointer=e.pointer, code=e.code, message=e.message) for e in outcome.errors
            ]
            return ImportRowView(row=outcome.number, outcome="REFUSED", errors=errors)
        case Known():
            return ImportRowView(row=outcome.row.number, outcome="UNCHANGED", device_id=outcome.device_id)
        case Brought():
            number = outcome.device.id
            return ImportRowView(
                row=outcome.row.number,
                outcome="IMPORTED",
                device_id=None if rehearsed else number,
                state=outcome.fact.state.value,
                findings=list(outcome.fact.findings),
                record_id=records[number] if records else None,
            )


def _view(
    import_id: ImportId | None,
    source: str,
    file_sha256: bytes,
    results: list[ImportRowView],
    *,
    dry_run: bool = False,
) -> ImportView:
    outcomes = Counter(result.outcome for result in results)
    return ImportView(
        id=import_id,
        source=source,
        file_sha256=file_sha256.hex(),
        dry_run=dry_run,
        total=len(results),
        imported=outcomes["IMPORTED"],
        unchanged=outcomes["UNCHANGED"],
        refused=outcomes["REFUSED"],
        findings=dict(Counter(finding for result in results for finding in result.findings)),
        rows=results,
    )


def _require_csv(request: Request) -> None:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "text/csv":
        raise Refusal(
            Kind.UNSUPPORTED, "IMP_NOT_CSV", "An inventory is sent as text/csv, in UTF-8 or GB18030."
        )
