"""The dossier of an exchange between agencies: its records, their proofs, and the files that they name.

It is a folder in the layout of a court bundle. The service that may write `exchange/` streams signed its manifest, so
each of the two agencies can show the other the same dossier.
"""

from __future__ import annotations

import re
from pathlib import Path

from ledger.verifier.archive import DOSSIER, Folder
from ledger.verifier.bundle import (
    check_chains,
    check_checkpoint,
    check_entries,
    check_files,
    check_listed,
    check_manifest,
    open_checkpoint,
)
from ledger.verifier.contents import check_disclosures
from ledger.verifier.examination import Examination, texts_in
from ledger.verifier.report import FORGED, NOT_VERIFIED, VERIFIED, Fault, Report
from ledger.verifier.trust import Trust, check_witnesses

EXCHANGE = re.compile(r"exchange/exc_[0-7][0-9a-hjkmnp-tv-z]{25}")
FILE_NAME = re.compile(r"README\.md|usages\.json|manifest\.(?:json|note)|[a-z0-9]+/[0-9A-Za-z._-]+")

IN_ENGLISH = {
    VERIFIED: "VERIFIED",
    FORGED: "NOT VERIFIED: altered or forged",
    NOT_VERIFIED: "NOT VERIFIED: a demanded step could not be made",
}


def verify_exchange(path: Path, *, trust: Trust) -> Report:
    """Verify the dossier that lies in the folder `path`. Its content never makes it raise."""
    report = Report()
    try:
        exam = Examination(Folder(path), report, trust)
        _go_through(exam)
    except (OSError, ValueError) as error:
        report.step("往来卷宗 dossier").open.append(f"打不开({type(error).__name__})")
    return report


def _go_through(exam: Examination) -> None:
    check_files(exam, DOSSIER)
    if not open_checkpoint(exam):
        return
    check_entries(exam)
    check_checkpoint(exam)
    check_manifest(exam, "exchange-manifest", stream="exchange/x")
    step, ends = check_chains(exam)
    check_listed(exam, step, streams=list(ends))
    _check_stream(exam)
    _check_named_files(exam)
    check_disclosures(exam)
    check_witnesses(exam.report, exam.trust, exam.final)


def _check_stream(exam: Examination) -> None:
    """The records are those of the one exchange that the manifest names, from its sending to the end it states."""
    step = exam.report.step("往来记录 exchange")
    with step.about("manifest.json"):
        stream = f"exchange/{exam.manifest['exchange_id']}"
        if not EXCHANGE.fullmatch(stream) or {entry.stream for entry in exam.records} != {stream}:
            raise Fault("记录不是这一往来的")
        if len(exam.records) != exam.manifest["length"]:
            raise Fault(f"清单写明 {exam.manifest['length']} 条记录,卷宗内有 {len(exam.records)} 条")
    for entry in exam.records:
        step.found.append(f"第 {entry.index} 条 {entry.time} {entry.record['type']}")


def _check_named_files(exam: Examination) -> None:
    """A record names each letter and file by its digest, which is also the file's name."""
    step = exam.report.step("往来文件 files", demanded=False)
    named = {text for entry in exam.records for text in texts_in(entry.record["data"])}
    for entry in exam.records:
        letter = entry.record["data"].get("letter")
        digest = str(letter.get("sha256")) if isinstance(letter, dict) else None
        if digest and f"files/{digest}" not in exam.digests:
            step.open.append(f"第 {entry.index} 条的文书 {digest} 不在卷宗内(可能已依法删除)")
    for name in exam.folder("files"):
        with step.about(name):
            if name != f"files/{exam.digests[name]}":
                raise Fault("文件名不是内容的摘要")
            if exam.digests[name] not in named:
                raise Fault("没有任何记录提到")


def in_english(report: Report) -> list[str]:
    """The verdict in English, the steps that failed or stayed open, and the files that they name."""
    lines = [f"Verdict: {IN_ENGLISH[report.verdict]}"]
    for step in report.steps:
        english = step.name.split()[-1]
        lines += [f" x {english}: {_files_in(fault)}" for fault in step.forged[:20]]
        lines += [f" o {english}: not made"] if step.open and not step.forged else []
    return lines


def _files_in(fault: str) -> str:
    return " ".join(FILE_NAME.findall(fault)) or "see the Chinese line above"
