"""Annex 1 of the notice (执法类电子技术监控设备清理规范情况汇报表): rows, total and the checks of its filling notes.

    DeviceLine (one device of the baseline) ──compose──▶ Annex (rows and total) ──faults──▶ ANX_*

Nothing of it is typed in: scenario and basis are those of before the clean-up, reason and result follow from the
findings, the total is computed. So note 1 to note 4 hold by construction, and `faults` says so again before a report
is handed in, because a fault here would stand in an official table.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from common.values.errors import Violation
from common.values.ids import DeviceId
from common.values.law import PJ_ANNEX_1
from common.values.profile import BasisLevel
from device_registry.domain.cleanup import Category
from device_registry.domain.device import Basis

NO_BASIS: Final = "无依据"
YES, NO = "是", "否"
_LAW: Final = str(PJ_ANNEX_1)
INCOMPLETE: Final = "设置依据的条款、发文机关或者文号在原登记中未载明"
"""The remark of a row whose basis lacks a part: an old inventory may name a title alone, and a baseline is frozen."""
_UNSTATED: Final = "未载明"
_ARTICLE: Final = re.compile(r"第[^;]+[条款项目][^;]*")
_INSIDE: Final = str.maketrans({"《": "〈", "》": "〉", ";": "、"})
_MOST_TEXTS: Final = 6
"""A row with more different texts of one item counts its devices instead; the list of devices has each text."""

SHORT: Final = {
    Category.CU_1: "没有法律、行政法规依据",
    Category.CU_2: "不符合相关国家标准、行业标准",
    Category.CU_3: "存在质量问题或者运行不正常,记录内容达不到要求",
    Category.CU_4: "未经依法检定、逾期未检定或者检定不合格",
    Category.CU_5: "脱离监管实际需要或者滥用,采集量高、罚款数额畸高",
    Category.CU_6: "由市场主体设置,并由其承担、分摊费用或者收取罚款",
    Category.CU_7: "存在其他不合法、不合理、不必要情形",
}
"""The seven items in short."""


class CleanupResult(StrEnum):
    """清理规范结果: the two that note 3 allows."""

    STOP_USE = "STOP_USE"
    KEEP_USE = "KEEP_USE"

    @property
    def zh(self) -> str:
        return "停止使用" if self is CleanupResult.STOP_USE else "保留并继续使用"


@dataclass(frozen=True)
class Reason:
    """Why a device needs the clean-up: the item, and what was found."""

    category: Category
    text: str


@dataclass(frozen=True)
class DeviceLine:
    """One device as it was before the clean-up, and how the clean-up ended for it."""

    device_id: DeviceId
    scenario: str
    bases: tuple[Basis, ...]
    fines_fen: int
    reasons: tuple[Reason, ...]
    result: CleanupResult
    remark: str = ""


@dataclass(frozen=True)
class Row:
    """One numbered row. `amount` is in the unit of the annex, with two places."""

    number: int
    scenario: str
    basis: str
    devices: int
    fines_fen: int
    needs_cleanup: bool
    reason: str
    result: str
    remark: str


@dataclass(frozen=True)
class Total:
    devices: int
    fines_fen: int
    stopped: int
    kept: int

    @property
    def result(self) -> str:
        return f"停止使用 {self.stopped} 台(套);保留并继续使用 {self.kept} 台(套)"


@dataclass(frozen=True)
class Annex:
    """The rows and the total, which is computed and never typed in (note 4)."""

    rows: tuple[Row, ...]
    total: Total


@dataclass(frozen=True)
class Header:
    """填报单位、填报人、联系方式、填报日期."""

    unit: str
    filler: str
    contact: str
    filled_on: date | None


def compose(lines: Iterable[DeviceLine]) -> Annex:
    """The annex of these devices. Devices of one scenario and basis with another result stand in a row of their own."""
    groups: dict[tuple[str, str, bool, CleanupResult], list[DeviceLine]] = defaultdict(list)
    for line in lines:
        basis = "; ".join(sorted({cited(each) for each in line.bases if each.level is not BasisLevel.NONE}))
        groups[line.scenario, basis or NO_BASIS, bool(line.reasons), line.result].append(line)
    rows = tuple(
        _row(number, key, grouped)
        for number, (key, grouped) in enumerate(sorted(groups.items(), key=_key), 1)
    )
    return Annex(rows, total_of(rows))


def total_of(rows: Sequence[Row]) -> Total:
    """The total row (note 4)."""
    stopped = sum(row.devices for row in rows if row.result == CleanupResult.STOP_USE.zh)
    kept = sum(row.devices for row in rows if row.result == CleanupResult.KEEP_USE.zh)
    return Total(sum(row.devices for row in rows), sum(row.fines_fen for row in rows), stopped, kept)


def cited(basis: Basis) -> str:
    """The basis as note 2 asks for it: the article, or name, organ and number of a normative document.

    A part that the register does not have is said to be missing, never left out.
    """
    name = _inside(basis.title.strip().removeprefix("《").removesuffix("》")) or f"名称{_UNSTATED}"
    if basis.level is BasisLevel.NORMATIVE_DOCUMENT:
        organ = _inside(basis.organ) or f"发文机关{_UNSTATED}"
        return f"《{name}》({organ},{_inside(basis.number) or f'文号{_UNSTATED}'})"
    article = basis.article.strip()
    return f"《{name}》{article}" if _ARTICLE.fullmatch(article) else f"《{name}》(条款{_UNSTATED})"


def is_complete(basis: Basis) -> bool:
    """Whether the basis has every part that note 2 asks for."""
    if basis.level is BasisLevel.NORMATIVE_DOCUMENT:
        return bool(basis.title.strip() and basis.organ.strip() and basis.number.strip())
    return bool(basis.title.strip() and _ARTICLE.fullmatch(basis.article.strip()))


def _inside(text: str) -> str:
    """A text within the marks of a citation, without a mark of its own that would end it."""
    return text.strip().translate(_INSIDE)


def faults(annex: Annex, header: Header) -> tuple[Violation, ...]:
    """Every fault by the filling notes; an annex without one may be handed in."""
    found = [*header_faults(header)]
    if not annex.rows:
        found.append(Violation("ANX_NOTHING_DECLARED", _LAW))
    for row in annex.rows:
        found += _faults_of(row)
    if annex.total != total_of(annex.rows) or annex.total.stopped + annex.total.kept != annex.total.devices:
        found.append(Violation("ANX_TOTAL_MISMATCH", _LAW, {"devices": annex.total.devices}))
    return tuple(found)


def header_faults(header: Header) -> tuple[Violation, ...]:
    """The header is filled in whole: unit, filler, contact and date."""
    empty = [name for name in ("unit", "filler", "contact") if not getattr(header, name).strip()]
    empty += ["filled_on"] if header.filled_on is None else []
    return (Violation("ANX_HEADER_INCOMPLETE", _LAW, {"fields": empty}),) if empty else ()


def _faults_of(row: Row) -> list[Violation]:
    found: list[Violation] = []
    facts = {"row": row.number}
    if row.result not in {result.zh for result in CleanupResult}:
        found.append(Violation("ANX_RESULT_VALUE", _LAW, facts))
    if not row.needs_cleanup and (row.result != CleanupResult.KEEP_USE.zh or row.reason):
        found.append(Violation("ANX_RESULT_VALUE", _LAW, facts, wording="kept"))
    if row.needs_cleanup and not row.reason:
        found.append(Violation("ANX_REASON_REQUIRED", _LAW, facts))
    if row.needs_cleanup and row.result == CleanupResult.KEEP_USE.zh and row.remark in ("", INCOMPLETE):
        found.append(Violation("ANX_REASON_REQUIRED", _LAW, facts, wording="remark"))
    if row.basis == NO_BASIS and not row.needs_cleanup:
        found.append(Violation("ANX_REASON_REQUIRED", _LAW, facts, wording="no_basis"))
    if row.basis != NO_BASIS and not all(_BASIS.fullmatch(each) for each in row.basis.split("; ")):
        found.append(Violation("ANX_BASIS_FORMAT", _LAW, facts))
    return found


_BASIS: Final = re.compile(rf"《[^《》]+》(第[^;]+[条款项目][^;]*|\([^;]+,[^;]+\)|\(条款{_UNSTATED}\))")


def _row(number: int, key: tuple[str, str, bool, CleanupResult], lines: list[DeviceLine]) -> Row:
    scenario, basis, needs, result = key
    remarks = [line.remark for line in lines if line.remark]
    stated = (each for line in lines for each in line.bases if each.level is not BasisLevel.NONE)
    remarks += [] if all(is_complete(each) for each in stated) else [INCOMPLETE]
    return Row(
        number,
        scenario,
        basis,
        len(lines),
        sum(line.fines_fen for line in lines),
        needs,
        _reasons(lines),
        result.zh,
        ";".join(dict.fromkeys(remarks)),
    )


def _reasons(lines: list[DeviceLine]) -> str:
    """`第4项:…(3台);第7项:…`: each item once, each text with its number of devices where it has several."""
    by_item: dict[Category, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for line in lines:
        for reason in dict.fromkeys(line.reasons):
            by_item[reason.category][reason.text.rstrip("。.;")] += 1
    said = []
    for category, texts in sorted(by_item.items()):
        if len(texts) > _MOST_TEXTS:
            devices = sum(any(r.category is category for r in line.reasons) for line in lines)
            texts = {SHORT[category]: devices}
        for text, count in texts.items():
            said.append(f"第{category.number}项:{text}" + (f"({count}台)" if count > 1 else ""))
    return ";".join(said)


def _key(group: tuple[tuple[str, str, bool, CleanupResult], list[DeviceLine]]) -> tuple[str, str, bool, str]:
    scenario, basis, needs, result = group[0]
    return scenario, basis, not needs, result.value
