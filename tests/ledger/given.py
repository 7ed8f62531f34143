"""Arranges keys and signed records for tests of the ledger's formats. No database."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from common.values.ids import EvidenceId, record_id
from ledger.canonical import canonical, instant
from ledger.keyfiles import RecordSigner
from ledger.sm2 import Sm2NoteKey, Sm2PrivateKey

ORIGIN = "ledger.test.mingzheng.example/2025"
START = datetime(2025, 3, 3, 1, 0, tzinfo=UTC)


def note_key(name: str, seed: int) -> RecordSigner:
    return RecordSigner(name, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


def sm2_key(name: str, seed: int) -> Sm2NoteKey:
    """A fixed SM2 key, its number `seed` repeated; the bytes are SEC 1."""
    der = bytes.fromhex("30310201010420" + f"{seed:02x}" * 32 + "a00a06082a811ccf5501822d")
    return Sm2NoteKey(name, Sm2PrivateKey.from_der(der))


LOG = note_key(ORIGIN, 1)
SM2_LOG = sm2_key(ORIGIN, 6)
EVIDENCE = note_key("evidence.test.mingzheng.example/k1", 2)
ROOT = note_key("root.test.mingzheng.example/r1", 3)
CASE = note_key("case.test.mingzheng.example/k1", 4)
DEVICE = note_key("device-registry.test.mingzheng.example/k1", 8)
STRANGER = note_key("stranger.example/k1", 5)


class Stream:
    """Signs the records of one stream, one after the other, like the door of a service."""

    def __init__(
        self, name: str | None = None, key: RecordSigner = EVIDENCE, *, at: datetime = START
    ) -> None:
        self.name = name or EvidenceId.new(at).stream
        self.key = key
        self.at = at
        self.seq = -1
        self.prev = bytes(32)

    def next(self, **changes: Any) -> bytes:
        """The note of the next record. `changes` replace fields before it is signed."""
        self.seq += 1
        self.at += timedelta(milliseconds=1)
        body = {
            "actor": "device:dev_01kajbch80e00800000000000h",
            "at": instant(self.at),
            "data": {"media": [{"media_type": "image/jpeg", "sha256": "d4" * 32, "size": 1234569}]},
            "id": str(record_id(self.at)),
            "prev": base64.b64encode(self.prev).decode(),
            "seq": self.seq,
            "stream": self.name,
            "subject": "device/dev_01kajbch80e00800000000000h",
            "type": "evidence.ingested",
            "v": 1,
        }
        note = self.key.sign(canonical(body | changes))
        self.prev = hashlib.sha256(note).digest()
        return note

    def take(self, count: int) -> list[bytes]:
        return [self.next() for _ in range(count)]
