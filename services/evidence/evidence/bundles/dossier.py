"""The court bundle: a ZIP that proves itself with Python's standard library and nothing of ours.

    README.zh-CN.md                explains the bundle and how to check it
    report.html                    the same in print, for people
    manifest.json                  every other file with its SHA-256; the case, the captures, the streams
    manifest.note                  the service's signed statement of manifest.json's SHA-256
    media/<sha256>.jpg|png         the original pictures, byte for byte
    records/<index>.entry          ledger entries: every record of the streams named in the manifest
    proofs/<index>.tlog-proof      each entry's inclusion under checkpoints/final.note
    keys/<index>.entry, .tlog-proof  the entries that say which key may sign what
    keys/policy.txt                the log's key and its witnesses, to be compared with the published ones
    checkpoints/final.note         with witnesses' cosignatures; lower.note, upper.note: time-stamped, without
    consistency/<x>-final.txt      that lower's, upper's, the statement's tree is the beginning of the final one
    timestamps/<x>.<authority>.tsr  RFC 3161 tokens; <authority>.pem: the certificates behind them
    statements/completeness.note   a monitor's signed word on the last record of each stream
    statements/<sha256>.note       the registry's signed word on the device at the second of capture
    disclosures/<digest>.json      salt and value behind a commitment in a record
    sm3/…                          the twin's checkpoint, proofs of the same entries, the entry that binds it
    verify/verify.py, verify.sh    the verifiers

Entries are sorted, dates fixed, nothing compressed: the same content is the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from typing import Any, Literal

import orjson

from common.door.blobs import sha256_hex
from common.values.ids import CaseId
from evidence.bundles.extract import Extract, Proven, Vouchers
from evidence.bundles.report import readme, report
from evidence.domain.lifecycle import Capture
from evidence.store.bundles import PlateDisclosure
from ledger.canonical import canonical, instant
from ledger.keyfiles import NoteKey
from ledger.trust import Policy

STATEMENT = "bundle-manifest"
_DATE = (1980, 1, 1, 0, 0, 0)
_SUFFIX = {"image/jpeg": "jpg", "image/png": "png"}


@dataclass(frozen=True)
class Bundle:
    """A finished bundle: the ZIP, and the SHA-256 (hex) of it and of its manifest."""

    data: bytes
    sha256: str
    manifest_sha256: str


@dataclass
class Contents:
    """The contents of a bundle. `pictures` and `statements` are bytes by their SHA-256 in hex.

    `clock` says which clock the ledger used: that of a demo proves no time. `policy` is the log's trust
    policy, None where it has no witnesses.
    """

    captures: Sequence[Capture]
    extract: Extract
    pictures: Mapping[str, bytes]
    statements: Mapping[str, bytes]
    disclosures: Sequence[PlateDisclosure]
    case_id: CaseId | None
    made_at: datetime
    city: str
    profile: str
    clock: Literal["real", "demo"] = "demo"
    policy: Policy | None = None
    vouchers: Vouchers = field(default_factory=Vouchers)
    files: dict[str, bytes] = field(default_factory=dict)


def assemble(contents: Contents, key: NoteKey) -> Bundle:
    """The bundle of `contents`, its manifest signed by `key`."""
    made = contents.files
    _add_ledger(made, contents.extract, contents.policy)
    _add_vouchers(made, contents.vouchers)
    _add_twin(made, contents.extract)
    for capture in contents.captures:
        for picture in capture.pictures:
            # Of an erased capture the records name the digests, and there are no bytes any more.
            if picture.sha256 in contents.pictures:
                suffix = _SUFFIX[picture.media_type]
                made[f"media/{picture.sha256}.{suffix}"] = contents.pictures[picture.sha256]
    for sha256, note in contents.statements.items():
        made[f"statements/{sha256}.note"] = note
    for disclosed in contents.disclosures:
        made[f"disclosures/{disclosed.digest.hex()}.json"] = _disclosure(disclosed)
    for verifier in ("verify.py", "verify.sh"):
        made[f"verify/{verifier}"] = files("ledger").joinpath(verifier).read_bytes()
    made["README.zh-CN.md"] = readme(contents).encode()
    made["report.html"] = report(contents).encode()
    manifest = orjson.dumps(_manifest(contents), option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)
    made["manifest.json"] = manifest
    stated = {"sha256": sha256_hex(manifest), "size": len(manifest), "made_at": instant(contents.made_at)}
    made["manifest.note"] = key.statement(STATEMENT, stated)
    data = _zipped(made)
    return Bundle(data, sha256_hex(data), sha256_hex(manifest))


def _add_ledger(made: dict[str, bytes], extract: Extract, policy: Policy | None) -> None:
    _add_entries(made, extract.records, entries="records", proofs="proofs")
    _add_entries(made, extract.keys, entries="keys", proofs="keys")
    made["checkpoints/final.note"] = extract.checkpoint
    made["keys/policy.txt"] = "".join(f"{line}\n" for line in policy_lines(extract, policy)).encode()


def policy_lines(extract: Extract, policy: Policy | None) -> Iterator[str]:
    """The lines of a c2sp.org/tlog-policy: the log's keys as they are now, witnesses and quorum as published."""
    yield from (f"log {key}" for key in extract.log_keys)
    if policy is None:
        yield "quorum none"
        return
    yield from (f"witness {each.name} {each.vkey}" for each in policy.witnesses.values())
    for name, (least, members) in policy.groups.items():
        yield f"group {name} {least} {' '.join(members)}"
    yield f"quorum {policy.root or 'none'}"


