"""The memory of a witness: the last note that it cosigned of each log, one file a log.

    <sha256 of the origin, hex>           the note: checkpoint, the log's lines, our lines
    <sha256 of the origin, hex>.lock      held while one submission is judged
    <sha256 of the origin, hex>.fork      a second root of one size that the log signed: evidence
    <sha256 of the origin, hex>.ahead     the note before its time was put right (`put_right`)

The folder is made once, together with the key, and must never be restored from a backup.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ledger.keyfiles import replace_durably
from ledger.trust import origin_hash


@dataclass(frozen=True)
class Last:
    """The last note that this witness cosigned of one log, None before the first. Valid while `Memory.hold` lasts."""

    path: Path
    note: bytes | None

    def replace(self, note: bytes) -> None:
        """Store `note` instead. After this returned, a power cut cannot bring the old one back."""
        replace_durably(self.path, note)

    def keep(self, suffix: str, note: bytes) -> None:
        """Store `note` beside it as evidence. The first note under a suffix stays."""
        path = self.path.with_suffix(suffix)
        if not path.exists():
            replace_durably(path, note)


class Memory:
    """The last cosigned checkpoint of each log, in a file that is replaced in one step."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            # Never make a new folder here: a witness that forgot its checkpoints would sign a second history.
            raise FileNotFoundError(f"couldn't find {folder}: what this witness cosigned is gone")
        self.folder = folder

    @contextmanager
    def hold(self, origin: str) -> Iterator[Last]:
        """Lock the last note of the log `origin`, against other threads and other processes."""
        path = self.folder / origin_hash(origin)
        # The kernel frees this lock when the process ends, however it ends.
        with open(path.with_suffix(".lock"), "ab") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            yield Last(path, _read(path))

    def newest(self, name: str) -> bytes | None:
        """The note of the log with the origin hash `name`; None if there is none."""
        return _read(self.folder / name)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
