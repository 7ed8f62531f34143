"""The certificate of a service of process (送达): what the ledger holds of it, and the files that its records name.

It is a folder in the layout of a dossier. `certificate.json` repeats the records in few words, and is computed from
them here again: nothing stands in it that no record says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

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
from ledger.verifier.exchange import check_readme, examined
from ledger.verifier.manifest import check_manifest, service_facts
from ledger.verifier.notes import Record, canonical
from ledger.verifier.references import Survey, texts_at
from ledger.verifier.report import Fault, Report, Step
from ledger.verifier.texts import SERVICE_README
from ledger.verifier.trust import Trust, check_witnesses
from ledger.verifier.vouchers import check_saved

OF_SERVICES = (*ALWAYS, "README.md", "certificate.json", "return.pdf")
NAMED_IN_SERVICES = re.compile(r"files/[0-9a-f]{64}|disclosures/[0-9a-f]{64}\.json")
SERVICE_STREAM = re.compile(r"service/sop_[0-7][0-9a-hjkmnp-tv-z]{25}")

OPENED, SERVED, PROVEN = "service.opened", "document.served", "service.date_proven"
DENIED, UPHELD = "service.arrival_denied", "service.arrival_upheld"
SHOWN = (
    "manner", "ground", "law", "channel", "consent_id", "consent_sha256", "begun_at", "sent_at", "arrived_at",
    "arrival", "failed_at", "failed_steps", "reason", "deemed_on", "served_at", "served_on", "was_served_on", "basis",
    "signed_as", "witness", "kind", "sha256", "proofs", "by", "second", "claimed_at", "step", "n",
)  # fmt: skip
"""The members of a record that the certificate repeats; each is a code, a time, an id or a digest."""


def certificate_of(records: Iterable[Record]) -> dict[str, Any]:
    """The certificate that follows from the records of one service. Raises Fault if they are none."""
    ordered = list(records)
    opened = [entry for entry in ordered if entry.type == OPENED]
    if not opened or opened[0] is not ordered[0] or len(opened) != 1:
        raise Fault("第一条不是开始送达,或者不止一次开始")
    served = [entry for entry in ordered if entry.type == SERVED]
    _check_days(ordered)
    named = (
        "case_id",
        "party_id",
        "agency_id",
        "document_id",
        "document_kind",
        "document_sha256",
        "ordered_at",
    )
    day = served[0].data["served_on"] if served else None
    moved = [entry for entry in ordered if entry.type in (SERVED, PROVEN)]
    return {
        "service_id": opened[0].stream.partition("/")[2],
        **{name: opened[0].data[name] for name in named},
        "served_on": moved[-1].data["served_on"] if moved else day,
        "first_served_on": day,
        "manner": served[-1].data["manner"] if served else None,
        "basis": moved[-1].data["basis"] if served else None,
        "events": [_event(entry) for entry in ordered],
    }


def _check_days(ordered: list[Record]) -> None:
    """One day of service; another only after the channel denied the arrival and nobody upheld it."""
    is_served = False
    for entry in ordered:
        if entry.type == SERVED and is_served:
            raise Fault("一次送达不能有两个送达日期的记录")
        is_served = (is_served or entry.type in (SERVED, PROVEN, UPHELD)) and entry.type != DENIED


def _event(entry: Record) -> dict[str, Any]:
    shown = {name: entry.data[name] for name in SHOWN if entry.data.get(name) is not None}
    return {"index": entry.index, "time": entry.time, "type": entry.type, **shown}


def files_named_by(records: Iterable[Record]) -> dict[str, int]:
    """The digests of the document and of the proofs, and the index of the last record that names each."""
    named = {OPENED: "document_sha256", "service.proof_added": "sha256"}
    return {
        digest: entry.index
        for entry in records
        if entry.type in named
        for digest in texts_at(entry.data, [named[entry.type]])
    }


def verify_service(path: Path, *, trust: Trust) -> Report:
    """Verify the certificate that lies in the folder `path`. Its content never makes it raise."""
    return examined(path, trust, name="送达凭证 folder", examine=_examine_service)


def _examine_service(exam: Examination, folder: Step) -> None:
    files = check_files(exam, folder, always=OF_SERVICES, named=NAMED_IN_SERVICES)
    if not open_checkpoint(exam, files):
        return
    check_entries(exam)
    check_checkpoint(exam)
    read_disclosures(exam)
    survey = Survey(exam.records)
    check_order(exam)
    _check_service(exam)
    erased = _check_service_files(exam)
    check_disclosures(exam, survey, erased, is_field_the_member=False)
    check_manifest(exam, files, service_facts(exam), kind="service-manifest", stream="service/")
    check_readme(exam, SERVICE_README)
    check_witnesses(exam.report, exam.trust, exam.final)
    if exam.trust.saved:
        check_saved(exam)
    opened = {(one.stream, one.digest) for one in exam.disclosures}
    closed = [place for key, place in survey.commitments.items() if key not in opened]
    exam.report.closed += [f"第 {index} 条 {member}" for index, member in closed]
    list_unchecked(exam)
    exam.report.not_checked += [
        "送达回证 return.pdf 中的姓名、名称和文号(由送达机关填写;其余各项可与 certificate.json 对照)",
        "末条之后有没有本次送达的记录(请与账本对照)",
    ]


def _check_service(exam: Examination) -> None:
    """The records are those of one service, and the certificate says what they say."""
    step = exam.report.step("送达凭证 certificate")
    with step.about("records/"):
        names = list(exam.streams)
        if len(names) != 1 or not SERVICE_STREAM.fullmatch(names[0]):
            raise Fault("记录不是一次送达的")
    with step.about("certificate.json"):
        facts = certificate_of(exam.records)
        if exam.bundle.read("certificate.json") != canonical(facts):
            raise Fault("与记录所说的不同")
        step.found.append(f"文书 {facts['document_kind']} {facts['document_sha256']}")
        step.found += [f"第 {one['index']} 条 {one['time']} {one['type']}" for one in facts["events"]]
        served = facts["served_on"] or "尚未送达"
        step.found.append(f"送达日期 {served} {facts['manner'] or ''} {facts['basis'] or ''}".rstrip())


def _check_service_files(exam: Examination) -> set[str]:
    """The document and each proof are here or were erased; no other file is. The erased streams are the result."""
    references = exam.report.step("引用 references")
    named: dict[str, int] = {}
    streams = {entry.stream for entry in exam.records if entry.type == "service.erased"}
    with references.about("records/"):
        named = files_named_by(exam.records)
    for digest, index in named.items():
        if f"files/{digest}" in exam.digests:
            continue
        if streams:
            references.found.append(f"第 {index} 条的文件 {digest} 已依法删除")
        else:
            references.open.append(f"第 {index} 条的文件 {digest} 不在凭证内")
    step = exam.report.step("文书与证明 files", demanded=False)
    for name in exam.folder("files"):
        with step.about(name):
            digest = exam.digests[name][0]
            if name != f"files/{digest}":
                raise Fault("文件名不是内容的摘要")
            if digest not in named:
                raise Fault("没有任何记录以它为文书或者证明")
            if streams:
                raise Fault("送达的内容已经依法删除")
    return streams
