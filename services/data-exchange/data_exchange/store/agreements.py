"""Agreement rows."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Actor, Permit, Resource, not_found
from common.values.ids import AgencyId, AgreementId, ApplicationId
from data_exchange.domain.agreements import (
    Agreement,
    AgreementDrafted,
    AgreementFact,
    Scope,
    Service,
    after,
)
from data_exchange.domain.filtering import FieldRule, Transform
from data_exchange.domain.grants import State
from data_exchange.store.partners import two_sided
from data_exchange.store.rows import Row
from data_exchange.store.tables_partners import agreements


def resource(agreement: Agreement, actor: Actor) -> Resource:
    """The agreement as the policy sees it."""
    return two_sided(agreement.id, agreement.agency_id, agreement.to_agency_id, actor)


async def lock(tx: Tx, agreement_id: AgreementId) -> Agreement:
    """The agreement, held until commit. Refusal NOT_FOUND where the caller sees none."""
    one = await _find(tx, agreement_id, for_update=True)
    if one is None:
        raise not_found(agreement_id)
    return one


async def get(v: View | Tx, agreement_id: AgreementId) -> Agreement:
    """The agreement. Refusal NOT_FOUND as `lock`."""
    one = await _find(v, agreement_id)
    if one is None:
        raise not_found(agreement_id)
    return one


async def find(v: View | Tx, agreement_id: AgreementId) -> Agreement | None:
    """The agreement, or None where the caller sees none."""
    return await _find(v, agreement_id)


async def list_page(v: View, *, after_id: str, limit: int) -> list[Agreement]:
    """Up to `limit` agreements after `after_id`, the oldest first: those that row-level security shows."""
    query = sa.select(agreements).where(agreements.c.id > after_id).order_by(agreements.c.id).limit(limit)
    return [_agreement(row) for row in (await v.conn.execute(query)).mappings()]


async def list_of_application(v: View, application_id: ApplicationId, state: State) -> list[Agreement]:
    """The agreements of an application that are in `state`."""
    table = agreements
    query = sa.select(table).where(table.c.application_id == application_id, table.c.state == state)
    return [_agreement(row) for row in (await v.conn.execute(query.order_by(table.c.id))).mappings()]


async def add(tx: Tx, permit: Permit, fact: AgreementDrafted) -> Agreement:
    """The new agreement that `fact` drafts."""
    tx.record(permit, fact)
    agreement = fact.begun()
    await tx.add(fact, agreements, _columns(agreement))
    return agreement


async def save(tx: Tx, permit: Permit, agreement: Agreement, *facts: AgreementFact) -> Agreement:
    """Record `facts` and write the state that they lead to."""
    tx.record(permit, *facts)
    for fact in facts:
        agreement = after(agreement, fact)
        changed = {"state": agreement.state, "revision": agreement.revision}
        await tx.set(fact, agreements, {"id": agreement.id}, changed)
    return agreement


async def _find(v: View | Tx, agreement_id: AgreementId, *, for_update: bool = False) -> Agreement | None:
    query: Any = sa.select(agreements).where(agreements.c.id == agreement_id)
    row = (await v.conn.execute(query.with_for_update() if for_update else query)).mappings().one_or_none()
    return _agreement(row) if row else None


def _agreement(row: Row) -> Agreement:
    scope = Scope(
        tuple(Service(service) for service in row["services"]),
        tuple(
            FieldRule(rule["pointer"], Transform(rule["transform"]), rule["clause"], rule["step"])
            for rule in row["fields"]
        ),
        tuple(row["regions"]),
        row["level"],
        row["daily_calls"],
        row["monthly_subjects"],
        row["valid_from"],
        row["valid_until"],
    )
    return Agreement(
        AgreementId(row["id"]),
        ApplicationId(row["application_id"]),
        AgencyId(row["agency_id"]),
        AgencyId(row["to_agency_id"]),
        State(row["state"]),
        scope,
        row["revision"],
    )


def _columns(agreement: Agreement) -> dict[str, Any]:
    scope = agreement.scope
    return {
        "id": agreement.id,
        "application_id": agreement.application_id,
        "agency_id": agreement.agency_id,
        "to_agency_id": agreement.to_agency_id,
        "state": agreement.state,
        "services": list(scope.services),
        "fields": [asdict(rule) for rule in scope.fields],
        "regions": list(scope.regions),
        "level": scope.level,
        "daily_calls": scope.daily_calls,
        "monthly_subjects": scope.monthly_subjects,
        "valid_from": scope.valid_from,
        "valid_until": scope.valid_until,
        "revision": agreement.revision,
    }
