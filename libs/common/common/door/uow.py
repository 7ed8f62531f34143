"""The door. Every write of every service goes through `change`, and nothing else commits.

    async with change(db, mandate) as tx:              one transaction, one instant
        device = await store.lock(tx, device_id)       the row, held
        permit = tx.permit(resource(device))           may they, to this one?
        fact = suspend(device, …, at=tx.now)           the law
        tx.record(permit, fact)                        why
        await tx.set(fact, devices, …)                 the row
        return tx.answer(view(device))                 the answer, kept for a repeat of the request

At the end every fact becomes a record: chained within its stream, signed by the service's key, with the digests of
the rows that it explains, and stored in the same transaction (`records.py`). The database refuses a row whose
transaction stored no record for the row's owner (`door.sql`).
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

import asyncpg
import orjson
import sqlalchemy as sa
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.door.address import engine_at
from common.door.ahead import Ahead, Rows, as_json, rows_ahead
from common.door.answers import forget_secrets, require_first, sealed_answer
from common.door.driver import driver_of, execute, fetch
from common.door.records import End, Ends, Recorded, Records, Value, number
from common.door.rows import digest_of, key_of, vouched_columns
from common.door.secrets import Disclosure, Secrets
from common.policy import Mandate, Permit, Resource, permitted
from common.values.facts import Commitment, Fact
from common.values.ids import Id, record_id, record_ids
from ledger.canonical import canonical
from ledger.clock import Clock
from ledger.keyfiles import RecordSigner

_BEGIN = "SELECT is_mine, status, sealed, sealed_by, records FROM begin_change($1, $2, $3, $4, $5)"

V = TypeVar("V", bound=BaseModel)


@dataclass(frozen=True)
class Database:
    """A service's database: its engine (role svc_<x>), the key that signs its records, its clock, its secrets.

    `committed` is set after every change: the relay of this process waits for it.
    """

    service: str
    engine: AsyncEngine
    signer: RecordSigner
    clock: Clock
    secrets: Secrets
    committed: asyncio.Event = field(default_factory=asyncio.Event, compare=False)
    ends: Ends = field(default_factory=Ends, compare=False, repr=False)

    @classmethod
    def connect(
        cls, url: str, *, service: str, signer: RecordSigner, clock: Clock, secrets: Secrets, pool: int = 5
    ) -> Database:
        """`url` is postgresql://svc_<x>@…; nothing is opened before the first use."""
        engine = engine_at(
            url,
            settings={"timezone": "UTC", "statement_timeout": "30000", "lock_timeout": "10000"},
            pool_size=pool,
            max_overflow=pool,
            json_serializer=_dumps,
            json_deserializer=orjson.loads,
        )
        return cls(service, engine, signer, clock, secrets)

    async def close(self) -> None:
        await self.engine.dispose()


