"""Addresses that want hints, what is still to be told to them, and the log of every attempt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
import sqlalchemy as sa

from common.calls.webhooks import Answer
from common.door.rows import business_table
from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.ids import AgencyId, WebhookId
from data_exchange.domain.webhooks import (
    End,
    Endpoint,
    State,
    WebhookCreated,
    WebhookFact,
    WebhookSecretRotated,
    after,
)
from data_exchange.store.tables import metadata

CHALLENGE: Final = -1
"""The place of the challenge among the deliveries of an endpoint."""
LEASE: Final = timedelta(seconds=60)
"""After this time a delivery whose process died is taken again, under the same id."""

_INSTANT = sa.DateTime(timezone=True)
endpoints = business_table(
    "webhook_endpoints",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("agency_id", sa.Text),
    sa.Column("url", sa.Text),
    sa.Column("state", sa.Text),
    sa.Column("secrets", sa.LargeBinary),
    sa.Column("old_secret_until", _INSTANT),
    sa.Column("created_at", _INSTANT),
    sa.Column("verified_at", _INSTANT),
    sa.Column("disabled_at", _INSTANT),
    sa.Column("disabled_for", sa.Text),
    owner="id",
)


@dataclass(frozen=True)
class Texts:
    """The address and the first secret of a new endpoint."""

    url: str
    secret: str


@dataclass(frozen=True)
class Delivery:
    """One hint that this process has taken. `secrets` are those in force, the newest first."""

    webhook_id: WebhookId
    place: int
    message_id: str
    attempts: int
    url: str
    secrets: tuple[str, ...]


@dataclass(frozen=True)
class Attempt:
    """One try. `status` is None while it runs and after a crash, 0 where no answer came."""

    place: int
    n: int
    message_id: str
    started_at: datetime
    ended_at: datetime | None
    status: int | None
    why: str


def resource(endpoint: Endpoint) -> Resource:
    return Resource(endpoint.id, endpoint.agency_id)


async def lock(tx: Tx, webhook_id: WebhookId) -> Endpoint:
    """The endpoint, held until commit. Refusal NOT_FOUND if there is none, or none of the caller's agencies."""
    return await _one(
        tx, sa.select(endpoints).where(endpoints.c.id == webhook_id).with_for_update(), webhook_id
    )


async def get(v: View | Tx, webhook_id: WebhookId) -> Endpoint:
    """The endpoint. Refusal NOT_FOUND as `lock`."""
    return await _one(v, sa.select(endpoints).where(endpoints.c.id == webhook_id), webhook_id)


async def list_all(v: View) -> list[Endpoint]:
    """The endpoints that row-level security shows, the oldest first."""
    return [_endpoint(row) for row in (await v.conn.execute(sa.select(endpoints).order_by("id"))).mappings()]


async def list_attempts(v: View, webhook_id: WebhookId, limit: int) -> list[Attempt]:
    """The last attempts, the newest first."""
    query = sa.text(
        "SELECT place, n, message_id, started_at, ended_at, status, why FROM webhook_attempts"
        " WHERE webhook_id = :id ORDER BY started_at DESC, place DESC, n DESC LIMIT :limit"
    )
    return [Attempt(*row) for row in await v.conn.execute(query, {"id": webhook_id, "limit": limit})]


async def add(tx: Tx, permit: Permit, fact: WebhookCreated, *, texts: Texts) -> Endpoint:
    """Record that an address was named, write its row, and make the challenge due."""
    tx.record(permit, fact)
    endpoint = Endpoint(fact.owner, fact.agency_id, texts.url, State.PENDING, tx.now)
    sealed = await _sealed(tx, fact.owner, [texts.secret])
    row = {"id": endpoint.id, "agency_id": endpoint.agency_id, "url": texts.url, "state": endpoint.state}
    await tx.add(fact, endpoints, row | {"secrets": sealed, "created_at": tx.now})
    await _make_due(tx, endpoint.id, CHALLENGE, f"challenge_{endpoint.id}")
    return endpoint


