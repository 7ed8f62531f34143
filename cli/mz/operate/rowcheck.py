"""Checks that the rows of the services still agree with their signed records.

    ledger entries ──▶ outbox rows ──▶ digests of business rows ──▶ rows
                  ╰──▶ receipts, heads                         ╰──▶ vault, blobs

Reads a service's database as its owner and trusts nothing in it: every column of every evidential table
is recomputed from the signed records, and every difference is reported.
"""

from __future__ import annotations

import base64
import hashlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pkgutil import walk_packages
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.door.rows import SALT, digest_of, evidential, key_of
from common.door.secrets import Erased, SecretMissing, Secrets
from ledger.canonical import canonical, instant
from ledger.notes import Verifier, parse_note
from mz.services import SERVICES

DOOR: Final = {
    "outbox": ("record_id", "stream", "seq", "type", "recorded_at", "note"),
    "stream_head": ("stream", "seq", "prev"),
    "receipts": ("record_id", "index", "leaf_hash"),
    "disclosures": ("digest", "stream", "field", "sealed"),
}
"""The door's own evidential columns (common/door.sql)."""


@dataclass(frozen=True)
class Finding:
    """One disagreement with the record. `key` names the row, `reason` the fault."""

    place: str
    key: str
    reason: str


@dataclass(frozen=True)
class Appended:
    """One verified entry of the ledger, as far as the services need it."""

    index: int
    leaf_hash: bytes
    record_id: UUID
    stream: str
    note: bytes
    signers: tuple[str, ...]  # the names of the keys that signed the note


@dataclass
class Checked:
    """The findings in one service's database, and how much could not be checked."""

    findings: list[Finding] = field(default_factory=list)
    unreadable: int = 0
    uncompared: int = 0


@cache
def tables_of(service: str) -> tuple[sa.Table, ...]:
    """The business tables that `service` declares, by name."""
    package = import_module(SERVICES[service].package)
    names = [m.name for m in walk_packages(package.__path__, f"{package.__name__}.") if _holds_tables(m.name)]
    tables: dict[str, sa.Table] = {}
    for module in map(import_module, names):
        for metadata in (value for value in vars(module).values() if isinstance(value, sa.MetaData)):
            tables |= {name: table for name, table in metadata.tables.items() if "owner" in table.info}
    return tuple(tables[name] for name in sorted(tables))


def _holds_tables(module: str) -> bool:
    """Tables stand in `store`, a module of the folder `store`, or `tables`."""
    return any(part in ("store", "tables") for part in module.split("."))


def columns() -> Iterator[tuple[str, str, str, str | None]]:
    """Every column of every service: (service, table, column, why it is not evidential or None)."""
    for service in SERVICES:
        for table, names in DOOR.items():
            for name in names:
                yield service, table, name, None
        for business in tables_of(service):
            for column in business.columns:
                yield service, business.name, str(column.name), column.info.get("aside")


async def check_service(
    service: str,
    conn: AsyncConnection,
    appended: Mapping[UUID, Appended],
    keys: Iterable[Verifier],
    *,
    vault: Secrets | None,
    settled: int = sys.maxsize,
) -> Checked:
    """Every fault in the database of `service`. `appended` is the ledger; `keys` may sign its records.

    Without the `vault` sealed values are only counted. Entries from `settled` on may be younger than the snapshot
    of the database.
    """
    checked, records = await check_door(service, conn, appended, keys, vault=vault, settled=settled)
    promised = promises(records.values())
    for table in tables_of(service):
        checked.findings += await check_table(service, table, conn, promised.get(table.name, {}))
    return checked


