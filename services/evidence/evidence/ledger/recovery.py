"""How a sequencer comes to lead: durable server, fenced predecessor, and a log that is what was signed.

The root is recomputed from what is stored and compared with the last signed checkpoint; the guard file,
best on another disk, tells a restored old backup from the log that was published. A log that fails is
not led: an append would sign the damage.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import asyncpg

from common.crypto import Verifier
from evidence.ledger.batch import State
from evidence.ledger.checkpoint import open_checkpoint
from evidence.ledger.entry import parse_entry
from evidence.ledger.keys import KeyLog
from evidence.ledger.merkle import leaf_hash
from evidence.ledger.reader import Log
from evidence.ledger.tiles import Frontier

_DURABLE: Final = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "remote_apply"),
}


class LedgerDamaged(Exception):
    """The stored ledger contradicts what was signed or published. Nothing may be appended to it."""


@dataclass(frozen=True)
class LedgerSettings:
    """Where the ledger lives. `connect` are asyncpg.connect's arguments, for role ledger_seq.

    `durable=False` allows a server without fsync: the test profile alone. `guard` is a file, best on
    another disk, that remembers the last published checkpoint: a restored old backup is then noticed.
    """

    connect: dict[str, Any]
    origin: str
    durable: bool = True
    guard: Path | None = None


async def require_durable(conn: asyncpg.Connection[Any], settings: LedgerSettings) -> None:
    """Raises LedgerDamaged unless what this server commits survives a power cut."""
    for name, accepted in _DURABLE.items():
        value = await conn.fetchval("SELECT current_setting($1)", name)
        if settings.durable and value not in accepted:
            raise LedgerDamaged(
                f"couldn't lead the ledger: {name} is {value}; a receipt must survive a power cut"
            )


async def load(
    conn: asyncpg.Connection[Any], settings: LedgerSettings, key: Verifier, roots: tuple[Verifier, ...]
) -> tuple[Log, int, State]:
    """The log, this term's epoch and the state it begins with; opens the log if there is none.

    The caller holds the advisory lock on `conn`. Raises LedgerDamaged if what is stored is not what was signed.
    """
    log = Log(conn, await conn.fetchval("SELECT ledger.open_log($1)", settings.origin))
    epoch = await conn.fetchval("SELECT ledger.new_epoch($1)", log.log_id)
    head = await log.head()
    try:
        edge = Frontier.load(head.size, await log.open_tiles(head.size))
        keys = await load_keys(log, KeyLog(settings.origin, key, roots))
        await _check_signed(log, edge, head.prev, key)
        await _check_guard(log, settings.guard, key)
    except (ValueError, RuntimeError) as error:
        raise LedgerDamaged(f"couldn't lead the ledger {settings.origin}: {error}") from error
    return log, epoch, State(head.size, head.prev, head.last_us, edge, keys)


async def load_keys(log: Log, keys: KeyLog) -> KeyLog:
    """`keys` after every entry about keys, each signature verified. Raises ValueError for a wrong one."""
    for row in await log.about_keys():
        record = parse_entry(row.entry).record
        if not all(verifier.verifies(record.note.text, s) for verifier, s in keys.signers(record)):
            raise ValueError(f"the signature of entry {row.index} does not fit")
        keys.apply(row.index, record)
    return keys


async def _check_signed(log: Log, edge: Frontier, prev: bytes, key: Verifier) -> None:
    newest = await log.checkpoint()
    if newest is None:
        if edge.tree.size:
            raise ValueError(f"{edge.tree.size} entries have no signed checkpoint")
        return
    signed = open_checkpoint(newest[1], key)
    if (signed.size, signed.root) != (edge.tree.size, edge.tree.root()):
        raise ValueError(f"the signed checkpoint of {signed.size} entries is not of what is stored")
    last = (await log.entries(signed.size - 1, 1))[0]
    if leaf_hash(last.entry) != prev:
        raise ValueError(f"the head does not name the entry {last.index}")


async def _check_guard(log: Log, guard: Path | None, key: Verifier) -> None:
    if guard is None or not guard.exists():
        return
    published = open_checkpoint(guard.read_bytes(), key)
    kept = await log.checkpoint(published.size)
    if kept is None or kept[1] != guard.read_bytes():
        raise ValueError(f"a checkpoint of {published.size} entries was published; this is an older copy")