async def save(
    tx: Tx, permit: Permit, endpoint: Endpoint, *facts: WebhookFact, texts: Texts | None = None
) -> Endpoint:
    """Record `facts`, and write the endpoint as they leave it. `texts` hold the new secret of a rotation."""
    tx.record(permit, *facts)
    for fact in facts:
        endpoint = after(endpoint, fact, at=tx.now)
        columns = ("state", "old_secret_until", "verified_at", "disabled_at", "disabled_for")
        values: dict[str, Any] = {name: getattr(endpoint, name) for name in columns}
        if isinstance(fact, WebhookSecretRotated) and texts is not None:
            secrets = await _secrets(tx, endpoint.id)
            values["secrets"] = await _sealed(tx, endpoint.id, [texts.secret, *secrets[:1]])
        await tx.set(fact, endpoints, {"id": endpoint.id}, values)
    return endpoint


async def begin_hints(tx: Tx, webhook_id: WebhookId) -> None:
    """Hints begin at the end of the feed as it is now."""
    query = (
        "INSERT INTO webhook_positions (webhook_id, position)"
        " SELECT :id, coalesce((SELECT max(place) FROM events), -1) ON CONFLICT DO NOTHING"
    )
    await tx.conn.execute(sa.text(query), {"id": webhook_id})


async def queue_hints(tx: Tx, limit: int = 256) -> None:
    """Make hints of the events that have come since, for every active endpoint: each event once for each endpoint."""
    query = (
        "SELECT e.id, e.agency_id, p.position FROM webhook_endpoints e JOIN webhook_positions p ON p.webhook_id = e.id"
        " WHERE e.state = 'ACTIVE' FOR UPDATE OF p SKIP LOCKED"
    )
    for row in (await tx.conn.execute(sa.text(query))).all():
        events = (
            "SELECT place, record_id::text FROM events WHERE place > :position"
            " AND (agency_id = :agency OR other_agency_id = :agency) ORDER BY place LIMIT :limit"
        )
        values = {"position": row.position, "agency": row.agency_id, "limit": limit}
        new = (await tx.conn.execute(sa.text(events), values)).all()
        for place, record_id in new:
            await _make_due(tx, row.id, place, record_id)
        if new:
            moved = "UPDATE webhook_positions SET position = :place WHERE webhook_id = :id"
            await tx.conn.execute(sa.text(moved), {"place": new[-1].place, "id": row.id})


async def repeat(tx: Tx, webhook_id: WebhookId, after_place: int) -> int:
    """Make the hints after a place due once more, under their old ids; how many."""
    query = (
        "UPDATE webhook_deliveries SET state = 'DUE', attempts = 0, next_at = :now, lease_until = NULL"
        " WHERE webhook_id = :id AND place > :place AND place >= 0"
    )
    values = {"id": webhook_id, "place": after_place, "now": tx.now}
    return int((await tx.conn.execute(sa.text(query), values)).rowcount)


