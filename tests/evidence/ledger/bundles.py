"""Arranges court bundles as the service makes them, with everything that outsiders can add, on a log of both suites."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from cryptography.hazmat.primitives.serialization import Encoding

from evidence.bundles.dossier import Bundle, Contents, assemble
from evidence.bundles.extract import Extract, Vouchers, anchored, extract, leads_to
from evidence.ledger.log import Log, Twin
from evidence.ledger.timestamp import Stamped
from evidence.store.bundles import PlateDisclosure
from ledger.canonical import canonical, instant
from ledger.checkpoint import parse
from ledger.keyfiles import NoteKey
from ledger.notes import STREAM_HEADS, digest
from ledger.trust import Policy
from ledger.verifier.bundle import verify_bundle
from ledger.verifier.report import Report
from ledger.verifier.trust import Trust
from outsiders.authority import Signer
from tests.evidence.ledger.given import BOTH, Ledger
from tests.ledger.given import CASE, EVIDENCE, LOG, ROOT, SM2_LOG, START, Stream, note_key
from tests.outsiders.given import W1, W2, W3
from tests.outsiders.stamping import query

Files = dict[str, bytes]
Make = Callable[..., Ledger]

MONITOR = note_key("monitor.other.example/k1", 21)
SECONDS = int((START + timedelta(minutes=2)).timestamp())


POLICY = Policy.parse(
    f"log {LOG.vkey}\nwitness one {W1.cosigner.vkey}\nwitness two {W2.cosigner.vkey}\n"
    f"witness three {W3.cosigner.vkey}\ngroup two-of 2 one two three\nquorum two-of\n"
)


@dataclass(frozen=True)
class Made:
    """A bundle's files, and the certificate of the authority that stamped it."""

    files: Files
    root: bytes = field(repr=False)

    def trust(self, **changes: Any) -> Trust:
        """The trust of a careful reader: everything that a reader can demand."""
        given: dict[str, Any] = {
            "witnesses": [W1.cosigner.vkey, W2.cosigner.vkey, W3.cosigner.vkey],
            "quorum": 2,
            "authorities": self.root,
            "monitors": [MONITOR.vkey],
        }
        return Trust.of(changes.pop("keys", [ROOT.vkey]), **(given | changes))

    def check(self, path: Path, files: Files | None = None, **changes: Any) -> Report:
        return verify_bundle(
            zipped(path, self.files if files is None else files), trust=self.trust(**changes)
        )


def zipped(path: Path, files: Files) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def resigned(files: Files, key: NoteKey = EVIDENCE, **changes: Any) -> Files:
    """`files` with a manifest that lists them, signed by `key`, as a forger inside the service would make it."""
    manifest = json.loads(files["manifest.json"])
    made = {name: data for name, data in files.items() if not name.startswith("manifest.")}
    sha = hashlib.sha256
    manifest["files"] = [{"path": n, "sha256": sha(d).hexdigest(), "size": len(d)} for n, d in made.items()]
    manifest["records"] = sorted(int(n.split("/")[1].split(".")[0]) for n in made if n.startswith("records/"))
    body = json.dumps(manifest | changes, indent=2).encode()
    stated = {"sha256": sha(body).hexdigest()}
    return made | {"manifest.json": body, "manifest.note": key.statement("bundle-manifest", stated)}


def failed(report: Report) -> set[str]:
    """The English names of the steps that failed."""
    return {step.name.split()[-1] for step in report.steps if step.forged}


def verdict_of(report: Report, step: str) -> str:
    return next(each.verdict for each in report.steps if each.name.split()[-1] == step)