def _add_entries(made: dict[str, bytes], entries_: Iterable[Proven], *, entries: str, proofs: str) -> None:
    for proven in entries_:
        made[f"{entries}/{proven.entry.index}.entry"] = proven.entry.raw
        made[f"{proofs}/{proven.entry.index}.tlog-proof"] = proven.proof


def _add_vouchers(made: dict[str, bytes], vouchers: Vouchers) -> None:
    for role, anchor in (("lower", vouchers.lower), ("upper", vouchers.upper)):
        if anchor is not None:
            made[f"checkpoints/{role}.note"] = anchor.note
            made[f"consistency/{role}-final.txt"] = anchor.leads
    stamped = {"lower": vouchers.lower, "upper": vouchers.upper}
    tokens = {role: anchor.tokens for role, anchor in stamped.items() if anchor is not None}
    for role, by_authority in (tokens | {"final": vouchers.final}).items():
        for authority, token in by_authority.items():
            made[f"timestamps/{role}.{authority}.tsr"] = token
    for authority, certificates in vouchers.certificates.items():
        made[f"timestamps/{authority}.pem"] = certificates
    if vouchers.statement is not None:
        made["statements/completeness.note"] = vouchers.statement
        made["consistency/statement-final.txt"] = vouchers.leads


def _add_twin(made: dict[str, bytes], extract: Extract) -> None:
    twin = extract.twin
    if twin is None:
        return
    made["sm3/checkpoint.note"] = twin.checkpoint
    for index, proof in twin.proofs.items():
        made[f"sm3/proofs/{index}.tlog-proof"] = proof
    if twin.anchor is not None and twin.leads is not None:
        _add_entries(made, [twin.anchor], entries="sm3/anchors", proofs="sm3/anchors")
        made["sm3/anchor-final.txt"] = twin.leads


def _disclosure(disclosed: PlateDisclosure) -> bytes:
    return canonical(
        {
            "digest": disclosed.digest.hex(),
            "stream": disclosed.stream,
            "field": disclosed.field,
            "salt": disclosed.salt.hex(),
            "value": disclosed.value,
        }
    )


def _manifest(contents: Contents) -> dict[str, Any]:
    extract, vouchers = contents.extract, contents.vouchers
    return {
        "format": "mingzheng-bundle/v1",
        "origin": extract.origin,
        "log_size": extract.size,
        "made_at": instant(contents.made_at),
        "clock": contents.clock,
        "profile": contents.profile,
        "case_id": contents.case_id,
        "evidence_ids": [str(capture.id) for capture in contents.captures],
        "streams": list(extract.streams),
        "records": [proven.entry.index for proven in extract.records],
        "keys": [proven.entry.index for proven in extract.keys],
        "witnesses": list(extract.witnesses),
        "lower": vouchers.lower.size if vouchers.lower else None,
        "upper": vouchers.upper.size if vouchers.upper else None,
        "authorities": sorted(vouchers.certificates),
        "absent": list(vouchers.absent),
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
