"""Inventories: one file in, one answer that accounts for every row (D-T0; PJ §2–3).

All rows are checked before the first is written. Then up to 200 rows make one change, so that no import holds the
register; a crash in between leaves whole batches, and the repeated file finds them UNCHANGED (Inv. 5).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Final, assert_never

from fastapi import APIRouter, Depends, Header, Request

from common.door.uow import Database, Tx, View, change, view
from common.policy import Action, Mandate
from common.values.errors import Kind, Refusal
from common.values.ids import AgencyId, DeviceId, ImportId
from common.values.profile import Profile
from common.web.auth import Allow, Db
from common.web.openapi import refuses, takes
from common.web.telemetry import language
from common.web.wire import Code
from device_registry.api.views import agency_of
from device_registry.contract import ImportRowView, ImportView, InputErrorView
from device_registry.domain import inventory as law
from device_registry.domain import legacy
from device_registry.domain.inventory import InventoryRow, RefusedRow
from device_registry.domain.legacy import Brought, Known, Outcome
from device_registry.runtime import Run
from device_registry.store import devices, imports
from device_registry.store.imports import ImportTexts, RowAnswer

router = APIRouter()

BATCH: Final = 200
_EXAMPLE: Final = "设置地点,行政区,经度(WGS84),纬度(WGS84)\n示例路近示例街,黄浦区,121.494821,31.223363\n"


@router.post(
    "/v1/device-imports",
    summary="导入设备清单 · Import an inventory",
    responses=refuses(Kind.UNSUPPORTED),
    openapi_extra=takes("text/csv", example=_EXAMPLE),
    status_code=201,
)
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


@router.get("/v1/device-imports/{import_id}", summary="导入结果 · Read the answer of an import")
async def get_import(
    import_id: ImportId, db: Db, mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_IMPORT))]
) -> ImportView:
    """The answer to the import, as it was given."""
    async with view(db, mandate) as v:
        known = await imports.get(v, import_id)
        v.permit(imports.resource(known.id, known.agency_id))
    return _view(known.id, known.source, known.file_sha256, known.answers)


@dataclass(frozen=True)
class _File:
    """The facts that all rows of one file share; `by` is the person who sent it."""

    source: str
    agency_id: AgencyId
    sha256: bytes
    profile: Profile
    by: str


async def _rehearse(
    db: Database, mandate: Mandate, file: _File, rows: Sequence[InventoryRow | RefusedRow]
) -> ImportView:
    """The answer that an import would give now; nothing is written."""
    answers: list[RowAnswer] = []
    async with view(db, mandate) as v:
        import_id = ImportId.new(v.now)
        for batch in law.batches(rows, BATCH):
            outcomes = await _judge(v, file, batch, import_id=import_id)
            # The device of a rehearsed row does not exist, so the answer names none.
            answers += [replace(_answer(outcome, {}), device_id=_known(outcome)) for outcome in outcomes]
    return _view(None, file.source, file.sha256, answers, dry_run=True)


async def _carry_out(
    db: Database, mandate: Mandate, file: _File, rows: Sequence[InventoryRow | RefusedRow]
) -> ImportView:
    """Write the rows batch by batch, then the import with its answer, if it brought anything."""
    answers: list[RowAnswer] = []
    import_id = ImportId.new(db.clock())
    for batch in law.batches(rows, BATCH):
        async with change(db, mandate) as tx:
            # Two imports of one inventory at once: the second waits here and then finds the rows of the first.
            await devices.hold_codes(tx, file.agency_id)
            outcomes = await _judge(tx, file, batch, import_id=import_id)
            brought = [outcome for outcome in outcomes if isinstance(outcome, Brought)]
            permit = tx.permit(imports.resource(import_id, file.agency_id))
            await devices.add_imported(tx, permit, brought, source=file.source)
        records = dict(zip((outcome.device.id for outcome in brought), tx.made, strict=True))
        answers += [_answer(outcome, records) for outcome in outcomes]
        # The rows' record ids stand in the body: a header with thousands of them would reach nobody.
        mandate.records.clear()
    return await _conclude(db, mandate, file, import_id, tuple(answers))


async def _conclude(
    db: Database, mandate: Mandate, file: _File, import_id: ImportId, answers: tuple[RowAnswer, ...]
) -> ImportView:
    given = _view(import_id, file.source, file.sha256, answers)
    async with change(db, mandate) as tx:
        if given.imported == 0:
            return tx.answer(given.model_copy(update={"id": None}))
        permit = tx.permit(imports.resource(import_id, file.agency_id))
        fact = law.conclude(
            import_id,
            file.agency_id,
            file_sha256=file.sha256,
            imported=given.imported,
            unchanged=given.unchanged,
            refused=given.refused,
        )
        await imports.add(tx, permit, fact, texts=ImportTexts(file.source, answers))
        return tx.answer(given)


async def _judge(
    at: Tx | View, file: _File, batch: Sequence[InventoryRow | RefusedRow], *, import_id: ImportId
) -> list[Outcome]:
    """The outcome of each row, given what the register holds."""
    good = [row for row in batch if isinstance(row, InventoryRow)]
    existing = await imports.get_existing(at, file.agency_id, good, source=file.source)
    return [
        row
        if isinstance(row, RefusedRow)
        else legacy.judge(
            row,
            source=file.source,
            agency_id=file.agency_id,
            import_id=import_id,
            by=file.by,
            existing=existing,
            profile=file.profile,
            at=at.now,
        )
        for row in batch
    ]


def _answer(outcome: Outcome, records: Mapping[DeviceId, str]) -> RowAnswer:
    """The answer to one row; `records` are the ids of the records that brought the devices of its batch."""
    match outcome:
        case RefusedRow():
            return RowAnswer(outcome.number, "REFUSED", errors=outcome.errors)
        case Known():
            return RowAnswer(outcome.row.number, "UNCHANGED", device_id=outcome.device_id)
        case Brought():
            return RowAnswer(
                outcome.row.number,
                "IMPORTED",
                device_id=outcome.device.id,
                state=outcome.fact.state,
                findings=outcome.fact.findings,
                record_id=records.get(outcome.device.id),
            )
        case _:
            assert_never(outcome)


def _known(outcome: Outcome) -> DeviceId | None:
    return outcome.device_id if isinstance(outcome, Known) else None


def _row_view(answer: RowAnswer) -> ImportRowView:
    return ImportRowView(
        row=answer.row,
        outcome=answer.outcome,
        device_id=answer.device_id,
        state=answer.state.value if answer.state else None,
        findings=list(answer.findings),
        errors=[
            InputErrorView(pointer=e.pointer, code=e.code, message=e.said(language())) for e in answer.errors
        ],
        record_id=answer.record_id,
    )


def _view(
    import_id: ImportId | None,
    source: str,
    file_sha256: bytes,
    answers: Sequence[RowAnswer],
    *,
    dry_run: bool = False,
) -> ImportView:
    outcomes = Counter(answer.outcome for answer in answers)
    return ImportView(
        id=import_id,
        source=source,
        file_sha256=file_sha256.hex(),
        dry_run=dry_run,
        total=len(answers),
        imported=outcomes["IMPORTED"],
        unchanged=outcomes["UNCHANGED"],
        refused=outcomes["REFUSED"],
        findings=dict(Counter(finding for answer in answers for finding in answer.findings)),
        rows=[_row_view(answer) for answer in answers],
    )


def _require_csv(request: Request) -> None:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "text/csv":
        raise Refusal(Kind.UNSUPPORTED, "IMP_NOT_CSV")
