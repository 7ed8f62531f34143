"""A court bundle: its steps in order, and the ones about files, entries, checkpoints and streams."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from ledger.verifier.archive import Archive, Unreadable
from ledger.verifier.contents import (
    COMPLETENESS,
    Content,
    check_disclosures,
    check_media,
    check_references,
    check_statements,
    read_disclosures,
)
from ledger.verifier.examination import FOLDERS, Examination
from ledger.verifier.log import check_streams, is_about_keys
from ledger.verifier.manifest import TOKEN, bundle_facts, check_manifest, compare_files
from ledger.verifier.notes import COSIGNATURE, ED25519, ML_DSA, Checkpoint, Entry, Note, Vkey, statement
from ledger.verifier.rendering import check_report
from ledger.verifier.report import Fault, Report, Step
from ledger.verifier.sm3 import sha256
from ledger.verifier.times import check_times
from ledger.verifier.trust import Trust, check_trusted_key, check_witnesses
from ledger.verifier.vouchers import check_completeness, check_saved, check_twin

ALWAYS = ("manifest.json", "manifest.note", "checkpoints/final.note", "keys/policy.txt", "verify/verify.py")
OF_BUNDLES = (*ALWAYS, "README.zh-CN.md", "report.html", "verify/verify.sh")
NAMED_BY_RECORDS = re.compile(
    r"media/[0-9a-f]{64}\.(?:jpg|png)|statements/[0-9a-f]{64}\.note|disclosures/[0-9a-f]{64}\.json"
)
"""The files of a bundle that a record names by digest."""


def verify_bundle(path: str | Path, trusted: Iterable[str] = (), *, trust: Trust | None = None) -> Report:
    """Verify the court bundle in the archive `path`. Its content never makes it raise.

    `trusted` are vkeys. A `trust` replaces them and may demand more.
    """
    report = Report()
    step = report.step("压缩包 archive")
    try:
        archive = Archive(path)
    except Unreadable as unreadable:
        step.open.append(str(unreadable))
        return report
    except (Fault, UnicodeDecodeError) as fault:
        step.check(False, str(fault))
        return report
    try:
        _examine(Examination(archive, report, trust or Trust.of(trusted)), step)
    finally:
        archive.close()
    return report


def _examine(exam: Examination, archive: Step) -> None:
    files = check_files(exam, archive, always=OF_BUNDLES, named=NAMED_BY_RECORDS)
    if not open_checkpoint(exam, files):
        return
    check_entries(exam)
    check_checkpoint(exam)
    read_sizes(exam)
    read_disclosures(exam)
    content = Content(exam)
    check_order(exam)
    check_references(exam, content)
    check_media(exam, content)
    check_statements(exam, content)
    check_disclosures(exam, content.survey, content.pictures.erased_streams)
    check_manifest(exam, files, bundle_facts(exam), kind="bundle-manifest", stream="evidence/")
    check_report(exam, content)
    times_of_witnesses = check_witnesses(exam.report, exam.trust, exam.final)
    check_times(exam, times_of_witnesses)
    check_completeness(exam)
    check_twin(exam)
    if exam.trust.saved:
        check_saved(exam)
    exam.report.closed += [f"第 {index} 条 {member}" for index, member in content.closed(exam)]
    exam.report.not_included += [
        f"{text}(第 {index} 条 {path})" for text, index, path in content.not_included
    ]
    list_unchecked(exam)


def open_checkpoint(exam: Examination, files: Step) -> bool:
    """Read the checkpoint that every proof leads to; False if it cannot be read, for then no other step can be made."""
    step = exam.report.step("检查点格式 final.note")
    with step.about("checkpoints/final.note"):
        exam.final = Checkpoint.parse(exam.bundle.read("checkpoints/final.note"))
    if step.forged:
        with files.about("manifest.json"):
            compare_files(exam, files, json.loads(exam.bundle.read("manifest.json")))
    return not step.forged


def check_files(exam: Examination, whole: Step, *, always: Iterable[str], named: re.Pattern[str]) -> Step:
    """Read every file once. Some step reads each again, and each that is needed is here.

    `always` are the files that every bundle has, `named` those that a record may name. `whole` is the step that a wrong
    local header fails.
    """
    step = exam.report.step("文件 files")
    for name in exam.bundle.names:
        with whole.about(name):
            exam.digest(name)
    present = set(exam.bundle.names)
    expected = _expected(exam, present) | set(always)
    expected |= {name for name in present if named.fullmatch(name)}
    for name in sorted(present - expected):
        step.check(False, f"{name}:没有一项核验读这个文件")
    for name in sorted(expected - present):
        step.check(False, f"{name}:缺失")
    step.count += len(present & expected)
    if len(exam.numbered("sm3/anchors")) > 1:
        step.check(False, "sm3/anchors:锚定条目多于一个")
    return step


def _expected(exam: Examination, present: set[str]) -> set[str]:
    """The files that belong together, wherever one of them is here."""
    expected, indexes = set[str](), list[int]()
    for folder, proofs in FOLDERS.items():
        numbers = exam.numbered(folder)
        indexes += numbers
        expected |= {f"{folder}/{i}.entry" for i in numbers} | {f"{proofs}/{i}.tlog-proof" for i in numbers}
    tokens = {name: match[1] for name, match in ((n, TOKEN.fullmatch(n)) for n in present) if match}
    for role in ("lower", "upper"):
        pair = {f"checkpoints/{role}.note", f"consistency/{role}-final.txt"}
        stamps = {name for name, of in tokens.items() if of == role}
        if present & pair or stamps:
            expected |= pair | (stamps or {f"timestamps/{role}.*.tsr"})
    expected |= {name for name, of in tokens.items() if of == "final"}
    monitor = {COMPLETENESS, "consistency/statement-final.txt"}
    expected |= monitor if present & monitor else set()
    if any(name.startswith("sm3/") for name in present):
        expected |= {"sm3/checkpoint.note", *(f"sm3/proofs/{i}.tlog-proof" for i in indexes)}
        expected |= {"sm3/anchor-final.txt"} if exam.numbered("sm3/anchors") else set()
    return expected


def check_entries(exam: Examination) -> None:
    """A key that was valid at the time signed every entry, and the entry lies in the tree of the final checkpoint."""
    signatures = exam.report.step("记录签名 signatures")
    inclusion = exam.report.step("归入账本 inclusion")
    places = sorted((i, folder) for folder in FOLDERS for i in exam.numbered(folder))
    signatures.check(len({index for index, _ in places}) == len(places), "同一条目出现两次")
    for index, folder in places:
        name = f"{folder}/{index}.entry"
        with signatures.about(f"第 {index} 条({name})"):
            entry = Entry.parse(exam.bundle.read(name))
            must_lie_in(entry, index, folder)
            exam.keys.take(entry)
            record = exam.take(entry, folder)
            proof = f"{FOLDERS[folder]}/{index}.tlog-proof"
            with inclusion.about(f"第 {index} 条({proof})"):
                exam.must_include(proof, index, record.leaf, exam.final, sha256)
    if not exam.records:
        signatures.open.append("包里没有一条记录")


def must_lie_in(entry: Entry, index: int, folder: str) -> None:
    """Raise Fault unless `entry` is the one that its file's name says."""
    if entry.index != index:
        raise Fault(f"条目自称第 {entry.index} 条")
    if (folder == "keys") != is_about_keys(entry.stream):
        raise Fault("关于密钥的条目应在 keys/,其他的不应在")
    is_anchor = (entry.stream, entry.record["type"]) == ("log/sm3", "log.anchor")
    if folder == "sm3/anchors" and not is_anchor:
        raise Fault("sm3/anchors/ 里应是锚定条目")


