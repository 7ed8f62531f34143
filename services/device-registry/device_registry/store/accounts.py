"""Digest accounts. This file alone seals and opens HA1, under the secret of the device's stream (Inv. 6)."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Permit, not_found
from common.values.ids import DeviceId
from device_registry.domain.accounts import (
    DeviceAccountIssued,
    DeviceAccountListed,
    DeviceAccountUnlisted,
)
from device_registry.store import tables


@dataclass(frozen=True)
class Account:
    """A Digest account of the device, with its HA1 of RFC 2617, 3.2.2.2, in hex.

    `host_code` is None for the account of a camera. `sessions` permits pushes that rest on an earlier proof, `digest`
    captures that rest on the password alone. `media_hosts` are the hosts from which its pictures are fetched.
    """

    name: str
    realm: str
    ha1: str
    device_id: DeviceId
    host_code: str | None
    sessions: bool
    digest: bool
    media_hosts: tuple[str, ...] = ()


@dataclass(frozen=True)
class AccountSecret:
    """Of `DeviceAccountIssued`: HA1 in hex."""

    ha1: str


@dataclass(frozen=True)
class Listed:
    """A device for which an account speaks, and its code of 20 digits."""

    code: str
    id: DeviceId


async def add(tx: Tx, permit: Permit, fact: DeviceAccountIssued, *, texts: AccountSecret) -> Account:
    """The account that `fact` issues."""
    tx.record(permit, fact)
    account = Account(
        fact.account,
        fact.realm,
        texts.ha1,
        DeviceId(fact.owner),
        fact.host_code,
        fact.sessions,
        fact.digest,
        media_hosts=fact.media_hosts,
    )
    sealed = await tx.secrets.sealed(fact.stream, _name(account.name), account.ha1.encode())
    row = {
        "account": account.name,
        "device_id": account.device_id,
        "realm": account.realm,
        "ha1_sealed": sealed,
        "host_code": account.host_code,
        "sessions": account.sessions,
        "digest": account.digest,
        "media_hosts": list(account.media_hosts),
        "issued_at": tx.now,
    }
    await tx.add(fact, tables.push_accounts, row)
    return account


async def get(v: View | Tx, name: str) -> Account:
    """The account of this name. Refusal NOT_FOUND without one."""
    query = sa.select(tables.push_accounts).where(tables.push_accounts.c.account == name)
    row = (await v.conn.execute(query)).one_or_none()
    if row is None:
        raise not_found("such account")
    device_id = DeviceId(row.device_id)
    ha1 = v.secrets.open(device_id.stream, _name(row.account), bytes(row.ha1_sealed))
    return Account(
        row.account,
        row.realm,
        ha1.decode(),
        device_id,
        row.host_code,
        row.sessions,
        row.digest,
        media_hosts=tuple(row.media_hosts),
    )


async def list_devices(v: View | Tx, account: Account) -> list[Listed]:
    """The devices for which the account speaks."""
    listed, devices = tables.push_account_devices, tables.devices
    further = sa.select(listed.c.device_id).where(
        listed.c.account == account.name, listed.c.unlisted_at.is_(None)
    )
    query = sa.select(devices.c.code, devices.c.id).where(
        sa.or_(devices.c.id == account.device_id, devices.c.id.in_(further))
    )
    return [Listed(row.code or "", DeviceId(row.id)) for row in await v.conn.execute(query)]


async def save(
    tx: Tx, permit: Permit, account: Account, *facts: DeviceAccountListed | DeviceAccountUnlisted
) -> Account:
    """Record the devices that `facts` put on the list of the account, or take from it. A row stays for good."""
    tx.record(permit, *facts)
    table = tables.push_account_devices
    for fact in facts:
        key = {"account": account.name, "device_id": DeviceId(fact.owner)}
        since = None if isinstance(fact, DeviceAccountListed) else tx.now
        query = sa.select(table.c.listed_at).filter_by(**key)
        if await tx.conn.scalar(query) is None:
            await tx.add(fact, table, {**key, "listed_at": tx.now, "unlisted_at": since})
        else:
            began = {} if since else {"listed_at": tx.now}
            await tx.set(fact, table, key, {"unlisted_at": since, **began})
    return account


def _name(account: str) -> str:
    """The name that a sealed HA1 is bound to: moved to another account it does not open."""
    return f"push-account/{account}"
