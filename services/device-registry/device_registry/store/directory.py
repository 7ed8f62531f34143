"""The devices for which an account speaks, by the digits of their codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from common.door.uow import View
from device_registry.store import tables


@dataclass(frozen=True)
class Entry:
    """A device of the directory, by its code of 20 digits."""

    code: str
    kind: str
    state: str
    place: str
    division: str | None
    direction: str
    longitude: Decimal | None
    latitude: Decimal | None


async def list_of_account(
    v: View, account: str, *, types: Sequence[str], codes: Sequence[str], first: int, limit: int
) -> tuple[list[Entry], int]:
    """A page of the devices on the list of `account`, and how many there are on all pages.

    Their type, digits 11 to 13 of the code, is one of `types`; with `codes` only these.
    """
    listed, devices, accounts = tables.push_account_devices, tables.devices, tables.push_accounts
    further = sa.select(listed.c.device_id).where(listed.c.account == account, listed.c.unlisted_at.is_(None))
    own = sa.select(accounts.c.device_id).where(accounts.c.account == account)
    where = [
        devices.c.id.in_(further.union(own)),
        sa.func.substr(devices.c.code, 11, 3).in_(types),
    ]
    if codes:
        where.append(devices.c.code.in_(codes))
    total = await v.conn.scalar(sa.select(sa.func.count()).select_from(devices).where(*where))
    columns = [devices.c[name] for name in Entry.__dataclass_fields__]
    query = sa.select(*columns).where(*where).order_by(devices.c.code).offset(first - 1).limit(limit)
    return [Entry(*row) for row in await v.conn.execute(query)], int(total or 0)
