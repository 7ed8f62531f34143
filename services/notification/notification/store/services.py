"""Services of process with their steps, proofs and rebuttals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from common.door.rows import changed
from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.calendar import legal_day
from common.values.ids import AgencyId, CaseId, ConsentId, DocumentId, MessageId, PartyId, ServiceId
from common.values.manner import Manner
from notification.domain.channels import Role
from notification.domain.delivery import ENDED, UNREACHED, WAITING, Basis
from notification.domain.delivery import State as Sent
from notification.domain.serving.opening import ServiceOpened, begun
from notification.domain.serving.service import (
    Changing,
    Effect,
    Failure,
    Ground,
    PartyKind,
    Proof,
    ProofKind,
    Rebuttal,
    Service,
    State,
    Step,
)
from notification.store import servicetables as tables
from notification.store.tables_deliveries import deliveries

_PERSONAL = 3
_WAITING = (State.OPEN, State.UNDERWAY)
_UNSETTLED: Final = tables.services.c.doubt_settled_at.is_(None)
_UNPROVED: Final = ~sa.exists().where(
    tables.rebuttals.c.service_id == tables.services.c.id, tables.rebuttals.c.accepted.is_(True)
)


def resource(service: Service) -> Resource:
    """The service as the policy sees it: an object of the agency that serves and of the party that is served."""
    return Resource(service.id, service.agency_id, level=_PERSONAL, party_id=service.party_id)


def resource_of(fact: ServiceOpened) -> Resource:
    """As `resource`, of the service that `fact` is about to open."""
    return resource(begun(fact))


async def lock(tx: Tx, service_id: ServiceId) -> Service:
    """The service, held until commit. Refusal NOT_FOUND if there is none, or the caller may not know of it."""
    return await _one(tx, service_id, for_update=True)


async def get(v: View, service_id: ServiceId) -> Service:
    """The service. Refusal NOT_FOUND as `lock`."""
    return await _one(v, service_id, for_update=False)


async def find_by_cause(at: Tx | View, cause: str) -> ServiceId | None:
    """The service that the order with the record id `cause` opened."""
    query = sa.select(tables.services.c.id).where(tables.services.c.cause == UUID(cause))
    found = (await at.conn.execute(query)).scalar_one_or_none()
    return ServiceId(found) if found else None


async def lock_by_case(tx: Tx, case_id: CaseId) -> list[Service]:
    """Every service of the case, held until commit."""
    query = sa.select(tables.services).where(tables.services.c.case_id == case_id).with_for_update()
    return await _all(tx, query.order_by(tables.services.c.id))


async def list_page(
    v: View, *, after_id: str, state: State | None, case_id: CaseId | None, limit: int
) -> list[Service]:
    """Up to `limit` services after `after_id` in the order of their opening: those that row-level security shows."""
    table = tables.services
    query = sa.select(table).where(table.c.id > after_id).order_by(table.c.id).limit(limit)
    if state is not None:
        query = query.where(table.c.state == state)
    if case_id is not None:
        query = query.where(table.c.case_id == case_id)
    return await _all(v, query)


async def list_due(v: View, *, silent_since: datetime) -> list[ServiceId]:
    """Every service that time changes now: an alarm, a notice that has run its days, an electronic step that began
    before `silent_since` and of which nobody heard.
    """
    table = tables.services
    waits = sa.or_(table.c.state.in_(_WAITING), sa.and_(table.c.denied_at.is_not(None), _UNSETTLED))
    step, today = tables.steps, legal_day(v.now)
    is_over = sa.exists().where(
        step.c.service_id == table.c.id,
        step.c.ended_at.is_(None),
        sa.or_(
            step.c.deemed_on < today,
            sa.and_(step.c.manner == Manner.ELECTRONIC, step.c.begun_at <= silent_since),
        ),
    )
    rings = sa.and_(table.c.alarmed_at.is_(None), table.c.alarm_on <= today, table.c.state.in_(_WAITING))
    query = sa.select(table.c.id).where(waits, table.c.erased_at.is_(None), sa.or_(rings, is_over))
    return [ServiceId(id) for id in (await v.conn.execute(query.order_by(tables.services.c.id))).scalars()]


async def list_overtaken(v: View) -> list[MessageId]:
    """Every message of a step that is over without having served, of which a delivery still stands in line."""
    step, sent = tables.steps, deliveries
    query = (
        sa.select(step.c.message_id)
        .join(sent, sent.c.message_id == step.c.message_id)
        .join(tables.services, tables.services.c.id == step.c.service_id)
        .where(sa.or_(step.c.failure.is_not(None), tables.services.c.abandoned_at.is_not(None)))
        .where(step.c.ended_at.is_not(None), sent.c.state.in_([state.value for state in WAITING]))
        .distinct()
    )
    return [MessageId(id) for id in (await v.conn.execute(query)).scalars()]


async def list_unsent(v: View) -> list[ServiceId]:
    """Every service with an electronic step that was begun and is neither on its way nor over."""
    table = tables.steps
    query = sa.select(table.c.service_id).where(
        table.c.manner == Manner.ELECTRONIC, table.c.message_id.is_(None), table.c.ended_at.is_(None)
    )
    return [ServiceId(id) for id in (await v.conn.execute(query.order_by(table.c.service_id))).scalars()]


async def list_heard(v: View, signs: Sequence[str]) -> list[ServiceId]:
    """Every service of whose electronic step a delivery says something that the step does not say yet.

    Only what can still change the service: an arrival where nobody knows of one and no other manner served, and a
    bounce of what served, once. `signs` are the bases on which an arrival counts here.
    """
    step, sent, own = tables.steps, deliveries, tables.services
    is_running, serves = step.c.ended_at.is_(None), own.c.served_step == step.c.n
    is_sent = sa.func.coalesce(sent.c.submitted_at, sent.c.arrived_at).is_not(None)
    # A reply of a mail server cannot come after the step was given up; a report can. Without this an arrival that
    # counts for nothing would be looked at in every pass.
    is_late = sa.and_(
        step.c.failure.in_([Failure.NOT_ARRIVED.value, Failure.NOT_SENT.value]),
        sent.c.basis != Basis.RECIPIENT_MX,
    )
    waits = sa.or_(own.c.served_on.is_(None), sa.and_(own.c.denied_at.is_not(None), _UNSETTLED))
    is_news = sa.or_(
        sa.and_(step.c.sent_at.is_(None), is_sent, is_running),
        sa.and_(
            sent.c.state.in_([state.value for state in ENDED - UNREACHED]),
            step.c.arrived_at.is_(None),
            sent.c.basis.in_(signs),
            sa.or_(step.c.failure.is_(None), is_late),
            sa.or_(waits, sa.and_(serves, own.c.arrived_at.is_(None))),
            _UNPROVED,
        ),
        sa.and_(is_running, sent.c.state.in_([state.value for state in UNREACHED])),
        sa.and_(
            serves, own.c.denied_at.is_(None), sent.c.state == Sent.UNDELIVERED_PERMANENT.value, _UNPROVED
        ),
    )
    query = (
        sa.select(step.c.service_id)
        .join(sent, sent.c.message_id == step.c.message_id)
        .join(tables.services, tables.services.c.id == step.c.service_id)
        .where(step.c.message_id.is_not(None))
        .where(is_news, sent.c.role == Role.CARRIES, tables.services.c.abandoned_at.is_(None))
        .where(tables.services.c.erased_at.is_(None))
        .distinct()
    )
    return [ServiceId(id) for id in (await v.conn.execute(query)).scalars()]


async def add(tx: Tx, permit: Permit, fact: ServiceOpened) -> Service:
    """The service that `fact` opens."""
    tx.record(permit, fact)
    service = begun(fact)
    await tx.add(fact, tables.services, _columns(service))
    return service


async def save(tx: Tx, permit: Permit, service: Service, *facts: Changing) -> Service:
    """Record `facts` and change the service, its steps, proofs and rebuttals as they say."""
    tx.record(permit, *facts)
    for fact in facts:
        before, service = service, fact.applied(service, at=tx.now)
        values = changed(_columns(before), _columns(service))
        if values:
            await tx.set(fact, tables.services, {"id": service.id}, values)
        for table, old, new in _children(before, service):
            await _save_children(tx, fact, table, old, new)
    return service


_Rows = dict[int, dict[str, Any]]


def _children(before: Service, service: Service) -> Iterator[tuple[sa.Table, _Rows, _Rows]]:
    yield tables.steps, _step_rows(before), _step_rows(service)
    yield tables.proofs, _proof_rows(before), _proof_rows(service)
    yield tables.rebuttals, _rebuttal_rows(before), _rebuttal_rows(service)


async def _save_children(tx: Tx, fact: Changing, table: sa.Table, old: _Rows, new: _Rows) -> None:
    for n, row in new.items():
        key = {"service_id": row["service_id"], "n": n}
        if n not in old:
            await tx.add(fact, table, row)
        elif row != old[n]:
            await tx.set(fact, table, key, changed(old[n], row))


async def _one(at: Tx | View, service_id: ServiceId, *, for_update: bool) -> Service:
    query = sa.select(tables.services).where(tables.services.c.id == service_id)
    found = await _all(at, query.with_for_update() if for_update else query)
    if not found:
        raise not_found(service_id)
    return found[0]


async def _all(at: Tx | View, query: sa.Select[Any]) -> list[Service]:
    rows = (await at.conn.execute(query)).mappings().all()
    ids = [row["id"] for row in rows]
    steps, proofs, rebuttals = [
        await _rows_of(at, table, ids) for table in (tables.steps, tables.proofs, tables.rebuttals)
    ]
    return [_service(row, steps[row["id"]], proofs[row["id"]], rebuttals[row["id"]]) for row in rows]


async def _rows_of(at: Tx | View, table: sa.Table, ids: list[str]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {id: [] for id in ids}
    if ids:
        query = sa.select(table).where(table.c.service_id.in_(ids)).order_by(table.c.service_id, table.c.n)
        for row in await at.conn.execute(query):
            found[row.service_id].append(row)
    return found


def _columns(service: Service) -> dict[str, Any]:
    effect, first = service.effect, service.first_effect
    return {
        "id": service.id,
        "agency_id": service.agency_id,
        "case_id": service.case_id,
        "party_id": service.party_id,
        "party_kind": service.party_kind,
        "document_id": service.document_id,
        "document_kind": service.document_kind,
        "document_sha256": service.document_sha256,
        "first": service.first,
        "cause": UUID(service.cause),
        "ordered_at": service.ordered_at,
        "alarm_on": service.alarm_on,
        "serve_by": service.serve_by,
        "state": service.state,
        "served_step": effect.step if effect else None,
        "served_manner": effect.manner if effect else None,
        "served_at": effect.at if effect else None,
        "served_on": effect.day if effect else None,
        "served_basis": effect.basis if effect else None,
        "arrived_at": effect.arrived_at if effect else None,
        "first_served_at": first.at if first else None,
        "first_served_on": first.day if first else None,
        "first_basis": first.basis if first else None,
        "alarmed_at": service.alarmed_at,
        "abandoned_at": service.abandoned_at,
        "abandoned_for": service.abandoned_for,
        "denied_at": service.denied_at,
        "doubt_settled_at": service.doubt_settled_at,
        "paper_asked_at": service.paper_asked_at,
        "paper_given_at": service.paper_given_at,
        "erased_at": service.erased_at,
    }


def _step_rows(service: Service) -> _Rows:
    return {
        step.n: {
            "service_id": service.id,
            "n": step.n,
            "manner": step.manner,
            "ground": step.ground,
            "channel": step.channel,
            "consent_id": step.consent_id,
            "message_id": step.message_id,
            "begun_at": step.begun_at,
            "sent_at": step.sent_at,
            "arrived_at": step.arrived_at,
            "arrival": step.arrival,
            "deemed_on": step.deemed_on,
            "ended_at": step.ended_at,
            "failure": step.failure,
        }
        for step in service.steps
    }


def _proof_rows(service: Service) -> _Rows:
    return {
        proof.n: {
            "service_id": service.id,
            "n": proof.n,
            "case_id": service.case_id,
            "kind": proof.kind,
            "sha256": proof.sha256,
            "added_at": proof.added_at,
            "size": proof.size,
            "is_partys": proof.is_partys,
        }
        for proof in service.proofs
    }


def _rebuttal_rows(service: Service) -> _Rows:
    return {
        rebuttal.n: {
            "service_id": service.id,
            "n": rebuttal.n,
            "claimed_at": rebuttal.claimed_at,
            "made_at": rebuttal.made_at,
            "accepted": rebuttal.accepted,
        }
        for rebuttal in service.rebuttals
    }


def _service(row: Any, steps: list[Any], proofs: list[Any], rebuttals: list[Any]) -> Service:
    effect, first = _effects(row)
    return Service(
        id=ServiceId(row["id"]),
        agency_id=AgencyId(row["agency_id"]),
        case_id=CaseId(row["case_id"]),
        party_id=PartyId(row["party_id"]),
        party_kind=PartyKind(row["party_kind"]),
        document_id=DocumentId(row["document_id"]),
        document_kind=row["document_kind"],
        document_sha256=row["document_sha256"],
        first=Manner(row["first"]),
        cause=str(row["cause"]),
        ordered_at=row["ordered_at"],
        alarm_on=row["alarm_on"],
        serve_by=row["serve_by"],
        steps=tuple(_step(step) for step in steps),
        proofs=tuple(
            Proof(p.n, ProofKind(p.kind), p.sha256, p.added_at, p.size, p.is_partys) for p in proofs
        ),
        rebuttals=tuple(Rebuttal(r.n, r.claimed_at, r.made_at, r.accepted) for r in rebuttals),
        effect=effect,
        first_effect=first,
        alarmed_at=row["alarmed_at"],
        abandoned_at=row["abandoned_at"],
        abandoned_for=row["abandoned_for"],
        denied_at=row["denied_at"],
        doubt_settled_at=row["doubt_settled_at"],
        paper_asked_at=row["paper_asked_at"],
        paper_given_at=row["paper_given_at"],
        erased_at=row["erased_at"],
    )


def _effects(row: Any) -> tuple[Effect | None, Effect | None]:
    """The effect as it counts now, and as it was first."""
    if row["served_on"] is None:
        return None, None
    step, manner = row["served_step"], Manner(row["served_manner"])
    now = Effect(step, manner, row["served_at"], row["served_on"], row["served_basis"], row["arrived_at"])
    first = Effect(step, manner, row["first_served_at"], row["first_served_on"], row["first_basis"])
    return now, first


def _step(row: sa.Row[Any]) -> Step:
    return Step(
        n=row.n,
        manner=Manner(row.manner),
        ground=Ground(row.ground) if row.ground else None,
        begun_at=row.begun_at,
        channel=row.channel,
        consent_id=ConsentId(row.consent_id) if row.consent_id else None,
        message_id=MessageId(row.message_id) if row.message_id else None,
        sent_at=row.sent_at,
        arrived_at=row.arrived_at,
        arrival=row.arrival,
        deemed_on=row.deemed_on,
        ended_at=row.ended_at,
        failure=Failure(row.failure) if row.failure else None,
    )
