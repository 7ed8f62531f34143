"""The words and numbers that stand in the cells of an inventory, as the register writes them.

Only what a cell says is read. A word that is none of the known ones becomes UNKNOWN with a finding, never the nearest
word; the cell's own text is kept beside it.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from common.values.profile import BasisLevel
from device_registry.domain.columns import Column, plain, simplified
from device_registry.domain.device import (
    DeviceKind,
    Funding,
    InstallerType,
    Metrology,
    OwnerType,
    PlaceType,
    RevenueLink,
)

Cell = str | int | float | bool | None
"""A cell as the file holds it: a number only where a workbook holds a number. A day is its ISO text."""


class Claimed(StrEnum):
    """What a file says of a verification. It is a claim and no certificate: a certificate is recorded by itself."""

    PASS = "PASS"
    FAIL = "FAIL"
    EXPIRED = "EXPIRED"
    MISSING = "MISSING"


YES: Final = frozenset(
    {"是", "有", "已", "yes", "y", "true", "1", "已设置", "已公布", "已公示", "已公告", "设有"}
)
NO: Final = frozenset(
    {"否", "无", "未", "没有", "no", "n", "false", "0", "未设置", "未公布", "未公示", "未公告"}
)
FILLERS: Final = frozenset(
    {"null", "none", "nan", "n/a", "na", "#n/a", "--", "—", "——", "/", "不详", "未知", "待定"}
)

_AGENCIES: Final = (
    r"(局|支队|大队|中队|分局|总队|派出所|委员会|政府|办事处|管理处|管委会)$"
    r"|^(本机关|行政机关|机关|自建|自有|政府)$"
)
_ENTITIES: Final = r"公司|企业|集团|市场主体|运营商|社会资本"

_WORDS: Final[dict[Column, tuple[type[StrEnum], tuple[tuple[str, StrEnum], ...]]]] = {
    Column.PLACE_TYPE: (
        PlaceType,
        (
            # The private places stand first: a hotel's guest room is no business premises.
            (r"母婴|哺乳", PlaceType.MOTHER_BABY_ROOM),
            (r"客房", PlaceType.HOTEL_GUEST_ROOM),
            (r"包间|包厢|包房", PlaceType.PRIVATE_DINING_ROOM),
            (r"宿舍", PlaceType.PUBLIC_DORMITORY),
            (r"浴室|浴池|澡堂|洗浴", PlaceType.PUBLIC_BATHROOM),
            (r"更衣", PlaceType.CHANGING_ROOM),
            (r"试衣", PlaceType.FITTING_ROOM),
            (r"卫生间|厕所|洗手间|公厕", PlaceType.TOILET),
            (r"住宅内|居民家中|户内|住宅室内", PlaceType.PRIVATE_RESIDENCE_INTERIOR),
            (r"隐私", PlaceType.OTHER_PRIVACY_PLACE),
            (r"军事|涉密", PlaceType.MILITARY_OR_SECRET_VICINITY),
            (r"^(道路|城市道路|公路|路口|路段|街道|人行道|高速公路|国道|省道|县道)$", PlaceType.ROAD),
            (r"^(公共场所|广场|公园|公共区域|绿地)$", PlaceType.PUBLIC_SPACE),
            (r"^(工地|建筑工地|施工工地|施工现场)$", PlaceType.CONSTRUCTION_SITE),
            (r"^(经营场所|商铺|店铺|市场|农贸市场)$", PlaceType.BUSINESS_PREMISES),
            (r"^(水域|河道|航道|河流|湖泊)$", PlaceType.WATERWAY),
        ),
    ),
    Column.KIND: (
        DeviceKind,
        (
            (r"^固定式?(摄像机|监控|设备|电子监控|杆)?$", DeviceKind.FIXED_CAMERA),
            (r"^(卡口设备|卡口|电子警察)$", DeviceKind.FIXED_CAMERA),
            (r"^(移动式?|车载(设备|监控|取证)?|移动执法车|移动车载)$", DeviceKind.MOBILE_VEHICLE),
            (r"^(无人机|无人驾驶航空器|uav)$", DeviceKind.UAV),
            (r"^(传感器|称重设备|噪声监测|监测仪)$", DeviceKind.SENSOR),
            (r"^(企业自建|被监管对象设备|当事人设备)$", DeviceKind.REGULATED_PARTY_DEVICE),
            (r"^(共享|共享摄像机|共享设备|共用)$", DeviceKind.SHARED_CAMERA),
        ),
    ),
    Column.METROLOGY: (
        Metrology,
        (
            (r"^(强制检定|强检|强制|需检定|应检定)$", Metrology.MANDATORY),
            (r"^(无检定规程|无规程|校准)$", Metrology.NO_REGULATION),
            (r"^(不测量|非计量|非强检|不需检定|无需检定|不属于)$", Metrology.NONE),
        ),
    ),
    Column.BASIS_LEVEL: (
        BasisLevel,
        (
            (r"^(法律)$", BasisLevel.LAW),
            (r"^(行政法规|国务院行政法规)$", BasisLevel.ADMIN_REGULATION),
            (r"^(地方性法规|地方法规|自治条例|单行条例)$", BasisLevel.LOCAL_REGULATION),
            (r"^(部门规章|部委规章)$", BasisLevel.DEPARTMENT_RULE),
            (r"^(地方政府规章|政府规章|地方规章)$", BasisLevel.LOCAL_GOV_RULE),
            (r"^(规范性文件|文件|通知)$", BasisLevel.NORMATIVE_DOCUMENT),
            (r"^(无依据|无)$", BasisLevel.NONE),
        ),
    ),
    Column.OWNER_TYPE: (
        OwnerType,
        (
            (r"当事人|被监管|业主|企业自有|建设单位自有", OwnerType.REGULATED_PARTY),
            (r"^(其他机关|其他行政机关|外单位|公安机关)$", OwnerType.OTHER_AGENCY),
            (r"^(本机关|本单位|行政机关|机关|自有|国有|政府)$", OwnerType.AGENCY),
        ),
    ),
    Column.INSTALLER_TYPE: (
        InstallerType,
        (
            (_ENTITIES, InstallerType.MARKET_ENTITY),
            (r"当事人|被监管|业主", InstallerType.REGULATED_PARTY),
            (_AGENCIES, InstallerType.AGENCY),
        ),
    ),
    Column.FUNDING: (
        Funding,
        (
            (r"共同|分担|共担", Funding.SHARED_WITH_PARTY),
            (_ENTITIES + r"|^ppp$", Funding.MARKET_ENTITY),
            (r"当事人|被监管|业主|自筹", Funding.PARTY),
            (r"^(财政.*|国家财政|市财政|区财政|政府投资|政府出资|政府采购)$", Funding.FISCAL),
        ),
    ),
    Column.REVENUE_LINK: (
        RevenueLink,
        (
            (r"^(无|没有|否|不挂钩|不关联|无关联|无分成|不分成)$", RevenueLink.NONE),
            (r"分担", RevenueLink.SHARE_BEARING),
            (r"间接", RevenueLink.INDIRECT),
            (r"直接|按比例|分成|提成", RevenueLink.DIRECT),
        ),
    ),
    Column.VERIFICATION_RESULT: (
        Claimed,
        (
            # 不合格 holds 合格: what failed is asked first.
            (r"不合格|不通过|未通过|fail", Claimed.FAIL),
            (r"失效|超期|过期|逾期", Claimed.EXPIRED),
            (r"未检定|未检|没有检定|未送检", Claimed.MISSING),
            (r"^(合格|通过|检定合格|准予使用|pass(ed)?)$", Claimed.PASS),
        ),
    ),
}  # fmt: skip

CODED: Final = frozenset(_WORDS)
"""The columns whose cells are one of a list of words."""

_COMPILED: Final = {
    column: tuple((re.compile(pattern), member) for pattern, member in words)
    for column, (_, words) in _WORDS.items()
}


def coded(column: Column, text: str) -> str | None:
    """The code of the word in a cell of `column`; None where it is no word that we know."""
    members, _ = _WORDS[column]
    if (upper := text.upper()) in members.__members__ and upper != "UNKNOWN":
        return upper
    folded = simplified(unicodedata.normalize("NFKC", text).lower().replace(" ", ""))
    if column is Column.METROLOGY and (folded in YES or folded in NO):
        return Metrology.MANDATORY if folded in YES else Metrology.NONE
    return next((member.value for pattern, member in _COMPILED[column] if pattern.search(folded)), None)


def accepted(column: Column) -> list[str]:
    """The codes that a cell of `column` may hold."""
    return [name for name in _WORDS[column][0].__members__ if name != "UNKNOWN"]


def yes_or_no(text: str) -> str | None:
    """YES, NO, or None for anything else."""
    folded = plain(text)
    return "YES" if folded in YES else "NO" if folded in NO else None


_DAY: Final = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T].*)?")
_DAY_OF_DIGITS: Final = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)")
_EPOCH: Final = date(1899, 12, 30)
_SERIALS: Final = range(20_000, 80_000)


def day_of(cell: Cell) -> date | None:
    """The day in a cell: 2026-01-31, 2026/1/31, 2026年1月31日, 20260131, or the number of a spreadsheet's day."""
    if isinstance(cell, int | float) and not isinstance(cell, bool) and int(cell) in _SERIALS:
        return _EPOCH + timedelta(days=int(cell))
    text = unicodedata.normalize("NFKC", text_of(cell))
    found = _DAY.fullmatch(text) or _DAY_OF_DIGITS.fullmatch(text)
    try:
        return date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        return None


