"""A court bundle: its steps in order, and the ones about files, entries, keys and streams."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from ledger.verifier.archive import KNOWN, Bundle
from ledger.verifier.contents import check_disclosures, check_media, check_statements
from ledger.verifier.examination import Examination
from ledger.verifier.log import check_streams, is_about_keys
from ledger.verifier.notes import ED25519, Checkpoint, Entry, Note, statement
from ledger.verifier.report import Fault, Report, Step
from ledger.verifier.sm3 import sha256
from ledger.verifier.times import check_times
from ledger.verifier.trust import Trust, check_trusted_key, check_witnesses, must_be_signed
from ledger.verifier.vouchers import check_completeness, check_saved, check_twin

EVIDENCE = re.compile(rb"evd_[0-7][0-9a-hjkmnp-tv-z]{25}")
"""The number of a piece of evidence, as the records of a case name it."""


def verify_bundle(path: str | Path, trusted: Iterable[str] = (), *, trust: Trust | None = None) -> Report:
    """Verify the court bundle in the ZIP file `path`. Its content never makes it raise.

    `trusted` are vkeys. A `trust` replaces them and may demand more.
    """
    report = Report()
    try:
        with zipfile.ZipFile(path) as archive:
            _examine(Examination(Bundle(archive), report, trust or Trust.of(trusted)))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        report.step("证据包 bundle").open.append(f"打不开({type(error).__name__})")
    return report


def _examine(exam: Examination) -> None:
    check_files(exam, KNOWN)
    if not open_checkpoint(exam):
        return
    check_entries(exam)
    check_checkpoint(exam)
    check_manifest(exam, "bundle-manifest", stream="evidence/x")
    _check_order(exam)
    check_media(exam)
    check_disclosures(exam)
    check_statements(exam)
    times_of_witnesses = check_witnesses(exam.report, exam.trust, exam.final)
    check_times(exam, times_of_witnesses)
    check_completeness(exam)
    check_twin(exam)
    if exam.trust.saved:
        check_saved(exam)


def open_checkpoint(exam: Examination) -> bool:
    """Read the checkpoint that every proof leads to; False if it cannot be read, for then no other step can be made."""
    step = exam.report.step("检查点格式 final.note")
    with step.about("checkpoints/final.note"):
        exam.final = Checkpoint.parse(exam.bundle.read("checkpoints/final.note"))
    return not step.forged


def check_files(exam: Examination, known: re.Pattern[str]) -> None:
    """Every file is the one that the manifest lists, and there is no other. We can verify files named as `known`."""
    step, bundle = exam.report.step("文件摘要 files"), exam.bundle
    with step.about("manifest.json"):
        manifest = json.loads(bundle.read("manifest.json"))
        listed = {item["path"]: item for item in manifest["files"]}
        exam.manifest = manifest
        present = [name for name in bundle.names if name not in ("manifest.json", "manifest.note")]
        step.check(len(set(bundle.names)) == len(bundle.names), "同名文件出现两次")
        for name in sorted(set(present) ^ set(listed)):
            step.check(False, f"{name}:{'缺失' if name in listed else '不在清单里'}")
        for name in sorted(set(present) & set(listed)):
            with step.about(name):
                data = bundle.read(name)
                exam.digests[name] = hashlib.sha256(data).hexdigest()
                if (exam.digests[name], len(data)) != (listed[name]["sha256"], listed[name]["size"]):
                    raise Fault("内容与清单的摘要不符")
            if not known.fullmatch(name):
                step.open.append(f"{name}:本程序不认得这种文件,没有核验")


def check_entries(exam: Examination) -> None:
    """A key that was valid at the time signed every entry, and the entry lies in the tree of the final checkpoint."""
    signatures = exam.report.step("记录签名 signatures")
    inclusion = exam.report.step("归入账本 inclusion")
    folders = {"keys": "keys", "records": "proofs", "sm3/anchors": "sm3/anchors"}
    places = sorted((i, folder) for folder in folders for i in exam.bundle.numbered(folder, "entry"))
    indexes = [index for index, _ in places]
    signatures.check(len(set(indexes)) == len(indexes), "同一条目出现两次")
    if not exam.bundle.numbered("records", "entry"):
        signatures.open.append("包里没有一条记录")
    for index, folder in places:
        name = f"{folder}/{index}.entry"
        with signatures.about(f"第 {index} 条({name})"):
            entry = Entry.parse(exam.bundle.read(name))
            if entry.index != index:
                raise Fault(f"条目自称第 {entry.index} 条")
            if (folder == "keys") != is_about_keys(entry):
                raise Fault("关于密钥的条目应在 keys/,其他的不应在")
            exam.keys.take(entry)
            exam.entries.append(entry)
            exam.records += [entry] if folder == "records" else []
            proof = f"{folders[folder]}/{index}.tlog-proof"
            with inclusion.about(f"第 {index} 条({proof})"):
                exam.must_include(proof, index, entry.leaf, exam.final, sha256)


def check_checkpoint(exam: Examination) -> None:
    """The log's own keys signed the final checkpoint; they are the published ones; the policy names them."""
    step, keys = exam.report.step("检查点签名 checkpoint"), exam.keys
    with step.about("checkpoints/final.note"):
        must_be_signed(keys, exam.final, keys.origin)
    with step.about("keys/policy.txt"):
        lines = [line.split() for line in exam.bundle.read("keys/policy.txt").decode().splitlines()]
        named = {line[1] for line in lines if line and line[0] == "log"}
        valid = {key.vkey for key in keys.of(keys.origin, exam.final.size) if key.kind == ED25519}
        if not valid <= named <= {log.key.vkey for log in keys.logs}:
            raise Fault("所列的账本公钥不是密钥历史里的")
        if [line[0] for line in lines if line].count("quorum") != 1:
            raise Fault("没有唯一的 quorum 行")
    check_trusted_key(exam.report, keys, exam.trust, exam.final.size)


