"""Rows of people and what the gateway keeps of them in memory. The only file of identity that speaks SQL.

The gateway looks somebody up for every request, so it keeps one immutable Directory and exchanges it whole when
the records of this database have moved on: at once for changes of this process, within a second for others'.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from common.door.rows import business_table
from common.door.uow import Database, Tx, View, view
from common.policy import Action, authorize, service_actor
from common.values.ids import AgencyId, OfficerId
from gateway.identity.domain import (
    PARTNER_LEVEL,
    PARTY_LEVEL,
    Agency,
    AgencyEstablished,
    Client,
    ClientEnrolled,
    ClientId,
    ClientRevoked,
    Officer,
    OfficerAppointed,
    Outsider,
    PartnerRegistered,
    PartyRegistered,
    Person,
    Role,
    RoleAssigned,
    subtree,
)

LOOK_EVERY_S = 1.0
metadata = sa.MetaData()

agencies = business_table(
    "agencies",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("parent_id", sa.Text),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("divisions", ARRAY(sa.Text), nullable=False),
    owner="id",
)
officers = business_table(
    "officers",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("agency_id", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("level", sa.SmallInteger, nullable=False),
    sa.Column("certificate", sa.Text),
    sa.Column("certificate_until", sa.Date),
    sa.Column("active", sa.Boolean, nullable=False),
    owner="id",
)
assignments = business_table(
    "assignments",
    metadata,
    sa.Column("officer_id", sa.Text, primary_key=True),
    sa.Column("role", sa.Text, primary_key=True),
    sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
    owner="officer_id",
)
parties = business_table(
    "parties",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    owner="id",
)
partners = business_table(
    "partners",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    owner="id",
)
clients = business_table(
    "clients",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("sub", sa.Text, nullable=False),
    sa.Column("secret_hash", sa.LargeBinary, nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    owner="id",
)


async def add_agency(tx: Tx, agency: Agency, fact: AgencyEstablished) -> None:
    row = {
        "id": agency.id,
        "parent_id": agency.parent_id,
        "name": agency.name,
        "divisions": list(agency.divisions),
    }
    await tx.add(fact, agencies, row)


async def add_officer(tx: Tx, officer: Officer, fact: OfficerAppointed) -> None:
    row = {
        "id": officer.id,
        "agency_id": officer.agency_id,
        "name": officer.name,
        "title": officer.title,
        "level": officer.level,
        "certificate": officer.certificate,
        "certificate_until": officer.certificate_until,
        "active": officer.active,
    }
    await tx.add(fact, officers, row)


async def add_role(tx: Tx, officer: Officer, fact: RoleAssigned) -> Officer:
    """The officer with the role."""
    await tx.add(fact, assignments, {"officer_id": officer.id, "role": fact.role, "assigned_at": tx.now})
    return replace(officer, roles=officer.roles | {fact.role})


async def add_outsider(tx: Tx, outsider: Outsider, fact: PartyRegistered | PartnerRegistered) -> None:
    table = parties if isinstance(fact, PartyRegistered) else partners
    await tx.add(fact, table, {"id": outsider.id, "name": outsider.name})


async def add_client(tx: Tx, client: Client, fact: ClientEnrolled) -> None:
    row = {
        "id": client.id,
        "sub": client.sub,
        "secret_hash": client.secret_hash,
        "epoch": client.epoch,
        "active": client.active,
    }
    await tx.add(fact, clients, row)


async def lock_client(tx: Tx, client_id: ClientId) -> Client | None:
    """The client, held until commit."""
    query = sa.select(clients).where(clients.c.id == client_id).with_for_update()
    row = (await tx.conn.execute(query)).one_or_none()
    return _client(row) if row else None


async def save_revocation(tx: Tx, client: Client, fact: ClientRevoked) -> None:
    await tx.set(fact, clients, {"id": client.id}, {"epoch": fact.epoch})


async def known(look: Tx | View) -> frozenset[str]:
    """The ids of everybody and everything that identity knows; for an idempotent start."""
    tables = (agencies, officers, parties, partners, clients)
    ids = sa.union_all(*(sa.select(table.c.id) for table in tables))
    return frozenset((await look.conn.execute(ids)).scalars())


async def lock_officer(tx: Tx, officer_id: OfficerId) -> Officer | None:
    """The officer with the roles held, held until commit: two assignments to one person wait for each other."""
    query = sa.select(officers).where(officers.c.id == officer_id).with_for_update()
    row = (await tx.conn.execute(query)).one_or_none()
    if row is None:
        return None
    held = await tx.conn.execute(sa.select(assignments.c.role).where(assignments.c.officer_id == officer_id))
    return _officer(row, held.scalars())


async def list_agencies(look: Tx | View) -> dict[AgencyId, Agency]:
    rows = await look.conn.execute(sa.select(agencies).order_by(agencies.c.id))
    return {AgencyId(row.id): _agency(row) for row in rows}


def _agency(row: Any) -> Agency:
    return Agency(
        AgencyId(row.id), AgencyId(row.parent_id) if row.parent_id else None, row.name, tuple(row.divisions)
    )


def _officer(row: Any, roles: Iterable[str]) -> Officer:
    return Officer(
        OfficerId(row.id),
        AgencyId(row.agency_id),
        row.name,
        row.title,
        row.level,
        row.certificate,
        row.certificate_until,
        row.active,
        frozenset(Role(role) for role in roles),
    )


def _client(row: Any) -> Client:
    return Client(ClientId(row.id), row.sub, bytes(row.secret_hash), row.epoch, row.active)


@dataclass(frozen=True)
class Directory:
    """Everybody who may ask, at one instant."""

    people: dict[str, Person] = field(default_factory=dict)  # by sub
    clients: dict[str, Client] = field(default_factory=dict)


async def directory(look: View) -> Directory:
    """The directory as the database stands. Officers who are not active and their clients are not in it."""
    tree = await list_agencies(look)
    roles: dict[str, list[str]] = {}
    for row in await look.conn.execute(sa.select(assignments.c.officer_id, assignments.c.role)):
        roles.setdefault(row.officer_id, []).append(row.role)
    people: dict[str, Person] = {}
    for row in await look.conn.execute(sa.select(officers).where(officers.c.active)):
        officer = _officer(row, roles.get(row.id, ()))
        people[f"officer:{officer.id}"] = _person(officer, tree)
    for row in await look.conn.execute(sa.select(parties)):
        people[f"party:{row.id}"] = Person(
            f"party:{row.id}", row.name, "当事人", frozenset({"PARTY"}), PARTY_LEVEL
        )
    for row in await look.conn.execute(sa.select(partners)):
        people[f"partner:{row.id}"] = Person(
            f"partner:{row.id}", row.name, "合作单位", frozenset({"PARTNER"}), PARTNER_LEVEL
        )
    rows = await look.conn.execute(sa.select(clients).where(clients.c.active))
    return Directory(people, {client.id: client for client in map(_client, rows) if client.sub in people})


def _person(officer: Officer, tree: dict[AgencyId, Agency]) -> Person:
    return Person(
        sub=f"officer:{officer.id}",
        name=officer.name,
        title=officer.title,
        roles=frozenset(officer.roles),
        level=officer.level,
        agency_id=officer.agency_id,
        agency_name=tree[officer.agency_id].name,
        visible=subtree(officer.agency_id, tree.values()),
        certificate=officer.certificate,
        certificate_until=officer.certificate_until,
    )


class People:
    """The directory in use, and when it was last compared with the database."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._mandate = authorize(service_actor(db.service), Action.TOKEN_ISSUE)
        self._directory = Directory()
        self._records = -1
        self._look_at = 0.0
        self._turn = asyncio.Lock()

    def stale(self) -> None:
        """Somebody changed identity through this process: look before the next answer."""
        self._look_at = 0.0

    async def current(self) -> Directory:
        """The directory, at most a second old."""
        # Until it was read once, everybody waits for that reading: an empty directory would refuse them all.
        if self._records < 0 or monotonic() >= self._look_at:
            async with self._turn:
                if self._records < 0 or monotonic() >= self._look_at:
                    await self._look()
        return self._directory

    async def _look(self) -> None:
        # The next look is set first: if the database is away, one request a second finds out, not all of them.
        self._look_at = monotonic() + LOOK_EVERY_S
        async with view(self._db, self._mandate) as look:
            records = await look.conn.scalar(sa.text("SELECT coalesce(sum(seq + 1), 0) FROM stream_head"))
            if records != self._records:
                # Count and rows are read in one transaction but not one snapshot: a change in between makes the
                # count old, never new, so the next look reads again.
                self._directory, self._records = await directory(look), records
