"""Files that an agency gets: the template, its devices in the same columns, and its own file with the answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Response

from common.door.uow import view
from common.policy import Action, Mandate
from common.values.errors import Kind, Refusal
from common.values.ids import ImportId
from common.web.auth import Allow, Db
from common.web.openapi import refuses, sends
from common.web.telemetry import language
from device_registry.api.views import agency_of
from device_registry.inventories import carrying, writing
from device_registry.inventories.writing import MEDIA_TYPES, FormatName
from device_registry.runtime import Run
from device_registry.store import imports, inventories

router = APIRouter()

Format = Annotated[FormatName, Query(description="文件格式 · The format of the file.")]
_SENT: Final = sends("text/csv", MEDIA_TYPES["xlsx"])


@router.get(
    "/v1/device-inventory-template", summary="设备清单模板 · The template of an inventory", responses=_SENT
)
async def get_template(
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_IMPORT))], format: Format = "xlsx"
) -> Response:
    """An empty inventory whose headings every import reads; the workbook explains each column on its second sheet."""
    said = language()
    return await _file(format, "template", lambda: writing.template(format, said))


@router.get(
    "/v1/device-inventory",
    summary="导出设备清单 · The devices in the columns of the template",
    responses=_SENT,
)
async def export_inventory(
    db: Db, mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_READ))], format: Format = "xlsx"
) -> Response:
    """Every device of the agency, in columns that can be corrected and imported again from the same source."""
    said, agency_id = language(), agency_of(mandate)
    async with view(db, mandate) as v:
        listed = await inventories.list_of_agency(v, agency_id)
    return await _file(format, "devices", lambda: writing.exported(format, listed, said))


@router.get(
    "/v1/device-imports/{import_id}/file",
    summary="附有结果的原文件 · The same file, with what came of each row",
    responses=_SENT | refuses(Kind.GONE, Kind.CONFLICT),
)
async def get_answered_file(
    import_id: ImportId,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_IMPORT))],
    format: Format = "xlsx",
) -> Response:
    """The sender's file with two columns more: the outcome of each row, and why. 409 while the import is under way."""
    async with view(db, mandate) as v:
        known = await imports.get(v, import_id)
        v.permit(imports.resource(import_id, known.agency_id))
        if known.concluded_at is None:
            facts = {"done": known.done, "total": known.total}
            raise Refusal(Kind.CONFLICT, "IMP_UNDER_WAY", facts)
        file = await imports.get_file(v, import_id)
        listed = await imports.list_answers(v, import_id, limit=known.total)
    if not file.content:
        raise Refusal(Kind.GONE, "IMP_FILE_GONE", {"days": runtime.settings.import_file_days})
    opened, understood = await carrying.read_file(runtime, file.content, file.choice)
    said, answers = language(), [answer for _, answer in listed]
    return await _file(
        format, "answered", lambda: writing.annotated(format, opened.sheets, understood, answers, said)
    )


async def _file(format: FormatName, name: str, make: Callable[[], bytes]) -> Response:
    """The file that `make` writes, in a thread: 50,000 rows take seconds."""
    data = await asyncio.to_thread(make)
    headers = {"content-disposition": f'attachment; filename="{name}.{format}"'}
    return Response(data, media_type=MEDIA_TYPES[format], headers=headers)