def check_manifest(exam: Examination, kind: str, *, stream: str) -> None:
    """manifest.note states the manifest's digest in a statement of `kind`, under a key that may write `stream`."""
    with exam.report.step("清单签名 manifest").about("manifest.note"):
        note = Note.parse(exam.bundle.read("manifest.note"))
        stated = statement(note, kind)
        if stated["sha256"] != hashlib.sha256(exam.bundle.read("manifest.json")).hexdigest():
            raise Fault("签署的不是这份 manifest.json")
        makers = [key for key, prefixes in exam.keys.keys.values() if stream.startswith(prefixes)]
        if not any(note.signed_by(key) for key in makers):
            raise Fault(f"没有可写 {stream} 的密钥的有效签名")


def _check_order(exam: Examination) -> None:
    """The bundle holds exactly the streams that the manifest names, from their first record on, in ledger order."""
    step, ends = check_chains(exam)
    for entry in exam.records:
        named = EVIDENCE.findall(entry.raw) if entry.stream.startswith("case/") else []
        for evidence in sorted({one.decode() for one in named}):
            if f"evidence/{evidence}" not in ends:
                step.open.append(f"第 {entry.index} 条提到 {evidence},它的记录不在包内")
    check_listed(exam, step, streams=list(ends))


def check_chains(exam: Examination) -> tuple[Step, dict[str, tuple[int, bytes]]]:
    """Each stream, and the key log, is whole from its first record on. The step, and where each stream ends."""
    step, ends = exam.report.step("流内无缺 completeness"), dict[str, tuple[int, bytes]]()
    check_streams(step, exam.records, ends=ends)
    # The key log must be without gap too. Otherwise a forger could leave out that a stolen key was revoked, and
    # the records that he signed with it afterwards would pass.
    check_streams(step, [entry for entry in exam.entries if is_about_keys(entry)], ends={})
    return step, ends


def check_listed(exam: Examination, step: Step, *, streams: list[str]) -> None:
    """The manifest names these streams and these records, and the ledger's own order holds among the entries."""
    with step.about("manifest.json"):
        indexes = [entry.index for entry in exam.records]
        if sorted(exam.manifest["streams"]) != sorted(streams) or sorted(exam.manifest["records"]) != indexes:
            raise Fault("清单所列的流或记录与包内不同")
    order = exam.report.step("账本次序 order")
    for before, after in pairwise(exam.entries):
        holds = before.time <= after.time and (before.index + 1 != after.index or after.prev == before.leaf)
        order.check(holds, f"第 {after.index} 条与第 {before.index} 条接不上")