class Tx:
    """One change in progress. Only `change` makes one.

    After the block `made` holds the ids of its records.
    """

    def __init__(self, conn: AsyncConnection, mandate: Mandate, db: Database) -> None:
        self.conn = conn
        self.mandate = mandate
        self.now: datetime = db.clock()
        self.secrets = db.secrets
        self.made: list[str] = []
        self.ends: dict[str, End] = {}
        self._db = db
        self._recorded: dict[int, Recorded] = {}
        self._digests: dict[tuple[str, str], str] = {}
        self._values: list[Value] = []
        self._answer: bytes | None = None

    def permit(self, resource: Resource) -> Permit:
        """The permit for `resource`, which must be locked. Refusal NOT_FOUND for another agency's, else FORBIDDEN."""
        return permitted(self.mandate, resource)

    def record(self, permit: Permit, *facts: Fact) -> None:
        """Record that these things happened. The rows that they explain follow with `add` and `set`."""
        for fact in facts:
            self._recorded[id(fact)] = Recorded(fact, permit)

    def id_of(self, fact: Fact) -> str:
        """The id that the record of `fact` will have. For an answer that is stored in the same change."""
        recorded = self._explained(fact)
        if recorded.id is None:
            recorded.id = record_id(self.now)
        return str(recorded.id)

    async def add(self, fact: Fact, table: sa.Table, values: Mapping[str, Any]) -> None:
        """Insert one row that `fact` explains."""
        await self.add_all(table, [(fact, values)])

    async def add_all(self, table: sa.Table, rows: Sequence[tuple[Fact, Mapping[str, Any]]]) -> None:
        """Insert rows of one table, each with the fact that explains it, in one statement."""
        if not rows:
            return
        explained = {key_of(table, values): self._explained(fact) for fact, values in rows}
        query = sa.insert(table).returning(*vouched_columns(table))
        stored = await self.conn.execute(query, [dict(values) for _, values in rows])
        for row in stored.mappings():
            self._vouch(explained, table, row)

    async def add_many(self, table: sa.Table, rows: Sequence[tuple[Fact, Mapping[str, Any]]]) -> None:
        """As `add_all`, for hundreds of rows that all have the same columns: they travel as one value.

        The server prepares the statement once. A column of JSON cannot hold null in this way.
        """
        if not rows:
            return
        explained = {key_of(table, values): self._explained(fact) for fact, values in rows}
        statement = _add_many(table, tuple(rows[0][1]))
        for row in await fetch(self.conn, statement, as_json([values for _, values in rows])):
            self._vouch(explained, table, row)

    async def ahead(self, permit: Permit, facts: Sequence[Fact], *tables: tuple[sa.Table, Rows]) -> Ahead:
        """Rows of new objects and their signed records, for `write_ahead`. Nothing of it is in the change yet."""
        ids = record_ids(self.now, len(facts))
        recorded = {
            id(fact): Recorded(fact, permit, id=given) for fact, given in zip(facts, ids, strict=True)
        }
        digests, inserts = await rows_ahead(recorded, tables)
        batch = Records(self.mandate.actor.sub, self.now, (), digests, (), None)
        for at, each in enumerate(recorded.values()):
            each.signed = batch.sign(self._db.signer, each)
            if at % 10 == 0:
                await asyncio.sleep(0)  # other work goes on, such as the batch before
        return Ahead(list(recorded.values()), digests, inserts)

    async def write_ahead(self, made: Ahead) -> None:
        """Record the facts of `made` and store its rows, a statement a table."""
        self._recorded |= {id(each.fact): each for each in made.recorded}
        self._digests |= made.digests
        for insert in made.inserts:
            status = await execute(self.conn, insert.statement, insert.rows)
            if status != f"INSERT 0 {insert.count}":
                raise RuntimeError(f"couldn't store {insert.count} rows: {status}")

    async def set(
        self, fact: Fact, table: sa.Table, key: Mapping[str, Any], values: Mapping[str, Any]
    ) -> None:
        """Update the one row with the primary key `key`."""
        recorded = self._explained(fact)
        query = sa.update(table).where(*(table.c[name] == value for name, value in key.items()))
        stored = await self.conn.execute(query.values(**values).returning(*vouched_columns(table)))
        rows = stored.mappings().all()
        if len(rows) != 1:
            raise RuntimeError(f"couldn't update {table.name}: {len(rows)} rows have this key")
        self._vouch({key_of(table, rows[0]): recorded}, table, rows[0])

    async def set_all(
        self, table: sa.Table, columns: Sequence[str], rows: Sequence[tuple[Fact, Mapping[str, Any]]]
    ) -> None:
        """Update these `columns` of rows of one table in one statement. Each row holds its primary key too."""
        if not rows:
            return
        explained = {key_of(table, values): self._explained(fact) for fact, values in rows}
        given = as_json([values for _, values in rows])
        stored = await self.conn.exec_driver_sql(_set_all(table, tuple(columns)), (given,))
        changed = stored.mappings().all()
        if len(changed) != len(explained):
            raise RuntimeError(
                f"couldn't update {table.name}: {len(changed)} of {len(explained)} rows are there"
            )
        for row in changed:
            self._vouch(explained, table, row)

    async def commit_to(self, owner: Id, field: str, value: str) -> Commitment:
        """A salted commitment to `value`. Salt and value stay in this service, sealed, and can be erased (PIPL 47)."""
        disclosure = Disclosure(secrets.token_bytes(16), value)
        digest = hashlib.sha256(disclosure.salt + canonical([field, value])).digest()
        sealed = await self.secrets.seal_disclosure(owner.stream, field, digest, disclosure)
        self._values.append(Value(digest, owner.stream, field, sealed))
        return Commitment(digest)

    def answer(self, view: V) -> V:
        """Keep `view` as the answer to this request and to every repeat of it."""
        self._answer = view.model_dump_json().encode()
        return view

    def _explained(self, fact: Fact) -> Recorded:
        try:
            return self._recorded[id(fact)]
        except KeyError:
            raise RuntimeError(f"couldn't write a row for {fact.type}: it was not recorded first") from None

    def _vouch(self, explained: Mapping[str, Recorded], table: sa.Table, row: Mapping[Any, Any]) -> None:
        """Make the record name `row`, as the database returned it. A later write of the row replaces its digest."""
        key = key_of(table, row)
        name = (str(table.name), key)  # SQLAlchemy's name is a kind of text of its own
        explained[key].rows.add(name)
        explained[key].signed = None  # it names one row more
        self._digests[name] = digest_of(table, row)

    async def begin(self) -> None:
        """Set which rows exist for the mandate. Raises Replay where the request was answered before."""
        request = self.mandate.request
        client_and_key = (request.client, request.key) if request else (None, None)
        values = (*scope_of(self.mandate), *client_and_key, self.now)
        answer = (await self.conn.exec_driver_sql(_BEGIN, values)).one()
        if request is not None:
            require_first(request, answer, self.secrets)

    async def close(self) -> None:
        """Store the records, the sealed values and the answer."""
        recorded = list(self._recorded.values())
        ids = number(recorded, self.now)
        request, answer = self.mandate.request, None
        if request is not None and self._answer is not None:
            answer = await sealed_answer(
                request,
                self._answer,
                self.secrets,
                written=[each.fact.stream for each in recorded],
                records=[*self.mandate.records, *ids],
                now=self.now,
            )
        if recorded or self._values or answer:
            records = Records(self.mandate.actor.sub, self.now, recorded, self._digests, self._values, answer)
            self.ends = await records.store(self.conn, self._db.signer, self._db.ends)
        self.made = ids