def check_checkpoint(exam: Examination) -> None:
    """The final checkpoint has the lines of the log's keys and of the witnesses in keys/policy.txt, no others."""
    step, keys = exam.report.step("检查点签名 checkpoint"), exam.keys
    ours = keys.of(keys.origin, exam.final.size)
    with step.about("keys/policy.txt"):
        text = exam.bundle.read("keys/policy.txt")
        exam.witnesses = witnesses_in(text.decode())
        if text.decode() != policy_of([*ours], exam.witnesses):
            raise Fault("与由密钥历史和副署算出的不同")
    with step.about("checkpoints/final.note"):
        if exam.final.origin != keys.origin:
            raise Fault("检查点属于另一个账本")
        if not ours:
            raise Fault("没有此时有效的账本密钥")
        judged = [key for key in exam.witnesses if key.kind == COSIGNATURE]
        for key in [*ours, *judged]:
            if not exam.final.note.signed_by(key):
                raise Fault(f"没有 {key.name}({key.key_id.hex()})的有效签名")
        lines = [(name, key_id) for name, key_id, _ in exam.final.note.signatures]
        if len(set(lines)) != len(lines):
            raise Fault("同一密钥有两个签名行")
        if sorted(lines) != sorted((key.name, key.key_id) for key in [*ours, *exam.witnesses]):
            raise Fault("有重复的签名行,或者既不是账本也不是 keys/policy.txt 所列见证人的签名行")
        cosigned = [line for line in lines if line not in {(key.name, key.key_id) for key in ours}]
        if cosigned != [(key.name, key.key_id) for key in exam.witnesses]:
            raise Fault("副署的次序与 keys/policy.txt 不同")
    check_trusted_key(exam.report, keys, exam.trust, exam.final.size)


