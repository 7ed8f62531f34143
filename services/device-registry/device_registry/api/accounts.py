"""Digest accounts of devices that push over GA/T 1400."""

from __future__ import annotations

import hashlib
import secrets
from typing import Annotated, Final

from fastapi import APIRouter, Depends

from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.ids import DeviceId
from common.web.auth import Allow, Db
from device_registry.contract import PushAccountIssued, PushAccountOrder, PushAccountView
from device_registry.domain.papers import issue_account
from device_registry.store import accounts, devices
from device_registry.store.accounts import AccountSecret

router = APIRouter()

REALM: Final = "viid.local"
"""The realm of the answer to a GA/T 1400 registration; clients take it as it comes, some take no other."""

_LETTERS: Final = "abcdefghjkmnpqrstvwxyz23456789"


@router.post(
    "/v1/devices/{device_id}/push-accounts", summary="发放推送账号 · Issue a push account", status_code=201
)
async def issue_push_account(
    device_id: DeviceId,
    order: PushAccountOrder,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_ISSUE_ACCOUNT))],
) -> PushAccountIssued:
    """A fresh account; the password is in this answer and nowhere else. Older accounts stay valid, for rotation."""
    account, password = f"cam{_random(10)}", _random(24)
    async with change(db, mandate) as tx:
        device = await devices.lock(tx, device_id)
        permit = tx.permit(devices.resource(device))
        fact = issue_account(device, account=account, realm=REALM)
        made = await accounts.add(tx, permit, fact, texts=AccountSecret(_ha1(account, password)))
        issued = PushAccountIssued(
            account=made.name,
            password=password,
            realm=made.realm,
            device_id=device.id,
            device_code=device.code or "",
        )
        # The answer for a repeat has no password: a stored answer would be a stored password (Inv. 6).
        tx.answer(issued.model_copy(update={"password": None}))
        return issued


@router.get("/v1/push-accounts/{account}", summary="推送账号详情 · Read a push account")
async def read_push_account(
    account: str,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_READ_ACCOUNT))],
) -> PushAccountView:
    """HA1 and the device of an account, to check a Digest answer with. Evidence alone may ask."""
    async with view(db, mandate) as v:
        known = await accounts.get(v, account)
        device = await devices.get(v, known.device_id)
    return PushAccountView(
        account=known.name,
        realm=known.realm,
        ha1=known.ha1,
        devices={device.code or "": device.id},
        agency_id=device.agency_id,
    )


def _ha1(account: str, password: str) -> str:
    # MD5 because devices of GA/T 1400 speak no other Digest.
    return hashlib.md5(f"{account}:{REALM}:{password}".encode(), usedforsecurity=False).hexdigest()


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))
