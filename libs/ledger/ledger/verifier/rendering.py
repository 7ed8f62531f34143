"""The printed report, computed from what a bundle proves. docs/BUNDLE.md describes each cell of it.

Every text from a record is escaped. The report in a bundle is compared with this one byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from ledger.verifier.contents import Content
from ledger.verifier.examination import Examination
from ledger.verifier.manifest import authorities, bundle_facts
from ledger.verifier.notes import Record, canonical, moment
from ledger.verifier.report import Fault
from ledger.verifier.texts import (
    CHECKS,
    CLOCKS,
    CODES,
    HEAD,
    README,
    ROWS_HEAD,
    RULES,
    TAIL,
    TYPES,
    esc,
    table,
)

NOTHING = "—"
BEIJING = timedelta(hours=8)
ENDINGS = {"image/jpeg": "jpg", "image/png": "png"}


def beijing(time: object) -> str:
    """An instant as a Chinese document writes it."""
    if time is None:
        return NOTHING
    at = moment(str(time)) + BEIJING
    return f"{at.year:04}年{at.month:02}月{at.day:02}日 {at.hour:02}:{at.minute:02}:{at.second:02}"


def rendered(exam: Examination, content: Content) -> str:
    """report.html. Raises KeyError, TypeError or ValueError where a record lacks what its type has."""
    figures = [_evidence(exam, content, name) for name in content.streams if name.startswith("evidence/")]
    shown = sorted(exam.disclosures, key=lambda one: (one.index, one.member))
    closed = [f"第 {index} 条 {member}" for index, member in content.closed(exam)]
    absent = [f"{text}（第 {index} 条 {path}）" for text, index, path in content.not_included]
    parts = [
        HEAD,
        "<h1>证据包报告</h1>",
        table(_facts(exam)),
        *figures,
        *(_stream(name, records) for name, records in content.streams.items()),
        "<h2>披露的内容</h2>"
        + _list(f"第 {one.index} 条 {one.member}：{_value(one.value)}" for one in shown),
        f"<h2>未披露的内容</h2>{_list(closed)}",
        f"<h2>未包括的内容</h2>{_list(absent)}",
        CHECKS,
        RULES,
        TAIL,
    ]
    return "\n".join(parts)


def _facts(exam: Examination) -> list[tuple[str, str]]:
    facts = bundle_facts(exam)
    sizes = exam.sizes | {"final": exam.final.size}

    def stamped(role: str) -> str:
        names = authorities(exam, role)
        return f"前 {sizes[role]} 条，{'、'.join(names)}" if names and sizes[role] is not None else "无"

    statement, twin = facts["statement"], facts["twin"]
    between = f"{beijing(facts['first_at'])} 至 {beijing(facts['last_at'])}"
    return [
        ("案件", facts["case_id"] or NOTHING),
        ("账本", facts["origin"]),
        ("账本检查点", f"{exam.final.size} 条"),
        ("默克尔根", exam.final.root.hex()),
        ("记录", f"{len(exam.records)} 条，{between}"),
        ("时间", CLOCKS[facts["clock"]]),
        ("副署（以公布的公钥核验）", "、".join(facts["witnesses"]) or "无"),
        ("时间戳（记录之前，以机构证书核验）", stamped("lower")),
        ("时间戳（记录之后，以机构证书核验）", stamped("upper")),
        ("时间戳（最终检查点，以机构证书核验）", stamped("final")),
        ("监督方的完整性声明（以公布的公钥核验）", "无" if statement is None else f"前 {statement} 条"),
        ("国密旁证", "无" if twin is None else f"SM3 树，前 {twin} 条"),
    ]


def _evidence(exam: Examination, content: Content, stream: str) -> str:
    records = content.streams[stream]
    taken = next((one for one in records if one.type == "evidence.ingested"), None)
    accepted = _last(records, "evidence.accepted")
    backed_up = _last(records, "evidence.backed_up")
    erased = next((one for one in records if one.type == "evidence.erased"), None)
    hands = [accepted.data.get(name) for name in ("proposed_by", "confirmed_by")] if accepted else [None]
    rejected = _last(records, "evidence.rejected")
    rows = [
        ("证据编号", stream.partition("/")[2]),
        *_capture(content, taken),
        ("违法行为代码", _cell(_last_member(records, "violation_code"))),
        ("号牌", _plate(exam, content, taken)),
        ("采集时设备合法", _lawful(records)),
        ("技术检查未通过项", _codes([one for one in records if one.type == "evidence.checked"])),
        ("异常标记", "、".join(_texts(_last_member(records, "flags"))) or "无"),
        ("初审、复审人员", "、".join(map(_cell, hands))),
        ("成为证据的时间", beijing(accepted and accepted.time)),
        ("剔除原因", _codes([rejected] if rejected else [])),
        ("备份核对时间", beijing(backed_up and backed_up.time)),
    ]
    rows += [("依法删除", beijing(erased.time))] if erased else []
    pictures = _texts_of_pictures(content, (taken and taken.data.get("media")) or [])
    return f"<h2>证据说明</h2>{table(rows)}{pictures}"


def _capture(content: Content, taken: Record | None) -> list[tuple[str, str]]:
    """The rows that come from the record of the intake."""
    if taken is None:
        names = ("设备编号", "自称的采集时间", "平台接收时间", "账本入账时间")
        return [(name, NOTHING) for name in names]
    device, source = _cell(taken.data.get("device_id")), _cell(taken.data.get("captured_from"))
    of_device = content.streams.get(f"device/{device}", [])
    code = next((one.data["code"] for one in of_device if isinstance(one.data.get("code"), str)), NOTHING)
    claimed = beijing(taken.data.get("captured_at"))
    return [
        ("设备编号", f"{code}（{device}）"),
        ("自称的采集时间", f"{claimed}（来源：{source}；设备所报，平台不作保证）"),
        ("平台接收时间", beijing(taken.data.get("received_at"))),
        ("账本入账时间", f"{beijing(taken.time)}（第 {taken.index} 条）"),
    ]


def _plate(exam: Examination, content: Content, taken: Record | None) -> str:
    """The plate that the intake committed to. A later record of the service that exports can commit to another."""
    if taken is None:
        return NOTHING
    for one in exam.disclosures:
        if (one.index, one.field, one.member) == (taken.index, "plate", "plate"):
            return _value(one.value)
    has = (taken.index, "plate") in content.survey.commitments.values()
    return "未披露" if has else NOTHING


def _lawful(records: list[Record]) -> str:
    """What the last record says of the device; that it was lawful only where it names the registry's statement."""
    last = next((one for one in reversed(records) if one.data.get("lawful") is not None), None)
    if last is None or type(last.data["lawful"]) is not bool:
        return "未检查"
    named = last.type == "evidence.checked" and isinstance(last.data.get("capability_sha256"), str)
    return "否" if not last.data["lawful"] else "是" if named else "未检查"


