"""Inventories: a file comes in, each of its rows is answered, and the same file goes back with the answers (D-T0).

POST ?dry_run=true   200  how the file was read, and the answer that an import would give
POST                 201  a small file, done   ·   202  a large one, under way: GET says how far it is
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.errors import Kind, Refusal
from common.values.ids import ImportId
from common.web.auth import Allow, Db
from common.web.openapi import refuses, takes
from common.web.pages import Cursor, Limit
from common.web.wire import Code
from device_registry.api import importviews
from device_registry.api.importviews import chosen
from device_registry.api.views import agency_of
from device_registry.contract import ImportRowPage, ImportView, OutcomeName
from device_registry.domain import inventory
from device_registry.inventories import carrying
from device_registry.inventories.opening import MEDIA_TYPES
from device_registry.runtime import Run
from device_registry.store import imports
from device_registry.store.imports import File, Received

router = APIRouter()

_EXAMPLE: Final = "设置地点,行政区,经度(WGS84),纬度(WGS84)\n示例路近示例街,黄浦区,121.494821,31.223363\n"
_SHOWN: Final = 200

Reads = Annotated[
    Sequence[str],
    Query(
        max_length=60, description="某列是什么:列名:字段 · What a column is: HEADING:FIELD or LETTER:FIELD."
    ),
]
HeaderRow = Annotated[
    str,
    Query(
        pattern=r"^(false|auto|[1-9][0-9]{0,4})$",
        description="表头在第几行 · The row of the headings; `false` for none.",
    ),
]
DatumName = Annotated[
    str,
    Query(
        max_length=20,
        description="坐标系 · WGS84, CGCS2000, GCJ02, BD09 or TWD97, where the file does not say.",
    ),
]
SheetName = Annotated[
    str, Query(max_length=80, description="工作表 · The one sheet to read; else all that are shown.")
]
Outcome = Annotated[OutcomeName | None, Query(description="只要这种结果的行 · Only rows of this outcome.")]
Importing = Annotated[Mandate, Depends(Allow(Action.DEVICE_IMPORT))]


@router.post(
    "/v1/device-imports",
    summary="导入设备清单 · Import an inventory",
    responses={**refuses(Kind.UNSUPPORTED), 200: {"model": ImportView}, 202: {"model": ImportView}},
    openapi_extra=takes("text/csv", example=_EXAMPLE),
    status_code=201,
)
async def import_inventory(
    request: Request,
    response: Response,
    db: Db,
    runtime: Run,
    mandate: Importing,
    inventory_source: Annotated[Code, Header()],
    dry_run: bool = False,
    read: Reads = (),
    header: HeaderRow = "auto",
    datum: DatumName = "",
    sheet: SheetName = "",
) -> ImportView:
    """Take an inventory (CSV, TSV or a workbook) into state LEGACY, with a finding for every guard that fails.

    Rehearse it first: `read` of the answer says which column was taken for what. Correct it with `read=HEADING:FIELD`
    (or `A:FIELD`, by the column's letter; FIELD `none` leaves a column out), `header=ROW` or `header=false`,
    `sheet=NAME`, and `datum=` WGS84, CGCS2000, GCJ02, BD09 or TWD97. Without a stated datum no device of the file can
    be published.
    """
    _require_table(request)
    choice = chosen(read, header, datum, sheet)
    data = await request.body()
    opened, understood = await carrying.read_file(runtime, data, choice)
    shown = importviews.read_view(opened, understood)
    agency_id = agency_of(mandate)
    if dry_run:
        async with view(db, mandate) as v:
            now = carrying.rehearsal(
                v, agency_id, inventory_source, by=mandate.actor.sub, profile=runtime.profile
            )
            given = await carrying.rehearse(v, understood.rows, now)
        response.status_code = 200
        return importviews.rehearsed(inventory_source, carrying.digest_of(data), shown, given, most=_SHOWN)
    import_id, sha256 = ImportId.new(db.clock()), carrying.digest_of(data)
    is_small = len(understood.rows) <= runtime.settings.import_at_once
    async with change(db, mandate if is_small else _accepted(mandate)) as tx:
        permit = tx.permit(imports.resource(import_id, agency_id))
        fact = inventory.receive(import_id, agency_id, file_sha256=sha256, total=len(understood.rows))
        file = File(data, choice)
        texts = Received(inventory_source, file, importviews.kept(opened, understood))
        await imports.add(tx, permit, fact, texts=texts)
        if not is_small:
            runtime.last_read.keep(import_id, understood.rows)
            response.status_code = 202
            return tx.answer(await importviews.import_view(tx, import_id, most=_SHOWN))
    runtime.last_read.keep(import_id, understood.rows)
    # The job would do it half a second later: a small file is answered at once.
    is_done = await carrying.carry_out(runtime, import_id)
    response.status_code = 201 if is_done else 202
    async with change(db, mandate if is_done else _accepted(mandate)) as tx:
        return tx.answer(await importviews.import_view(tx, import_id, most=_SHOWN))


@router.get("/v1/device-imports/{import_id}", summary="导入结果 · How an import stands")
async def get_import(import_id: ImportId, db: Db, mandate: Importing) -> ImportView:
    """How far the import is, how the file was read, and what came of its rows so far."""
    async with view(db, mandate) as v:
        v.permit(imports.resource(import_id, (await imports.get(v, import_id)).agency_id))
        return await importviews.import_view(v, import_id, most=_SHOWN)


@router.get("/v1/device-imports/{import_id}/rows", summary="导入结果的各行 · The rows of an import")
async def list_import_rows(
    import_id: ImportId,
    db: Db,
    mandate: Importing,
    outcome: Outcome = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> ImportRowPage:
    """The rows that are answered, in the file's order; with `outcome` those alone."""
    after = importviews.place_of(cursor)
    async with view(db, mandate) as v:
        v.permit(imports.resource(import_id, (await imports.get(v, import_id)).agency_id))
        listed = await imports.list_answers(v, import_id, outcome=outcome, after=after, limit=limit + 1)
    return importviews.row_page(listed, limit)


def _accepted(mandate: Mandate) -> Mandate:
    """The same mandate, whose answer is repeated as 202."""
    assert mandate.request is not None
    return replace(mandate, request=replace(mandate.request, status=202))


def _require_table(request: Request) -> None:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in MEDIA_TYPES:
        raise Refusal(Kind.UNSUPPORTED, "IMP_NOT_A_TABLE", {"media_types": MEDIA_TYPES})
