"""The monitor's storage for one log: an SQLite file. Every change is one transaction, so kill -9 loses one step.

reading      the progress: size, last leaf hash and time, the open tiles, the note of the last checkpoint
key_entry    the entries about keys, from which the key log is rebuilt
stream_end   seq and SHA-256 of the last record of each stream
bundle       the root over each full bundle of entries, with which later readings are compared; and the twin's
time_step    when the log's clock did not run as ours does
alarm        why the monitor stopped for good; only the first alarm is stored
"""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from ledger.chain import Chain, Records
from ledger.entry import parse_entry
from ledger.keys import KeyLog
from ledger.notes import Verifier
from ledger.tiles import WIDTH

_NO_RECORD: Final = (-1, bytes(32))
_SCHEMA: Final = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS reading (
    one INTEGER PRIMARY KEY CHECK (one = 1), origin TEXT NOT NULL, size INTEGER NOT NULL, prev BLOB NOT NULL,
    time BLOB NOT NULL, tails TEXT NOT NULL, note BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS key_entry (idx INTEGER PRIMARY KEY, entry BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS stream_end (
    stream TEXT PRIMARY KEY, seq INTEGER NOT NULL, sha256 BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS bundle (n INTEGER PRIMARY KEY, root BLOB NOT NULL, twin BLOB);
CREATE TABLE IF NOT EXISTS time_step (
    number INTEGER PRIMARY KEY, at TEXT NOT NULL, idx INTEGER NOT NULL, reason TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS alarm (
    one INTEGER PRIMARY KEY CHECK (one = 1), at TEXT NOT NULL, reason TEXT NOT NULL, kept BLOB NOT NULL,
    offered BLOB NOT NULL);
"""


class Alarm(NamedTuple):
    """When and why the monitor stopped, with its own checkpoint (`kept`) and the one that contradicts it."""

    at: str
    reason: str
    kept: bytes
    offered: bytes


class TimeStep(NamedTuple):
    """When the monitor noticed that the log's clock was off, with the first entry that showed it."""

    at: str
    entry: int
    reason: str


class _Ends(dict[str, tuple[int, bytes | None]]):
    """The ends of streams: those of the present step, else the stored ones."""

    def __init__(self, db: sqlite3.Connection) -> None:
        super().__init__()
        self._db = db

    def get(self, stream: str, default: Any = None) -> Any:
        if stream in self:
            return self[stream]
        query = "SELECT seq, sha256 FROM stream_end WHERE stream = ?"
        return self._db.execute(query, (stream,)).fetchone() or default


class Notebook:
    """The progress of a monitor on one log, in `monitor.sqlite` of its folder."""

    def __init__(self, folder: Path, *, origin: str, roots: tuple[Verifier, ...]) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._db = sqlite3.connect(folder / "monitor.sqlite", isolation_level=None, check_same_thread=False)
        self._db.executescript(_SCHEMA)
        self.origin = origin
        self._roots = roots
        self.restore()

    def restore(self) -> None:
        """Return to the stored progress. Raises ValueError if the folder belongs to another log."""
        row = self._db.execute("SELECT origin, size, prev, time, tails, note FROM reading").fetchone()
        self.chain, self.note = Chain(), b""
        self.completed: list[tuple[int, bytes]] = []
        self.records = Records(KeyLog(self.origin, self._roots))
        if row is None:
            self.records.ends = _Ends(self._db)
            return
        origin, size, prev, time, tails, self.note = row
        if origin != self.origin:
            raise ValueError(f"this folder is of the log {origin}, not of {self.origin}")
        hashes = [[base64.b64decode(part) for part in tail] for tail in json.loads(tails)]
        self.chain = Chain(hashes, size=size, prev=prev)
        self.chain.time = time
        stored = self._db.execute("SELECT count(*) FROM bundle").fetchone()[0]
        if stored != size // WIDTH:
            raise ValueError(
                "this folder is of an older monitor; keep it as evidence, and begin with a new one"
            )
        for (raw,) in self._db.execute("SELECT entry FROM key_entry ORDER BY idx"):
            entry = parse_entry(raw)
            if faults := self.records.read(entry.index, entry):
                raise ValueError(f"the stored entry {entry.index} {faults[0]}")
        self.records.about_keys.clear()
        self.records.ends = _Ends(self._db)

    def save(self, note: bytes) -> None:
        """Store the progress up to the checkpoint `note` in one transaction."""
        chain, records = self.chain, self.records
        tails = [[base64.b64encode(part).decode() for part in tail] for tail in chain.tails]
        reading = (self.origin, chain.size, chain.prev, chain.time, json.dumps(tails), note)
        keys = [(parse_entry(raw).index, raw) for raw in records.about_keys]
        ends = [(stream, *end) for stream, end in records.ends.items()]
        with self._transaction():
            self._db.execute("REPLACE INTO reading VALUES (1, ?, ?, ?, ?, ?, ?)", reading)
            self._db.executemany("INSERT INTO key_entry VALUES (?, ?)", keys)
            self._db.executemany("REPLACE INTO stream_end VALUES (?, ?, ?)", ends)
            self._db.executemany("INSERT INTO bundle (n, root) VALUES (?, ?)", self.completed)
        self.note = note
        self.completed.clear()
        records.about_keys.clear()
        records.ends.clear()

    def end_of(self, stream: str) -> tuple[int, bytes]:
        """Seq and SHA-256 of the last record of `stream`; -1 and zeros if it has none."""
        query = "SELECT seq, sha256 FROM stream_end WHERE stream = ?"
        seq, digest = self._db.execute(query, (stream,)).fetchone() or _NO_RECORD
        return seq, digest

    def bundle_root(self, n: int) -> bytes | None:
        """The root over the entries of the full bundle `n`; None if it was never read."""
        return next(iter(self.bundle_roots(n, 1)), None)

    def bundle_roots(self, first: int, count: int, *, twin: bool = False) -> list[bytes | None]:
        """The roots over up to `count` full bundles from `first`; of the twin, None for a bundle not met again yet."""
        column = "twin" if twin else "root"
        query = f"SELECT {column} FROM bundle WHERE n >= ? AND n < ? ORDER BY n"
        return [row[0] for row in self._db.execute(query, (first, first + count))]

    def learn_twin(self, n: int, root: bytes) -> None:
        """Store the twin's root over bundle `n`, computed from entries that equal those that were read first."""
        self._db.execute("UPDATE bundle SET twin = ? WHERE n = ? AND twin IS NULL", (root, n))

    @property
    def time_steps(self) -> list[TimeStep]:
        """Every time at which the log's clock was off, in order."""
        rows = self._db.execute("SELECT at, idx, reason FROM time_step ORDER BY number")
        return [TimeStep(*row) for row in rows]

    def note_step(self, step: TimeStep) -> None:
        with self._transaction():
            self._db.execute("INSERT INTO time_step (at, idx, reason) VALUES (?, ?, ?)", step)

    @property
    def alarm(self) -> Alarm | None:
        row = self._db.execute("SELECT at, reason, kept, offered FROM alarm").fetchone()
        return None if row is None else Alarm(*row)

    def raise_alarm(self, alarm: Alarm) -> None:
        """Store `alarm`, unless there is one already."""
        with self._transaction():
            self._db.execute("INSERT OR IGNORE INTO alarm VALUES (1, ?, ?, ?, ?)", alarm)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise

    def close(self) -> None:
        self._db.close()
