"""The door. Every write of every service goes through `change`, and nothing else commits.

    async with change(db, mandate) as tx:              one transaction, one instant
        device = await store.lock(tx, device_id)       the row, held
        permit = tx.permit(resource(device))           may they, to this one?
        fact = suspend(device, …, at=tx.now)           the law
        tx.record(permit, fact)                        why
        await tx.set(fact, devices, …)                 the row
        return tx.answer(view(device))                 what the caller is told, and told again on a repeat

At the end the facts become records: one per fact, chained within its stream, signed by the service's
key, stored in the same transaction as the rows they explain, each with the digests of those rows. The
database refuses a row whose transaction recorded nothing (`door.sql`).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from common.door.rows import digest_of, key_of
from common.door.secrets import Disclosure, Erased, Secrets, answer_name, answers_of
from common.policy import DIGEST, Mandate, Permit, Resource, permitted
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment, Fact
from common.values.ids import Id, record_id
from common.values.law import PIPL_47
from ledger.canonical import canonical, instant
from ledger.clock import Clock
from ledger.keyfiles import RecordSigner

IDEMPOTENCY_KEPT: Final = timedelta(hours=48)
"""How long a repeat of a request is answered with the first answer (spec/api-conventions.md)."""

RECORDED_LEVEL: Final = 3
"""From this confidentiality level on, a record names the rule that permitted the act and the policy in force."""

_NO_PREVIOUS: Final = bytes(32)

V = TypeVar("V", bound=BaseModel)


class Replay(Exception):
    """A repeated request whose first answer is known: it is given again, byte for byte."""

    def __init__(self, *, status: int, body: bytes, records: str) -> None:
        super().__init__("a repeated request")
        self.status = status
        self.body = body
        self.records = records


@dataclass(frozen=True)
class Database:
    """A service's database: its engine (role svc_<x>), the key that signs its records, its clock, its secrets."""

    service: str
    engine: AsyncEngine
    signer: RecordSigner
    clock: Clock
    secrets: Secrets
    committed: asyncio.Event = field(default_factory=asyncio.Event, compare=False)

    @classmethod
    def connect(
        cls, url: str, *, service: str, signer: RecordSigner, clock: Clock, secrets: Secrets, pool: int = 5
    ) -> Database:
        """`url` is postgresql+asyncpg://svc_<x>@…; nothing is opened before the first use."""
        engine = create_async_engine(
            url,
            pool_size=pool,
            max_overflow=pool,
            # An error of the database is logged with its trace: names and plates are parameters, never text.
            hide_parameters=True,
            connect_args={
                "server_settings": {"timezone": "UTC", "statement_timeout": "30000", "lock_timeout": "10000"}
            },
        )
        return cls(service, engine, signer, clock, secrets)

    async def close(self) -> None:
        await self.engine.dispose()


@dataclass
class _Recorded:
    fact: Fact
    permit: Permit
    rows: list[tuple[sa.Table, dict[str, Any]]] = field(default_factory=list)


