"""The proof that a person's list of usages is complete: every record on the lines of that person's identifiers.

A line is a stream of its own. Its name is a digest of the identifier under a key that the folder holds, so the reader
sees whose line it is; its records are numbered and chained, so none can be missing before the last one. Whether the
last one is the last is the word of the service that signed the manifest, and with `--monitor` that of a monitor.
"""

from __future__ import annotations

import hashlib
import json
import re
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
    read_sizes,
)
from ledger.verifier.contents import COMPLETENESS
from ledger.verifier.examination import Examination
from ledger.verifier.exchange import check_readme, examined
from ledger.verifier.manifest import check_manifest, usages_facts
from ledger.verifier.notes import Note, Record, canonical, parse_canonical, statement
from ledger.verifier.report import Fault, Report, Step
from ledger.verifier.texts import USAGES_README
from ledger.verifier.trust import Trust, check_witnesses
from ledger.verifier.vouchers import check_completeness, check_saved

OF_USAGES = (*ALWAYS, "README.md", "usages.json")
NO_OTHER = re.compile(r"(?!)")
LINE = re.compile(r"usage/usl_[0-7][0-9a-hjkmnp-tv-z]{25}")
LINE_FORMAT = "mingzheng-usage-line/v1"
ITEM = {
    "asked_at",
    "noted_at",
    "action",
    "receiver",
    "purpose",
    "purpose_code",
    "basis",
    "case_number",
    "about",
} | {
    *(
        "categories",
        "source",
        "refused_by",
        "sealed",
        "deferred",
        "comparison_id",
        "line_id",
        "nth",
        "record_id",
    ),
    "proof_href",
}
"""The members of an item of the list."""

BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"


def verify_usages(path: Path, *, trust: Trust) -> Report:
    """Verify the proof that lies in the folder `path`. Its content never makes it raise."""
    return examined(path, trust, name="查询记录 folder", examine=_examine_usages)


def _examine_usages(exam: Examination, folder: Step) -> None:
    files = check_files(exam, folder, always=OF_USAGES, named=NO_OTHER)
    if not open_checkpoint(exam, files):
        return
    check_entries(exam)
    check_checkpoint(exam)
    read_sizes(exam)
    check_order(exam)
    lines = _lines(exam)
    named = _check_lines(exam, lines)
    _check_list(exam)
    check_manifest(exam, files, usages_facts(exam, lines), kind="usages-manifest", stream="usage/")
    check_readme(exam, USAGES_README)
    check_witnesses(exam.report, exam.trust, exam.final)
    check_completeness(exam)
    _check_empty_lines(exam, named)
    if exam.trust.saved:
        check_saved(exam)
    list_unchecked(exam)
    exam.report.not_checked += [
        "usages.json 里服务所加的词语:机关名称、目的和事项的说明、依据、打码的号码",
        "所列的线是不是本人的全部(请与本人的证件号码和号牌对照)",
    ]


def _lines(exam: Examination) -> Any:
    """The lines that the manifest names; the step of the lines judges them."""
    with Step("").about("manifest.json"):
        return json.loads(exam.bundle.read("manifest.json"))["lines"]
    return []


def _check_lines(exam: Examination, lines: Any) -> set[str]:
    """The streams of the lines.

    Each line is that of its identifier, has the length that the manifest states, and numbers its records in turn.
    """
    step = exam.report.step("本人的线 lines")
    named = set[str]()
    step.check(isinstance(lines, list), "manifest.json:没有线的清单")
    for line in lines if isinstance(lines, list) else []:
        with step.about("manifest.json"):
            if line.keys() != {"identifier", "key", "length", "stream"}:
                raise Fault("线的字段不对")
            stream, length = str(line["stream"]), line["length"]
            if not LINE.fullmatch(stream) or stream in named or stream != _line_of(line):
                raise Fault("这条线不是所写证件号码或者号牌的")
            named.add(stream)
            own = [entry for entry in exam.records if entry.stream == stream]
            if type(length) is not int or len(own) != length:
                raise Fault(f"{stream} 写明 {length} 条,目录内有 {len(own)} 条")
            numbers = [(e.type, e.data.get("nth")) for e in own]
            if numbers != [("usage.noted", n) for n in range(1, len(own) + 1)]:
                raise Fault(f"{stream} 的编号不连续")
            step.found.append(" ".join([*line["identifier"].split("\n"), f"{length} 条 {stream}"]))
    with step.about("manifest.json"):
        if {entry.stream for entry in exam.records} - named:
            raise Fault("有记录不属于所列的线")
    return named


