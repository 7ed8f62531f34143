"""The files that records name by digest: pictures, disclosed values, signed statements."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from ledger.verifier.examination import Examination, texts_in
from ledger.verifier.notes import Note, canonical
from ledger.verifier.report import Fault
from ledger.verifier.sm3 import HAS_SM3, sm3

COMPLETENESS = "statements/completeness.note"
"""The statement of a monitor; every other statement is named by its digest."""


def check_media(exam: Examination) -> None:
    """A record names every picture, and every picture that a record names is here or was erased on record."""
    step = exam.report.step("图像原件 media", demanded=False)
    sm3_of: dict[str, Any] = {}
    for entry in exam.records:
        media = entry.record["data"].get("media")
        # The same field of evidence.erased lists bare digests, those of pictures that no longer exist.
        pictures = [item for item in media if isinstance(item, dict)] if isinstance(media, list) else []
        for digest in (str(item.get("sha256")) for item in pictures):
            if digest in exam.digests.values():
                continue
            if digest in _erased(exam, entry.stream):
                step.open.append(f"第 {entry.index} 条的图像 {digest} 已依法删除,只留摘要")
            else:
                # A picture may be missing because somebody hides what it shows, so this step holds up the verdict.
                step.demanded = True
                step.open.append(f"第 {entry.index} 条的图像 {digest} 不在包内,也没有删除它的记录")
        sm3_of |= {str(item.get("sha256")): item.get("sm3") for item in pictures}
    for name in exam.folder("media"):
        digest = exam.digests[name]
        step.check(digest in sm3_of, f"{name}:没有任何记录提到")
        step.check(Path(name).stem == digest, f"{name}:文件名不是内容的摘要")
        # The pure Python SM3 takes three seconds a megabyte, and the SHA-256 digest was compared in any case.
        if HAS_SM3 and sm3_of.get(digest) is not None:
            same = sm3(exam.bundle.read(name)).hex() == sm3_of[digest]
            step.check(same, f"{name}:与记录里的 SM3 摘要不符")


def _erased(exam: Examination, stream: str) -> set[str]:
    """The digests of the pictures that the records of `stream` report as erased."""
    erasures = [
        e.record["data"] for e in exam.records if (e.stream, e.record["type"]) == (stream, "evidence.erased")
    ]
    return {digest for data in erasures for digest in texts_in(data.get("media"))}


def check_disclosures(exam: Examination) -> None:
    """Salt and value open a commitment in a record."""
    step = exam.report.step("披露内容 disclosures", demanded=False)
    for name in exam.folder("disclosures"):
        with step.about(name):
            raw = exam.bundle.read(name)
            item = json.loads(raw)
            opening = bytes.fromhex(item["salt"]) + canonical([item["field"], item["value"]])
            digest = hashlib.sha256(opening).hexdigest()
            of = [e for e in exam.records if e.stream == item["stream"]]
            if not any(digest in texts_in(entry.record["data"]) for entry in of):
                raise Fault("与记录里的承诺不符")
            if (name, item["digest"], canonical(item)) != (f"disclosures/{digest}.json", digest, raw):
                raise Fault("文件名或写法不对")


def check_statements(exam: Examination) -> None:
    """A record names each statement by its digest, and a key of the key log signed it."""
    step = exam.report.step("签名声明 statements", demanded=False)
    named = {text for entry in exam.entries for text in texts_in(entry.record["data"])}
    for name in exam.folder("statements"):
        if name != COMPLETENESS:
            with step.about(name):
                note = Note.parse(exam.bundle.read(name))
                if exam.digests[name] not in named:
                    raise Fault("没有任何记录提到")
                if not any(note.signed_by(key) for key, _ in exam.keys.keys.values()):
                    raise Fault("没有已登记密钥的有效签名")