async def take_due(tx: Tx, limit: int = 20) -> list[Delivery]:
    """Hints that are due, taken for this process until their lease ends; each attempt is in the log from here on."""
    query = (
        "UPDATE webhook_deliveries d SET attempts = attempts + 1, lease_until = :lease FROM webhook_endpoints e"
        " WHERE e.id = d.webhook_id AND (d.webhook_id, d.place) IN ("
        "  SELECT webhook_id, place FROM webhook_deliveries JOIN webhook_endpoints w ON w.id = webhook_id"
        "  WHERE webhook_deliveries.state = 'DUE' AND next_at <= :now AND coalesce(lease_until, :now) <= :now"
        "  AND w.state = CASE place WHEN -1 THEN 'PENDING' ELSE 'ACTIVE' END"
        "  ORDER BY next_at, place LIMIT :limit FOR UPDATE OF webhook_deliveries SKIP LOCKED)"
        " RETURNING d.webhook_id, d.place, d.message_id, d.attempts, e.url, e.old_secret_until"
    )
    values = {"now": tx.now, "lease": tx.now + LEASE, "limit": limit}
    deliveries = []
    for row in (await tx.conn.execute(sa.text(query), values)).all():
        webhook_id = WebhookId(row.webhook_id)
        secrets = await _secrets(tx, webhook_id)
        overlaps = row.old_secret_until is not None and tx.now < row.old_secret_until
        in_force = tuple(secrets if overlaps else secrets[:1])
        deliveries.append(Delivery(webhook_id, row.place, row.message_id, row.attempts, row.url, in_force))
        begun = (
            "INSERT INTO webhook_attempts (webhook_id, place, n, message_id, started_at)"
            " VALUES (:id, :place, (SELECT coalesce(max(n), 0) + 1 FROM webhook_attempts"
            "  WHERE webhook_id = :id AND place = :place), :message, :now)"
        )
        log = {"id": webhook_id, "place": row.place, "message": row.message_id, "now": tx.now}
        await tx.conn.execute(sa.text(begun), log)
    return deliveries


async def settle(tx: Tx, delivery: Delivery, answer: Answer, next_at: datetime | None) -> None:
    """Note the outcome of an attempt: taken, due again at `next_at`, or given up."""
    state = "TAKEN" if answer.is_taken and not answer.why else "GIVEN_UP" if next_at is None else "DUE"
    key = {"id": delivery.webhook_id, "place": delivery.place}
    done = (
        "UPDATE webhook_deliveries SET state = :state, next_at = coalesce(:next_at, next_at), lease_until = NULL"
        " WHERE webhook_id = :id AND place = :place"
    )
    await tx.conn.execute(sa.text(done), key | {"state": state, "next_at": next_at})
    ended = (
        "UPDATE webhook_attempts SET ended_at = :now, status = :status, why = :why"
        " WHERE webhook_id = :id AND place = :place AND n ="
        " (SELECT max(n) FROM webhook_attempts WHERE webhook_id = :id AND place = :place)"
    )
    await tx.conn.execute(sa.text(ended), key | {"now": tx.now, "status": answer.status, "why": answer.why})


async def _make_due(tx: Tx, webhook_id: str, place: int, message_id: str) -> None:
    query = (
        "INSERT INTO webhook_deliveries (webhook_id, place, message_id, state, next_at)"
        " VALUES (:id, :place, :message, 'DUE', :now) ON CONFLICT DO NOTHING"
    )
    values = {"id": webhook_id, "place": place, "message": message_id, "now": tx.now}
    await tx.conn.execute(sa.text(query), values)


async def _sealed(tx: Tx, webhook_id: WebhookId, secrets: Sequence[str]) -> bytes:
    return await tx.secrets.sealed(webhook_id.stream, "secrets", orjson.dumps(list(secrets)))


async def _secrets(v: View | Tx, webhook_id: WebhookId) -> list[str]:
    query = sa.select(endpoints.c.secrets).where(endpoints.c.id == webhook_id)
    sealed = bytes((await v.conn.execute(query)).scalar_one())
    secrets: list[str] = orjson.loads(v.secrets.open(webhook_id.stream, "secrets", sealed))
    return secrets


async def _one(v: View | Tx, query: Any, webhook_id: WebhookId) -> Endpoint:
    row = (await v.conn.execute(query)).mappings().one_or_none()
    if row is None:
        raise not_found(webhook_id)
    return _endpoint(row)


def _endpoint(row: Any) -> Endpoint:
    return Endpoint(
        WebhookId(row["id"]),
        AgencyId(row["agency_id"]),
        row["url"],
        State(row["state"]),
        row["created_at"],
        row["old_secret_until"],
        row["verified_at"],
        row["disabled_at"],
        End(row["disabled_for"]) if row["disabled_for"] else None,
    )
