"""Digest accounts of devices that push over GA/T 1400."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import Tx, change, view
from common.policy import Action, Mandate, not_found
from common.values.ids import DeviceId
from common.web.auth import Allow, Db
from device_registry.contract import (
    PushAccountDevicesOrder,
    PushAccountDevicesView,
    PushAccountIssued,
    PushAccountOrder,
    PushAccountRevocationOrder,
    PushAccountRevoked,
    PushAccountView,
)
from device_registry.credentials.making import REALM, fresh, ha1_of, issued_view
from device_registry.domain.accounts import (
    AccountEnd,
    issue_account,
    list_device,
    require_account,
    revoke_account,
    unlist_device,
)
from device_registry.domain.device import Device
from device_registry.runtime import Run
from device_registry.store import accounts, devices, keys
from device_registry.store.accounts import Account, AccountSecret

router = APIRouter()
Issuing = Annotated[Mandate, Depends(Allow(Action.DEVICE_ISSUE_ACCOUNT))]


@router.post(
    "/v1/devices/{device_id}/push-accounts", summary="发放推送账号 · Issue a push account", status_code=201
)
async def issue_push_account(
    device_id: DeviceId,
    order: PushAccountOrder,
    runtime: Run,
    mandate: Issuing,
) -> PushAccountIssued:
    """A fresh account; the password is in this answer and nowhere else. Older accounts stay valid, for rotation."""
    account, password = fresh()
    async with change(runtime.db, mandate) as tx:
        device = await devices.lock(tx, device_id)
        permit = tx.permit(devices.resource(device))
        fact = issue_account(
            device,
            account=account,
            realm=REALM,
            host_code=order.host_code,
            sessions=order.sessions,
            digest=order.digest,
            media_hosts=tuple(order.media_hosts),
            valid_from=order.valid_from or tx.now,
            valid_until=order.valid_until,
            profile=runtime.profile,
        )
        made = await accounts.add(tx, permit, fact, texts=AccountSecret(ha1_of(account, password)))
        issued = issued_view(made, device, password)
        # The answer for a repeat has no password: a stored answer would be a stored password (Inv. 6).
        tx.answer(issued.model_copy(update={"password": None}))
        return issued


@router.post(
    "/v1/push-accounts/{account}/devices",
    summary="增加账号的设备 · Let a host speak for more devices",
    status_code=201,
)
async def add_account_devices(
    account: str, order: PushAccountDevicesOrder, db: Db, mandate: Issuing
) -> PushAccountDevicesView:
    """A platform, recorder or terminal host speaks for these devices too. A device on the list already stays there."""
    async with change(db, mandate) as tx:
        known = await accounts.get(tx, account)
        locked = await _locked(tx, known, order)
        known = await accounts.get(tx, account)
        require_account(known.name, is_revoked=known.revoked_at is not None)
        listed = {each.id for each in await accounts.list_devices(tx, known)}
        more = [device for device in locked if device.id not in listed]
        for device in more:
            fact = list_device(device, account=known.name, host_code=known.host_code)
            await accounts.save(tx, tx.permit(devices.resource(device)), known, fact)
        return tx.answer(_view(known, devices=len(listed) + len(more), changed=len(more)))


@router.post(
    "/v1/push-accounts/{account}/device-removals",
    summary="移除账号的设备 · Let a host speak for fewer devices",
    status_code=201,
)
async def remove_account_devices(
    account: str, order: PushAccountDevicesOrder, db: Db, mandate: Issuing
) -> PushAccountDevicesView:
    """The account speaks for these devices no more, within a minute. The device of its issue stays on the list."""
    async with change(db, mandate) as tx:
        known = await accounts.get(tx, account)
        locked = await _locked(tx, known, order)
        listed = {each.id for each in await accounts.list_devices(tx, known)}
        fewer = [device for device in locked if device.id != known.device_id and device.id in listed]
        for device in fewer:
            fact = unlist_device(device, account=known.name)
            await accounts.save(tx, tx.permit(devices.resource(device)), known, fact)
        return tx.answer(_view(known, devices=len(listed) - len(fewer), changed=len(fewer)))


@router.post(
    "/v1/push-accounts/{account}/revocation",
    summary="吊销推送账号 · Revoke a push account",
    status_code=201,
)
async def revoke_push_account(
    account: str, order: PushAccountRevocationOrder, db: Db, mandate: Issuing
) -> PushAccountRevoked:
    """The account speaks for nobody, by password or certificate, within a minute. It never comes back."""
    async with change(db, mandate) as tx:
        device = await devices.lock(tx, (await accounts.get(tx, account)).device_id)
        permit = tx.permit(devices.resource(device))
        # Read again: the device is held now, so of two revocations the second sees the first.
        known = await accounts.get(tx, account)
        is_revoked = known.revoked_at is not None
        fact = revoke_account(device, account=account, reason=AccountEnd(order.reason), is_revoked=is_revoked)
        await accounts.save(tx, permit, known, fact)
        return tx.answer(PushAccountRevoked(account=account, reason=order.reason, revoked_at=tx.now))


@router.get("/v1/push-accounts/{account}", summary="推送账号详情 · Read a push account")
async def read_push_account(
    account: str,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_READ_ACCOUNT))],
) -> PushAccountView:
    """HA1 and the devices of an account, to check a Digest answer with. Evidence alone may ask."""
    async with view(db, mandate) as v:
        known = await accounts.get(v, account)
        if known.revoked_at is not None:
            raise not_found("such account")
        device = await devices.get(v, known.device_id)
        listed = await accounts.list_devices(v, known)
        signing = set(await keys.list_signing(v, known.name, known.device_id, at=v.now))
    return PushAccountView(
        account=known.name,
        realm=known.realm,
        ha1=known.ha1,
        host_code=known.host_code,
        sessions=known.sessions,
        digest=known.digest,
        media_hosts=list(known.media_hosts),
        devices={each.code: each.id for each in listed},
        signing=sorted(each.code for each in listed if each.id in signing),
        agency_id=device.agency_id,
        valid_from=known.valid_from,
        valid_until=known.valid_until,
    )


async def _locked(tx: Tx, account: Account, order: PushAccountDevicesOrder) -> list[Device]:
    """The devices of the order. The account's own device is held too: two changes of one list come one after the other.

    In the order of their ids, so that two changes never wait for each other in a circle.
    """
    held = [await devices.lock(tx, device_id) for device_id in sorted({account.device_id, *order.device_ids})]
    for device in held:
        tx.permit(devices.resource(device))
    return [device for device in held if device.id in order.device_ids]


def _view(account: Account, *, devices: int, changed: int) -> PushAccountDevicesView:
    return PushAccountDevicesView(account=account.name, devices=devices, changed=changed)
