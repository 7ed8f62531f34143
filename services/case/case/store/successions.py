"""Which article takes the place of which."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from case.domain.successions import Decision, State, Succession, SuccessionProposed, after, begun
from case.store import catalogue_tables as tables
from common.door.rows import changed
from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.citations import Citation, cited
from common.values.ids import AgencyId, LegalSuccessionId


def resource(succession: Succession) -> Resource:
    """The succession as the policy sees it: an object of the agency that proposed it."""
    return Resource(succession.id, succession.agency_id)


async def lock(tx: Tx, succession_id: LegalSuccessionId) -> Succession:
    """The succession, held until commit. Refusal NOT_FOUND without one that the caller sees."""
    table = tables.successions
    query = sa.select(table).where(table.c.id == succession_id).with_for_update()
    row = (await tx.conn.execute(query)).mappings().one_or_none()
    if row is None:
        raise not_found(succession_id)
    return _succession(row)


async def list_page(v: View, *, after_id: str, state: State, limit: int) -> list[Succession]:
    """Up to `limit` successions in `state` after `after_id`: those that row-level security shows."""
    table = tables.successions
    query = sa.select(table).where(table.c.id > after_id, table.c.state == state)
    rows = (await v.conn.execute(query.order_by(table.c.id).limit(limit))).mappings()
    return [_succession(row) for row in rows]


async def find_published(tx: Tx, old: Citation) -> LegalSuccessionId | None:
    """The published succession of the article `old`, if there is one that the caller sees."""
    table = tables.successions
    query = sa.select(table.c.id).where(
        table.c.state == State.PUBLISHED, table.c.old_title == old.title, table.c.old_article == old.article
    )
    found = await tx.conn.scalar(query)
    return LegalSuccessionId(found) if found else None


async def add(tx: Tx, permit: Permit, fact: SuccessionProposed) -> Succession:
    """The succession that `fact` proposes."""
    tx.record(permit, fact)
    succession = begun(fact, at=tx.now)
    await tx.add(fact, tables.successions, _columns(succession))
    return succession


async def save(tx: Tx, permit: Permit, succession: Succession, *facts: Decision) -> Succession:
    """Record what was decided on the succession."""
    tx.record(permit, *facts)
    for fact in facts:
        before, succession = succession, after(succession, fact, at=tx.now)
        values = changed(_columns(before), _columns(succession))
        await tx.set(fact, tables.successions, {"id": succession.id}, values)
    return succession


def _columns(succession: Succession) -> dict[str, Any]:
    return {
        "id": succession.id,
        "agency_id": succession.agency_id,
        "old_title": succession.old.title,
        "old_article": succession.old.article,
        "new_title": succession.new.title,
        "new_article": succession.new.article,
        "from_on": succession.from_on,
        "state": succession.state,
        "proposed_by": succession.proposed_by,
        "proposed_at": succession.proposed_at,
        "approved_by": succession.approved_by,
        "approved_at": succession.approved_at,
        "withdrawn_at": succession.withdrawn_at,
    }


def _succession(row: sa.RowMapping) -> Succession:
    return Succession(
        LegalSuccessionId(row["id"]),
        AgencyId(row["agency_id"]),
        cited(row["old_title"], row["old_article"]),
        cited(row["new_title"], row["new_article"]),
        row["from_on"],
        State(row["state"]),
        row["proposed_by"],
        row["proposed_at"],
        row["approved_by"],
        row["approved_at"],
        row["withdrawn_at"],
    )
