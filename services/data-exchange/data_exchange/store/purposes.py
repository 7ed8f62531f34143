"""Purpose rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Actor, Permit, Resource, not_found
from common.values.ids import AgencyId, AgreementId, PurposeId
from data_exchange.domain.exchange import Purpose as PurposeCode
from data_exchange.domain.grants import State
from data_exchange.domain.purposes import Purpose, PurposeDrafted, PurposeFact, after
from data_exchange.store.partners import two_sided
from data_exchange.store.rows import Row
from data_exchange.store.tables_partners import purposes


def resource(purpose: Purpose, actor: Actor) -> Resource:
    """The purpose as the policy sees it."""
    return two_sided(purpose.id, purpose.agency_id, purpose.to_agency_id, actor)


async def lock(tx: Tx, purpose_id: PurposeId) -> Purpose:
    """The purpose, held until commit. Refusal NOT_FOUND where the caller sees none."""
    one = await _find(tx, purpose_id, for_update=True)
    if one is None:
        raise not_found(purpose_id)
    return one


async def get(v: View | Tx, purpose_id: PurposeId) -> Purpose:
    """The purpose. Refusal NOT_FOUND as `lock`."""
    one = await _find(v, purpose_id)
    if one is None:
        raise not_found(purpose_id)
    return one


async def find(v: View | Tx, purpose_id: PurposeId) -> Purpose | None:
    """The purpose, or None where the caller sees none."""
    return await _find(v, purpose_id)


async def list_of(v: View, agreement_ids: Sequence[AgreementId], state: State | None = None) -> list[Purpose]:
    """The purposes under these agreements, the oldest first."""
    query = sa.select(purposes).where(purposes.c.agreement_id.in_(agreement_ids)).order_by(purposes.c.id)
    if state is not None:
        query = query.where(purposes.c.state == state)
    return [_purpose(row) for row in (await v.conn.execute(query)).mappings()]


async def add(tx: Tx, permit: Permit, fact: PurposeDrafted) -> Purpose:
    """The new purpose that `fact` drafts."""
    tx.record(permit, fact)
    purpose = fact.begun()
    await tx.add(fact, purposes, _columns(purpose))
    return purpose


async def save(tx: Tx, permit: Permit, purpose: Purpose, *facts: PurposeFact) -> Purpose:
    """Record `facts` and write the state that they lead to."""
    tx.record(permit, *facts)
    for fact in facts:
        purpose = after(purpose, fact)
        changed = {"state": purpose.state, "revision": purpose.revision}
        await tx.set(fact, purposes, {"id": purpose.id}, changed)
    return purpose


async def _find(v: View | Tx, purpose_id: PurposeId, *, for_update: bool = False) -> Purpose | None:
    query: Any = sa.select(purposes).where(purposes.c.id == purpose_id)
    row = (await v.conn.execute(query.with_for_update() if for_update else query)).mappings().one_or_none()
    return _purpose(row) if row else None


def _purpose(row: Row) -> Purpose:
    return Purpose(
        PurposeId(row["id"]),
        AgreementId(row["agreement_id"]),
        AgencyId(row["agency_id"]),
        AgencyId(row["to_agency_id"]),
        PurposeCode(row["code"]),
        row["power_item"],
        row["case_type"],
        row["daily_calls"],
        State(row["state"]),
        row["revision"],
    )


def _columns(purpose: Purpose) -> dict[str, Any]:
    return {
        "id": purpose.id,
        "agreement_id": purpose.agreement_id,
        "agency_id": purpose.agency_id,
        "to_agency_id": purpose.to_agency_id,
        "code": purpose.code,
        "power_item": purpose.power_item,
        "case_type": purpose.case_type,
        "daily_calls": purpose.daily_calls,
        "state": purpose.state,
        "revision": purpose.revision,
    }
