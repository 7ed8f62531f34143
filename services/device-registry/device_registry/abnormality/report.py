"""The report of a quarterly analysis: as data, and as a document on A4 (NJ 13).

The data is canonical JSON, so that anybody who has it computes the digest that stands in the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar, Final

from common.documents import render as renderer
from common.documents.content import Content
from common.documents.render import Template
from common.values.calendar import legal_day
from common.values.ids import DeviceId
from common.values.law import NJ_13, Article
from common.values.profile import Office
from device_registry.domain.analyses import Analysis
from device_registry.store.analyses import Decided
from ledger.canonical import canonical, instant

_DECISION: Final = {
    "KEEP": "维持现状",
    "MOVE": "调整位置",
    "RE_PARAMETERISE": "调整技术参数",
    "STOP": "停止使用",
}


@dataclass(frozen=True)
class Agency(Content):
    """The agency that reports."""

    name: str
    address: str
    phone: str


@dataclass(frozen=True)
class Line(Content):
    """A flagged device: its code, its flags, the decision, who took it on which day, and why."""

    device: str
    flags: str
    decision: str
    decided_on: str
    reason: str


@dataclass(frozen=True)
class DeviceAnalysis(Content):
    """What the devices of an agency did in a quarter. `lines` are empty where none was out of line."""

    article: ClassVar[Article | None] = NJ_13

    agency: Agency
    number: str
    period: str
    devices: int
    captures: int
    accepted: int
    fines: int
    fine_yuan: str
    disputes: int
    upheld: int
    flagged: int
    lines: tuple[Line, ...] = ()


_TEMPLATE: Final = Template(
    "D-38", "电子技术监控设备数据分析报告", Path(__file__).parent / "analysis.typ", DeviceAnalysis
)


def report_of(
    analysis: Analysis, decided: Sequence[Decided], codes: Mapping[DeviceId, str | None]
) -> dict[str, Any]:
    """The report as data. Amounts are fen, instants UTC."""
    decisions = [
        {
            "device_id": each.device_id,
            "decision": each.decision,
            "reason": each.reason,
            "by": each.by,
            "at": instant(each.at),
            "review_id": each.review_id,
        }
        for each in decided
    ]
    return {
        "analysis_id": str(analysis.id),
        "agency_id": str(analysis.agency_id),
        "quarter": quarter_name(analysis),
        "totals": asdict(analysis.totals),
        "flagged": [
            {
                "device_id": str(each.device_id),
                "device_code": codes.get(each.device_id),
                "flags": [flag.value for flag in each.flags],
                "decisions": [line for line in decisions if line["device_id"] == each.device_id],
            }
            for each in analysis.flagged
        ],
    }


def text_of(report: Mapping[str, Any]) -> str:
    """The report as canonical JSON."""
    return canonical(report).decode()


def digest_of(data: bytes) -> str:
    """SHA-256 in lowercase hex."""
    return sha256(data).hexdigest()


def quarter_name(analysis: Analysis) -> str:
    """`2025-Q2`."""
    return f"{analysis.quarter.year}-Q{(analysis.quarter.month + 2) // 3}"


def document_of(
    analysis: Analysis,
    decided: Sequence[Decided],
    codes: Mapping[DeviceId, str | None],
    *,
    office: Office,
    at: datetime,
) -> bytes:
    """The report as PDF/A. Takes about 50 ms: call it in a thread."""
    totals, year, n = analysis.totals, analysis.quarter.year, (analysis.quarter.month + 2) // 3
    flags = {each.device_id: "、".join(each.flags) for each in analysis.flagged}
    content = DeviceAnalysis(
        agency=Agency(office.agency_name, office.address, office.phone),
        number=f"{office.document_prefix}设析〔{year}〕第{n}季度",
        period=f"{year}年第{n}季度",
        devices=totals.devices,
        captures=totals.captures,
        accepted=totals.accepted,
        fines=totals.fines,
        fine_yuan=f"{totals.fine_fen // 100}.{totals.fine_fen % 100:02}",
        disputes=totals.disputes,
        upheld=totals.upheld,
        flagged=len(analysis.flagged),
        lines=tuple(
            Line(
                device=codes.get(each.device_id) or str(each.device_id),
                flags=flags[each.device_id],
                decision=_DECISION[each.decision],
                decided_on=legal_day(each.at).isoformat(),
                reason=" ".join(each.reason.split()),
            )
            for each in decided
        ),
    )
    return renderer.render(_TEMPLATE, content, at)