async def check_door(
    service: str,
    conn: AsyncConnection,
    appended: Mapping[UUID, Appended],
    keys: Iterable[Verifier],
    *,
    vault: Secrets | None,
    settled: int = sys.maxsize,
) -> tuple[Checked, dict[str, list[dict[str, Any]]]]:
    """The part of `check_service` on the door's own tables, and the records that can be trusted, by stream."""
    checked = Checked()
    findings = checked.findings
    records: dict[str, list[dict[str, Any]]] = {}
    notes: dict[UUID, bytes] = {}
    last: dict[str, tuple[int, bytes]] = {}
    verifiers = {verifier.name: verifier for verifier in keys}
    pending = set((await conn.execute(sa.text("SELECT record_id FROM outbox_pending"))).scalars())
    query = (
        "SELECT record_id, stream, seq, type, recorded_at, note FROM outbox ORDER BY stream, seq, record_id"
    )
    for row in await conn.execute(sa.text(query)):
        place, key = f"{service}.outbox", str(row.record_id)
        note = bytes(row.note)
        try:
            record = _record(note, verifiers)
        except ValueError as error:
            findings.append(Finding(place, key, f"the note cannot be trusted: {error}"))
            continue
        signed = (record["id"], record["stream"], record["seq"], record["type"], record["at"])
        stored = (key, row.stream, row.seq, row.type, instant(row.recorded_at))
        findings += [
            Finding(place, key, f"column {column} says {ours}, the signed note says {theirs}")
            for column, ours, theirs in zip(DOOR["outbox"], stored, signed, strict=False)
            if ours != theirs
        ]
        seq, prev = last.get(record["stream"], (-1, bytes(32)))
        if record["seq"] != seq + 1 or record["prev"] != base64.b64encode(prev).decode():
            findings.append(Finding(place, key, f"does not follow record {seq} of {record['stream']}"))
        last[record["stream"]] = (record["seq"], hashlib.sha256(note).digest())
        records.setdefault(record["stream"], []).append(record)
        notes[UUID(record["id"])] = note
    findings += _against_ledger(service, notes, pending, appended)
    missing = _missing_here(notes, appended, set(verifiers))
    checked.uncompared = sum(entry.index >= settled for entry in missing)
    findings += [
        Finding(
            f"{service}.outbox", str(entry.record_id), f"is in the ledger at {entry.index} and missing here"
        )
        for entry in missing
        if entry.index < settled
    ]
    findings += await _heads(service, conn, last)
    findings += await _receipts(service, conn, appended, notes)
    await _vault(service, conn, records, vault, checked)
    return checked, records


def _record(note: bytes, verifiers: Mapping[str, Verifier]) -> dict[str, Any]:
    parsed = parse_note(note)
    for signature in parsed.signatures:
        verifier = verifiers.get(signature.name)
        if verifier is not None and verifier.verifies(parsed.text, signature.value):
            record: dict[str, Any] = orjson.loads(parsed.text)
            return record
    raise ValueError("no key of this service signed it")


def _against_ledger(
    service: str,
    notes: Mapping[UUID, bytes],
    pending: set[UUID],
    appended: Mapping[UUID, Appended],
) -> Iterator[Finding]:
    place = f"{service}.outbox"
    for number, note in notes.items():
        entry = appended.get(number)
        if entry is None and number not in pending:
            yield Finding(place, str(number), "is not in the ledger, and nothing is about to carry it there")
        elif entry is not None and entry.note != note:
            yield Finding(place, str(number), f"differs from ledger entry {entry.index}")


def _missing_here(
    notes: Mapping[UUID, bytes], appended: Mapping[UUID, Appended], names: set[str]
) -> list[Appended]:
    """Entries that one of the keys `names` signed and that are not among the outbox's `notes`.

    Records of the log's own streams come from no outbox. Every other record comes from the outbox of its signer.
    """
    return [
        entry
        for number, entry in appended.items()
        if number not in notes
        and entry.stream.partition("/")[0] not in ("log", "keys")
        and not names.isdisjoint(entry.signers)
    ]


async def _heads(service: str, conn: AsyncConnection, last: Mapping[str, tuple[int, bytes]]) -> list[Finding]:
    place = f"{service}.stream_head"
    heads = {
        row.stream: (row.seq, bytes(row.prev))
        for row in await conn.execute(sa.text("SELECT stream, seq, prev FROM stream_head WHERE seq >= 0"))
    }
    return [
        Finding(place, stream, "does not name the last record of its stream")
        for stream in sorted(heads.keys() | last.keys())
        if heads.get(stream) != last.get(stream)
    ]


async def _receipts(
    service: str, conn: AsyncConnection, appended: Mapping[UUID, Appended], notes: Mapping[UUID, bytes]
) -> list[Finding]:
    place = f"{service}.receipts"
    findings = []
    received = set()
    for row in await conn.execute(sa.text("SELECT record_id, index AS placed, leaf_hash FROM receipts")):
        entry = appended.get(row.record_id)
        received.add(row.record_id)
        if entry is None or (entry.index, entry.leaf_hash) != (row.placed, bytes(row.leaf_hash)):
            findings.append(
                Finding(place, str(row.record_id), "does not say where the ledger holds this record")
            )
    pending = set((await conn.execute(sa.text("SELECT record_id FROM outbox_pending"))).scalars())
    for number in notes.keys() - received - pending:
        findings.append(Finding(place, str(number), "there is no receipt, and nothing is about to fetch one"))
    return findings