def witnesses_in(policy: str) -> list[Vkey]:
    """The keys in the witness lines of a c2sp.org/tlog-policy. Raises Fault for a key of a type that no witness has."""
    lines = [line.split(" ") for line in policy.splitlines()]
    keys = [Vkey.parse(line[2]) for line in lines if line[0] == "witness"]
    if any(key.kind not in (COSIGNATURE, ML_DSA) for key in keys):
        raise Fault("见证人公钥应为 C2SP 副署公钥(类型 0x04 或 0x06)")
    return keys


def policy_of(log_keys: Iterable[Vkey], witnesses: Iterable[Vkey]) -> str:
    """keys/policy.txt: the log's keys of type Ed25519 and the witnesses whose cosignatures a checkpoint has."""
    lines = [f"log {key.vkey}\n" for key in log_keys if key.kind == ED25519]
    lines += [f"witness {key.name} {key.vkey}\n" for key in witnesses]
    return "".join(lines) + "quorum none\n"


def read_sizes(exam: Examination) -> None:
    """Note the sizes that the other checkpoints and the monitor's statement have. Later steps judge them."""
    step = Step("")
    names = {
        "lower": "checkpoints/lower.note",
        "upper": "checkpoints/upper.note",
        "twin": "sm3/checkpoint.note",
    }
    for role, name in names.items():
        if name in exam.digests:
            with step.about(name):
                exam.sizes[role] = Checkpoint.parse(exam.bundle.read(name)).size
    if COMPLETENESS in exam.digests:
        with step.about(COMPLETENESS):
            exam.sizes["statement"] = statement(Note.parse(exam.bundle.read(COMPLETENESS)), "stream-heads")[
                "size"
            ]


def check_order(exam: Examination) -> None:
    """Each stream, and the key log, is whole from its first record; the order of the ledger holds among the entries."""
    step = exam.report.step("流内无缺 completeness")
    check_streams(step, exam.records, ends={})
    # The key log must be without gap too. Otherwise a forger could leave out that a stolen key was revoked, and
    # the records that he signed with it afterwards would pass.
    check_streams(step, [entry for entry in exam.entries if is_about_keys(entry.stream)], ends={})
    for stream in _lacking(exam):
        step.open.append(f"监督方的声明提到 {stream},它的记录不在包内")
    order = exam.report.step("账本次序 order")
    for before, after in zip(exam.entries, exam.entries[1:]):
        holds = before.time <= after.time and (before.index + 1 != after.index or after.prev == before.leaf)
        order.check(holds, f"第 {after.index} 条与第 {before.index} 条接不上")


def _lacking(exam: Examination) -> list[str]:
    """The streams that the monitor's statement names with a record, and of which no entry is here."""
    lacking, step = list[str](), Step("")
    if COMPLETENESS in exam.digests:
        with step.about(COMPLETENESS):
            here = {entry.stream for entry in exam.entries}
            stated = statement(Note.parse(exam.bundle.read(COMPLETENESS)), "stream-heads")
            named = {str(head["stream"]) for head in stated["streams"] if head["seq"] >= 0}
            lacking = sorted(named - here)
    return lacking


def list_unchecked(exam: Examination) -> None:
    """Say what no program can check, or did not."""
    exam.report.not_checked += [
        f"{name} {digest}(请与公布的核验程序对照)"
        for name, (digest, _) in exam.digests.items()
        if name.startswith("verify/")
    ]
    exam.report.not_checked += [
        f"{key.name} 的副署:这种签名只在给出 --witness 且本机有该算法时核验"
        for key in exam.witnesses
        if key.kind != COSIGNATURE and not (key.is_judged and key in exam.trust.witnesses)
    ]
    given = {key.vkey for key in exam.trust.witnesses}
    exam.report.not_checked += [
        f"{key.name} 是谁:读者没有给出公钥 {key.vkey}" for key in exam.witnesses if key.vkey not in given
    ]
    if not exam.trust.monitors:
        exam.report.not_checked.append("各流和密钥历史的末尾:末条之后有无记录、吊销或更换(需要 --monitor)")
    exam.report.not_checked += [
        "公布的见证门限(由读者用 --witness 和 --quorum 给出)",
        "图像里的内容;记录的签署者所陈述的:行为人、设备所报的时间、理由",
    ]
