"""Matters: their versions, and those that are published. The sentences of each row stand in `matters.sql`."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from case.domain.matters import Decision, Matter, MatterProposed, State, after, begun
from case.store.rows import Row
from case.store.tables import metadata
from common.door.rows import business_table, changed
from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.catalogue import CatalogueItem
from common.values.datafiles import decoded
from common.values.facts import plain
from common.values.ids import AgencyId, MatterId

matters = business_table(
    "matters",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("agency_id", sa.Text),
    sa.Column("code", sa.Text),
    sa.Column("state", sa.Text),
    sa.Column("item", JSONB),
    sa.Column("proposed_by", sa.Text),
    sa.Column("proposed_at", sa.DateTime(timezone=True)),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided_at", sa.DateTime(timezone=True)),
    owner="id",
)


def resource(matter: Matter) -> Resource:
    """The matter as the policy sees it: an object of the agency that proposed it first."""
    return Resource(matter.id, matter.agency_id)


async def hold(tx: Tx) -> None:
    """Let no other change of the list go on before this one has ended: two could publish one version of a violation."""
    await tx.conn.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended('matters', 0))"))


async def lock(tx: Tx, matter_id: MatterId) -> Matter:
    """The newest version of the matter, held until commit. Refusal NOT_FOUND without one that the caller sees."""
    query = sa.select(matters).where(matters.c.id == matter_id).order_by(matters.c.version.desc()).limit(1)
    row = (await tx.conn.execute(query.with_for_update())).mappings().one_or_none()
    if row is None:
        raise not_found(matter_id)
    return _matter(row)


async def list_versions(v: View | Tx, matter_id: MatterId) -> list[Matter]:
    """Every version of the matter, the newest first. Refusal NOT_FOUND as `lock`."""
    query = sa.select(matters).where(matters.c.id == matter_id).order_by(matters.c.version.desc())
    versions = [_matter(row) for row in (await v.conn.execute(query)).mappings()]
    if not versions:
        raise not_found(matter_id)
    return versions


async def list_of_code(v: View | Tx, code: str) -> tuple[Matter, ...]:
    """The versions of this violation that row-level security shows."""
    query = sa.select(matters).where(matters.c.code == code).order_by(matters.c.version)
    return tuple(_matter(row) for row in (await v.conn.execute(query)).mappings())


async def list_waiting(v: View, *, after_id: str, limit: int) -> list[Matter]:
    """Up to `limit` versions after `after_id` that nobody decided on yet: those that row-level security shows."""
    query = sa.select(matters).where(matters.c.state == State.PROPOSED, matters.c.id > after_id)
    rows = (await v.conn.execute(query.order_by(matters.c.id).limit(limit))).mappings()
    return [_matter(row) for row in rows]


async def list_published(v: View | Tx) -> list[Matter]:
    """Every version that was ever published."""
    query = (
        sa.select(matters).where(matters.c.state == State.PUBLISHED).order_by(matters.c.id, matters.c.version)
    )
    return [_matter(row) for row in (await v.conn.execute(query)).mappings()]


async def add(tx: Tx, permit: Permit, fact: MatterProposed, *, texts: CatalogueItem) -> Matter:
    """The version that `fact` proposes."""
    tx.record(permit, fact)
    matter = begun(fact, texts, at=tx.now)
    await tx.add(fact, matters, _columns(matter))
    return matter


async def save(tx: Tx, permit: Permit, matter: Matter, *facts: Decision) -> Matter:
    """Record what was decided on the version."""
    tx.record(permit, *facts)
    for fact in facts:
        before, matter = matter, after(matter, fact, at=tx.now)
        key = {"id": matter.id, "version": matter.item.version}
        await tx.set(fact, matters, key, changed(_columns(before), _columns(matter)))
    return matter


def _columns(matter: Matter) -> dict[str, Any]:
    return {
        "id": matter.id,
        "version": matter.item.version,
        "agency_id": matter.agency_id,
        "code": matter.item.code,
        "state": matter.state,
        "item": plain(matter.item),
        "proposed_by": matter.proposed_by,
        "proposed_at": matter.proposed_at,
        "decided_by": matter.decided_by,
        "decided_at": matter.decided_at,
    }


def _matter(row: Row) -> Matter:
    return Matter(
        MatterId(row["id"]),
        AgencyId(row["agency_id"]),
        State(row["state"]),
        decoded(CatalogueItem, row["item"], row["id"]),
        row["proposed_by"],
        row["proposed_at"],
        row["decided_by"],
        row["decided_at"],
    )
