"""A checkpoint: the log's signed word on its size and root (c2sp.org/tlog-checkpoint, no extension lines).

    <origin>\\n
    <size>\\n
    <base64 root>\\n
    \\n
    — <origin> <base64(key id || Ed25519)>\\n

The key's name is the origin. Each size is signed once; whoever asks again gets the same bytes.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from common.crypto import Note, NoteKey, Verifier, open_note, parse_note, unbase64

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

    def signed(self, key: NoteKey) -> bytes:
        """The checkpoint note. Raises ValueError if `key` is not this log's."""
        if key.name != self.origin:
            raise ValueError(f"the key {key.name} cannot sign for the log {self.origin}")
        return key.note(self.text())


def parse(data: bytes) -> tuple[Checkpoint, Note]:
    """What a checkpoint note says, unverified. Raises ValueError for any other form."""
    note = parse_note(data)
    lines = note.text.decode().split("\n")
    if len(lines) != 4 or not _ORIGIN.fullmatch(lines[0]) or not _SIZE.fullmatch(lines[1]):
        raise ValueError("a checkpoint is an origin, a size and a root")
    root = unbase64(lines[2])
    if len(root) != 32:
        raise ValueError("the root of a checkpoint has 32 bytes")
    return Checkpoint(lines[0], int(lines[1]), root), note


def open_checkpoint(data: bytes, log: Verifier) -> Checkpoint:
    """What a checkpoint note says, signed by `log`. Raises ValueError otherwise."""
    checkpoint, _ = parse(data)
    open_note(data, [log])
    if checkpoint.origin != log.name:
        raise ValueError(f"this checkpoint is of {checkpoint.origin}, not of {log.name}")
    return checkpoint
