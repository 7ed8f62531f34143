"""The keys with which devices sign their captures: enrolled with a proof, revoked, read by evidence."""

from __future__ import annotations

import base64
from typing import Annotated

from fastapi import APIRouter, Depends, Path

from common.calls.devicekeys import DeviceKey, Usable, read_key
from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.errors import Kind, Refusal
from common.values.ids import DeviceId
from common.values.law import NJ_8
from common.web.auth import Allow, Db
from device_registry.contract import (
    NamedKeysView,
    NamedKeyView,
    SigningKeyOrder,
    SigningKeyRevocationOrder,
    SigningKeysView,
    SigningKeyView,
)
from device_registry.domain import keys as law
from device_registry.domain.keys import Algorithm, Holder, Revocation, SigningKey, possession_text
from device_registry.store import devices, keys

router = APIRouter()
Issuing = Annotated[Mandate, Depends(Allow(Action.DEVICE_ISSUE_ACCOUNT))]
Number = Annotated[int, Path(ge=1, le=law.MOST_NUMBERS)]


@router.post(
    "/v1/devices/{device_id}/signing-keys", summary="登记设备签名密钥 · Enrol a signing key", status_code=201
)
async def enroll_signing_key(
    device_id: DeviceId, order: SigningKeyOrder, db: Db, mandate: Issuing
) -> SigningKeyView:
    """From here on the device signs each capture; what it sends unsigned goes into quarantine (NJ 8)."""
    async with change(db, mandate) as tx:
        device = await devices.lock(tx, device_id)
        permit = tx.permit(devices.resource(device))
        key = _proved(order)
        if await keys.find(tx, device_id, order.kid) is not None:
            raise Refusal(Kind.CONFLICT, "DEV_KEY_NAME_USED", {"kid": order.kid}, article=NJ_8)
        fact = law.enroll_key(
            device,
            kid=order.kid,
            algorithm=Algorithm(order.algorithm),
            public_key=key.public,
            holder=Holder(order.holder),
            valid_from=order.valid_from,
            valid_until=order.valid_until,
            at=tx.now,
        )
        return tx.answer(_view(await keys.add(tx, permit, fact)))


@router.post(
    "/v1/devices/{device_id}/signing-keys/{number}/revocation",
    summary="吊销设备签名密钥 · Revoke a signing key",
    status_code=201,
)
async def revoke_signing_key(
    device_id: DeviceId, number: Number, order: SigningKeyRevocationOrder, db: Db, mandate: Issuing
) -> SigningKeyView:
    """End the key with this number, back to when it was lost. Evidence knows it within a minute."""
    async with change(db, mandate) as tx:
        device = await devices.lock(tx, device_id)
        permit = tx.permit(devices.resource(device))
        key = await keys.get(tx, device_id, f"{device.code}#{number}")
        fact = law.revoke_key(key, reason=Revocation(order.reason), since=order.since, at=tx.now)
        return tx.answer(_view(await keys.save(tx, permit, key, fact)))


@router.get("/v1/devices/{device_id}/signing-keys", summary="设备签名密钥 · The signing keys of a device")
async def list_signing_keys(
    device_id: DeviceId, db: Db, mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_READ))]
) -> SigningKeysView:
    """Every key that the device ever had."""
    async with view(db, mandate) as v:
        v.permit(devices.resource(await devices.get(v, device_id)))
        listed = await keys.list_of_device(v, device_id)
    return SigningKeysView(items=[_view(key) for key in listed])


@router.get(
    "/v1/signing-keys/{device_code}/{number}", summary="按名称查询签名密钥 · Read signing keys by name"
)
async def read_signing_keys(
    device_code: Annotated[str, Path(pattern=r"^[0-9]{20}$")],
    number: Number,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_READ_ACCOUNT))],
) -> NamedKeysView:
    """The keys named `<code>#<number>`, to check the signature of a capture with. Evidence alone may ask."""
    async with view(db, mandate) as v:
        listed = await keys.list_by_name(v, f"{device_code}#{number}")
    return NamedKeysView(
        items=[
            NamedKeyView(key=_view(each.key), device_code=each.device_code, agency_id=each.agency_id)
            for each in listed
        ]
    )


def _proved(order: SigningKeyOrder) -> DeviceKey:
    """The key of an order whose signature over the text of the proof holds."""
    usable, key, proof = read_key(order.algorithm, order.public_key, order.proof)
    if usable is Usable.NO_SM2:
        raise Refusal(Kind.UNAVAILABLE, "DEV_SM2_UNAVAILABLE")
    if key is None:
        raise Refusal(Kind.INVALID, "DEV_KEY_UNUSABLE", {"algorithm": order.algorithm}, article=NJ_8)
    if not key.verifies(possession_text(order.kid, key.public), proof):
        raise Refusal(Kind.INVALID, "DEV_KEY_PROOF_WRONG", {"kid": order.kid}, article=NJ_8)
    return key


def _view(key: SigningKey) -> SigningKeyView:
    public_key = base64.b64encode(key.public_key).decode()
    return SigningKeyView.model_validate(vars(key) | {"public_key": public_key})