@asynccontextmanager
async def change(db: Database, mandate: Mandate) -> AsyncIterator[Tx]:
    """One transaction under `mandate`. Leaving the block commits; an exception leaves nothing behind.

    Do not call another service inside: while its answer is slow, every other change of these rows waits.
    """
    async with db.engine.begin() as conn:
        tx = Tx(conn, mandate, db)
        await tx.begin()
        yield tx
        await tx.close()
    # The records are durable now, so now the caller may have their ids.
    db.ends.remember(tx.ends)
    mandate.records.extend(tx.made)
    db.committed.set()


@dataclass(frozen=True)
class View:
    """A read-only look at one instant."""

    conn: AsyncConnection
    mandate: Mandate
    now: datetime
    secrets: Secrets

    def permit(self, resource: Resource) -> Permit:
        """As `Tx.permit`, for a read."""
        return permitted(self.mandate, resource)


@asynccontextmanager
async def view(db: Database, mandate: Mandate) -> AsyncIterator[View]:
    """A READ ONLY transaction that sees what `mandate` may see. Personal data is read in a `change` instead."""
    async with db.engine.connect() as conn:
        await conn.execution_options(postgresql_readonly=True)
        async with conn.begin():
            # Row-level security for this transaction alone: set_config(…, true) ends with it.
            query = "SELECT set_config('mz.visible', $1, true), set_config('mz.party', $2, true)"
            await conn.exec_driver_sql(query, scope_of(mandate))
            yield View(conn, mandate, db.clock(), db.secrets)


@asynccontextmanager
async def operational(db: Database) -> AsyncIterator[AsyncConnection]:
    """A transaction for tables outside the record: sessions, cursors, leases. It can commit no business row."""
    async with db.engine.begin() as conn:
        yield conn


async def alone(db: Database, statement: str, *values: Any) -> list[asyncpg.Record]:
    """The rows of one `statement`, which commits by itself; for reads, and for tables outside the record.

    It costs one round trip, where `operational` costs three.
    """
    while True:
        async with db.engine.connect() as conn:
            driver = driver_of(conn)
            # One that broke while nobody used it: SQLAlchemy has not seen it, and would lend it again.
            is_lent_broken = driver.is_closed()
            try:
                if not is_lent_broken:
                    rows: list[asyncpg.Record] = await driver.fetch(statement, *values)
                    return rows
            finally:
                if driver.is_closed():
                    await conn.invalidate()


async def forget_answers(db: Database) -> None:
    """Delete the answers whose 48 hours are over: the law may forbid to keep their content any longer."""
    now = db.clock()
    async with operational(db) as conn:
        await conn.execute(sa.text("DELETE FROM idempotency WHERE expires_at <= :now"), {"now": now})
    await forget_secrets(db.secrets, now)


@cache
def _add_many(table: sa.Table, columns: tuple[str, ...]) -> str:
    names = ", ".join(columns)
    returned = ", ".join(str(column.name) for column in vouched_columns(table))
    return (
        f"INSERT INTO {table.name} ({names}) SELECT {names}"
        f" FROM json_populate_recordset(NULL::{table.name}, $1::json) RETURNING {returned}"
    )


@cache
def _set_all(table: sa.Table, columns: tuple[str, ...]) -> str:
    """The statement of `set_all`: one text for a table and its columns, so that the server prepares it once."""
    keys = [f"t.{column.name} = n.{column.name}" for column in table.primary_key.columns]
    values = [f"{name} = n.{name}" for name in columns]
    returned = [f"t.{column.name}" for column in vouched_columns(table)]
    return (
        f"UPDATE {table.name} t SET {', '.join(values)}"
        f" FROM json_populate_recordset(NULL::{table.name}, $1::json) n WHERE {' AND '.join(keys)}"
        f" RETURNING {', '.join(returned)}"
    )


def _dumps(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


def scope_of(mandate: Mandate) -> tuple[str, str]:
    """Agencies and party whose rows exist for this mandate: the settings mz.visible and mz.party of door.sql.

    For a session of one case the party is `pty_…/cas_…`, which no row's party equals: only a table whose fence names
    its case shows that case's rows.
    """
    actor = mandate.actor
    party = actor.party_id or ""
    scope = f"{party}/{actor.case_id}" if actor.case_id else party
    return "*" if actor.sees_all else ",".join(sorted(actor.visible)), scope
