"""The private keys that sign checkpoints, as the sequencer holds them.

    log-k<N>.pem        Ed25519, in the folder of the evidence service's keys
    log-sm2-k<N>.pem    SM2, where the profile has the suite sm3-sm2

A file may hold the address of a key in an agent, see `NoteKey.load`; SM2 keys lie in files alone.
Each signs the log under its origin and the twin under `<origin>/sm3`: two names, two key ids, so that no line of
one stands under the other. Which of them must sign a checkpoint is for the key log to say.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ledger.checkpoint import Checkpoint
from ledger.keyfiles import NoteKey
from ledger.notes import Verifier
from ledger.sm2 import Sm2NoteKey, Sm2Unavailable
from ledger.twin import twin_origin

LOG_KEY: Final = re.compile(r"log-(sm2-)?k([1-9][0-9]*)\.pem")


@dataclass(frozen=True)
class LogKeys:
    """Every log key that this process may sign with. `first` are those that a new log's genesis names."""

    origin: str
    first: tuple[NoteKey, ...]
    held: dict[str, NoteKey] = field(default_factory=dict)

    @classmethod
    def of(cls, keys: Sequence[NoteKey]) -> LogKeys:
        """`keys` are named as the origin. The last of each algorithm is what a new log begins with."""
        newest = {type(key.verifier): key for key in keys}
        both = [*keys, *(key.named(twin_origin(key.name)) for key in keys)]
        return cls(keys[0].name, tuple(newest.values()), {key.vkey: key for key in both})

    @property
    def twin(self) -> tuple[NoteKey, ...]:
        """`first`, as they sign the twin."""
        return tuple(key.named(twin_origin(self.origin)) for key in self.first)

    def lacks(self, keys: Iterable[Verifier]) -> list[Verifier]:
        """Those of `keys` whose private halves are not here."""
        return [key for key in keys if key.vkey not in self.held]

    async def sign(self, checkpoint: Checkpoint, keys: Sequence[Verifier]) -> bytes:
        """The note of `checkpoint` with a line by each of `keys`, in order, all of them held."""
        holders = [self.held[key.vkey] for key in keys]
        if all(key.is_local for key in holders):
            return checkpoint.signed(*holders)
        # SM2 takes a millisecond and an agent a round trip: beside each other, and not on the event loop.
        text = checkpoint.text()
        lines = await asyncio.gather(
            *(asyncio.to_thread(key.line, text) for key in holders if not key.is_local)
        )
        slow = iter(lines)
        return text + b"\n" + b"".join(key.line(text) if key.is_local else next(slow) for key in holders)


def load_log_keys(origin: str, folder: Path, *, more: Iterable[Path | str] = ()) -> LogKeys:
    """The log keys in `folder` by their numbers, and Ed25519 keys at `more` places.

    Raises ValueError for a file that is no such key, where SM2 is not to be had, or if there is no Ed25519 key.
    """
    keys: list[NoteKey] = [NoteKey.load(origin, place) for place in more]
    try:
        for algorithm, _, path in log_key_files(folder):
            keys.append((Sm2NoteKey if algorithm else NoteKey).load(origin, path))
    except Sm2Unavailable as error:
        raise ValueError(str(error)) from None
    if not any(key.algorithm is Verifier for key in keys):
        raise ValueError(f"there is no log key in {folder}")
    keys.sort(key=lambda key: key.algorithm is not Verifier)
    return LogKeys.of(list({key.vkey: key for key in keys}.values()))


def log_key_files(folder: Path) -> list[tuple[str, int, Path]]:
    """(`sm2-` or nothing, number, path) of every log key in `folder`, in order."""
    found = ((LOG_KEY.fullmatch(path.name), path) for path in folder.iterdir())
    return sorted((match[1] or "", int(match[2]), path) for match, path in found if match)
