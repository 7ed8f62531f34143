"""Partner rows."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Actor, Permit, Resource, not_found
from common.values.ids import AgencyId, PartnerId
from data_exchange.domain.partners import Partner, PartnerDrafted, PartnerFact, State, after
from data_exchange.store.rows import Row
from data_exchange.store.tables_partners import partners

_INTERNAL = 2


def two_sided(id: str, one: AgencyId, other: AgencyId, actor: Actor) -> Resource:
    """An object of two agencies as the policy sees it: for each of them it is an object of its own."""
    own = actor.agency_id if actor.agency_id in (one, other) and actor.agency_id is not None else one
    if own not in actor.visible and other in actor.visible:
        own = other
    return Resource(id, own, level=_INTERNAL)


def resource(partner: Partner, actor: Actor) -> Resource:
    """The partner as the policy sees it."""
    return two_sided(partner.id, partner.agency_id, partner.host_agency_id, actor)


async def lock(tx: Tx, partner_id: PartnerId) -> Partner:
    """The partner, held until commit. Refusal NOT_FOUND where the caller sees none."""
    return await _one(tx, partner_id, for_update=True)


async def get(v: View | Tx, partner_id: PartnerId) -> Partner:
    """The partner. Refusal NOT_FOUND as `lock`."""
    return await _one(v, partner_id, for_update=False)


async def find_standing(tx: Tx, agency_id: AgencyId) -> PartnerId | None:
    """The agency's partner that is not terminated. Drafts of one agency take turns until commit."""
    turn = sa.text("SELECT pg_advisory_xact_lock(hashtext(:name))")
    await tx.conn.execute(turn, {"name": f"partner/{agency_id}"})
    query = sa.select(partners.c.id).where(
        partners.c.agency_id == agency_id, partners.c.state != State.TERMINATED
    )
    partner_id = (await tx.conn.execute(query)).scalar_one_or_none()
    return None if partner_id is None else PartnerId(partner_id)


async def list_page(v: View, *, after_id: str, limit: int) -> list[Partner]:
    """Up to `limit` partners after `after_id`, the oldest first: those that row-level security shows."""
    query = sa.select(partners).where(partners.c.id > after_id).order_by(partners.c.id).limit(limit)
    return [_partner(row) for row in (await v.conn.execute(query)).mappings()]


async def add(tx: Tx, permit: Permit, fact: PartnerDrafted) -> Partner:
    """The new partner that `fact` drafts."""
    tx.record(permit, fact)
    partner = fact.begun()
    await tx.add(fact, partners, _columns(partner))
    return partner


async def save(tx: Tx, permit: Permit, partner: Partner, *facts: PartnerFact) -> Partner:
    """Record `facts` and write the state that they lead to."""
    tx.record(permit, *facts)
    for fact in facts:
        partner = after(partner, fact)
        changed = {"state": partner.state, "revision": partner.revision}
        await tx.set(fact, partners, {"id": partner.id}, changed)
    return partner


async def _one(v: View | Tx, partner_id: PartnerId, *, for_update: bool) -> Partner:
    query: Any = sa.select(partners).where(partners.c.id == partner_id)
    row = (await v.conn.execute(query.with_for_update() if for_update else query)).mappings().one_or_none()
    if row is None:
        raise not_found(partner_id)
    return _partner(row)


def _partner(row: Row) -> Partner:
    return Partner(
        PartnerId(row["id"]),
        AgencyId(row["agency_id"]),
        AgencyId(row["host_agency_id"]),
        row["credit_code"],
        row["region"],
        row["level"],
        State(row["state"]),
        row["revision"],
    )


def _columns(partner: Partner) -> dict[str, Any]:
    return {
        "id": partner.id,
        "agency_id": partner.agency_id,
        "host_agency_id": partner.host_agency_id,
        "credit_code": partner.credit_code,
        "region": partner.region,
        "level": partner.level,
        "state": partner.state,
        "revision": partner.revision,
    }