class Tx:
    """One change in progress. Only `change` makes one."""

    def __init__(self, conn: AsyncConnection, mandate: Mandate, db: Database) -> None:
        self.conn = conn
        self.mandate = mandate
        self.now: datetime = db.clock()
        self.secrets = db.secrets
        self._db = db
        self._recorded: dict[int, _Recorded] = {}
        self._disclosures: list[dict[str, Any]] = []
        self._answer: bytes | None = None
        self.made: list[str] = []

    def permit(self, resource: Resource) -> Permit:
        """The permit for `resource`, which must be locked. Refusal NOT_FOUND for another agency's, else FORBIDDEN."""
        return permitted(self.mandate, resource)

    def record(self, permit: Permit, *facts: Fact) -> None:
        """These things happened. Rows that they explain follow with `add` and `set`."""
        for fact in facts:
            self._recorded[id(fact)] = _Recorded(fact, permit)

    async def add(self, fact: Fact, table: sa.Table, values: Mapping[str, Any]) -> None:
        """Insert one row that `fact` explains."""
        await self.add_all(table, [(fact, values)])

    async def add_all(self, table: sa.Table, rows: Sequence[tuple[Fact, Mapping[str, Any]]]) -> None:
        """Insert rows of one table, each with the fact that explains it, in one statement."""
        if not rows:
            return
        await self.conn.execute(sa.insert(table), [dict(values) for _, values in rows])
        for fact, values in rows:
            self._explained(fact).rows.append((table, _key(table, values)))

    async def set(
        self, fact: Fact, table: sa.Table, key: Mapping[str, Any], values: Mapping[str, Any]
    ) -> None:
        """Update the one row with the primary key `key`."""
        query = (
            sa.update(table).where(*(table.c[name] == value for name, value in key.items())).values(**values)
        )
        result = await self.conn.execute(query)
        if result.rowcount != 1:
            raise RuntimeError(f"couldn't update {table.name}: {result.rowcount} rows have this key")
        self._explained(fact).rows.append((table, _key(table, key)))

    async def commit_to(self, owner: Id, field: str, value: str) -> Commitment:
        """A salted commitment to `value`. Salt and value stay in this service's vault, erasable (PIPL 47)."""
        kept = Disclosure(secrets.token_bytes(16), value)
        digest = hashlib.sha256(kept.salt + canonical([field, value])).digest()
        sealed = await asyncio.to_thread(self.secrets.seal_disclosure, owner.stream, field, digest, kept)
        self._disclosures.append({"digest": digest, "stream": owner.stream, "field": field, "sealed": sealed})
        return Commitment(digest)

    def answer(self, view: V) -> V:
        """Keep `view` as the answer to this request and to every repeat of it."""
        self._answer = view.model_dump_json().encode()
        return view

    def _explained(self, fact: Fact) -> _Recorded:
        try:
            return self._recorded[id(fact)]
        except KeyError:
            raise RuntimeError(f"couldn't write a row for {fact.type}: it was not recorded first") from None

    async def open(self) -> None:
        """Set the row-level scope, and answer a repeat with its first answer."""
        await _scope(self.conn, self.mandate)
        request = self.mandate.request
        if request is None:
            return
        # Held to the end of the transaction: of two equal requests at once, one runs and the other is told so.
        mine = await self.conn.scalar(
            sa.text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))"),
            {"name": f"{request.client}\n{request.key}"},
        )
        if not mine:
            raise Refusal(
                Kind.CONFLICT,
                "IDEMPOTENCY_RUNNING",
                "The first request with this Idempotency-Key still runs.",
            )
        query = (
            "SELECT status, sealed, sealed_by, records FROM idempotency"
            " WHERE client = :c AND key = :k AND expires_at > :now"
        )
        first = (
            await self.conn.execute(sa.text(query), {"c": request.client, "k": request.key, "now": self.now})
        ).one_or_none()
        if first is None:
            return
        name = answer_name(request.client, request.key)
        try:
            opened = self.secrets.open(first.sealed_by, name, bytes(first.sealed))
        except Erased:
            message = "What this request was answered was erased as the law demands."
            raise Refusal(Kind.GONE, "ERASED", message, article=PIPL_47) from None
        asked, body = opened[: len(request.request_hash)], opened[len(request.request_hash) :]
        if asked != request.request_hash:
            message = "This Idempotency-Key was used for another request; take a fresh key for a new request."
            raise Refusal(Kind.INVALID, "IDEMPOTENCY_KEY_REUSED", message)
        raise Replay(status=first.status, body=body, records=first.records)

    async def close(self) -> None:
        """Chain, sign and store what was recorded; remember the answer."""
        if self._disclosures:
            statement = (
                "INSERT INTO disclosures (digest, stream, field, sealed)"
                " VALUES (:digest, :stream, :field, :sealed)"
            )
            await self.conn.execute(sa.text(statement), self._disclosures)
        records = await self._store_records() if self._recorded else []
        request = self.mandate.request
        if request is not None and self._answer is not None:
            # An answer shows the object and goes with it, also from a backup taken within its 48 hours.
            written = [recorded.fact.stream for recorded in self._recorded.values()]
            owner = next((s for s in written if not self.secrets.is_erased(s)), answers_of(self.now))
            # The request hash is encrypted together with the answer, because a plain hash of a short order can be
            # guessed.
            sealed = await asyncio.to_thread(
                self.secrets.seal,
                owner,
                answer_name(request.client, request.key),
                request.request_hash + self._answer,
            )
            await self.conn.execute(
                sa.text(
                    "INSERT INTO idempotency (client, key, status, sealed, sealed_by, records, expires_at)"
                    " VALUES (:client, :key, :status, :sealed, :owner, :records, :expires)"
                    " ON CONFLICT (client, key) DO UPDATE SET status = EXCLUDED.status, sealed = EXCLUDED.sealed,"
                    " sealed_by = EXCLUDED.sealed_by, records = EXCLUDED.records, expires_at = EXCLUDED.expires_at"
                ),
                {
                    "client": request.client,
                    "key": request.key,
                    "status": request.status,
                    "sealed": sealed,
                    "owner": owner,
                    "records": ", ".join([*self.mandate.records, *records]),
                    "expires": self.now + IDEMPOTENCY_KEPT,
                },
            )
        self.made = records

    async def _store_records(self) -> list[str]:
        digests = await self._row_digests()
        heads = await self._lock_heads()
        out: dict[str, list[Any]] = {"id": [], "stream": [], "seq": [], "type": [], "note": []}
        for recorded in self._recorded.values():
            fact = recorded.fact
            stream = fact.stream
            seq, prev = heads[stream]
            number = record_id(self.now)
            note = self._db.signer.sign(canonical(self._record(recorded, number, seq + 1, prev, digests)))
            heads[stream] = (seq + 1, hashlib.sha256(note).digest())
            for name, value in zip(out, (number, stream, seq + 1, fact.type, note), strict=True):
                out[name].append(value)
        await self.conn.execute(
            sa.text(
                "INSERT INTO outbox (record_id, stream, seq, type, note, recorded_at)"
                " SELECT *, CAST(:now AS timestamptz) FROM unnest(CAST(:id AS uuid[]), CAST(:stream AS text[]),"
                " CAST(:seq AS bigint[]), CAST(:type AS text[]), CAST(:note AS bytea[]))"
            ),
            out | {"now": self.now},
        )
        moved = {
            "stream": list(heads),
            "seq": [seq for seq, _ in heads.values()],
            "prev": [p for _, p in heads.values()],
        }
        await self.conn.execute(
            sa.text(
                "UPDATE stream_head h SET seq = n.seq, prev = n.prev FROM unnest(CAST(:stream AS text[]),"
                " CAST(:seq AS bigint[]), CAST(:prev AS bytea[])) AS n(stream, seq, prev) WHERE h.stream = n.stream"
            ),
            moved,
        )
        return [str(number) for number in out["id"]]

    async def _lock_heads(self) -> dict[str, tuple[int, bytes]]:
        """Sequence number and hash of the last record of each stream, held until commit.

        In sorted order, so that two changes of the same streams never wait for each other in a circle.
        """
        streams = sorted({recorded.fact.stream for recorded in self._recorded.values()})
        rows = await self.conn.execute(
            sa.text(
                "INSERT INTO stream_head (stream, seq, prev)"
                " SELECT s, -1, CAST(:none AS bytea) FROM unnest(CAST(:streams AS text[]))"
                " WITH ORDINALITY AS u(s, o) ORDER BY o"
                " ON CONFLICT (stream) DO UPDATE SET stream = EXCLUDED.stream RETURNING stream, seq, prev"
            ),
            {"streams": streams, "none": _NO_PREVIOUS},
        )
        return {row.stream: (row.seq, bytes(row.prev)) for row in rows}

    async def _row_digests(self) -> dict[tuple[str, str], str]:
        """Digest of every row written, read back as the database holds it: by (table, key)."""
        touched: dict[str, tuple[sa.Table, dict[str, dict[str, Any]]]] = {}
        for recorded in self._recorded.values():
            for table, key in recorded.rows:
                touched.setdefault(table.name, (table, {}))[1][key_of(table, key)] = key
        digests: dict[tuple[str, str], str] = {}
        for table, keys in touched.values():
            columns = list(table.primary_key.columns)
            wanted = [tuple(key[column.name] for column in columns) for key in keys.values()]
            for row in (
                await self.conn.execute(sa.select(table).where(sa.tuple_(*columns).in_(wanted)))
            ).mappings():
                digests[table.name, key_of(table, row)] = digest_of(table, row)
        return digests

    def _record(
        self, recorded: _Recorded, number: UUID, seq: int, prev: bytes, digests: Mapping[tuple[str, str], str]
    ) -> dict[str, Any]:
        """The record of one fact, in the shape of spec/ledger.md §3.1."""
        fact = recorded.fact
        data = fact.body()
        names = {(table.name, key_of(table, key)) for table, key in recorded.rows}
        if names:
            data["rows"] = [{"table": t, "key": k, "sha256": digests[t, k]} for t, k in sorted(names)]
        if recorded.permit.resource.level >= RECORDED_LEVEL:
            data["permit"] = {"rule": recorded.permit.rule, "policy": DIGEST}
        record: dict[str, Any] = {
            "actor": self.mandate.actor.sub,
            "at": instant(self.now),
            "data": data,
            "id": str(number),
            "prev": base64.b64encode(prev).decode(),
            "seq": seq,
            "stream": fact.stream,
            "type": fact.type,
            "v": fact.v,
        }
        if fact.subject is not None:
            record["subject"] = fact.subject
        return record


