"""The points that a city's own legal office must confirm, and what depends on each while it is open.

No national rule answers them for every city. A profile is released with the points that its legal office closed; a
figure that depends on an open one does not load, so that nobody is punished under an answer that nobody gave.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final


@dataclass(frozen=True)
class ClosedPoint:
    """A point that the legal office `by` answered on the day `on`, in the document `in_document`."""

    n: int
    by: str
    on: date
    in_document: str

    def __post_init__(self) -> None:
        if self.n not in POINTS:
            raise ValueError(f"there is no point {self.n}: they are 1 to {len(POINTS)}")
        if not self.by.strip() or not self.in_document.strip():
            raise ValueError(f"point {self.n} names the legal office that closed it, and the document")


@dataclass(frozen=True)
class Point:
    """A question, Chinese and English. `depends` says whether a profile rests on an answer to it."""

    zh: str
    en: str
    depends: Callable[[Any], bool] = lambda profile: False


def _has_thresholds(profile: Any) -> bool:
    return any(figure is not None for figure in vars(profile.thresholds).values())


CLOSED_BY: Final = "市、区司法行政部门（法制机构） · the legal office of the city or district"
"""Who may close a point: nobody who handles a case."""

POINTS: Final[dict[int, Point]] = {
    1: Point(
        "行政处罚法第四十一条第一款“法律、行政法规规定”是否从严理解",
        "whether APL 41(1) is read strictly",
        lambda p: p.basis_policy != "STRICT",
    ),
    2: Point("设备公布与启用之间的期限", "the time between publication and use of a device"),
    3: Point("“近三年”与罚款金额的口径", "“the last three years” and what a fine is in Annex 1"),
    4: Point(
        "陈述申辩期限、听证与集体讨论的数额标准、立案期限",
        "the period of defence, the thresholds of hearing and discussion, the period of filing",
        _has_thresholds,
    ),
    5: Point(
        "听证、公告、检测是否中止九十日", "whether hearing, public notice or tests stop the ninety days"
    ),
    6: Point("公告送达三十日还是六十日", "thirty or sixty days of public notice"),
    7: Point(
        "加处罚款：是否写入决定、是否先催告、从何日起算",
        "the surcharge: in the decision, after a demand, from which day",
        lambda p: any(item.surcharge_claimed for item in p.catalogue),
    ),
    8: Point(
        "初次违法的回溯期限与范围，不予处罚的线索是否计入",
        "the look-back of a first offence, and whether waived leads count",
        lambda p: bool(p.catalogue),
    ),
    9: Point(
        "连续、持续行为的分割标准",
        "how continuing acts are cut",
        lambda p: any(rules.merge.max_gap_minutes for rules in p.rulesets),
    ),
    10: Point(
        "非现场案件是否适用简易程序",
        "the summary procedure for off-site cases",
        lambda p: p.summary_for_offsite,
    ),
    11: Point("归档保管期限表", "the retention table of the agency"),
    12: Point(
        "电子送达确认书的形式与签署方式",
        "the form of the consent to electronic service, and how it is signed",
        lambda p: p.service.strategy != "ARRIVAL",
    ),
    13: Point("使用公安视频用于执法的依据", "the basis for using public-security video"),
    14: Point("逾期审核的证据是否排除", "whether evidence that was reviewed late is excluded"),
    15: Point("告知提示的用语与防诈骗提示", "the words of the notice-prompt, and the warning of fraud"),
}


def resting_on_open(profile: Any) -> Iterator[str]:
    """Each open point on which `profile` rests all the same."""
    closed = {point.n for point in profile.closed_points}
    for n, point in POINTS.items():
        if n not in closed and point.depends(profile):
            yield f"closed_points: point {n} ({point.en}) is open, and the profile rests on an answer to it"