async def _vault(
    service: str,
    conn: AsyncConnection,
    records: Mapping[str, list[dict[str, Any]]],
    vault: Secrets | None,
    checked: Checked,
) -> None:
    """Report values that no record commits to, commitments without a value, and secrets that outlived an erasure."""
    promised = {stream: _commitments(bodies) for stream, bodies in records.items()}
    place = f"{service}.disclosures"
    for stream, bodies in records.items():
        for erased in (_erased(record) for record in bodies if record["type"].endswith(".erased")):
            if vault is not None and any(vault.has(each) for each in erased):
                back = Finding(f"{service}.secrets", stream, "was erased, and its secret is still here")
                checked.findings.append(back)
    present: set[str] = set()
    for row in await conn.execute(sa.text("SELECT digest, stream, field, sealed FROM disclosures")):
        key = bytes(row.digest).hex()
        present.add(key)
        if key not in promised.get(row.stream, set()):
            checked.findings.append(Finding(place, key, f"no record of {row.stream} commits to it"))
        elif vault is None:
            checked.unreadable += 1
        elif reason := _disagreement(row, vault):
            checked.findings.append(Finding(place, key, reason))
    for stream, digests in promised.items():
        if not any(record["type"].endswith(".erased") for record in records[stream]):
            loss = "a record commits to it, it is gone, and nobody erased it"
            checked.findings += [Finding(place, key, loss) for key in sorted(digests - present)]


def _erased(record: dict[str, Any]) -> tuple[str, ...]:
    """The streams whose secrets an erasure destroyed: copies of a message are sealed under the secret of its case."""
    if record["type"] == "message.erased":
        return record["stream"], f"case/{record['data']['case_id']}"
    return (record["stream"],)


def _disagreement(row: Any, vault: Secrets) -> str | None:
    try:
        disclosure = vault.open_disclosure(row.stream, row.field, bytes(row.digest), bytes(row.sealed))
    except Erased:
        return f"is of {row.stream}, which was erased, and is still here"
    except SecretMissing:
        return f"the secret of {row.stream} is gone, and nobody erased it"
    except ValueError:
        return "what is sealed is not what was committed to"
    digest = hashlib.sha256(disclosure.salt + canonical([row.field, disclosure.value])).digest()
    return None if digest == bytes(row.digest) else "what is sealed is not what was committed to"


def _commitments(value: Any) -> set[str]:
    """Every digest that a record's data commits to, however deep."""
    match value:
        case {"c": str(digest)} if len(value) == 1:
            return {digest}
        case dict():
            return set().union(*(_commitments(item) for item in value.values()), set())
        case list():
            return set().union(*(_commitments(item) for item in value), set())
    return set()


Promises = dict[str, dict[str, tuple[str, str]]]
"""Table -> key of a row -> the digest that its last record gives it, and that record's id."""


def promises(records: Iterable[list[dict[str, Any]]]) -> Promises:
    """The promises of the records of all streams, each stream in order."""
    promised: Promises = {}
    for bodies in records:
        for record in bodies:
            for row in record["data"].get("rows", ()):
                promised.setdefault(row["table"], {})[row["key"]] = (row["sha256"], record["id"])
    return promised


async def check_table(
    service: str, table: sa.Table, conn: AsyncConnection, promised: Mapping[str, tuple[str, str]]
) -> list[Finding]:
    """The rows of one table against what its records promised."""
    return compared(service, table, (await conn.execute(sa.select(table))).mappings(), promised)


def compared(
    service: str,
    table: sa.Table,
    rows: Iterable[Mapping[Any, Any]],
    promised: Mapping[str, tuple[str, str]],
) -> list[Finding]:
    """As `check_table`, for all rows of the table as the database gives them."""
    place, findings, seen = f"{service}.{table.name}", [], set()
    for row in rows:
        key = key_of(table, row)
        seen.add(key)
        digest, record_id = promised.get(key, ("", ""))
        if not record_id:
            findings.append(Finding(place, key, "no record explains this row"))
        elif digest_of(table, row) != digest:
            findings.append(Finding(place, key, f"is not the row that record {record_id} wrote"))
    return findings + [
        Finding(place, key, f"record {record_id} wrote this row, and it is gone")
        for key, (_, record_id) in promised.items()
        if key not in seen
    ]


async def columns_in_database(conn: asyncpg.Connection[Any]) -> set[tuple[str, str]]:
    """(table, column) of schema public that are not operational. `columns` must cover them."""
    rows = await conn.fetch(
        """
        SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
          AND coalesce(obj_description(c.oid), '') NOT LIKE 'operational: %' AND c.relname <> 'alembic_version'
        """
    )
    return {(row["relname"], row["attname"]) for row in rows}


def guarded_columns(table: sa.Table) -> list[str]:
    """The columns whose change `check_service` finds: the evidential columns and the salt of their digest."""
    return [*evidential(table), SALT]
