"""Signed notes (c2sp.org/signed-note), the public keys that verify them, batches of notes, and digests by name.

    <text>\\n                       a C2SP signed note: text that ends in a newline, an empty line,
    \\n                             then one line per signature:
    — <key name> <base64(4-byte key id || signature)>\\n

A record is a note around one canonical JSON line. Any other signed statement (a capability snapshot,
a manifest) is a note whose first line is `mingzheng-statement/v1 <kind>`, so that nobody can present a
statement as a record. Base64 is read strictly, so that a signature has only one spelling.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Final, NamedTuple, Self

from cryptography.hazmat.primitives import hashes

from ledger.canonical import parse_canonical
from ledger.edwards import is_key
from ledger.signatures import holds

MARK = "— ".encode()
_NAME = re.compile(r"[^\s+]{1,255}")
_CONTROL = bytes(code for code in range(32) if code != 10)
_MAX_NOTE = 1_000_000
_MAX_SIGNATURES = 100
STATEMENT = "mingzheng-statement/v1"

STREAM_HEADS: Final = "stream-heads"
"""The kind of statement in which a monitor states the last record of streams."""

LOG_WATCH: Final = "log-watch"
"""The kind of statement in which a monitor says what it found when it read the whole log again."""


def digest(suite: str, data: bytes) -> bytes:
    """The 32-byte digest of `data`; `suite` is `sha256` or `sm3` (GB/T 32905). ValueError otherwise."""
    match suite:
        case "sha256":
            return hashlib.sha256(data).digest()
        case "sm3":
            running = hashes.Hash(hashes.SM3())
            running.update(data)
            return running.finalize()
    raise ValueError(f"there is no digest suite {suite}")


class Signature(NamedTuple):
    """One signature line of a note: the key's name, its 4-byte id, the bytes after the id."""

    name: str
    key_id: bytes
    value: bytes


class Note(NamedTuple):
    """A parsed note, unverified. `text` ends in a newline."""

    text: bytes
    signatures: tuple[Signature, ...]


def parse_note(data: bytes) -> Note:
    """The note in `data` (c2sp.org/signed-note). Raises ValueError for bytes that the format forbids."""
    if len(data) > _MAX_NOTE or len(data.translate(None, _CONTROL)) != len(data):
        raise ValueError("a note is at most 1 MB of UTF-8 without control characters")
    data.decode()  # UnicodeDecodeError is a ValueError
    cut = data.rfind(b"\n\n")
    if cut < 0 or not data.endswith(b"\n"):
        raise ValueError("a note is a text, an empty line, and signature lines that end in a newline")
    lines = data[cut + 2 : -1].split(b"\n")
    if len(lines) > _MAX_SIGNATURES:
        raise ValueError(f"a note carries at most {_MAX_SIGNATURES} signatures")
    return Note(data[: cut + 1], tuple(_signature(line) for line in lines))


def _signature(line: bytes) -> Signature:
    name, space, encoded = line.removeprefix(MARK).partition(b" ")
    if not line.startswith(MARK) or not space or not _NAME.fullmatch(name.decode()):
        raise ValueError("a signature line is an em dash, a key name and base64")
    value = unbase64(encoded)
    if len(value) < 5:
        raise ValueError("a signature line holds a 4-byte key id and a signature")
    return Signature(name.decode(), value[:4], value[4:])


def unbase64(text: bytes | str) -> bytes:
    """The bytes whose canonical Base64 is `text`. Raises ValueError for any other text."""
    try:
        value = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("this is not base64") from error
    if base64.b64encode(value) != (text.encode() if isinstance(text, str) else text):
        raise ValueError("this base64 is not canonical")
    return value


@dataclass(frozen=True)
class Verifier:
    """A public Ed25519 key under its note name. Read from a vkey: `<name>+<id, hex>+<base64(kind || key)>`.

    Another algorithm is a subclass with its own `kind`, number of bytes and `verifies`.
    """

    kind: ClassVar[bytes] = b"\x01"
    length: ClassVar[int] = 32

    name: str
    public: bytes

    @classmethod
    def parse(cls, vkey: str) -> Self:
        """The key a vkey names. Raises ValueError if its id does not belong to it."""
        name, _, rest = vkey.partition("+")
        key_id, _, encoded = rest.partition("+")
        material = unbase64(encoded)
        public = material.removeprefix(cls.kind)
        if len(public) != cls.length or material != cls.kind + public or not _NAME.fullmatch(name):
            raise ValueError("a vkey is a name, a key id and a public key")
        if not cls.is_sound(public):
            raise ValueError(f"the public key of {name} is not the one encoding of a point of prime order")
        verifier = cls(name, public)
        if key_id != verifier.key_id.hex():
            raise ValueError(f"the key id in the vkey of {name} does not belong to its key")
        return verifier

    @classmethod
    def is_sound(cls, public: bytes) -> bool:
        """Whether these bytes are a key about which every verifier says the same (`edwards.is_key`)."""
        return is_key(public)

    @cached_property
    def key_id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + self.kind + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(self.kind + self.public).decode()}"

    def signature(self, note: Note) -> bytes | None:
        """The first signature in `note` under this key's name and id, unverified; None if there is none."""
        for signature in note.signatures:
            if signature.key_id == self.key_id and signature.name == self.name:
                return signature.value
        return None

    def verifies(self, text: bytes, signature: bytes) -> bool:
        """Whether this key made `signature` (64 bytes) over `text`. PyNaCl releases the GIL meanwhile."""
        return holds((self.public, signature, text))


def open_note(data: bytes, known: Iterable[Verifier]) -> tuple[Note, tuple[Verifier, ...]]:
    """The note, and those of the `known` keys that signed it.

    Raises ValueError if the note is malformed, if a signature under a known key is wrong (one wrong signature
    is enough, whatever the others are), or if no known key signed it.
    """
    note = parse_note(data)
    signed = []
    for verifier in known:
        signature = verifier.signature(note)
        if signature is None:
            continue
        if not verifier.verifies(note.text, signature):
            raise ValueError(f"the signature of {verifier.name} does not fit the text")
        signed.append(verifier)
    if not signed:
        raise ValueError("no known key signed this note")
    return note, tuple(signed)


def open_statement(data: bytes, kind: str, known: Iterable[Verifier]) -> dict[str, Any]:
    """The JSON in a statement note of `kind`. Raises ValueError unless a known key signed it under this kind."""
    note, _ = open_note(data, known)
    head, _, body = note.text.partition(b"\n")
    if head != f"{STATEMENT} {kind}".encode():
        raise ValueError(f"this note is not a statement of kind {kind}")
    value = parse_canonical(body.removesuffix(b"\n"))
    if isinstance(value, dict):
        return value
    raise ValueError("a statement is an object")


def encode_batch(notes: Sequence[bytes]) -> bytes:
    """`notes` in one piece, each after its length as a big-endian uint16 (so at most 65,535 bytes)."""
    return b"".join(struct.pack(">H", len(note)) + note for note in notes)


def decode_batch(data: bytes) -> list[bytes]:
    """The notes that `encode_batch` joined. Raises ValueError if the last length does not end where the data ends."""
    notes, at, end = [], 0, len(data)
    while at < end - 1:
        start = at + 2
        at = start + (data[at] << 8 | data[at + 1])
        notes.append(data[start:at])
    if at != end:
        raise ValueError("the last note of the batch is cut off")
    return notes
