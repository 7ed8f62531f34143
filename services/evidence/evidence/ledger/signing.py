"""The private log keys of this process, which sign checkpoints.

    log-k<N>.pem        Ed25519, in the folder of the evidence service's keys
    log-sm2-k<N>.pem    SM2, if the profile has the suite sm3-sm2
    log-ml-dsa.pem      ML-DSA-44, by choice: it cosigns, beside the witnesses, under the name <origin>/ml-dsa-44

A file may hold the address of a key in an agent, see `NoteKey.load`; SM2 keys lie in files only. Each key signs the log
under its origin and the twin under `<origin>/sm3`. These are two names with two key ids, so a line for one is never
valid for the other. The key log says which keys must sign a checkpoint.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ledger.checkpoint import Checkpoint
from ledger.cosigning import CosignatureKey
from ledger.keyfiles import NoteKey
from ledger.notes import Verifier
from ledger.sm2 import Sm2NoteKey, Sm2Unavailable
from ledger.twin import twin_origin

OWN_COSIGNER: Final = "ml-dsa-44"
"""The last part of the name under which a log cosigns its own checkpoints."""

LOG_KEY: Final = re.compile(r"log-(sm2-)?k([1-9][0-9]*)\.pem")


@dataclass(frozen=True)
class LogKeys:
    """Every log key of this process, by vkey. `first` are the keys that the genesis of a new log names."""

    origin: str
    first: tuple[NoteKey, ...]
    by_vkey: dict[str, NoteKey] = field(default_factory=dict)

    @classmethod
    def of(cls, keys: Sequence[NoteKey]) -> LogKeys:
        """The name of `keys` is the origin. A new log begins with the last key of each algorithm."""
        newest = {type(key.verifier): key for key in keys}
        both = [*keys, *(key.named(twin_origin(key.name)) for key in keys)]
        return cls(keys[0].name, tuple(newest.values()), {key.vkey: key for key in both})

    @property
    def twin(self) -> tuple[NoteKey, ...]:
        """The keys `first` under the name of the twin."""
        return tuple(key.named(twin_origin(self.origin)) for key in self.first)

    def lacks(self, keys: Iterable[Verifier]) -> list[Verifier]:
        """Those of `keys` whose private keys this process does not have."""
        return [key for key in keys if key.vkey not in self.by_vkey]

    async def sign(self, checkpoint: Checkpoint, keys: Sequence[Verifier]) -> bytes:
        """The note of `checkpoint` with a line by each of `keys`, in order. This process must have them all."""
        holders = [self.by_vkey[key.vkey] for key in keys]
        if all(key.is_local for key in holders):
            return checkpoint.signed(*holders)
        # SM2 takes a millisecond and an agent a round trip, so sign in threads and at the same time.
        text = checkpoint.text()
        lines = await asyncio.gather(
            *(asyncio.to_thread(key.line, text) for key in holders if not key.is_local)
        )
        slow = iter(lines)
        return text + b"\n" + b"".join(key.line(text) if key.is_local else next(slow) for key in holders)


def load_log_keys(origin: str, folder: Path, *, more: Iterable[Path | str] = ()) -> LogKeys:
    """The log keys in `folder` in order of their numbers, and the Ed25519 keys at the places `more`.

    Raises ValueError for a file that holds no such key, if this machine has no SM2, or if there is no Ed25519 key.
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


def own_cosigner(origin: str, path: Path | None) -> CosignatureKey | None:
    """The log's own key of ML-DSA-44 in `path`; None if there is no such file."""
    if path is None or not path.exists():
        return None
    return CosignatureKey.load(f"{origin}/{OWN_COSIGNER}", path)


def log_key_files(folder: Path) -> list[tuple[str, int, Path]]:
    """(`sm2-` or an empty text, number, path) of every log key in `folder`, in order."""
    matches = ((LOG_KEY.fullmatch(path.name), path) for path in folder.iterdir())
    return sorted((match[1] or "", int(match[2]), path) for match, path in matches if match)
