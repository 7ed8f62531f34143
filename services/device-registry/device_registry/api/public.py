"""The public list of devices, without login (APL 41(1); NJ 10): searched, on a map, as a table, one by one."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request, Response

from common.door.uow import view
from common.policy import Action, Mandate, as_anybody
from common.values.errors import Kind, Refusal
from common.values.ids import AgencyId, DeviceId
from common.values.law import NJ_10
from common.values.profile import Bounds
from common.web.auth import Allow, Db
from common.web.openapi import sends
from common.web.pages import Cursor, Limit, after, next_cursor
from device_registry.contract import PublicDevicePage, PublicDeviceView, StateName
from device_registry.contract.public import SignCodeView
from device_registry.domain.coverage import cells_in
from device_registry.publishing.page import page_of
from device_registry.publishing.views import public_view
from device_registry.runtime import Run
from device_registry.store import public
from device_registry.store.public import EVERY, PublicDevice, Wanted

router = APIRouter()

Anybody = Annotated[Mandate, Depends(Allow(Action.DEVICE_LIST_PUBLIC))]

_MOST_CELLS: Final = 2_500  # half a degree each way: a city
_ON_A_MAP: Final = 1_000
_IN_A_TABLE: Final = 5_000
_BOX: Final = r"^-?[0-9]{1,3}(\.[0-9]{1,6})?(,-?[0-9]{1,3}(\.[0-9]{1,6})?){3}$"
_COLUMNS: Final = {
    "device_id": "标识",
    "device_code": "设备编号",
    "kind": "类型",
    "state": "状态",
    "place": "设置地点",
    "direction": "方向",
    "longitude": "经度(WGS84)",
    "latitude": "纬度(WGS84)",
    "functions": "采集的违法行为",
    "bases": "设置依据",
    "published_at": "公布时间",
    "active_since": "启用时间",
    "ended_at": "停用时间",
    "verification_valid_until": "检定有效期至",
    "complaint_phone": "投诉电话",
    "address": "查询地址",
}


def _asked(
    q: Annotated[
        str, Query(max_length=60, description="道路、地点或者编号 · A part of the place, or a code")
    ] = "",
    agency_id: Annotated[AgencyId | None, Query(description="执法机关 · The agency")] = None,
    function: Annotated[str, Query(max_length=80, description="违法行为代码 · The violation's code")] = "",
    state: Annotated[StateName | None, Query(description="状态 · The state")] = None,
) -> Wanted:
    shown = EVERY.states if state is None else tuple(each for each in EVERY.states if each == state)
    return Wanted(q.strip(), agency_id, function, shown)


Asked = Annotated[Wanted, Depends(_asked)]


@router.get("/v1/public/devices", summary="公开设备名录 · List the public devices")
async def list_public_devices(
    db: Db, runtime: Run, mandate: Anybody, wanted: Asked, limit: Limit = 50, cursor: Cursor = ""
) -> PublicDevicePage:
    """Devices that were published, those out of use included, in the order of their registration."""
    place = after(cursor, DeviceId) or ""
    async with view(db, as_anybody(mandate)) as v:
        listed = await public.list_published(v, after=place, limit=limit + 1, wanted=wanted)
    return PublicDevicePage(
        items=[_view(device, runtime) for device in listed[:limit]],
        next_cursor=next_cursor(listed, limit, lambda device: device.id),
    )


@router.get("/v1/public/devices/{device_id}", summary="公开设备详情 · Read one public device")
async def get_public_device(device_id: DeviceId, db: Db, runtime: Run, mandate: Anybody) -> PublicDeviceView:
    """One device of the public list, without login. Refusal NOT_FOUND for a device that the list does not show."""
    async with view(db, as_anybody(mandate)) as v:
        return _view(await public.get_published(v, device_id), runtime)


@router.get(
    "/v1/public/devices/{device_id}/sign-code", summary="标志牌二维码内容 · What the sign's code says"
)
async def get_sign_code(device_id: DeviceId, db: Db, runtime: Run, mandate: Anybody) -> SignCodeView:
    """The short address for the QR code, which never changes, and the lines beside it."""
    async with view(db, as_anybody(mandate)) as v:
        shown = _view(await public.get_published(v, device_id), runtime)
    lines = [
        "电子技术监控设备",
        f"编号 {shown.device_code or shown.device_id}",
        f"采集 {'、'.join(shown.functions)}",
        "扫码查看设置依据和公布信息",
        f"投诉电话 {shown.complaint_phone}",
    ]
    return SignCodeView(device_id=device_id, address=shown.address, lines=lines)


@router.get(
    "/v1/public/signs/{short}",
    summary="标志牌二维码页面 · The page behind a sign's code",
    response_class=Response,
    responses=sends("text/html"),
)
async def get_sign_page(
    short: Annotated[
        str, Path(pattern=r"^[0-7][0-9a-hjkmnp-tv-z]{25}$", description="设备标识 · The device")
    ],
    db: Db,
    runtime: Run,
    mandate: Anybody,
) -> Response:
    """The short address of a device: what a passer-by reads who points a phone at the sign."""
    async with view(db, as_anybody(mandate)) as v:
        device = await public.get_published(v, DeviceId(f"{DeviceId.prefix}_{short}"))
    return Response(page_of(_view(device, runtime)), media_type="text/html; charset=utf-8")


@router.get(
    "/v1/public/device-map",
    summary="公开设备地图 · The public devices of a map window",
    response_class=Response,
    responses=sends("application/geo+json"),
)
async def get_device_map(
    db: Db,
    runtime: Run,
    mandate: Anybody,
    wanted: Asked,
    bbox: Annotated[
        str, Query(pattern=_BOX, description="西,南,东,北(度) · West,south,east,north in degrees")
    ],
) -> Response:
    """The devices in a box of at most half a degree each way, rounded to about ten metres.

    Of more than a thousand the first thousand are shown, and `truncated` says so: zoom in.
    """
    bounds = Bounds(*(Decimal(degrees) for degrees in bbox.split(",")))
    cells = cells_in(bounds) if _is_box(bounds) else ()
    if not cells:
        raise Refusal(Kind.INVALID, "DEV_MAP_WINDOW", {"degrees": "0.5"}, article=NJ_10)
    wanted = Wanted(wanted.words, wanted.agency_id, wanted.function, wanted.states, bounds)
    async with view(db, as_anybody(mandate)) as v:
        found = await public.list_in_cells(v, cells, wanted, limit=_ON_A_MAP + 1)
    features = [_feature(_view(device, runtime)) for device in found[:_ON_A_MAP]]
    collection = {"type": "FeatureCollection", "features": features, "truncated": len(found) > _ON_A_MAP}
    return Response(orjson.dumps(collection), media_type="application/geo+json")


@router.get(
    "/v1/public/device-table",
    summary="公开设备表格 · The public devices as CSV",
    response_class=Response,
    responses=sends("text/csv"),
)
async def get_device_table(
    request: Request, db: Db, runtime: Run, mandate: Anybody, wanted: Asked, cursor: Cursor = ""
) -> Response:
    """Up to 5,000 devices as a table; where there are more, the header `Link` leads to the next 5,000."""
    place = after(cursor, DeviceId) or ""
    async with view(db, as_anybody(mandate)) as v:
        listed = await public.list_published(v, after=place, limit=_IN_A_TABLE + 1, wanted=wanted)
    rows = [_view(device, runtime) for device in listed[:_IN_A_TABLE]]
    headers = {"content-disposition": 'attachment; filename="devices.csv"'}
    following = next_cursor(listed, _IN_A_TABLE, lambda device: device.id)
    if following:
        more = request.url.include_query_params(cursor=following)
        headers["link"] = f'<{more.path}?{more.query}>; rel="next"'
    return Response(_table(rows), media_type="text/csv; charset=utf-8", headers=headers)


def _view(device: PublicDevice, runtime: Run) -> PublicDeviceView:
    return public_view(device, city_domain=runtime.profile.city_domain)


def _is_box(bounds: Bounds) -> bool:
    """Whether the box lies on the earth and is small enough to be a window of a map."""
    most = Decimal("0.5")
    is_on_earth = bounds.west >= -180 and bounds.east <= 180 and bounds.south >= -90 and bounds.north <= 90
    return is_on_earth and 0 <= bounds.east - bounds.west <= most and 0 <= bounds.north - bounds.south <= most


def _feature(device: PublicDeviceView) -> dict[str, object]:
    point = None
    if device.longitude is not None and device.latitude is not None:
        # Written as they are, so that 121.4500 keeps its four places: a float would lose them.
        figures = f"[{device.longitude},{device.latitude}]".encode()
        point = {"type": "Point", "coordinates": orjson.Fragment(figures)}
    said = device.model_dump(mode="json", exclude={"longitude", "latitude"})
    return {"type": "Feature", "id": device.device_id, "geometry": point, "properties": said}


def _table(rows: list[PublicDeviceView]) -> bytes:
    """The rows under Chinese headings. The mark at the head lets spreadsheets read UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS.values())
    for row in rows:
        said = row.model_dump(mode="json")
        writer.writerow(_cell(said[name]) for name in _COLUMNS)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _cell(value: object) -> str:
    """The value as text that no spreadsheet takes for a formula."""
    text = ";".join(value) if isinstance(value, list) else "" if value is None else str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