def _last(records: list[Record], type_: str) -> Record | None:
    return next((one for one in reversed(records) if one.type == type_), None)


def _last_member(records: list[Record], name: str) -> Any:
    """The member of the last record that has it with another value than null; else None."""
    return next((one.data[name] for one in reversed(records) if one.data.get(name) is not None), None)


def _texts(value: Any) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Fault("记录里的清单不是文本")
    return value


def _codes(records: list[Record]) -> str:
    codes = _texts(_last_member(records, "codes"))
    return "；".join(f"{code} {CODES[code]}" if code in CODES else code for code in codes) or "无"


def _texts_of_pictures(content: Content, media: Any) -> str:
    figures = []
    for n, item in enumerate(media, 1):
        (sha256,), size = _texts([item["sha256"]]), esc(_value(item.get("size")))
        here = sha256 in content.images
        image = f'<img src="media/{sha256}.{ENDINGS[item["media_type"]]}" alt="">' if here else ""
        gone = "" if here else " 已依法删除" if content.pictures.is_excused(sha256) else " 不在包内"
        caption = f"图片 {n}：{size} 字节{gone}<br>SHA-256 <code>{esc(sha256)}</code>"
        figures.append(f"<figure>{image}<figcaption>{caption}</figcaption></figure>")
    return "".join(figures)


def _cell(value: Any) -> str:
    return NOTHING if value is None else _value(value)


def _value(value: Any) -> str:
    return value if isinstance(value, str) else canonical(value).decode()


def _stream(name: str, records: list[Record]) -> str:
    rows = []
    for one in records:
        event = TYPES.get(one.type, one.type)
        cells = (str(one.index), beijing(one.time), event, one.actor, one.leaf.hex()[:16])
        rows.append("<tr>" + "".join(f"<td>{esc(cell)}</td>" for cell in cells) + "</tr>")
    return f"<h2>记录：<code>{esc(name)}</code></h2>{ROWS_HEAD}{''.join(rows)}</table>"


def _list(items: Iterable[str]) -> str:
    lines = "".join(f"<li>{esc(item)}</li>" for item in items)
    return f"<ul>{lines}</ul>" if lines else "<p>无</p>"


def check_report(exam: Examination, content: Content) -> None:
    """The printed report and the page of explanation are the ones that follow from the format and the records."""
    step = exam.report.step("打印报告 report")
    with step.about("report.html"):
        if exam.bundle.read("report.html") != rendered(exam, content).encode():
            raise Fault("与由包内记录算出的不同")
    with step.about("README.zh-CN.md"):
        if exam.bundle.read("README.zh-CN.md") != README.encode():
            raise Fault("与本格式的不同")
