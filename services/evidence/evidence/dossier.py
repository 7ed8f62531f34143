"""The court bundle: a ZIP that proves itself with Python's standard library and nothing of ours (ledger.md §7).

    README.zh-CN.md                what this is and how to check it
    report.html                    the same in print, for people
    manifest.json                  every other file with its SHA-256, and what the bundle is about
    manifest.note                  the service's signed statement of manifest.json's SHA-256
    media/<sha256>.jpg|png         the original pictures, byte for byte
    records/<index>.entry          ledger entries: every record of the streams named in the manifest
    proofs/<index>.tlog-proof      each entry's inclusion under checkpoints/final.note
    keys/<index>.entry, .tlog-proof  the entries that say which key may sign what
    keys/policy.txt                the log's key, to be compared with the published one
    statements/<sha256>.note       the registry's signed word on the device at the second of capture
    disclosures/<digest>.json      salt and value behind a commitment in a record
    verify/verify.py               the verifier

Entries are sorted, dates fixed, nothing compressed: the same content is the same bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from typing import Any

import orjson

from common.blobs import sha256_hex
from common.crypto import NoteKey
from common.facts import canonical, instant
from evidence.ledger import proofs, reader
from evidence.ledger.entry import Entry, parse_entry
from evidence.ledger.reader import Log
from evidence.report import readme, report
from evidence.store import Capture, Row

STATEMENT = "bundle-manifest"
_EVIDENCE = re.compile(r"evd_[0-7][0-9a-hjkmnp-tv-z]{25}")
_DATE = (1980, 1, 1, 0, 0, 0)
_PAGE = 1_000
_SUFFIX = {"image/jpeg": "jpg", "image/png": "png"}


@dataclass(frozen=True)
class Proven:
    """One ledger entry with its inclusion proof under the bundle's checkpoint."""

    entry: Entry
    proof: bytes


@dataclass(frozen=True)
class Extract:
    """What the ledger says of the streams of a bundle, as of one checkpoint."""

    origin: str
    size: int
    checkpoint: bytes
    streams: tuple[str, ...]
    records: tuple[Proven, ...]
    keys: tuple[Proven, ...]

    @property
    def log_keys(self) -> list[str]:
        """The vkeys that the genesis entry names for checkpoints."""
        return [str(key) for key in self.keys[0].entry.record.body["data"]["log_keys"]]


@dataclass(frozen=True)
class Bundle:
    """A finished bundle: the ZIP, and the SHA-256 (hex) of it and of its manifest."""

    data: bytes
    sha256: str
    manifest_sha256: str


@dataclass
class Contents:
    """What goes into a bundle. `pictures` and `statements` are bytes by their SHA-256 in hex."""

    captures: Sequence[Capture]
    extract: Extract
    pictures: Mapping[str, bytes]
    statements: Mapping[str, bytes]
    disclosures: Sequence[Row]
    case_id: str | None
    made_at: datetime
    city: str
    profile: str
    files: dict[str, bytes] = field(default_factory=dict)


async def extract(log: Log, streams: Iterable[str]) -> Extract:
    """Every record of `streams`, proved under the newest checkpoint. Reads committed entries alone."""
    signed = await log.checkpoint()
    if signed is None:
        raise RuntimeError("couldn't extract from the ledger: it has no checkpoint")
    size, checkpoint = signed
    wanted = tuple(sorted(set(streams)))
    rows = [row for stream in wanted for row in await whole_stream(log, stream) if row.index < size]
    keys = [row for row in await log.about_keys() if row.index < size]
    origin = (await log.head()).origin
    return Extract(
        origin,
        size,
        checkpoint,
        wanted,
        tuple([await _proven(log, row, size, checkpoint) for row in sorted(rows, key=lambda r: r.index)]),
        tuple([await _proven(log, row, size, checkpoint) for row in keys]),
    )