class Case:
    """One case in a ledger of both suites: captures with their pictures, and the case's own records.

    Half of `records` are the captures', of up to three pictures each.
    """

    def __init__(self, ledger: Ledger, *, records: int, pictures: Sequence[bytes]) -> None:
        self.ledger = ledger
        self.authority = Signer.make(START - timedelta(days=1))
        self.pictures = {hashlib.sha256(picture).hexdigest(): picture for picture in pictures}
        self.statement = EVIDENCE.statement("capability", {"v": 1})
        self.captures = [Stream() for _ in range(0, len(pictures), 3)]
        self.case, self.anchors = Stream("case/cas_1", CASE), Stream("log/sm3")
        self.stamps: list[Stamped] = []
        self.disclosed: list[PlateDisclosure] = []
        each = records // 2 // len(self.captures)
        self.plan = [stream for _ in range(each) for stream in (*self.captures, self.case)]
        self.plan += [self.case] * (records - len(self.plan))

    @property
    def authority_pem(self) -> bytes:
        return self.authority.root.public_bytes(Encoding.PEM)

    async def record(self, *, between: Callable[[], Awaitable[Any]]) -> None:
        """Append the case's records one at a time, and call `between` after each to append others."""
        for stream in self.plan:
            first = stream in self.captures and stream.seq < 0
            await self.ledger.sequencer.append(stream.next(data=self._ingested(stream) if first else {}))
            await between()

    def _ingested(self, stream: Stream) -> dict[str, Any]:
        at = 3 * self.captures.index(stream)
        mine = list(self.pictures.items())[at : at + 3]
        salt, plate = bytes([at] * 16), f"苏A{12345 + at}"
        commitment = hashlib.sha256(salt + canonical(["plate", plate])).digest()
        self.disclosed.append(PlateDisclosure(commitment, stream.name, "plate", salt, plate))
        media = [
            {
                "media_type": "image/jpeg",
                "sha256": sha256,
                "sm3": digest("sm3", data).hex(),
                "size": len(data),
            }
            for sha256, data in mine
        ]
        stated = hashlib.sha256(self.statement).hexdigest()
        return {"media": media, "plate": {"c": commitment.hex()}, "capability": stated}

    async def stamp(self, at: datetime) -> None:
        """The authority's token of `at` over the newest checkpoint."""
        async with self._log() as log:
            size, note = await _newest(log)
        token = self.authority.reply(query(note), at)
        self.stamps.append(Stamped(size, note, "bureau-of-time", token, at))

    async def anchor(self) -> None:
        """The twin's newest checkpoint as an entry of the log."""
        async with self._log() as log:
            _, note = await _newest(Twin(log.conn, log.log_id))
        said = parse(note)[0]
        data = {"suite": "sm3-sm2", "origin": said.origin, "size": said.size, "checkpoint": note.decode()}
        anchored = self.anchors.next(type="log.anchor", data=data, actor="svc:evidence", subject=None)
        await self.ledger.sequencer.append(anchored)

    async def witness(self) -> None:
        """Two of three witnesses cosign the newest checkpoint."""
        async with self._log() as log:
            size, note = await _newest(log)
            for key in (W1, W2):
                line = key.line(parse(note)[1].text, SECONDS).decode()
                await log.conn.execute("SELECT ledger.add_cosignature($1, $2, $3)", log.log_id, size, line)

    async def bundle(self, *, clock: Literal["real", "demo"] = "real") -> Bundle:
        """The bundle as the service builds it. The monitor has read up to the last stamped checkpoint."""
        async with self._log() as log:
            streams = [stream.name for stream in (*self.captures, self.case)]
            taken = await extract(log, streams, policy=POLICY)
            said = await self._vouchers(log, taken)
        contents = Contents(
            captures=[],
            extract=taken,
            pictures={},
            statements={hashlib.sha256(self.statement).hexdigest(): self.statement},
            disclosures=self.disclosed,
            case_id=None,
            made_at=START,
            city="演示市",
            profile="DEMO",
            clock=clock,
            policy=POLICY,
            vouchers=said,
        )
        contents.files.update({f"media/{name}.jpg": data for name, data in self.pictures.items()})
        return await asyncio.to_thread(assemble, contents, EVIDENCE)

    async def _vouchers(self, log: Log, taken: Extract) -> Vouchers:
        lower, upper = await anchored(log, taken, self.stamps)
        seen, heads = self.stamps[-1], []
        about_keys = {proven.entry.record.stream for proven in taken.keys}
        for stream in [*taken.streams, *sorted(about_keys)]:
            last = [row for row in await log.stream(stream, -1, 1_000) if row.index < seen.size][-1]
            sha256 = hashlib.sha256(last.note).hexdigest()
            heads.append({"stream": stream, "seq": last.seq, "sha256": sha256})
        said = {
            "origin": taken.origin,
            "size": seen.size,
            "checkpoint": seen.note.decode(),
            "at": instant(START),
            "streams": heads,
        }
        return Vouchers(
            lower=lower,
            upper=upper,
            certificates={"bureau-of-time": self.authority.certificate.public_bytes(Encoding.PEM)},
            statement=MONITOR.statement(STREAM_HEADS, said),
            leads=await leads_to(log, seen.size, taken),
        )

    @asynccontextmanager
    async def _log(self) -> AsyncIterator[Log]:
        conn = await self.ledger.admin()
        try:
            log = await Log.newest(conn)
            assert log is not None
            yield log
        finally:
            await conn.close()


async def _newest(log: Log) -> tuple[int, bytes]:
    signed = await log.checkpoint()
    assert signed is not None
    return signed


async def make_bundle(
    open_ledger: Make, *, clock: Literal["real", "demo"] = "real", stamped: tuple[int, int] = (0, 60)
) -> Made:
    """A capture and a case among 200 other records: stamped before and after, anchored, witnessed, overseen.

    `stamped` are the seconds after START at which the authority puts its two time stamps.
    """
    ledger = open_ledger(keys=(LOG, SM2_LOG), suites=BOTH)
    await ledger.begin()

    async def others(count: int = 40) -> None:
        await ledger.sequencer.append_all(Stream().take(count))

    case = Case(ledger, records=4, pictures=[b"\xff\xd8picture"])
    below, above = (START + timedelta(seconds=seconds) for seconds in stamped)
    await others()
    await case.stamp(below)
    await case.record(between=others)
    await case.anchor()
    await case.stamp(above)
    await others()
    await case.witness()
    await others(3)
    made = await case.bundle(clock=clock)
    return Made(files_of(made.data), case.authority_pem)


def files_of(data: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
