"""The directory of a push account, for evidence, which answers the platform that owns it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from common.door.uow import view
from common.policy import Action, Mandate
from common.web.auth import Allow, Db
from device_registry.contract.directory import ListedDevicesView, ListedDeviceView
from device_registry.store import accounts, directory

router = APIRouter()

_CODES = r"^(?:[0-9]{20}(?:,[0-9]{20})*)?$"


@router.get(
    "/v1/push-accounts/{account}/devices", summary="推送账号的设备目录 · List the devices of a push account"
)
async def list_account_devices(
    account: str,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_READ_ACCOUNT))],
    types: Annotated[str, Query(pattern=r"^[0-9]{3}(?:,[0-9]{3})*$")],
    codes: Annotated[str, Query(pattern=_CODES, max_length=21_000)] = "",
    first: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> ListedDevicesView:
    """The devices for which an account speaks, by type and code. Evidence alone may ask."""
    async with view(db, mandate) as v:
        known = await accounts.get(v, account)
        chosen = [code for code in codes.split(",") if code]
        entries, total = await directory.list_of_account(
            v, known.name, types=types.split(","), codes=chosen, first=first, limit=limit
        )
    return ListedDevicesView(items=[_view(entry) for entry in entries], total=total)


def _view(entry: directory.Entry) -> ListedDeviceView:
    at = {
        name: None if degrees is None else f"{degrees:.6f}"
        for name, degrees in (("longitude", entry.longitude), ("latitude", entry.latitude))
    }
    return ListedDeviceView.model_validate(vars(entry) | at)
