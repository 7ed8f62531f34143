"""Digest accounts of devices that push over GA/T 1400."""

from __future__ import annotations

import secrets
from typing import Annotated, Final

from fastapi import APIRouter, Depends

from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.ids import DeviceId
from common.web.auth import Allow, Db, Run
from device_registry.contract import PushAccountIssued, PushAccountOrder, PushAccountView
from device_registry.domain.papers import issue_account
from device_registry.sealing import ha1, seal, unseal
from device_registry.store import accounts, devices

router = APIRouter()

REALM: Final = "viid.local"
"""The realm that every client accepts (spec/devices-and-gat1400.md §A.3)."""

_LETTERS: Final = "abcdefghjkmnpqrstvwxyz23456789"


@router.post("/v1/devices/{device_id}/push-accounts", status_code=201)
async def issue_push_account(
    device_id: DeviceId,
    order: PushAccountOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_ISSUE_ACCOUNT))],
) -> PushAccountIssued:
    """A fresh account; the password is in this answer and nowhere else. Older accounts stay valid, for rotation."""
    account, password = f"cam{_random(10)}", _random(24)
    nonce, sealed = seal(runtime.settings.keys, account, ha1(account, REALM, password))
    async with change(db, mandate) as tx:
        device = await devices.lock(tx, device_id)
        permit = tx.permit(devices.resource(device))
        fact = issue_account(device, account=account, realm=REALM)
        await accounts.add(tx, permit, device, fact, nonce=nonce, sealed=sealed)
        issued = PushAccountIssued(
            account=account,
            password=password,
            realm=REALM,
            device_id=device.id,
            device_code=device.code or "",
        )
        # The answer kept for a repeat has no password: a stored answer would be a stored password (Inv. 6).
        tx.answer(issued.model_copy(update={"password": None}))
        return issued


@router.get("/v1/push-accounts/{account}")
async def read_push_account(
    account: str,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_READ_ACCOUNT))],
) -> PushAccountView:
    """What intake checks a Digest answer with. Evidence alone may ask."""
    async with view(db, mandate) as v:
        found = await accounts.get(v, account)
    return PushAccountView(
        account=found.account,
        realm=found.realm,
        ha1=unseal(runtime.settings.keys, found.account, found.nonce, found.sealed),
        devices={found.device_code: found.device_id},
        agency_id=found.agency_id,
    )


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))
