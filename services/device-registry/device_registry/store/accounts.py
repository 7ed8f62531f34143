"""Digest accounts. This file alone seals and opens HA1, under the secret of the device's stream (Inv. 6)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Permit, not_found
from common.values.ids import AgencyId, DeviceId
from device_registry.domain.papers import DeviceAccountIssued
from device_registry.store import tables


@dataclass(frozen=True)
class Account:
    """An account with its HA1 in hex, and the code, id and agency of the device it pushes for."""

    name: str
    realm: str
    ha1: str
    device_code: str
    device_id: DeviceId
    agency_id: AgencyId


@dataclass(frozen=True)
class AccountSecret:
    """Of `DeviceAccountIssued`: HA1 of RFC 2617, 3.2.2.2, in hex."""

    ha1: str


async def add(tx: Tx, permit: Permit, fact: DeviceAccountIssued, *, texts: AccountSecret) -> None:
    """Keep the account that `fact` issues."""
    tx.record(permit, fact)
    # In a thread: the first secret of a stream waits for the disk.
    sealed = await asyncio.to_thread(tx.secrets.seal, fact.stream, _name(fact.account), texts.ha1.encode())
    row = {
        "account": fact.account,
        "device_id": fact.owner,
        "realm": fact.realm,
        "ha1_sealed": sealed,
        "issued_at": tx.now,
    }
    await tx.add(fact, tables.push_accounts, row)


async def get(v: View, account: str) -> Account:
    """The account of this name. Refusal NOT_FOUND without one."""
    accounts, devices = tables.push_accounts, tables.devices
    query = (
        sa.select(accounts, devices.c.code, devices.c.agency_id)
        .join(devices, devices.c.id == accounts.c.device_id)
        .where(accounts.c.account == account)
    )
    row = (await v.conn.execute(query)).one_or_none()
    if row is None:
        raise not_found("such account")
    device_id = DeviceId(row.device_id)
    ha1 = v.secrets.open(device_id.stream, _name(row.account), bytes(row.ha1_sealed))
    return Account(row.account, row.realm, ha1.decode(), row.code, device_id, AgencyId(row.agency_id))


def _name(account: str) -> str:
    """The name that a sealed HA1 is bound to: moved to another account it does not open."""
    return f"push-account/{account}"