def _key(table: sa.Table, values: Mapping[str, Any]) -> dict[str, Any]:
    return {column.name: values[column.name] for column in table.primary_key.columns}


@asynccontextmanager
async def change(db: Database, mandate: Mandate) -> AsyncIterator[Tx]:
    """One transaction under `mandate`. Leaving the block commits; an exception leaves nothing behind.

    Do not call another service inside: a slow answer would hold the rows of everyone else.
    """
    async with db.engine.begin() as conn:
        tx = Tx(conn, mandate, db)
        await tx.open()
        yield tx
        await tx.close()
    # Only now is it true: the ids go to the caller when the records are durable, never before.
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
            await _scope(conn, mandate)
            yield View(conn, mandate, db.clock(), db.secrets)


@asynccontextmanager
async def operational(db: Database) -> AsyncIterator[AsyncConnection]:
    """A transaction for tables outside the record: sessions, cursors, leases. It can commit no business row."""
    async with db.engine.begin() as conn:
        yield conn


async def forget_answers(db: Database) -> None:
    """Delete the answers that no repeat is given any more: they may hold what the law lets us keep no longer."""
    async with operational(db) as conn:
        await conn.execute(sa.text("DELETE FROM idempotency WHERE expires_at <= :now"), {"now": db.clock()})
    for days in range(3, 33):  # those of every backup too, but for a service that stood still for a month
        await asyncio.to_thread(db.secrets.discard, answers_of(db.clock() - timedelta(days=days)))


async def _scope(conn: AsyncConnection, mandate: Mandate) -> None:
    """Row-level security for this transaction alone: set_config(…, true) ends with it."""
    actor = mandate.actor
    visible = "*" if actor.sees_all else ",".join(sorted(actor.visible))
    await conn.execute(
        sa.text("SELECT set_config('mz.visible', :visible, true), set_config('mz.party', :party, true)"),
        {"visible": visible, "party": actor.party_id or ""},
    )
