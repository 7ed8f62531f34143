"""The public lists of past days."""

from __future__ import annotations

from datetime import date
from typing import Final

import sqlalchemy as sa

from common.door.rows import business_table
from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.ids import NO_AGENCY, PublicListId
from device_registry.domain.publiclist import PublicList, PublicListTaken, begun
from device_registry.store.tables import metadata

# fsck reads the mark: the column names a blob.
_BLOB: Final = {"blobs": "blobs"}

public_lists = business_table(
    "public_lists",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("day", sa.Date),
    sa.Column("devices", sa.Integer),
    sa.Column("size", sa.BigInteger),
    sa.Column("sha256", sa.Text, info=_BLOB),
    sa.Column("root", sa.Text),
    sa.Column("taken_at", sa.DateTime(timezone=True)),
    owner="id",
)


def resource(list_id: PublicListId) -> Resource:
    """The list as the policy sees it: of no agency."""
    return Resource(list_id, NO_AGENCY, level=1)


async def hold(tx: Tx) -> None:
    """Let no other process take the list of a day before this change has ended."""
    await tx.conn.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended('public list', 0))"))


async def find_last_day(at: Tx | View) -> date | None:
    """The last day of which there is a list."""
    last: date | None = await at.conn.scalar(sa.select(sa.func.max(public_lists.c.day)))
    return last


async def list_page(v: View, *, before: date | None, limit: int) -> list[PublicList]:
    """Up to `limit` lists of days before `before`, the newest first."""
    query = sa.select(public_lists).order_by(public_lists.c.day.desc()).limit(limit)
    if before is not None:
        query = query.where(public_lists.c.day < before)
    return [_list(row) for row in (await v.conn.execute(query)).mappings()]


async def get(v: View, day: date) -> PublicList:
    """The list of `day`. Refusal NOT_FOUND without one."""
    query = sa.select(public_lists).where(public_lists.c.day == day)
    row = (await v.conn.execute(query)).mappings().one_or_none()
    if row is None:
        raise not_found(f"{day}")
    return _list(row)


async def add(tx: Tx, permit: Permit, fact: PublicListTaken) -> PublicList:
    """The list that `fact` says was taken; its file is stored already."""
    tx.record(permit, fact)
    taken = begun(fact, at=tx.now)
    await tx.add(fact, public_lists, vars(taken))
    return taken


def _list(row: sa.RowMapping) -> PublicList:
    return PublicList(
        PublicListId(row["id"]),
        row["day"],
        row["devices"],
        row["size"],
        row["sha256"],
        row["root"],
        row["taken_at"],
    )
