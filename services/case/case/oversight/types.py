"""The nine types of oversight item, each in words, with the provisions that it rests on and the fact that opens it.

Only the types with a rule (`rules`) are opened by now. The supervision as such rests on APL 75 and AES 6.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from case.domain.oversight import ItemType


@dataclass(frozen=True)
class About:
    """One type: its name in Chinese and English, the provisions, and the fact that opens an item of it."""

    zh: str
    en: str
    law: str
    opened_by: str


TYPES: Final[dict[ItemType, About]] = {
    ItemType.OV_1: About(
        "电子技术监控设备未按规定设置",
        "device not set up as prescribed",
        "NJ 22(1); APL 41(1); AES 11(2)",
        "`device.suspended` without `by_agency`: a device in use failed a condition when it was checked again",
    ),
    ItemType.OV_2: About(
        "经催促仍不进行比对或者协助比对,影响执法",
        "comparison or assistance withheld after urging",
        "NJ 22(2), 18(1); APL 26; AES 11(2)",
        "`exchange.escalated`, `item_type` OV-2",
    ),
    ItemType.OV_3: About(
        "经催促仍不移送采集的数据,造成严重后果",
        "transfer withheld after urging, with a serious result",
        "NJ 22(3), 19; AES 11(2)",
        "`exchange.escalated`, `item_type` OV-3",
    ),
    ItemType.OV_4: About(
        "未对采集、获取的数据采取必要的保密措施",
        "collected or received data not kept confidential",
        "NJ 22(4), 17; GDS 27(1), 29(2)",
        "`use.disposal_missed`, `case.unmasking.outlier`, `evidence.unmasking.outlier`; later: a leak",
    ),
    ItemType.OV_5: About(
        "未按规定对设备记录内容进行审核",
        "recorded content not reviewed as prescribed",
        "NJ 22(5); APL 41(2); AES 11(2)",
        "a sample that shows an acceptance without a lawful review",
    ),
    ItemType.OV_6: About(
        "超过规定期限",
        "a period of the procedure has passed",
        "GDS 17(2), (3); NJ 15; APL 60, 61; ARL 32, 48; AES 11(2)",
        "`catalogue.change_overdue`, `catalogue.review_overdue`, `case.prompt.overdue`, `case.remedy.overdue`,"
        " `case.enforcement.lapsed`, `case.invalidation.overdue`, `case.publication.overdue`;"
        " `case.deadline.missed`",
    ),
    ItemType.OV_7: About(
        "试图绕过告知、听证或者不得加重的规定",
        "attempt to bypass notice, hearing or the ban on a heavier penalty",
        "APL 44, 45(2), 63; AES 11(2)",
        "a decision that the guards refused",
    ),
    ItemType.OV_8: About(
        "清理整治或者年度报告逾期",
        "clean-up or yearly report overdue",
        "PJ §3; 国发〔2024〕5号",
        "`cleanup_report.overdue`, `annual_report.overdue`: a report that is missing on its day",
    ),
    ItemType.OV_9: About(
        "罚款与考核、返还挂钩",
        "fines linked to performance or paid back",
        "APL 74; AES 11(2)",
        "a finding of the yearly analysis",
    ),
}

NOTICE: Final = (
    "本事项及相关统计仅作提示;责任由有权机关依法认定,本系统的任何结果都不构成对人员的处理。"
    " Items and statistics only flag. The competent organ decides on responsibility; no result here punishes anybody"
    " (AES 32, 33(1))."
)
"""Every view of an item says so, and the page that shows it prints it."""
