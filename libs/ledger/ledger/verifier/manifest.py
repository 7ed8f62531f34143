"""The manifest: computed from the other files of a bundle or dossier, and compared byte for byte."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from ledger.verifier.examination import Examination
from ledger.verifier.notes import Note, statement
from ledger.verifier.report import Step

BUNDLE = "mingzheng-bundle/v2"
EXCHANGE = "mingzheng-exchange/v2"
USAGES = "mingzheng-usages/v2"
SERVICE = "mingzheng-service/v1"

TOKEN = re.compile(r"timestamps/(lower|upper|final)\.([a-z0-9][a-z0-9-]*)\.tsr")
OWN = ("manifest.json", "manifest.note")


def authorities(exam: Examination, role: str = "") -> list[str]:
    """The names of the authorities whose tokens on the checkpoint `role`, or on any, are in the bundle."""
    matches = [match for match in map(TOKEN.fullmatch, exam.bundle.names) if match]
    return sorted({match[2] for match in matches if role in ("", match[1])})


def common_facts(exam: Examination) -> dict[str, Any]:
    """The members that every manifest has."""
    return {
        "files": [
            {"path": name, "sha256": digest, "size": size}
            for name, (digest, size) in sorted(exam.digests.items())
            if name not in OWN
        ],
        "first_at": exam.records[0].time if exam.records else None,
        "keys": [entry.index for entry in exam.entries if entry.folder == "keys"],
        "last_at": exam.records[-1].time if exam.records else None,
        "log_size": exam.final.size,
        "origin": exam.keys.origin,
        "records": [record.index for record in exam.records],
        "streams": list(exam.streams),
        "witnesses": [key.name for key in exam.witnesses],
    }


def bundle_facts(exam: Examination) -> dict[str, Any]:
    """The manifest of a court bundle."""
    ids = {kind: [name.partition("/")[2] for name in exam.streams if name.startswith(kind)] for kind in KINDS}
    return common_facts(exam) | {
        "authorities": authorities(exam),
        "case_id": ids["case/"][0] if ids["case/"] else None,
        "clock": exam.keys.clock,
        "evidence_ids": ids["evidence/"],
        "format": BUNDLE,
        **exam.sizes,
    }


KINDS = ("case/", "evidence/")


def exchange_facts(exam: Examination) -> dict[str, Any]:
    """The manifest of the dossier of an exchange."""
    names = list(exam.streams)
    return common_facts(exam) | {
        "exchange_id": names[0].partition("/")[2] if names else None,
        "format": EXCHANGE,
        "length": len(exam.records),
    }


def service_facts(exam: Examination) -> dict[str, Any]:
    """The manifest of the certificate of a service of process."""
    names = list(exam.streams)
    return common_facts(exam) | {
        "format": SERVICE,
        "length": len(exam.records),
        "service_id": names[0].partition("/")[2] if names else None,
    }


def usages_facts(exam: Examination, lines: Any) -> dict[str, Any]:
    """The manifest of a proof of usages. `lines` are the one member that cannot be computed, and that a step checks."""
    return common_facts(exam) | {
        "format": USAGES,
        "lines": lines,
        "statement": exam.sizes["statement"],
    }


def written(facts: dict[str, Any]) -> bytes:
    """The bytes of a manifest."""
    return json.dumps(facts, ensure_ascii=False, indent=2, sort_keys=True).encode()


def check_manifest(exam: Examination, files: Step, facts: dict[str, Any], *, kind: str, stream: str) -> None:
    """The manifest is the computed one, and a key that may write `stream` signed its digest.

    If it is another, the step `files` compares the list of files in it, so that the report names each.
    """
    step = exam.report.step("清单 manifest")
    raw = exam.bundle.read("manifest.json") if "manifest.json" in exam.digests else b""
    with step.about("manifest.json"):
        if raw != written(facts):
            _compare(exam, step, files, facts)
    with step.about("manifest.note"):
        note = Note.parse(exam.bundle.read("manifest.note"))
        stated = statement(note, kind)
        step.check(
            stated == {"sha256": hashlib.sha256(raw).hexdigest(), "size": len(raw)},
            "manifest.note:签署的不是这份 manifest.json",
        )
        makers = [key for key in exam.keys.may_write(stream) if note.signed_by(key)]
        step.check(
            len(makers) == len(note.signatures) == 1,
            f"manifest.note:不是一个可写 {stream} 的密钥的有效签名",
        )


def _compare(exam: Examination, step: Step, files: Step, facts: dict[str, Any]) -> None:
    """Name what differs between the manifest in the bundle and the computed one."""
    stated = json.loads(exam.bundle.read("manifest.json"))
    if isinstance(stated, dict) and stated.get("format") != facts["format"]:
        step.open.append(f"manifest.json:本程序不认得格式 {str(stated.get('format'))[:60]}")
        return
    compare_files(exam, files, stated)
    names = sorted(
        name for name in stated.keys() | facts.keys() if stated.get(name, step) != facts.get(name, step)
    )
    what = "、".join(names) if names else "写法"
    step.check(False, f"manifest.json:与由包内其他文件算出的不同:{what}")


def compare_files(exam: Examination, step: Step, stated: Any) -> None:
    """Name each file that the manifest `stated` lists otherwise than it is."""
    listed = {item["path"]: (item["sha256"], item["size"]) for item in stated["files"]}
    for name in sorted((exam.digests.keys() | listed.keys()) - set(OWN)):
        if name not in exam.digests or name not in listed:
            step.check(False, f"{name}:{'缺失' if name in listed else '不在清单里'}")
        elif exam.digests[name] != listed[name]:
            step.check(False, f"{name}:内容与清单的摘要不符")
