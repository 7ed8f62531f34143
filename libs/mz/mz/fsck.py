"""The whole chain of proof of one installation, walked backwards: ledger, outboxes, rows, vaults, blobs.

A reading under way is consistent: each database is read at one instant, and the ledger after all of them,
so that it knows at least what they know.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from common.rows import SALT
from evidence.ledger import fsck as ledger_fsck
from evidence.ledger.entry import Entry
from evidence.ledger.merkle import leaf_hash
from mz.assembly import Installation
from mz.rowcheck import PACKAGES, Appended, Finding, check_service, columns, tables_of

Say = Callable[[str], None]

BLOBS: Final = "blobs"
"""In a column's info: its values name blobs, in the store of its own service or in `backup`. Beside it `unless`:
(column, value) of rows whose blob never was."""


@dataclass
class Result:
    """What was looked at, and what was found. Nothing looked at is not clean."""

    entries: int = 0
    records: int = 0
    rows: int = 0
    blobs: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return self.entries > 0 and not self.findings


async def check(installation: Installation, say: Say = lambda _: None) -> Result:
    """Check everything of `installation`; its PostgreSQL must run, its services may."""
    result = Result()
    async with _snapshots(installation) as snapshots:
        appended = await check_ledger(installation, result, say)
        for service, conn in snapshots.items():
            say(service)
            verifiers = [installation.record_key(service).verifier]
            result.findings += await check_service(service, conn, appended, verifiers)
            result.records += await conn.scalar(sa.text("SELECT count(*) FROM outbox")) or 0
            for table in tables_of(service):
                result.rows += await conn.scalar(sa.select(sa.func.count()).select_from(table)) or 0
                result.findings += await _referenced(installation, service, table, conn)
    await asyncio.to_thread(check_blobs, installation.d.root, result)
    return result


@asynccontextmanager
async def _snapshots(installation: Installation) -> AsyncIterator[dict[str, AsyncConnection]]:
    """Each service's database as its owner, who sees every row, all at once and unchanging."""
    engines, snapshots = [], {}
    try:
        for service in PACKAGES:
            url = installation.server.url(f"own_{service.replace('-', '_')}", installation.database(service))
            engine = create_async_engine(url, isolation_level="REPEATABLE READ")
            engines.append(engine)
            snapshots[service] = await engine.connect()
            await snapshots[service].execute(sa.text("SELECT 1"))
        yield snapshots
    finally:
        for conn in snapshots.values():
            await conn.close()
        for engine in engines:
            await engine.dispose()


async def check_ledger(installation: Installation, result: Result, say: Say) -> dict[UUID, Appended]:
    """The ledger alone, into `result`; the entries that are right, by record id."""
    appended: dict[UUID, Appended] = {}

    def keep(entry: Entry) -> None:
        record = entry.record
        appended[record.id] = Appended(
            entry.index, leaf_hash(entry.raw), record.id, record.stream, record.raw
        )

    def progress(done: int, size: int) -> None:
        say(f"账本 · ledger {done}/{size}")

    conn = await installation.server.connect(installation.database("evidence"))
    try:
        async with conn.transaction(isolation="repeatable_read", readonly=True):
            report = await ledger_fsck.check(
                conn,
                log=installation.log_key.verifier,
                roots=(installation.d.root_key().verifier,),
                each=keep,
                progress=progress,
            )
    finally:
        await conn.close()
    result.entries = report.entries
    result.findings += [Finding(f.table, f.key, f.reason) for f in report.findings]
    return appended


async def _referenced(
    installation: Installation, service: str, table: sa.Table, conn: AsyncConnection
) -> list[Finding]:
    """Rows that name a blob which is not there. Whether its bytes are right is `check_blobs`'s question."""
    findings = []
    for column in (c for c in table.columns if BLOBS in c.info):
        root = installation.d.root / ("backup" if column.info[BLOBS] == "backup" else f"blobs/{service}")
        named = sa.select(column).where(column.is_not(None)).distinct()
        if "unless" in column.info:
            other, value = column.info["unless"]
            named = named.where(table.c[other] != value)
        for digest in (await conn.execute(named)).scalars():
            for name in digest if isinstance(digest, list) else [digest]:
                if not (root / f"sha256/{name[:2]}/{name[2:4]}/{name}").exists():
                    findings.append(
                        Finding(
                            f"{service}.{table.name}", str(name), f"{column.name} names a blob that is gone"
                        )
                    )
    return findings


def check_blobs(root: Path, result: Result) -> None:
    """Read every blob again: its name is the hash of its bytes or it is damaged."""
    for folder in (root / "blobs", root / "backup"):
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            result.blobs += 1
            if hashlib.sha256(path.read_bytes()).hexdigest() != path.name:
                result.findings.append(
                    Finding(
                        "blobs", os.fspath(path.relative_to(root)), "its bytes are not what its name says"
                    )
                )


def listing() -> list[tuple[str, str, str]]:
    """(place, column, `evidential` or why it is not) for every column of every table."""
    rows = [
        (place, column, "evidential") for place, names in ledger_fsck.EVIDENTIAL.items() for column in names
    ]
    for service, table, column, aside in columns():
        why = aside or ("evidential (salt of the row's digest)" if column == SALT else "evidential")
        rows.append((f"{service}.{table}", column, why))
    rows.append(("blobs", "content", "evidential"))
    return rows