async def whole_stream(log: Log, stream: str) -> list[reader.Row]:
    """All records of one stream, in order."""
    rows: list[reader.Row] = []
    while page := await log.stream(stream, rows[-1].seq if rows else -1, _PAGE):
        rows += page
    return rows


async def _proven(log: Log, row: reader.Row, size: int, checkpoint: bytes) -> Proven:
    hashes = await proofs.inclusion(log, row.index, size)
    return Proven(parse_entry(row.entry), proofs.tlog_proof(row.index, hashes, checkpoint))


def evidence_named_in(rows: Iterable[reader.Row]) -> list[str]:
    """The evidence ids that records of a case name, in order of first appearance."""
    return list(dict.fromkeys(id for row in rows for id in _EVIDENCE.findall(row.entry.decode())))


def assemble(contents: Contents, key: NoteKey) -> Bundle:
    """The bundle of `contents`, its manifest signed by `key`."""
    made = contents.files
    _add_ledger(made, contents.extract)
    for capture in contents.captures:
        for picture in capture.media:
            suffix = _SUFFIX[picture["media_type"]]
            made[f"media/{picture['sha256']}.{suffix}"] = contents.pictures[picture["sha256"]]
    for sha256, note in contents.statements.items():
        made[f"statements/{sha256}.note"] = note
    for disclosed in contents.disclosures:
        made[f"disclosures/{bytes(disclosed['digest']).hex()}.json"] = _disclosure(disclosed)
    made["verify/verify.py"] = files("evidence.ledger").joinpath("verify.py").read_bytes()
    made["README.zh-CN.md"] = readme(contents.extract).encode()
    made["report.html"] = report(contents).encode()
    manifest = orjson.dumps(_manifest(contents), option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)
    made["manifest.json"] = manifest
    stated = {"sha256": sha256_hex(manifest), "size": len(manifest), "made_at": instant(contents.made_at)}
    made["manifest.note"] = key.statement(STATEMENT, stated)
    data = _zipped(made)
    return Bundle(data, sha256_hex(data), sha256_hex(manifest))


def _add_ledger(made: dict[str, bytes], extract: Extract) -> None:
    for proven in extract.records:
        made[f"records/{proven.entry.index}.entry"] = proven.entry.raw
        made[f"proofs/{proven.entry.index}.tlog-proof"] = proven.proof
    for proven in extract.keys:
        made[f"keys/{proven.entry.index}.entry"] = proven.entry.raw
        made[f"keys/{proven.entry.index}.tlog-proof"] = proven.proof
    made["checkpoints/final.note"] = extract.checkpoint
    made["keys/policy.txt"] = "".join(f"log {key}\n" for key in extract.log_keys).encode() + b"quorum none\n"


def _disclosure(disclosed: Row) -> bytes:
    return canonical(
        {
            "digest": bytes(disclosed["digest"]).hex(),
            "stream": disclosed["stream"],
            "field": disclosed["field"],
            "salt": bytes(disclosed["salt"]).hex(),
            "value": disclosed["value"],
        }
    )


def _manifest(contents: Contents) -> dict[str, Any]:
    extract = contents.extract
    return {
        "format": "mingzheng-bundle/v1",
        "origin": extract.origin,
        "log_size": extract.size,
        "made_at": instant(contents.made_at),
        "profile": contents.profile,
        "case_id": contents.case_id,
        "evidence_ids": [str(capture.id) for capture in contents.captures],
        "streams": list(extract.streams),
        "records": [proven.entry.index for proven in extract.records],
        "keys": [proven.entry.index for proven in extract.keys],
        "time_sandwich": "NOT_VERIFIED_DEMO_CLOCK",
        "witnesses": [],
        "files": [
            {"path": path, "sha256": sha256_hex(data), "size": len(data)}
            for path, data in sorted(contents.files.items())
        ],
    }


def _zipped(made: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(made):
            archive.writestr(zipfile.ZipInfo(path, _DATE), made[path])
    return out.getvalue()
