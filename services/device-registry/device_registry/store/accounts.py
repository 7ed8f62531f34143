"""Digest accounts. This file alone seals and opens HA1, under the secret of the device's stream (Inv. 6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Permit, not_found
from common.values.ids import DeviceId
from device_registry.domain.accounts import (
    DeviceAccountIssued,
    DeviceAccountListed,
    DeviceAccountRevoked,
    DeviceAccountRotated,
    DeviceAccountUnlisted,
    DeviceCertificateBound,
    DeviceCertificateReleased,
    DeviceSecretAddressIssued,
)
from device_registry.store import tables


@dataclass(frozen=True)
class Account:
    """A Digest account of the device, with its HA1 of RFC 2617, 3.2.2.2, in hex.

    `host_code` is None for the account of a camera. `sessions` permits pushes that rest on an earlier proof, `digest`
    captures that rest on the password alone. `media_hosts` are the hosts from which its pictures are fetched. It speaks
    from `valid_from` until `valid_until`; `rotated_to` is the account that takes its place.
    """

    name: str
    realm: str
    ha1: str
    device_id: DeviceId
    host_code: str | None
    sessions: bool
    digest: bool
    valid_from: datetime
    valid_until: datetime
    media_hosts: tuple[str, ...] = ()
    revoked_at: datetime | None = None
    rotated_to: str | None = None


@dataclass(frozen=True)
class Standing:
    """An account without its secret, as its agency reads it."""

    name: str
    device_id: DeviceId
    host_code: str | None
    valid_from: datetime
    valid_until: datetime
    revoked_at: datetime | None
    rotated_to: str | None


AccountFact = (
    DeviceAccountListed
    | DeviceAccountUnlisted
    | DeviceAccountRevoked
    | DeviceCertificateBound
    | DeviceCertificateReleased
    | DeviceSecretAddressIssued
    | DeviceAccountRotated
)
"""What happens to an account after its issue."""


@dataclass(frozen=True)
class ClientCertificate:
    """A TLS certificate that is an account, by the SHA-256 of its DER in hex."""

    account: str
    sha256: str
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True)
class SecretAddress:
    """The account that pushes to a secret address, and the networks from which it may."""

    account: str
    addresses: tuple[str, ...]


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
        fact.valid_from,
        fact.valid_until,
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
        "valid_from": account.valid_from,
        "valid_until": account.valid_until,
        "rotated_to": None,
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
        row.valid_from,
        row.valid_until,
        media_hosts=tuple(row.media_hosts),
        revoked_at=row.revoked_at,
        rotated_to=row.rotated_to,
    )


async def list_standing(v: View, *, after: str, ending_before: datetime | None, limit: int) -> list[Standing]:
    """Up to `limit` accounts after the name `after` that the caller sees, by name.

    With `ending_before` those alone that end before then, and that nobody revoked or replaced.
    """
    table = tables.push_accounts
    names = ("account", "device_id", "host_code", "valid_from", "valid_until", "revoked_at", "rotated_to")
    query = sa.select(*(table.c[name] for name in names)).where(table.c.account > after)
    if ending_before is not None:
        query = query.where(
            table.c.valid_until < ending_before, table.c.revoked_at.is_(None), table.c.rotated_to.is_(None)
        )
    rows = await v.conn.execute(query.order_by(table.c.account).limit(limit))
    return [Standing(row.account, DeviceId(row.device_id), *row[2:]) for row in rows]


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


async def list_certificates(v: View | Tx, sha256: str) -> list[ClientCertificate]:
    """The accounts that this certificate is: the one bound last stands first, those that ended are left out."""
    table, of = tables.client_certificates, tables.push_accounts
    query = (
        sa.select(table.c.account, table.c.sha256, table.c.valid_from, table.c.valid_until)
        .join(of, of.c.account == table.c.account)
        .where(table.c.sha256 == sha256, table.c.released_at.is_(None), of.c.revoked_at.is_(None))
        .order_by(table.c.bound_at.desc())
    )
    return [ClientCertificate(*row) for row in await v.conn.execute(query)]


async def get_addressed(v: View, token_sha256: str) -> SecretAddress:
    """The account behind a secret address. Refusal NOT_FOUND without one, or where the account was revoked."""
    table, of = tables.secret_addresses, tables.push_accounts
    query = (
        sa.select(table.c.account, table.c.addresses)
        .join(of, of.c.account == table.c.account)
        .where(table.c.token_sha256 == token_sha256, of.c.revoked_at.is_(None))
    )
    row = (await v.conn.execute(query)).one_or_none()
    if row is None:
        raise not_found("such address")
    return SecretAddress(row.account, tuple(row.addresses))


async def save(tx: Tx, permit: Permit, account: Account, *facts: AccountFact) -> Account:
    """Record `facts`: devices on its list or off it, certificates, its end. A row stays for good."""
    tx.record(permit, *facts)
    for fact in facts:
        match fact:
            case DeviceAccountListed() | DeviceAccountUnlisted():
                await _save_listed(tx, account, fact)
            case DeviceCertificateBound() | DeviceCertificateReleased():
                await _save_certificate(tx, account, fact)
            case DeviceSecretAddressIssued():
                row = {
                    "token_sha256": fact.token_sha256,
                    "account": account.name,
                    "device_id": account.device_id,
                    "addresses": list(fact.addresses),
                    "issued_at": tx.now,
                }
                await tx.add(fact, tables.secret_addresses, row)
            case DeviceAccountRotated():
                key = {"account": account.name}
                ended = {"valid_until": fact.valid_until, "rotated_to": fact.to}
                await tx.set(fact, tables.push_accounts, key, ended)
                account = replace(account, valid_until=fact.valid_until, rotated_to=fact.to)
            case DeviceAccountRevoked():
                key = {"account": account.name}
                await tx.set(fact, tables.push_accounts, key, {"revoked_at": tx.now})
                account = replace(account, revoked_at=tx.now)
            case _:
                assert_never(fact)
    return account


async def _save_listed(tx: Tx, account: Account, fact: DeviceAccountListed | DeviceAccountUnlisted) -> None:
    table = tables.push_account_devices
    key = {"account": account.name, "device_id": DeviceId(fact.owner)}
    since = None if isinstance(fact, DeviceAccountListed) else tx.now
    query = sa.select(table.c.listed_at).filter_by(**key)
    if await tx.conn.scalar(query) is None:
        await tx.add(fact, table, {**key, "listed_at": tx.now, "unlisted_at": since})
    else:
        began = {} if since else {"listed_at": tx.now}
        await tx.set(fact, table, key, {"unlisted_at": since, **began})


async def _save_certificate(
    tx: Tx, account: Account, fact: DeviceCertificateBound | DeviceCertificateReleased
) -> None:
    table, key = tables.client_certificates, {"account": account.name, "sha256": fact.sha256}
    if isinstance(fact, DeviceCertificateReleased):
        await tx.set(fact, table, key, {"released_at": tx.now})
        return
    values = {
        "valid_from": fact.valid_from,
        "valid_until": fact.valid_until,
        "bound_at": tx.now,
        "released_at": None,
    }
    if await tx.conn.scalar(sa.select(table.c.bound_at).filter_by(**key)) is None:
        await tx.add(fact, table, {**key, "device_id": account.device_id, **values})
    else:
        await tx.set(fact, table, key, values)


def _name(account: str) -> str:
    """The name that a sealed HA1 is bound to: moved to another account it does not open."""
    return f"push-account/{account}"
