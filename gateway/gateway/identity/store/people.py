"""The directory of all people and clients, and the copy that the gateway keeps in memory.

The gateway looks up the person behind every request, so it keeps one immutable Directory. The Directory is replaced
as a whole when the records of this database have moved on: at once after a change of this process, within a second
after a change of another.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Final

import sqlalchemy as sa

from common.door.uow import Database, Tx, View, view
from common.policy import Action, authorize, service_actor
from gateway.identity.domain.people import Directory, person_of_officer, person_of_outsider
from gateway.identity.store import agencies, clients, officers, outsiders, tables

LOOK_EVERY_S: Final = 1.0


async def list_ids(v: View | Tx) -> frozenset[str]:
    """The ids of all agencies, people and clients. The seeding, which may be repeated, looks for its own among them."""
    of = (tables.agencies, tables.officers, tables.parties, tables.clients)
    ids = sa.union_all(*(sa.select(table.c.id) for table in of))
    return frozenset((await v.conn.execute(ids)).scalars())


async def directory(v: View) -> Directory:
    """The directory as the database stands. Officers who are not active and their clients are not in it."""
    tree = {agency.id: agency for agency in await agencies.list_all(v)}
    everybody = [
        *(person_of_officer(officer, tree) for officer in await officers.list_active(v)),
        *(person_of_outsider(outsider) for outsider in await outsiders.list_all(v)),
    ]
    people = {person.sub: person for person in everybody}
    active = [client for client in await clients.list_active(v) if client.sub in people]
    return Directory(people, {client.id: client for client in active})


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
        """This process has changed identity: compare with the database before the next answer."""
        self._look_at = 0.0

    async def current(self) -> Directory:
        """The directory, at most a second old."""
        # Before the first reading every caller waits for it: the empty directory would refuse them all.
        if self._records < 0 or monotonic() >= self._look_at:
            async with self._turn:
                if self._records < 0 or monotonic() >= self._look_at:
                    await self._look()
        return self._directory

    async def _look(self) -> None:
        # The next look is set first: if the database is away, one request a second finds out, not all of them.
        self._look_at = monotonic() + LOOK_EVERY_S
        async with view(self._db, self._mandate) as v:
            # Sessions begin all day and change nothing here; the condition is that of an index.
            query = "SELECT coalesce(sum(seq + 1), 0) FROM stream_head WHERE stream NOT LIKE 'session/%'"
            records = await v.conn.scalar(sa.text(query))
            if records != self._records:
                # The count is read before the rows, in one transaction but not in one snapshot. A change in between
                # makes the count too old, never too new, so the next look reads again.
                self._directory, self._records = await directory(v), records
