"""The list of certificates that the agency must renew (Metrology 9; PJ §2.4)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import view
from common.policy import Action, Mandate
from common.values.calendar import legal_day
from common.values.ids import DeviceId
from common.web.auth import Allow, Db
from common.web.pages import Cursor, Limit, after, next_cursor
from device_registry.contract import VerificationExpiryPage, VerificationExpiryView
from device_registry.domain.expiry import endings
from device_registry.runtime import Run
from device_registry.store import dossiers, expiry

router = APIRouter()


@router.get("/v1/verification-expiries", summary="即将到期的检定证书 · List certificates that run out")
async def list_verification_expiries(
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_READ))],
    limit: Limit = 50,
    cursor: Cursor = "",
) -> VerificationExpiryPage:
    """The certificates of the devices that were warned of and that no later certificate has relieved."""
    place = after(cursor, DeviceId) or ""
    async with view(db, mandate) as v:
        listed = await expiry.list_devices(v, after=place, limit=limit + 1)
        known = await dossiers.list_by_ids(v, listed[:limit])
    soon, now = max(runtime.profile.watch.verification_warnings_d), v.now
    items = [
        VerificationExpiryView(
            device_id=dossier.device.id,
            device_code=dossier.device.code,
            agency_id=dossier.device.agency_id,
            place=dossier.device.site.place,
            state=dossier.device.state.value,
            certificate_no=ending.certificate_no,
            functions=list(ending.functions),
            valid_until=ending.valid_until,
            days_left=(ending.valid_until - legal_day(now)).days,
        )
        for dossier in known
        for ending in endings(dossier, at=now)
    ]
    return VerificationExpiryPage(
        items=[item for item in items if item.days_left <= soon],
        next_cursor=next_cursor(listed, limit, lambda device_id: device_id),
    )
