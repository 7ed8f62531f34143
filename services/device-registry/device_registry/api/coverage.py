"""Before and during a review: which devices might be shared, and what the applicant wrote (NJ 7, 9)."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from common.door.uow import view
from common.policy import Action, Mandate
from common.values.ids import DeviceId
from common.web.auth import Allow, Db
from common.web.wire import Code
from device_registry.contract import ApplicationView, CoverageView, NearDeviceView
from device_registry.domain import coverage as law
from device_registry.domain.coverage import Near
from device_registry.domain.device import PlaceType, Site
from device_registry.domain.privacy import Polygon
from device_registry.runtime import Run
from device_registry.store import applications, coverage, devices

router = APIRouter()

_Longitude = Annotated[
    Decimal, Query(ge=-180, le=180, max_digits=9, decimal_places=6, description="经度 · WGS-84 degrees")
]
_Latitude = Annotated[
    Decimal, Query(ge=-90, le=90, max_digits=8, decimal_places=6, description="纬度 · WGS-84 degrees")
]
_Violation = Annotated[
    Code, Query(description="违法行为代码 · The code of the violation that is to be recorded")
]


@router.get("/v1/device-coverage", summary="查询周边可共享设备 · List the devices that could be shared")
async def list_coverage(
    longitude: _Longitude,
    latitude: _Latitude,
    violation: _Violation,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_FIND_COVERAGE))],
) -> CoverageView:
    """The devices of every agency around a point that may record the violation, asked for before applying (NJ 9(3))."""
    profile = runtime.profile
    cells = law.cells_around(longitude, latitude, metres=profile.share_radius_m)
    async with view(db, mandate) as v:
        standing = await coverage.list_standing(v, cells)
    site = Site("", PlaceType.UNKNOWN, None, longitude, latitude)
    found = law.near(standing, site, violations=[violation], profile=profile)
    return CoverageView(radius_m=profile.share_radius_m, devices=[_near_view(each) for each in found])


@router.get("/v1/devices/{device_id}/application", summary="查阅设置申请 · Read the application for a device")
async def get_application(
    device_id: DeviceId, db: Db, mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_READ))]
) -> ApplicationView:
    """The application as it was handed in, for the two reviewers and the head (D-T3 … D-T5)."""
    async with view(db, mandate) as v:
        device = await devices.get(v, device_id)
        v.permit(devices.resource(device))
        filed = await applications.get(v, device_id)
    return ApplicationView(
        device_id=device_id,
        submitted_at=filed.submitted_at,
        necessity=filed.necessity,
        alternatives=filed.alternatives,
        siting=filed.siting,
        plan_id=device.plan_id,
        warnings=list(device.warnings),
        nearby=list(filed.nearby),
        sharing=filed.sharing,
        sketch_sha256=filed.view.sketch_sha256,
        windows=_drawn(filed.view.windows),
        masks=_drawn(filed.view.masks),
        mask_sample_sha256=filed.mask_sample,
    )


def _near_view(found: Near) -> NearDeviceView:
    device = found.device
    return NearDeviceView(
        device_id=device.id,
        agency_id=device.agency_id,
        device_code=device.code,
        kind=device.kind.value,
        state=device.state.value,
        place=device.place,
        longitude=f"{device.longitude:f}",
        latitude=f"{device.latitude:f}",
        functions=list(device.functions),
        metres=found.metres,
    )


def _drawn(polygons: tuple[Polygon, ...]) -> list[list[list[int]]]:
    return [[list(corner) for corner in polygon] for polygon in polygons]
