"""Checks the whole chain of proof of one installation backwards: ledger, outboxes, rows, vaults, blobs.

Services may run meanwhile: each database is read at one instant, and the ledger after all of them, so that the ledger
holds at least every record that they hold. No private key is needed: the entries that the root key signed say who may
sign. Sealed values and blobs are opened if the secrets are there (D/erasable).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.door.address import engine_at
from common.door.blobs import BlobDamaged
from common.door.rows import SALT
from common.door.sealed import SealedBlobs, parse_sealed
from common.door.secrets import Erased, SecretMissing, Secrets
from common.door.stores import BlobMissing, Store
from common.values.datafiles import load_profile
from common.values.profile import Suite
from evidence.ledger import fsck as ledger_fsck
from evidence.ledger.fsck import Beside, Proven
from evidence.ledger.log import Log
from evidence.ledger.timestamp import authorities_in, check_token
from ledger.checkpoint import Checkpoint
from ledger.entry import Entry, body_of, data_of
from ledger.findings import Report
from ledger.merkle import leaf_hash
from ledger.notes import Verifier
from ledger.tiles import Frontier
from ledger.trust import Policy
from mz.operate.assembly import Installation
from mz.operate.datadir import DataDir
from mz.operate.filestores import FileStores
from mz.operate.rowcheck import Appended, Finding, check_service, columns, tables_of
from mz.services import SERVICES

Say = Callable[[str], None]
Progress = Callable[[int, int], None]

BLOBS: Final = "blobs"
"""In a column's info: its values name blobs, in the store of its own service or in `backup`. Beside it `unless`:
(column, value) of the rows that never had a blob."""


@dataclass
class Result:
    """How much was checked, and the findings. A check that saw no entry is not clean.

    `unreadable` counts sealed values and blobs whose secrets are not here; `uncompared` entries that are younger
    than the copies of the services' databases.
    """

    entries: int = 0
    records: int = 0
    rows: int = 0
    blobs: int = 0
    unreadable: int = 0
    uncompared: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return self.entries > 0 and not self.findings


async def check(
    installation: Installation,
    say: Say = lambda _: None,
    *,
    ledger: Progress = lambda done, size: None,
    trusted: Checkpoint | None = None,
    proven: Proven | None = None,
    settled: int | None = None,
) -> Result:
    """Check everything of `installation`; its PostgreSQL must run, its services may.

    The first `settled` entries of the ledger (default: all that it has now) must be in the services' databases too.
    """
    result = Result()
    stores = FileStores.at(installation.d)
    # The size comes before the snapshots: a record that comes later need not be in them.
    settled = await size_of(installation) if settled is None else settled
    async with _snapshots(installation) as snapshots:
        appended = await check_ledger(installation, result, ledger, trusted=trusted, proven=proven)
        keys = registered(appended.values())
        for service, conn in snapshots.items():
            say(service)
            verifiers = [Verifier.parse(vkey) for vkey, streams in keys.items() if _may(service, streams)]
            vault = vault_of(installation.d.root, service)
            checked = await check_service(service, conn, appended, verifiers, vault=vault, settled=settled)
            result.findings += checked.findings
            result.unreadable += checked.unreadable
            result.uncompared += checked.uncompared
            result.records += await conn.scalar(sa.text("SELECT count(*) FROM outbox")) or 0
            for table in tables_of(service):
                result.rows += await conn.scalar(sa.select(sa.func.count()).select_from(table)) or 0
                result.findings += await _referenced(stores, service, table, conn)
    await asyncio.to_thread(check_blobs, installation.d, result)
    return result


def vault_of(root: Path, service: str) -> Secrets | None:
    """The secrets of `service` in the data folder `root`; None in a copy that was made without them."""
    place = root / "erasable" / service
    return Secrets(place) if place.is_dir() else None


def registered(appended: Iterable[Appended]) -> dict[str, tuple[str, ...]]:
    """Every record key that the ledger ever admitted, by vkey, with its stream prefixes."""
    keys: dict[str, tuple[str, ...]] = {}
    for entry in appended:
        if entry.stream.startswith("keys/"):
            record = body_of(entry.note)
            data = record["data"]
            if record["type"] == "key.register" and "streams" in data:
                keys[data["key"]] = tuple(data["streams"])
            elif record["type"] == "key.rotate" and data["replaces"] in keys:
                keys[data["key"]] = keys[data["replaces"]]
    return keys


def _may(service: str, streams: tuple[str, ...]) -> bool:
    return not set(streams).isdisjoint(SERVICES[service].streams)


async def size_of(installation: Installation) -> int:
    """How many entries the ledger has."""
    conn = await installation.server.connect(installation.database("evidence"))
    try:
        log = await Log.newest(conn)
        return 0 if log is None else (await log.head()).size
    finally:
        await conn.close()


@asynccontextmanager
async def _snapshots(installation: Installation) -> AsyncIterator[dict[str, AsyncConnection]]:
    """A connection to each service's database at one instant, as its owner, who sees every row."""
    engines, snapshots = [], {}
    try:
        for service in SERVICES:
            url = installation.server.url(f"own_{SERVICES[service].database}", installation.database(service))
            # Row-level security binds the owner too. This setting shows it every row.
            engine = engine_at(url, settings={"mz.visible": "*"}, isolation_level="REPEATABLE READ")
            engines.append(engine)
            snapshots[service] = await engine.connect()
            await snapshots[service].execute(sa.text("SELECT 1"))
        yield snapshots
    finally:
        for conn in snapshots.values():
            await conn.close()
        for engine in engines:
            await engine.dispose()


