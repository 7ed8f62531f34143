"""The checks before a sequencer leads: a durable server, a fenced predecessor, and a log that equals what was signed.

The root is recomputed from the stored tiles and compared with the last signed checkpoint. The guard file, best on
another disk, detects a restored old backup. A sequencer never leads a log that fails: an append would sign the damage.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import asyncpg

from common.values.profile import Suite
from evidence.ledger.batch import End, State
from evidence.ledger.log import Log, Twin
from evidence.ledger.overseer import Overseer
from evidence.ledger.remembered import Overrulings, doubts, overrulings
from evidence.ledger.signing import LogKeys
from evidence.ledger.timestamp import Stamper
from evidence.ledger.witnessing import Witnesses
from ledger.checkpoint import Checkpoint, open_own, parse
from ledger.entry import parse_entry
from ledger.keyfiles import replace_durably
from ledger.keys import KeyLog
from ledger.merkle import leaf_hash
from ledger.notes import Verifier, open_note
from ledger.tiles import Frontier
from ledger.twin import SM3, Growth, twin_origin

_CHUNK: Final = 1_000
_DURABLE: Final = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "remote_apply"),
}


class LedgerDamaged(Exception):
    """The stored ledger contradicts what was signed or published. Nothing may be appended to it."""


@dataclass(frozen=True)
class LedgerSettings:
    """The settings of one ledger. `connect` are the arguments of asyncpg.connect for the role ledger_seq.

    `durable=False` allows a server without fsync, for tests only. `guard` is a file, best on another disk, that holds
    the last published checkpoint, so that a restored old backup is noticed. `url` is the address of this process for
    the processes that stand by. If the leader is silent for `lost_after_s`, the server ends its session and frees the
    lock, so that a process that hangs does not stop the ledger. `witnesses` cosign the checkpoints, and are asked at
    the start for the checkpoints that they saw. `overruling` is a decision that this very start puts on record.
    `stamper` has the checkpoints time-stamped. `monitor` states the ends of streams at export.
    """

    connect: dict[str, Any]
    origin: str
    durable: bool = True
    guard: Path | None = None
    url: str | None = None
    lost_after_s: float = 15
    witnesses: Witnesses | None = None
    stamper: Stamper | None = None
    monitor: Overseer | None = None
    overruling: Overrulings = field(default_factory=Overrulings)
    suites: tuple[Suite, ...] = (Suite.SHA256_ED25519,)

    @property
    def twin(self) -> bool:
        """Whether the SM3 twin grows with the log. It also needs keys in the key log."""
        return Suite.SM3_SM2 in self.suites


async def require_durable(conn: asyncpg.Connection[Any], settings: LedgerSettings) -> None:
    """Raise LedgerDamaged unless a commit on this server survives a power cut."""
    for name, accepted in _DURABLE.items():
        value = await conn.fetchval("SELECT current_setting($1)", name)
        if settings.durable and value not in accepted:
            raise LedgerDamaged(
                f"couldn't lead the ledger: {name} is {value}; a receipt must survive a power cut"
            )


async def load(
    conn: asyncpg.Connection[Any],
    settings: LedgerSettings,
    *,
    signing: LogKeys,
    roots: tuple[Verifier, ...],
) -> tuple[Log, int, State]:
    """The log, the epoch of the new term and its first state; opens the log if there is none.

    The caller holds the advisory lock on `conn`. Raises LedgerDamaged if the stored log is not what was signed.
    """
    log = Log(conn, await conn.fetchval("SELECT ledger.open_log($1)", settings.origin))
    epoch = await conn.fetchval("SELECT ledger.new_epoch($1)", log.log_id)
    head = await log.head()
    try:
        edge = Frontier.load(head.size, await log.open_tiles(head.size))
        keys = await load_keys(log, KeyLog(settings.origin, roots))
        if lacking := signing.lacks([*keys.log_keys, *keys.twin_keys]):
            raise ValueError(f"the private key of the log key {lacking[0].key_id.hex()} is not here")
        await _check_signed(log, edge, head.prev, keys)
        await _check_guard(log, settings.guard, keys)
        decided = await overrulings(log)
        await _check_witnesses(log, settings, keys, decided)
        twin = (
            await _twin(Twin(conn, log.log_id), head.size, epoch=epoch, keys=keys, signing=signing)
            if settings.twin
            else None
        )
    except (ValueError, RuntimeError) as error:
        raise LedgerDamaged(f"couldn't lead the ledger {settings.origin}: {error}") from error
    await conn.execute("SELECT ledger.name_leader($1, $2, $3)", log.log_id, epoch, settings.url)
    settled_us = max(decided.until_us, settings.overruling.until_us)
    return log, epoch, State(End(head.prev, head.last_us, edge, keys), signing, twin, settled_us=settled_us)


async def load_keys(log: Log, keys: KeyLog) -> KeyLog:
    """Apply every entry about keys to `keys`, each signature verified. Raises ValueError for a wrong signature."""
    for row in await log.about_keys():
        record = parse_entry(row.entry).record
        if not all(verifier.verifies(record.note.text, s) for verifier, s in keys.signers(record)):
            raise ValueError(f"the signature of entry {row.index} does not fit")
        keys.apply(row.index, record)
    return keys


async def _check_signed(log: Log, edge: Frontier, prev: bytes, keys: KeyLog) -> None:
    newest = await log.checkpoint()
    if newest is None:
        if edge.tree.size:
            raise ValueError(f"{edge.tree.size} entries have no signed checkpoint")
        return
    signed = open_own(newest[1], keys.log_keys_at(newest[0]))
    if (signed.size, signed.root) != (edge.tree.size, edge.tree.root()):
        raise ValueError(f"the signed checkpoint of {signed.size} entries is not of what is stored")
    last = (await log.entries(signed.size - 1, 1))[0]
    if leaf_hash(last.entry) != prev:
        raise ValueError(f"the head does not name the entry {last.index}")


async def _check_witnesses(log: Log, settings: LedgerSettings, keys: KeyLog, decided: Overrulings) -> None:
    """Raise ValueError for the first doubt of a witness, unless a person overruled it."""
    if settings.witnesses is None:
        return
    raised = await doubts(settings.witnesses, log, origin=settings.origin, keys=keys.every_log_key)
    for doubt in raised:
        if doubt.is_proof:
            raise ValueError(doubt.reason)
        if doubt.key not in decided.doubts | settings.overruling.doubts:
            raise ValueError(
                f"{doubt.reason}; nobody can rule out that this is an older copy. A person who knows that it is the"
                f" newest: ./mz ledger accept --witness {doubt.witness} --officer off_… --reason CODE"
            )


def keep_guard(guard: Path, note: bytes) -> None:
    """Write `note`, the newest published checkpoint, to the file `guard` in one step. Raises OSError."""
    # Durably: an empty guard after a power cut would forbid the next start.
    replace_durably(guard, note)


async def _check_guard(log: Log, guard: Path | None, keys: KeyLog) -> None:
    if guard is None or not guard.exists():
        return
    published, _ = parse(guard.read_bytes())
    # In an older backup the newest log key may not be registered yet; a signature by any log key is enough.
    open_note(guard.read_bytes(), keys.every_log_key)
    stored = await log.checkpoint(published.size)
    if stored is None or stored[1] != guard.read_bytes():
        raise ValueError(f"a checkpoint of {published.size} entries was published; this is an older copy")


async def _twin(twin: Twin, size: int, *, epoch: int, keys: KeyLog, signing: LogKeys) -> Growth | None:
    """The stored twin after adding the entries that it lacks. None if the log has no twin keys."""
    newest = await twin.checkpoint()
    growth = await caught_up(twin, size)
    if newest:
        stored = Frontier.load(newest[0], await twin.open_tiles(newest[0]), SM3).tree
        signed = open_own(newest[1], keys.twin_keys_at(stored.size))
        if (signed.size, signed.root) != (stored.size, stored.root()):
            raise ValueError(f"the twin's checkpoint of {stored.size} entries is not of what is stored")
    if not keys.twin_keys:
        return None
    if newest is None or newest[0] < size:
        checkpoint = Checkpoint(twin_origin(keys.origin), size, growth.edge.tree.root())
        note = await signing.sign(checkpoint, keys.twin_keys)
        call = "SELECT ledger.catch_up_twin($1, $2, $3, $4, $5, $6, $7, $8)"
        await twin.conn.execute(call, twin.log_id, epoch, size, *growth.columns(), note)
    return growth.next()


async def caught_up(twin: Twin, size: int) -> Growth:
    """The stored twin, grown to `size` by the entries that it lacks. Raises ValueError if one is missing."""
    stored = await twin.size()
    growth = Growth(Frontier.load(stored, await twin.open_tiles(stored), SM3))
    if stored > size:
        raise ValueError(f"the twin names {stored} entries, the log has {size}")
    while (at := growth.edge.tree.size) < size:
        rows = await twin.entries(at, min(_CHUNK, size - at))
        if not rows:
            raise ValueError(f"entry {at} is missing")
        growth.grow([row.entry for row in rows])
    return growth
