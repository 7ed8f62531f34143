"""Arranges court bundles as the service makes them, with everything that outsiders can add, on a log of both suites."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding

from common.values.ids import CaseId
from evidence.bundles.dossier import Bundle, Contents, assemble
from evidence.bundles.extract import Extract, Vouchers, anchored, extract, leads_to, whole_stream
from evidence.ledger.log import Log, Twin
from evidence.ledger.timestamp import Stamped
from evidence.store.bundles import PlateDisclosure
from ledger.canonical import canonical, instant
from ledger.checkpoint import parse
from ledger.drafting import Draft
from ledger.keyfiles import NoteKey
from ledger.notes import STREAM_HEADS, digest
from ledger.trust import Policy
from ledger.verifier.archive import archived
from ledger.verifier.bundle import verify_bundle
from ledger.verifier.contents import Content, read_disclosures
from ledger.verifier.examination import Examination
from ledger.verifier.manifest import bundle_facts, written
from ledger.verifier.rendering import rendered
from ledger.verifier.report import Fault, Report
from ledger.verifier.trust import Trust
from outsiders.authority import Signer
from tests.evidence.ledger.given import BOTH, Ledger
from tests.ledger.given import CASE, DEVICE, EVIDENCE, LOG, ROOT, SM2_LOG, START, Stream, note_key
from tests.outsiders.given import W1, W2, W3
from tests.outsiders.stamping import query

Files = dict[str, bytes]
Make = Callable[..., Ledger]

MONITOR = note_key("monitor.other.example/k1", 21)
DEVICE_STREAM = "device/dev_01kajbch80e00800000000000h"
CAPTURED = START - timedelta(seconds=30)
SECONDS = int((START + timedelta(minutes=2)).timestamp())


POLICY = Policy.parse(
    f"log {LOG.vkey}\nwitness one {W1.cosigner.vkey}\nwitness two {W2.cosigner.vkey}\n"
    f"witness three {W3.cosigner.vkey}\ngroup two-of 2 one two three\nquorum two-of\n"
)


def id_of(stream: Stream) -> str:
    return stream.name.partition("/")[2]


def standing(device: Stream, key: NoteKey = DEVICE, **changes: Any) -> bytes:
    """The registry's statement of the device's standing at the second of capture."""
    return key.statement(
        "capability", {"at": instant(CAPTURED), "device_id": id_of(device), "lawful": True} | changes
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
    """The files in the one layout, whatever they are."""
    path.write_bytes(b"".join(archived(files)))
    return path


def resigned(files: Files, key: NoteKey = EVIDENCE, /, **changes: Any) -> Files:
    """`files` with the manifest that follows from them, signed by `key`, as a forger inside the service would make it.

    `changes` are lies: members of the manifest that are put over the computed ones. Where no manifest follows, for
    example because an entry cannot be read, only the list of files and records of the old one is brought up to date.
    """
    made = {name: data for name, data in files.items() if not name.startswith("manifest.")}
    try:
        facts = bundle_facts(examined(made))
    except (KeyError, ValueError, TypeError):
        facts = json.loads(files["manifest.json"]) | {"files": _listed(made)}
    body = written(facts | changes)
    stated = {"sha256": hashlib.sha256(body).hexdigest(), "size": len(body)}
    return made | {"manifest.json": body, "manifest.note": key.statement("bundle-manifest", stated)}


def reported(files: Files) -> Files:
    """`files` with the report that follows from them."""
    made = {name: data for name, data in files.items() if not name.startswith("manifest.")}
    exam = examined(made)
    content = Content(exam)
    with suppress(Fault):
        content.follow()
    return made | {"report.html": rendered(exam, content).encode()}


def forged(files: Files, /, **changes: Any) -> Files:
    """`files` with a fresh report and manifest: the most that an exporter can do by himself."""
    made = {name: data for name, data in files.items() if not name.startswith("manifest.")}
    with suppress(KeyError, ValueError, TypeError):
        made = reported(made)
    return resigned(made | {"manifest.json": files["manifest.json"]}, **changes)


def examined(made: Files) -> Examination:
    exam = Draft(dict(made)).exam
    read_disclosures(exam)
    return exam


def _listed(made: Files) -> list[dict[str, Any]]:
    sha = hashlib.sha256
    return [{"path": n, "sha256": sha(d).hexdigest(), "size": len(d)} for n, d in sorted(made.items())]


def failed(report: Report) -> set[str]:
    """The English names of the steps that failed."""
    return {step.name.split()[-1] for step in report.steps if step.forged}


def verdict_of(report: Report, step: str) -> str:
    return next(each.verdict for each in report.steps if each.name.split()[-1] == step)


class Case:
    """One case in a ledger of both suites: a device, captures with their pictures, and the case's own records.

    Half of `records` are the captures', of up to three pictures each. `device_key` signs the device and its standing.
    """

    def __init__(self, ledger: Ledger, *, records: int, pictures: Sequence[bytes]) -> None:
        self.ledger = ledger
        self.authority = Signer.make(START - timedelta(days=1))
        self.pictures = {hashlib.sha256(picture).hexdigest(): picture for picture in pictures}
        self.device = Stream(DEVICE_STREAM, DEVICE)
        self.captures = [Stream() for _ in range(0, len(pictures), 3)]
        self.case, self.anchors = Stream(CaseId.new(START).stream, CASE), Stream("log/sm3")
        self.statement = standing(self.device)
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
        if self.device.seq < 0:
            registered = {"code": "31010400001190000001", "agency_id": "agy_01jncr8pkvfchaga4zxazxye34"}
            await self.ledger.sequencer.append(self.device.next(type="device.registered", data=registered))
            await self.ledger.sequencer.append(
                self.device.next(type="device.activated", data={"profile": "DEMO@2025.1"})
            )
        for stream in self.plan:
            await self.ledger.sequencer.append(self.next(stream))
            await between()

    def next(self, stream: Stream) -> bytes:
        """The next record of a capture or of the case, as the services write them."""
        n = stream.seq + 1
        if stream is self.case:
            return self._of_case(n)
        if n == 0:
            return stream.next(data=self._ingested(stream), subject=self.device.name)
        if n == 1:
            sha256 = hashlib.sha256(self.statement).hexdigest()
            data = {
                "capability_sha256": sha256,
                "codes": ["E-DEV-01"],
                "flags": ["LATE_INGEST"],
                "lawful": True,
            }
            data |= {"device_id": id_of(self.device), "result": "PASSED", "violation_code": "CM-0107"}
            return stream.next(type="evidence.checked", data=data, subject=self.device.name)
        fields: dict[str, Any] = {
            "device_id": id_of(self.device),
            "fields": [],
            "picture": None,
            "purpose": "REVIEW",
            "sha256": None,
        }
        return stream.next(type="evidence.disclosed", data=fields, subject=self.device.name)

    def _of_case(self, n: int) -> bytes:
        if n == 0:
            digests = list(self.pictures)[:3]
            data = {"evidence_id": id_of(self.captures[0]), "device_id": id_of(self.device), "media": digests}
            data |= {"agency_id": "agy_01jncr8pkvfchaga4zxazxye34", "profile": "DEMO@2025.1"}
            return self.case.next(type="case.opened", data=data)
        if n == 1:
            decided = {"document_id": "doc_01jnd2j8g0eky8k2dnfhk2zhkn", "sha256": "ab" * 32}
            data = decided | {"evidence_ids": [id_of(stream) for stream in self.captures]}
            return self.case.next(type="case.decided", data=data | {"reason": {"c": "cd" * 32}})
        return self.case.next(type="case.closed", data={})

    def _ingested(self, stream: Stream) -> dict[str, Any]:
        at = 3 * self.captures.index(stream)
        mine = list(self.pictures.items())[at : at + 3]
        salt, plate = bytes([at] * 16), f"苏A{12345 + at}"
        commitment = hashlib.sha256(salt + canonical(["plate", plate])).digest()
        self.disclosed.append(PlateDisclosure(commitment, stream.name, "plate", salt, plate))
        media = [
            {
                "kind": "14",
                "media_type": "image/jpeg",
                "sha256": sha256,
                "sm3": digest("sm3", data).hex(),
                "size": len(data),
            }
            for sha256, data in mine
        ]
        return {
            "captured_at": instant(CAPTURED),
            "captured_from": "PASS_TIME",
            "device_id": id_of(self.device),
            "flags": [],
            "media": media,
            "plate": {"c": commitment.hex()},
            "received_at": instant(CAPTURED + timedelta(seconds=1)),
            "violation_code": "CM-0107",
        }

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

    async def bundle(self, *, of_case: bool = True, is_vouched: bool = True) -> Bundle:
        """The bundle as the service builds it. The monitor has read up to the last stamped checkpoint."""
        async with self._log() as log:
            own = [self.case] if of_case else []
            streams = [stream.name for stream in (self.device, *self.captures, *own)]
            taken = await extract(log, streams, policy=POLICY if is_vouched else None)
            said = await self._vouchers(log, taken) if is_vouched else Vouchers()
        contents = Contents(
            captures=[],
            extract=taken,
            pictures={},
            statements={hashlib.sha256(self.statement).hexdigest(): self.statement},
            disclosures=self.disclosed,
            case_id=None,
            vouchers=said,
        )
        contents.files.update({f"media/{name}.jpg": data for name, data in self.pictures.items()})
        return await asyncio.to_thread(assemble, contents, EVIDENCE)

    async def _vouchers(self, log: Log, taken: Extract) -> Vouchers:
        lower, upper = await anchored(log, taken, self.stamps)
        seen, heads = self.stamps[-1], []
        about_keys = {proven.entry.record.stream for proven in taken.keys}
        for stream in [*taken.streams, *sorted(about_keys)]:
            last = [row for row in await whole_stream(log, stream) if row.index < seen.size][-1]
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
    open_ledger: Make,
    *,
    demo_clock: bool = False,
    stamped: tuple[int, int] = (0, 60),
    of_case: bool = True,
    authority: Signer | None = None,
) -> Made:
    """A capture and a case among 200 other records: stamped before and after, anchored, witnessed, overseen.

    `stamped` are the seconds after START at which the authority puts its two time stamps, a new one if none is given.
    """
    ledger = open_ledger(keys=(LOG, SM2_LOG), suites=BOTH)
    await ledger.begin(demo_clock=demo_clock, devices=True)

    async def others(count: int = 40) -> None:
        await ledger.sequencer.append_all(Stream().take(count))

    case = Case(ledger, records=4, pictures=[b"\xff\xd8picture"])
    case.authority = authority or case.authority
    below, above = (START + timedelta(seconds=seconds) for seconds in stamped)
    await others()
    await case.stamp(below)
    await case.record(between=others)
    await case.anchor()
    await case.stamp(above)
    await others()
    await case.witness()
    await others(3)
    made = await case.bundle(of_case=of_case)
    return Made(files_of(made.data), case.authority_pem)


def files_of(data: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