async def check_ledger(
    installation: Installation,
    result: Result,
    progress: Progress = lambda done, size: None,
    *,
    trusted: Checkpoint | None = None,
    proven: Proven | None = None,
) -> dict[UUID, Appended]:
    """The ledger alone, into `result`; the entries that are right, by record id, in their order."""
    appended: dict[UUID, Appended] = {}

    def keep(entry: Entry) -> None:
        record = entry.record
        signers = tuple(signature.name for signature in record.note.signatures)
        appended[record.id] = Appended(
            entry.index, leaf_hash(entry.raw), record.id, record.stream, record.raw, signers
        )

    log, roots = installation.vkeys
    conn = await installation.server.connect(installation.database("evidence"))
    try:
        async with conn.transaction(isolation="repeatable_read", readonly=True):
            report = await ledger_fsck.check(
                conn,
                log=log,
                roots=roots,
                each=keep,
                progress=progress,
                proven=proven,
                beside=beside(installation),
            )
            if trusted is not None:
                await continues(conn, trusted, report)
    finally:
        await conn.close()
    result.entries = report.entries
    result.findings += [Finding(f.table, f.key, f.reason) for f in report.findings]
    return appended


def beside(installation: Installation) -> Beside:
    """How to check the twin, the cosignatures and the time stamps: by the files of `installation`."""
    d = installation.d
    policy = Policy.parse(d.policy.read_bytes()) if d.policy.exists() else None
    twin = Suite.SM3_SM2 in load_profile(d.profile).ledger.suites
    if not d.authorities.exists():
        return Beside(twin, policy)
    authorities = {each.name: each for each in authorities_in(d.authorities.read_text(), d.authority_certs)}

    def check(name: str, token: bytes, note: bytes) -> str | None:
        if name not in authorities:
            return f"could not be checked: {d.authorities.name} names no authority {name}"
        return check_token(authorities[name], token, note)

    return Beside(twin, policy, check)


async def continues(conn: asyncpg.Connection[Any], trusted: Checkpoint, report: Report) -> None:
    """Report a log that does not continue the checkpoint `trusted`. Its tiles were compared with its entries before."""
    log = await Log.newest(conn)
    head = None if log is None else await log.head()
    if log is None or head is None or head.origin != trusted.origin:
        report.add("checkpoint", trusted.size, f"was kept of {trusted.origin}: this is another log")
        return
    if head.size < trusted.size:
        report.add(
            "checkpoint", trusted.size, f"was kept, and this log has {head.size} entries: an older copy"
        )
        return
    try:
        root = Frontier.load(trusted.size, await log.open_tiles(trusted.size)).tree.root()
    except (RuntimeError, ValueError):
        root = b""  # the missing tiles have been reported
    if root != trusted.root:
        report.add("checkpoint", trusted.size, "was kept, and this log is not its continuation")


