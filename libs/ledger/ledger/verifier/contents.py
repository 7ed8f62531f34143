"""What the records of a bundle name: streams, pictures, signed statements, and the values behind commitments."""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePosixPath

from ledger.verifier.examination import Disclosure, Examination
from ledger.verifier.notes import Note, Record, canonical, moment, parse_canonical, statement
from ledger.verifier.references import Pictures, Survey, reached_from, root_of_matter
from ledger.verifier.report import Fault, Step
from ledger.verifier.sm3 import HAS_SM3, sm3

COMPLETENESS = "statements/completeness.note"
"""The statement of a monitor; every other statement is named by its digest."""

SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png"}

SALT = re.compile(r"(?:[0-9a-f]{2}){16,64}")


class Content:
    """What a court bundle holds by its records: derived from them alone, for the steps, the manifest and the report."""

    def __init__(self, exam: Examination) -> None:
        self.streams = exam.streams
        self.survey = Survey(exam.records)
        self.pictures = Pictures(self.streams)
        self.images = {PurePosixPath(name).stem for name in exam.folder("media")}
        self.files = self.images | {PurePosixPath(name).stem for name in exam.folder("statements")}
        self.reached: dict[tuple[str, str], int] = {}

    def follow(self) -> None:
        """Follow the references from the root. Raises Fault if there is not one root."""
        self.reached = reached_from(root_of_matter(self.streams), self.streams)

    @property
    def not_included(self) -> list[tuple[str, int, str]]:
        """The references that were not followed and are not here."""
        here = self.files | {name.partition("/")[2] for name in self.streams}
        named = {name.partition("/")[2] if kind == "stream" else name for kind, name in self.reached}
        return self.survey.not_included(here, named)

    def closed(self, exam: Examination) -> list[tuple[int, str]]:
        """The places of the commitments that no disclosure opens."""
        opened = {(one.stream, one.digest) for one in exam.disclosures}
        return [place for key, place in self.survey.commitments.items() if key not in opened]


def check_references(exam: Examination, content: Content) -> None:
    """Everything that the followed references name is here, and nothing that they do not reach."""
    step = exam.report.step("引用 references")
    with step.about("records/"):
        content.follow()
    for name in content.streams if content.reached else ():
        if ("stream", name) not in content.reached:
            step.check(False, f"{name}:没有任何记录从本案或本次采集引到它,不应在包内")
    for name, records in content.streams.items():
        again = [one.index for one in records if one.type == "evidence.ingested"][1:]
        for index in again:
            step.check(False, f"第 {index} 条:{name} 的第二次入库")
    for (kind, name), index in content.reached.items():
        if kind == "stream" and name not in content.streams:
            step.open.append(f"第 {index} 条提到 {name},它的记录不在包内")
        elif kind == "statement" and f"statements/{name}.note" not in exam.digests:
            step.open.append(f"第 {index} 条的声明 {name} 不在包内")
        elif kind == "picture" and name not in content.images:
            if content.pictures.is_excused(name):
                step.found.append(f"第 {index} 条的图像 {name} 已依法删除,只留摘要")
            else:
                step.open.append(f"第 {index} 条的图像 {name} 不在包内,也没有在入库之后删除它的记录")


def check_media(exam: Examination, content: Content) -> None:
    """A record took each picture in, no later record erased it, and size, type and digests are those of the record."""
    step = exam.report.step("图像原件 media", demanded=False)
    unread = 0
    for name in exam.folder("media"):
        with step.about(name):
            digest, size = exam.digests[name]
            path = PurePosixPath(name)
            if path.stem != digest:
                raise Fault("文件名不是内容的摘要")
            if digest not in content.pictures.shown:
                raise Fault("没有任何记录提到,或者已经依法删除")
            for record, item in content.pictures.shown[digest]:
                if (SUFFIXES.get(item["media_type"]), item["size"]) != (path.suffix, size):
                    raise Fault(f"类型或大小与第 {record.index} 条记录不符")
            # The pure Python SM3 takes three seconds a megabyte, and the SHA-256 digest was compared in any case.
            stated = {
                item["sm3"] for _, item in content.pictures.shown[digest] if item.get("sm3") is not None
            }
            unread += bool(stated) and not HAS_SM3
            if stated and HAS_SM3 and {sm3(exam.bundle.read(name)).hex()} != stated:
                raise Fault("与记录里的 SM3 摘要不符")
    if unread:
        exam.report.not_checked.append(f"{unread} 张图像的 SM3 摘要(这里没有快速的 SM3;SHA-256 已核对)")


