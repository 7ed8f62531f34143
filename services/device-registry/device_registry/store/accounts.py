"""Digest accounts. This file alone seals and opens HA1, under the secret of the device's stream (Inv. 6)."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Permit, not_found
from common.values.ids import DeviceId
from device_registry.domain.papers import DeviceAccountIssued
from device_registry.store import tables


@dataclass(frozen=True)
class Account:
    """A Digest account of the device, with its HA1 of RFC 2617, 3.2.2.2, in hex."""

    name: str
    realm: str
    ha1: str
    device_id: DeviceId


@dataclass(frozen=True)
class AccountSecret:
    """Of `DeviceAccountIssued`: HA1 in hex."""

    ha1: str


async def add(tx: Tx, permit: Permit, fact: DeviceAccountIssued, *, texts: AccountSecret) -> Account:
    """The account that `fact` issues."""
    tx.record(permit, fact)
    account = Account(fact.account, fact.realm, texts.ha1, DeviceId(fact.owner))
    sealed = await tx.secrets.sealed(fact.stream, _name(account.name), account.ha1.encode())
    row = {
        "account": account.name,
        "device_id": account.device_id,
        "realm": account.realm,
        "ha1_sealed": sealed,
        "issued_at": tx.now,
    }
    await tx.add(fact, tables.push_accounts, row)
    return account


async def get(v: View, name: str) -> Account:
    """The account of this name. Refusal NOT_FOUND without one."""
    query = sa.select(tables.push_accounts).where(tables.push_accounts.c.account == name)
    row = (await v.conn.execute(query)).one_or_none()
    if row is None:
        raise not_found("such account")
    device_id = DeviceId(row.device_id)
    ha1 = v.secrets.open(device_id.stream, _name(row.account), bytes(row.ha1_sealed))
    return Account(row.account, row.realm, ha1.decode(), device_id)


def _name(account: str) -> str:
    """The name that a sealed HA1 is bound to: moved to another account it does not open."""
    return f"push-account/{account}"