async def _referenced(
    stores: FileStores, service: str, table: sa.Table, conn: AsyncConnection
) -> list[Finding]:
    """Rows that name a blob which is not there. `check_blobs` checks the bytes.

    An erased blob need not be there. A message or a bundle of several captures was removed with the first of them.
    """
    findings = []
    erased, shared = await _erased(conn)
    for column in (c for c in table.columns if BLOBS in c.info):
        owner = table.c[column.info["of"] if "of" in column.info else table.info["owner"]]
        store = stores.of_column(column.info[BLOBS], service)
        named = sa.select(column, owner).where(column.is_not(None)).distinct()
        if "unless" in column.info:
            other, value = column.info["unless"]
            named = named.where(table.c[other] != value)
        for digest, holder in await conn.execute(named):
            for name in digest if isinstance(digest, list) else [digest]:
                if holder in erased or name in shared:
                    continue
                if store is None or not await asyncio.to_thread(_is_kept, store, str(name), holder):
                    findings.append(
                        Finding(
                            f"{service}.{table.name}", str(name), f"{column.name} names a blob that is gone"
                        )
                    )
    return findings


async def _erased(conn: AsyncConnection) -> tuple[set[str], set[str]]:
    """The ids of all erased objects, and the digests of the messages and bundles that they shared with others."""
    owners, shared = set[str](), set[str]()
    for stream, note in await conn.execute(
        sa.text("SELECT stream, note FROM outbox WHERE type LIKE '%.erased'")
    ):
        try:
            data = dict(data_of(bytes(note)))
        except (ValueError, KeyError, TypeError):
            continue  # no record of this system; the check of the outbox reports it
        # The copies of a message are sealed for its case.
        owners.add(data.get("case_id", stream.partition("/")[2]))
        shared.update(data.get("messages", ()), data.get("bundles", ()))
    return owners, shared


def _is_kept(store: Store, name: str, owner: str) -> bool:
    """Whether a store holds the blob: in the clear, or sealed for its owner among others."""
    fan = f"{name[:2]}/{name[2:4]}"
    return store.has(f"sha256/{fan}/{name}") or any(
        _concerns(store, sealed, owner)
        for sealed in store.names(f"sealed/{fan}")
        if PurePosixPath(sealed).name.startswith(f"{name}.")
    )


def _concerns(store: Store, name: str, owner: str) -> bool:
    try:
        sealed = parse_sealed(PurePosixPath(name).name, store.get(name))
        return any(stream.partition("/")[2] == owner for stream in sealed.streams)
    except BlobMissing:
        return False
    except BlobDamaged:
        return True  # the file is there; `check_blobs` reports the damage


def check_blobs(d: DataDir, result: Result) -> None:
    """Read every blob again. It is damaged if its name is not the hash of its bytes."""
    for place, store in FileStores.at(d).of.items():
        vault = vault_of(d.root, place.rpartition("/")[2] if place.startswith("blobs/") else "evidence")
        for name in store.every():
            result.blobs += 1
            reason = _damage(store, name, vault, result)
            if reason:
                result.findings.append(Finding("blobs", f"{place}/{name}", reason))


def _damage(store: Store, name: str, vault: Secrets | None, result: Result) -> str | None:
    """The fault of one blob. A sealed blob is only counted as unreadable if there are no secrets here."""
    path = PurePosixPath(name)
    try:
        if path.parts[0] != "sealed":
            good = hashlib.sha256(store.get(name)).hexdigest() == path.name
            return None if good else "its bytes are not what its name says"
        if vault is None:
            parse_sealed(path.name, store.get(name))
            result.unreadable += 1
        else:
            SealedBlobs(store, vault).read(name)
    except BlobMissing:
        return None  # erased since it was listed; a row that names it is reported by itself
    except BlobDamaged as error:
        return f"its bytes are not what its name says: {error}"
    except SecretMissing:
        return "the secret it was sealed with is gone, and nobody erased it"
    except Erased:
        return "concerns somebody who was erased, and is still here"
    return None


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