def _check_empty_lines(exam: Examination, named: set[str]) -> None:
    """The monitor's statement lists the lines without a record too: else all records of one could be left out."""
    if COMPLETENESS not in exam.digests:
        return
    heads, empty = set[str](), named - exam.streams.keys()
    with Step("").about(COMPLETENESS):  # the step of the monitor, just before, judged its form
        stated = statement(Note.parse(exam.bundle.read(COMPLETENESS)), "stream-heads")
        heads = {str(head["stream"]) for head in stated["streams"]}
    exam.report.steps[-1].open += [f"声明没有提到 {stream}" for stream in sorted(empty - heads)]


def _line_of(line: dict[str, Any]) -> str:
    """The stream of the identifier under the key that the manifest gives for it."""
    if not re.fullmatch(r"(?:[0-9a-f]{2})+", line["key"]) or not isinstance(line["identifier"], str):
        raise Fault("线的密钥或者号码的写法不对")
    text = f"{LINE_FORMAT}\n{line['key']}\n{line['identifier']}"
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big")
    return "usage/usl_" + "".join(BASE32[number >> shift & 31] for shift in range(125, -1, -5))


def _check_list(exam: Examination) -> None:
    """The list in plain words has one item for each record, in the order of the ledger, and says the same."""
    step = exam.report.step("明细清单 usages")
    with step.about("usages.json"):
        # Canonical, so that every program reads the same: no member twice, no other encoding, no fractions.
        items = parse_canonical(exam.bundle.read("usages.json"))
        if not isinstance(items, list) or len(items) != len(exam.records):
            raise Fault(f"清单的条数与记录的条数 {len(exam.records)} 不同")
        for item, entry in zip(items, exam.records):
            # As bytes: to Python 1 is true.
            if item.keys() != ITEM or canonical(_in_list(item)) != canonical(_in_record(entry)):
                raise Fault(f"清单与第 {entry.index} 条记录不同")
            step.found.append(
                f"第 {entry.index} 条 {item['asked_at']} {item['receiver']['agency_id']} {item['purpose_code']}"
                f"(服务的说法:{item['receiver']['name']} {item['purpose']['zh']})"
            )


def _in_list(item: dict[str, Any]) -> list[Any]:
    return [
        item["record_id"],
        f"usage/{item['line_id']}",
        item["nth"],
        item["comparison_id"],
        item["receiver"]["agency_id"],
        item["purpose_code"],
        item["refused_by"],
        item["sealed"],
        item["deferred"],
        _instant(item["asked_at"]),
    ]


def _instant(text: str) -> str:
    """An instant of the list as the records write it: six decimals."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z", text):
        raise Fault("时间的写法不对")
    whole, _, fraction = text.removesuffix("Z").partition(".")
    return f"{whole}.{fraction.ljust(6, '0')}Z"


def _in_record(entry: Record) -> list[Any]:
    data = entry.data
    usage = data["usage"]
    return [
        entry.id,
        entry.stream,
        data["nth"],
        usage["comparison_id"],
        usage["agency_id"],
        usage["purpose"],
        usage["code"],
        usage["is_sealed"],
        data["deferral_id"] is not None,
        usage["asked_at"],
    ]
