"""Client rows."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.ids import NO_AGENCY
from gateway.identity.domain.clients import (
    Client,
    ClientEnrolled,
    ClientId,
    ClientRevoked,
    ClientSecret,
    after,
    begun,
)
from gateway.identity.store import tables


def resource(client: Client) -> Resource:
    """The client as the policy sees it."""
    return Resource(id=client.id, agency_id=NO_AGENCY)


async def lock(tx: Tx, client_id: ClientId) -> Client:
    """The client, held until commit."""
    table = tables.clients
    query = sa.select(table).where(table.c.id == client_id).with_for_update()
    row = (await tx.conn.execute(query)).one_or_none()
    if row is None:
        raise not_found(client_id)
    return _client(row)


async def list_active(v: View) -> list[Client]:
    """Every client that may ask for tokens."""
    rows = await v.conn.execute(sa.select(tables.clients).where(tables.clients.c.active))
    return [_client(row) for row in rows]


async def add(tx: Tx, permit: Permit, fact: ClientEnrolled, *, texts: ClientSecret) -> Client:
    """The new client that `fact` enrols."""
    tx.record(permit, fact)
    client = begun(fact, texts)
    row = {
        "id": client.id,
        "sub": client.sub,
        "secret_hash": client.secret_hash,
        "epoch": client.epoch,
        "active": client.active,
    }
    await tx.add(fact, tables.clients, row)
    return client


async def save(tx: Tx, permit: Permit, client: Client, *facts: ClientRevoked) -> Client:
    """Record `facts` and write the epoch that they lead to."""
    tx.record(permit, *facts)
    for fact in facts:
        client = after(client, fact)
        await tx.set(fact, tables.clients, {"id": client.id}, {"epoch": client.epoch})
    return client


def _client(row: Any) -> Client:
    return Client(ClientId(row.id), row.sub, bytes(row.secret_hash), row.epoch, row.active)
