"""The keys with which devices sign."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from common.door.uow import Tx, View
from common.policy import Permit, not_found
from common.values.ids import AgencyId, DeviceId
from device_registry.domain.keys import (
    Algorithm,
    DeviceKeyEnrolled,
    DeviceKeyRevoked,
    Holder,
    Revocation,
    SigningKey,
    after,
    enrolled,
)
from device_registry.store import tables


@dataclass(frozen=True)
class KeyOfDevice:
    """A key, with the code and the agency of its device."""

    key: SigningKey
    device_code: str
    agency_id: AgencyId


async def add(tx: Tx, permit: Permit, fact: DeviceKeyEnrolled) -> SigningKey:
    """The key that `fact` brings."""
    tx.record(permit, fact)
    key = enrolled(fact)
    await tx.add(fact, tables.signing_keys, vars(key) | {"enrolled_at": tx.now})
    return key


async def save(tx: Tx, permit: Permit, key: SigningKey, *facts: DeviceKeyRevoked) -> SigningKey:
    """The key as `facts` leave it."""
    tx.record(permit, *facts)
    for fact in facts:
        key = after(key, fact, at=tx.now)
        values = {
            "revoked_at": key.revoked_at,
            "revoked_from": key.revoked_from,
            "revocation": key.revocation,
        }
        await tx.set(fact, tables.signing_keys, {"device_id": key.device_id, "kid": key.kid}, values)
    return key


async def find(v: View | Tx, device_id: DeviceId, kid: str) -> SigningKey | None:
    """The key of this device under this name."""
    query = sa.select(tables.signing_keys).filter_by(device_id=device_id, kid=kid)
    row = (await v.conn.execute(query)).mappings().one_or_none()
    return _key_of(row) if row else None


async def get(v: View | Tx, device_id: DeviceId, kid: str) -> SigningKey:
    """The key of this device under this name. Refusal NOT_FOUND without one."""
    key = await find(v, device_id, kid)
    if key is None:
        raise not_found("such key")
    return key


async def list_of_device(v: View | Tx, device_id: DeviceId) -> list[SigningKey]:
    """Every key that the device ever had, the oldest first."""
    table = tables.signing_keys
    query = sa.select(table).where(table.c.device_id == device_id).order_by(table.c.enrolled_at, table.c.kid)
    return [_key_of(row) for row in (await v.conn.execute(query)).mappings()]


async def list_by_name(v: View, kid: str) -> list[KeyOfDevice]:
    """The keys of this name: two agencies may have a device with one code."""
    keys, devices = tables.signing_keys, tables.devices
    query = (
        sa.select(*keys.columns, devices.c.code, devices.c.agency_id)
        .join(devices, devices.c.id == keys.c.device_id)
        .where(keys.c.kid == kid)
    )
    rows = (await v.conn.execute(query)).mappings().all()
    return [KeyOfDevice(_key_of(row), row["code"] or "", AgencyId(row["agency_id"])) for row in rows]


async def list_signing(v: View, account: str, device_id: DeviceId, *, at: datetime) -> list[DeviceId]:
    """The devices of this account, its own and those on its list, that sign: one had a key by `at`.

    A key that ran out, was lost or was stolen does not end that, or a thief would wait for that day; a revocation of
    the newest key as WITHDRAWN does.
    """
    keys, listed = tables.signing_keys, tables.push_account_devices
    further = sa.select(listed.c.device_id).where(listed.c.account == account, listed.c.unlisted_at.is_(None))
    query = (
        sa.select(keys.c.device_id, keys.c.revocation)
        .ext(distinct_on(keys.c.device_id))
        .where(
            sa.or_(keys.c.device_id == device_id, keys.c.device_id.in_(further)),
            keys.c.valid_from <= at,
        )
        .order_by(keys.c.device_id, keys.c.enrolled_at.desc(), keys.c.kid.desc())
    )
    rows = (await v.conn.execute(query)).all()
    return [DeviceId(row.device_id) for row in rows if row.revocation != Revocation.WITHDRAWN]


def _key_of(row: Any) -> SigningKey:
    return SigningKey(
        row["kid"],
        DeviceId(row["device_id"]),
        Algorithm(row["algorithm"]),
        bytes(row["public_key"]),
        Holder(row["holder"]),
        row["valid_from"],
        row["valid_until"],
        row["revoked_at"],
        row["revoked_from"],
        Revocation(row["revocation"]) if row["revocation"] else None,
    )