def check_statements(exam: Examination, content: Content) -> None:
    """A record names each statement by its digest, and a key that might write the stream it is about signed it."""
    step = exam.report.step("签名声明 statements", demanded=False)
    names = [name for name in exam.folder("statements") if name != COMPLETENESS]
    naming: dict[str, list[Record]] = {}
    for record in exam.records if names else ():
        if record.type == "evidence.checked":
            naming.setdefault(f"statements/{record.data.get('capability_sha256')}.note", []).append(record)
    for name in names:
        with step.about(name):
            if name != f"statements/{exam.digests[name][0]}.note":
                raise Fault("文件名不是内容的摘要")
            if name not in naming:
                raise Fault("没有任何记录提到")
            note = Note.parse(exam.bundle.read(name))
            stated = statement(note, "capability")
            for record in naming[name]:
                _must_fit(stated, record, content.streams[record.stream])
                keys = exam.keys.before(record.index, f"device/{record.data['device_id']}")
                if not any(note.signed_by(key) for key in keys):
                    raise Fault(f"没有可写 device/{record.data['device_id']} 的密钥的有效签名")


def _must_fit(stated: dict[str, object], record: Record, stream: list[Record]) -> None:
    """Raise Fault unless the registry states the standing of the record's device at the time of the capture."""
    taken = [one.data for one in stream if one.type == "evidence.ingested"]
    if not taken or {record.data["device_id"], taken[0]["device_id"]} != {stated["device_id"]}:
        raise Fault(f"不是关于第 {record.index} 条记录的设备的,或者不是采集它的设备")
    if moment(str(stated["at"])) != min(moment(taken[0]["captured_at"]), moment(taken[0]["received_at"])):
        raise Fault(f"说的不是第 {record.index} 条记录的采集时间")
    lawful = record.data.get("lawful")
    if lawful is not None and canonical(lawful) != canonical(stated["lawful"]):
        raise Fault(f"设备是否合法,与第 {record.index} 条记录所写不同")


def read_disclosures(exam: Examination) -> None:
    """Note the disclosures that can be read."""
    step = Step("")
    for name in exam.folder("disclosures"):
        with step.about(name):
            exam.disclosures.append(Disclosure(parse_canonical(exam.bundle.read(name))))


def check_disclosures(
    exam: Examination, survey: Survey, erased: set[str], *, is_field_the_member: bool = True
) -> None:
    """Each disclosure opens the very place of its commitment. `erased`: the streams of which nothing may be shown."""
    step = exam.report.step("披露内容 disclosures", demanded=False)
    for name in exam.folder("disclosures"):
        with step.about(name):
            shown = Disclosure(parse_canonical(exam.bundle.read(name)))
            if not SALT.fullmatch(shown.salt):
                raise Fault("盐应为 16 至 64 个字节")
            opening = bytes.fromhex(shown.salt) + canonical([shown.field, shown.value])
            digest = hashlib.sha256(opening).hexdigest()
            if (name, shown.digest) != (f"disclosures/{digest}.json", digest):
                raise Fault("盐和原值算不出这个承诺值")
            place = survey.commitments.get((shown.stream, digest))
            if place is None or type(shown.index) is not int or place != (shown.index, shown.member):
                raise Fault("记录里的这个位置没有这个承诺值")
            if is_field_the_member and shown.member.rpartition("/")[2] != shown.field:
                raise Fault("承诺值在记录里是另一个字段的")
            if shown.stream in erased:
                raise Fault("这个流的内容已经依法删除,不得披露")
