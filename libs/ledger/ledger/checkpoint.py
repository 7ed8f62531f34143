"""A checkpoint: the size and root of the log, signed by the log (c2sp.org/tlog-checkpoint, no extension lines).

    <origin>\\n
    <size>\\n
    <base64 root>\\n
    \\n
    — <origin> <base64(key id || Ed25519)>\\n
    — <origin> <base64(key id || r || s)>\\n        SM2, where the log has such a key

The name of a log key is the origin. While one key replaces another, both sign. The log signs each size once and
afterwards serves the same bytes.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from ledger.keyfiles import NoteKey
from ledger.notes import Note, Verifier, open_note, parse_note, unbase64

_ORIGIN = re.compile(r"[^\s+]{1,200}")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True)
class Checkpoint:
    """The state of a log: `size` entries with the RFC 6962 `root`."""

    origin: str
    size: int
    root: bytes

    def text(self) -> bytes:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n".encode()

    def signed(self, *keys: NoteKey) -> bytes:
        """The checkpoint note with a line by each of `keys`. Raises ValueError if a key belongs to another log."""
        for key in keys:
            if key.name != self.origin:
                raise ValueError(f"the key {key.name} cannot sign for the log {self.origin}")
        return self.text() + b"\n" + b"".join(key.line(self.text()) for key in keys)


def parse(data: bytes) -> tuple[Checkpoint, Note]:
    """The checkpoint in a note, and the note, unverified. Raises ValueError for any other form."""
    note = parse_note(data)
    lines = note.text.decode().split("\n")
    if len(lines) != 4 or not _ORIGIN.fullmatch(lines[0]) or not _SIZE.fullmatch(lines[1]):
        raise ValueError("a checkpoint is an origin, a size and a root")
    root = unbase64(lines[2])
    if len(root) != 32:
        raise ValueError("the root of a checkpoint has 32 bytes")
    return Checkpoint(lines[0], int(lines[1]), root), note


def open_checkpoint(data: bytes, log: Verifier) -> Checkpoint:
    """The checkpoint in a note that `log` signed. Raises ValueError otherwise."""
    checkpoint, _ = parse(data)
    open_note(data, [log])
    if checkpoint.origin != log.name:
        raise ValueError(f"this checkpoint is of {checkpoint.origin}, not of {log.name}")
    return checkpoint


def open_own(data: bytes, keys: Sequence[Verifier]) -> Checkpoint:
    """The checkpoint in a note that has a line by each of `keys`, in order, and no other: as the log stores it.

    Raises ValueError otherwise.
    """
    checkpoint, note = parse(data)
    if len(note.signatures) > len(keys):
        raise ValueError("it carries more than the log's own signatures")
    for key, line in zip_longest(keys, note.signatures):
        if line is None or (line.name, line.key_id) != (key.name, key.key_id):
            raise ValueError(f"the line of the log key {key.key_id.hex()} is missing")
        if not key.verifies(note.text, line.value):
            raise ValueError(f"the signature of the log key {key.key_id.hex()} does not fit")
        if checkpoint.origin != key.name:
            raise ValueError(f"this checkpoint is of {checkpoint.origin}, not of {key.name}")
    if not keys:
        raise ValueError("no key of the log is valid at this size")
    return checkpoint
