"""Digest accounts. HA1 leaves this file sealed, as it came."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Permit, not_found
from common.values.ids import AgencyId, DeviceId
from device_registry.domain.device import Device
from device_registry.domain.papers import DeviceAccountIssued
from device_registry.store import tables


@dataclass(frozen=True)
class SealedAccount:
    """An account with its sealed HA1, and the code, id and agency of the device it pushes for."""

    account: str
    realm: str
    nonce: bytes
    sealed: bytes
    device_code: str
    device_id: DeviceId
    agency_id: AgencyId


async def add(
    tx: Tx, permit: Permit, device: Device, fact: DeviceAccountIssued, *, nonce: bytes, sealed: bytes
) -> None:
    tx.record(permit, fact)
    row = {
        "account": fact.account,
        "device_id": device.id,
        "realm": fact.realm,
        "ha1_nonce": nonce,
        "ha1_sealed": sealed,
        "issued_at": tx.now,
    }
    await tx.add(fact, tables.push_accounts, row)


async def get(v: View, account: str) -> SealedAccount:
    accounts, devices = tables.push_accounts, tables.devices
    query = (
        sa.select(accounts, devices.c.code, devices.c.agency_id)
        .join(devices, devices.c.id == accounts.c.device_id)
        .where(accounts.c.account == account)
    )
    row = (await v.conn.execute(query)).one_or_none()
    if row is None:
        raise not_found("such account")
    return SealedAccount(
        row.account,
        row.realm,
        bytes(row.ha1_nonce),
        bytes(row.ha1_sealed),
        row.code,
        DeviceId(row.device_id),
        AgencyId(row.agency_id),
    )
