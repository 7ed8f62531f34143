"""Arranges ledgers and signed records for the ledger's tests and its benchmark."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from common.values.errors import Refusal
from common.values.ids import EvidenceId, record_id
from common.values.profile import Suite
from evidence.ledger.genesis import Enrolment, establish
from evidence.ledger.recovery import LedgerSettings
from evidence.ledger.sequencer import Sequencer
from evidence.ledger.signing import LogKeys
from ledger.canonical import canonical, instant
from ledger.keyfiles import NoteKey, RecordSigner
from ledger.notes import encode_batch
from ledger.sm2 import Sm2NoteKey, Sm2PrivateKey
from mz.postgres import Server

if TYPE_CHECKING:
    from tests.world import World

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
BOTH = (Suite.SHA256_ED25519, Suite.SM3_SM2)
EVIDENCE = note_key("evidence.test.mingzheng.example/k1", 2)
ROOT = note_key("root.test.mingzheng.example/r1", 3)
CASE = note_key("case.test.mingzheng.example/k1", 4)
STRANGER = note_key("stranger.example/k1", 5)
ENROLMENTS = (
    Enrolment(EVIDENCE, ("evidence/", "log/")),
    Enrolment(CASE, ("case/", "document/")),
)


class Stream:
    """Signs the records of one stream one after the other, as a service's door does."""

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


class Ledger:
    """One sequencer over a test's database, and the administrator's way in."""

    def __init__(
        self,
        server: Server,
        database: str,
        guard: Path | None = None,
        *,
        durable: bool = False,
        keys: Sequence[NoteKey] = (LOG,),
        suites: tuple[Suite, ...] = (Suite.SHA256_ED25519,),
        roots: Sequence[NoteKey] = (ROOT,),
    ) -> None:
        self.server = server
        self.roots = roots
        self.database = database
        self.now = START
        connect = {
            "host": server.host,
            "port": server.port,
            "user": "ledger_seq",
            "password": server.password("ledger_seq") or None,
            "database": database,
        }
        settings = LedgerSettings(connect, ORIGIN, durable=durable, guard=guard, suites=suites)
        self.sequencer = Sequencer(
            settings,
            keys=LogKeys.of(keys),
            roots=tuple(root.verifier for root in roots),
            clock=lambda: self.now,
        )

    async def begin(self, *, threshold: int = 1) -> None:
        """Lead, and write the genesis if the log is new."""
        await self.sequencer.start()
        await establish(
            self.sequencer,
            roots=self.roots,
            enrolments=ENROLMENTS,
            clock=lambda: self.now,
            threshold=threshold,
        )

    async def restart(self) -> None:
        """Forget all that is not in the database."""
        await self.sequencer.stop()
        await self.sequencer.start()

    async def admin(self) -> asyncpg.Connection[Any]:
        """A superuser's connection: for looking, and for breaking things."""
        return await self.server.connect(self.database)


async def outcome(ledger: Ledger, note: bytes) -> str:
    """ "ok" once the record is in the log, else the code of the refusal."""
    try:
        await ledger.sequencer.append(note)
    except Refusal as refusal:
        return refusal.code
    return "ok"


async def send(world: World, notes: list[bytes]) -> list[dict[str, Any]]:
    """What the ledger answers for each of `notes`, sent over HTTP as the case service sends its records."""
    answer = await world.runtimes["case"].peers.post(
        "evidence",
        "/v1/ledger/record-batches",
        content=encode_batch(notes),
        media_type="application/octet-stream",
    )
    results: list[dict[str, Any]] = answer["results"]
    return results
