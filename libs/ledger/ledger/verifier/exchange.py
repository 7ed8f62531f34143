"""The dossier of an exchange between agencies: its records, their proofs, and the files that they name.

It is a folder in the layout of a court bundle. The service that may write `exchange/` streams signed its manifest, so
each of the two agencies can show the other the same dossier.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from ledger.verifier.archive import Folder
from ledger.verifier.bundle import (
    ALWAYS,
    check_checkpoint,
    check_entries,
    check_files,
    check_order,
    list_unchecked,
    open_checkpoint,
)
from ledger.verifier.contents import check_disclosures, read_disclosures
from ledger.verifier.examination import Examination
from ledger.verifier.manifest import check_manifest, exchange_facts
from ledger.verifier.notes import Record
from ledger.verifier.references import Survey, texts_at
from ledger.verifier.report import FORGED, NOT_VERIFIED, VERIFIED, Fault, Report, Step
from ledger.verifier.texts import EXCHANGE_README
from ledger.verifier.trust import Trust, check_witnesses
from ledger.verifier.vouchers import check_saved

OF_DOSSIERS = (*ALWAYS, "README.md")
NAMED_IN_DOSSIERS = re.compile(r"files/[0-9a-f]{64}|disclosures/[0-9a-f]{64}\.json")
EXCHANGE_STREAM = re.compile(r"exchange/exc_[0-7][0-9a-hjkmnp-tv-z]{25}")
FILE_NAME = re.compile(
    r"README\.md|usages\.json|certificate\.json|return\.pdf|manifest\.(?:json|note)|[a-z0-9]+/[0-9A-Za-z._-]+"
)

IN_ENGLISH = {
    VERIFIED: "VERIFIED",
    FORGED: "NOT VERIFIED: altered or forged",
    NOT_VERIFIED: "NOT VERIFIED: a demanded step could not be made",
}


def verify_exchange(path: Path, *, trust: Trust) -> Report:
    """Verify the dossier that lies in the folder `path`. Its content never makes it raise."""
    return examined(path, trust, name="往来卷宗 folder", examine=_go_through)


def examined(path: Path, trust: Trust, *, name: str, examine: Callable[[Examination, Step], None]) -> Report:
    """The report of `examine` over the folder `path`; of its first step, called `name`, alone if it cannot be read."""
    report = Report()
    step = report.step(name)
    try:
        exam = Examination(Folder(path), report, trust)
    except OSError as error:
        step.open.append(f"打不开({type(error).__name__})")
        return report
    except Fault as fault:
        step.check(False, str(fault))
        return report
    examine(exam, step)
    return report


def _go_through(exam: Examination, folder: Step) -> None:
    files = check_files(exam, folder, always=OF_DOSSIERS, named=NAMED_IN_DOSSIERS)
    if not open_checkpoint(exam, files):
        return
    check_entries(exam)
    check_checkpoint(exam)
    read_disclosures(exam)
    survey = Survey(exam.records)
    check_order(exam)
    _check_stream(exam)
    erased = _check_named_files(exam)
    check_disclosures(exam, survey, erased, is_field_the_member=False)
    check_manifest(exam, files, exchange_facts(exam), kind="exchange-manifest", stream="exchange/")
    check_readme(exam, EXCHANGE_README)
    check_witnesses(exam.report, exam.trust, exam.final)
    if exam.trust.saved:
        check_saved(exam)
    here = {name.partition("/")[2] for name in exam.streams} | {
        n.partition("/")[2] for n in exam.folder("files")
    }
    opened = {(one.stream, one.digest) for one in exam.disclosures}
    closed = [place for key, place in survey.commitments.items() if key not in opened]
    absent = survey.not_included(here, set())
    exam.report.closed += [f"第 {index} 条 {member}" for index, member in closed]
    exam.report.not_included += [f"{text}(第 {index} 条 {path})" for text, index, path in absent]
    list_unchecked(exam)
    exam.report.not_checked.append(
        "末条之后有没有本件往来的记录(卷宗没有监督方的声明;请与对方机关的卷宗或者账本对照)"
    )


def check_readme(exam: Examination, text: str) -> None:
    """The page of explanation is the one of the format."""
    with exam.report.step("说明 report").about("README.md"):
        if exam.bundle.read("README.md") != text.encode():
            raise Fault("与本格式的不同")


def _check_stream(exam: Examination) -> None:
    """The records are those of one exchange."""
    step = exam.report.step("往来记录 exchange")
    with step.about("records/"):
        names = list(exam.streams)
        if len(names) != 1 or not EXCHANGE_STREAM.fullmatch(names[0]):
            raise Fault("记录不是一件往来的")
    for entry in exam.records:
        step.found.append(f"第 {entry.index} 条 {entry.time} {entry.type}")


def letters_of(records: Iterable[Record]) -> dict[str, int]:
    """The digests of the letters that `records` name, and the index of the last record that names each.

    The last, because a letter that is named again after its erasure must be here again. Raises Fault for another form.
    """
    return {digest: entry.index for entry in records for digest in texts_at(entry.data, ["letter", "sha256"])}


def _check_named_files(exam: Examination) -> set[str]:
    """Each letter that a record names is here or was erased later, and each file is such a letter.

    The streams that were erased are the result.
    """
    references = exam.report.step("引用 references")
    letters: dict[str, int] = {}
    erased: dict[str, int] = {}
    streams = set[str]()
    with references.about("records/"):
        letters = letters_of(exam.records)
        for entry in exam.records:
            if entry.type == "exchange.erased":
                streams.add(entry.stream)
                erased.update(dict.fromkeys(texts_at(entry.data, ["files", "*"]), entry.index))
    for digest, index in letters.items():
        if f"files/{digest}" in exam.digests:
            continue
        if erased.get(digest, -1) > index:
            references.found.append(f"第 {index} 条的文书 {digest} 已依法删除")
        else:
            references.open.append(f"第 {index} 条的文书 {digest} 不在卷宗内,也没有在其后删除它的记录")
    step = exam.report.step("往来文件 letters", demanded=False)
    for name in exam.folder("files"):
        with step.about(name):
            digest = exam.digests[name][0]
            if name != f"files/{digest}":
                raise Fault("文件名不是内容的摘要")
            # A digest elsewhere in a record is a word of whoever wrote it, and makes no file a letter.
            if digest not in letters:
                raise Fault("没有任何记录以它为文书")
            if streams:
                raise Fault("往来的内容已经依法删除")
    return streams


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