_DEGREES: Final = re.compile(r"[+-]?\d{1,3}(?:\.\d{1,18})?")
_PARTS: Final = re.compile(
    r"[东西南北EWSN经纬度:：\s]*(\d{1,3})\s*[°度º]\s*(?:(\d{1,2}(?:\.\d+)?)\s*['′’分])?\s*"
    r"(?:(\d{1,2}(?:\.\d+)?)\s*(?:[\"″”秒]|''|′′)?)?\s*[EWSN东西南北]?",
    re.IGNORECASE,
)


def degrees(text: str) -> Decimal | None:
    """Degrees with six decimals, from a number or from degrees, minutes and seconds; None for anything else."""
    # NFKC turns ″ into ′′, so the signs of minutes and seconds are read before anything is folded.
    folded = text.strip().translate(_WIDE_DIGITS)
    if _DEGREES.fullmatch(folded):
        return Decimal(folded).quantize(Decimal("0.000001"))
    found = _PARTS.fullmatch(folded)
    if found is None:
        return None
    whole, minutes, seconds = (Decimal(part) if part else Decimal(0) for part in found.groups())
    if minutes >= 60 or seconds >= 60:
        return None
    return (whole + minutes / 60 + seconds / 3600).quantize(Decimal("0.000001"))


_WIDE_DIGITS: Final = {ord("０") + n: str(n) for n in range(10)} | {ord("．"): ".", ord("－"): "-"}
_BETWEEN: Final = re.compile(
    r"(?<=[\dEWNS°′″'\"”秒分度])\s*[,，;；/、|\s]\s*(?=[\d东西南北EWNS经纬+-])", re.IGNORECASE
)


def two_of(text: str) -> tuple[str, str] | None:
    """The two halves of a cell that holds a pair of coordinates, in the cell's order."""
    halves = [half for half in _BETWEEN.split(text.strip().strip("()（）[]")) if half.strip()]
    return (halves[0], halves[1]) if len(halves) == 2 else None


def text_of(cell: Cell) -> str:
    """A cell as text, without the blanks around it: a whole number of a workbook without its `.0`."""
    if isinstance(cell, str):  # almost every cell
        return cell.strip()
    match cell:
        case None:
            return ""
        case bool():
            return "是" if cell else "否"
        case float() if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
    return str(cell)
