"""The columns of an inventory, and the headings under which offices write them.

A heading is compared without blanks, brackets, stars and capitals, and with traditional characters as simplified
ones. What stands in the brackets of a coordinate's heading is its datum.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from device_registry.domain.datum import Frame, frame_named


class Column(StrEnum):
    """What an inventory may say of a device. The names are those of the template, of `read=` and of the answer."""

    PLACE = "place"
    DEVICE_CODE = "device_code"
    OWN_NUMBER = "own_number"
    DISTRICT = "district"
    LONGITUDE = "longitude"
    LATITUDE = "latitude"
    COORDINATES = "coordinates"
    DATUM = "datum"
    DIRECTION = "direction"
    PLACE_TYPE = "place_type"
    KIND = "kind"
    FUNCTIONS = "functions"
    METROLOGY = "metrology"
    BASIS = "basis"
    BASIS_LEVEL = "basis_level"
    OWNER_TYPE = "owner_type"
    INSTALLER_TYPE = "installer_type"
    INSTALLER = "installer"
    FUNDING = "funding_source"
    REVENUE_LINK = "revenue_link"
    CONTRACT = "contract"
    OBLIGATION_BASIS = "obligation_basis"
    VERIFICATION_NO = "verification_no"
    VERIFIED_BY = "verified_by"
    VERIFIED_ON = "verified_on"
    VALID_UNTIL = "valid_until"
    VERIFICATION_RESULT = "verification_result"
    SIGN = "sign"
    PUBLISHED_ON = "published_on"
    PUBLICATION = "publication"
    IN_USE_SINCE = "in_use_since"
    VIOLATION_INDEX = "violation_index"
    REMARK = "remark"


NAMES: Final[dict[Column, tuple[str, ...]]] = {
    Column.PLACE: (
        "设置地点", "安装地点", "设备设置地点", "监控地点", "设置位置", "安装位置", "设置地址", "安装地址",
        "监控位置", "监控地址", "点位", "点位位置", "点位名称", "卡口名称", "地点", "地址", "位置",
        "具体位置", "详细地址", "路段", "路口", "设备位置", "监控点名称", "监控点位", "设备名称", "名称",
        "place", "address", "location", "site", "name", "c_name",
    ),
    Column.DEVICE_CODE: (
        "设备编号", "设备编码", "国标编码", "国标编号", "设备国标编码", "设备id", "设备代码", "摄像机编码",
        "device_code", "deviceid", "device_id", "code", "apeid",
    ),
    Column.OWN_NUMBER: (
        "自编号", "机关编号", "本机关编号", "单位自编号", "内部编号", "自编编号", "点位编号", "编号",
        "own_number", "agency_number", "i_id", "id", "no",
    ),
    Column.DISTRICT: (
        "行政区", "行政区划", "行政区划代码", "所属区", "所属区县", "区县", "区", "辖区", "所在区",
        "设置县市", "设置市区乡镇", "district", "division", "region", "regionname",
    ),
    Column.LONGITUDE: ("经度", "东经", "longitude", "lon", "lng", "long", "x坐标"),
    Column.LATITUDE: ("纬度", "北纬", "latitude", "lat", "y坐标"),
    Column.COORDINATES: (
        "经纬度", "坐标", "经纬度坐标", "地理坐标", "位置坐标", "gps", "gps坐标", "coordinates", "lonlat",
        "latlon",
    ),
    Column.DATUM: ("坐标系", "坐标系统", "坐标类型", "基准", "datum", "crs", "source_crs"),
    Column.DIRECTION: (
        "方向", "拍摄方向", "抓拍方向", "监控方向", "行驶方向", "车行方向", "朝向", "direction", "direct",
        "heading",
    ),
    Column.PLACE_TYPE: ("场所类型", "场所", "场所类别", "place_type"),
    Column.KIND: (
        "设备类型", "设备类别", "类型", "类别", "监控类别", "设备种类", "样式", "kind", "type",
        "device_kind",
    ),
    Column.FUNCTIONS: (
        "抓拍违法行为", "违法行为", "监控功能", "功能", "设备功能", "执法事项", "抓拍类型", "取缔项目",
        "违规取缔项目", "取缔违规项目", "违规项目", "抓拍功能", "采集违法行为", "违法类型", "用途",
        "functions", "function", "function_types", "violations",
    ),
    Column.METROLOGY: ("计量类别", "是否强检", "强制检定", "是否属于强制检定", "metrology"),
    Column.BASIS: ("设置依据", "法律依据", "依据", "执法依据", "处罚依据", "basis", "legal_basis"),
    Column.BASIS_LEVEL: ("依据层级", "依据级别", "法律位阶", "依据效力层级", "basis_level"),
    Column.OWNER_TYPE: (
        "所有人", "所有权", "产权单位", "产权", "权属", "设备所有人", "权属单位", "owner", "owner_type",
    ),
    Column.INSTALLER_TYPE: ("设置主体", "设置主体类型", "安装主体", "建设主体", "installer_type"),
    Column.INSTALLER: ("安装单位", "建设单位", "施工单位", "承建单位", "设置单位", "installer"),
    Column.FUNDING: (
        "资金来源", "出资方", "出资", "经费来源", "投资主体", "资金", "funding", "funding_source",
    ),
    Column.REVENUE_LINK: (
        "与罚款挂钩", "罚款关联", "收益关联", "利益分成", "分成", "是否分成", "罚款分成", "收益挂钩",
        "revenue_link",
    ),
    Column.CONTRACT: ("合同", "合同编号", "合同号", "建设合同", "contract", "contract_no"),
    Column.OBLIGATION_BASIS: ("义务依据", "设置义务依据", "法定义务依据", "obligation_basis"),
    Column.VERIFICATION_NO: (
        "检定证书编号", "检定证书号", "检定证书", "证书编号", "检定编号", "verification_no", "cert_no",
    ),
    Column.VERIFIED_BY: ("检定机构", "检定单位", "verified_by", "verification_issuer"),
    Column.VERIFIED_ON: ("检定日期", "检定时间", "verified_on"),
    Column.VALID_UNTIL: (
        "有效期至", "检定有效期", "检定有效期至", "有效期", "证书有效期", "有效期限", "检定到期日",
        "valid_until", "valid_to",
    ),
    Column.VERIFICATION_RESULT: ("检定结果", "检定结论", "检定是否合格", "verification_result"),
    Column.SIGN: (
        "标志", "标识", "警示标志", "是否设置标志", "标志设置", "提示标志", "有无标志", "sign", "signage",
    ),
    Column.PUBLISHED_ON: ("公布日期", "公示日期", "公告日期", "公布时间", "公示时间", "published_on"),
    Column.PUBLICATION: (
        "公布网址", "公示网址", "公告网址", "公布情况", "是否公布", "是否公示", "是否公告",
        "是否经公告并正常执法", "公示链接", "publication", "publication_url",
    ),
    Column.IN_USE_SINCE: (
        "启用日期", "启用时间", "投入使用日期", "投用日期", "使用日期", "建成日期", "in_use_since",
    ),
    Column.VIOLATION_INDEX: ("违法指数", "violation_index", "index"),
    Column.REMARK: ("备注", "说明", "附注", "remark", "remarks", "note", "notes"),
}  # fmt: skip
"""The headings of each column, the surest first."""

_TRADITIONAL: Final = str.maketrans(
    "設點經緯編號縣區違規項攝備註標檢證書據層級來資裝單類別係統準權屬業義務與罰掛鈎關聯說啟間時網結論開營體內機構繳費鄉鎮東門車監測轄國碼"
    "認種樣執處類屬產總統計園會廳點將絡圖實際歸責締並桿",
    "设点经纬编号县区违规项摄备注标检证书据层级来资装单类别系统准权属业义务与罚挂钩关联说启间时网结论开营体内机构缴费乡镇东门车监测辖国码"
    "认种样执处类属产总统计园会厅点将络图实际归责缔并杆",
)
_BRACKETS: Final = re.compile(r"[(\[【〔{].*?[)\]】〕}]")
_NO_SIGN: Final = re.compile(r"[\s*＊:：·.、,，/\\|'\"“”\-]+")
_LONGEST_HEADING: Final = 16
_ENDINGS: Final = ("设置地点", "安装地点", "设置位置", "安装位置", "监控地点", "安装地址", "设置地址")


@dataclass(frozen=True)
class Heading:
    """What a heading means: its column, how far down it stands among the column's names, and the datum it states."""

    column: Column
    rank: int
    frame: Frame | None = None


def simplified(text: str) -> str:
    """Traditional characters of headings and of our own words as simplified ones; a name is never changed by this."""
    return text.translate(_TRADITIONAL)


def plain(text: str) -> str:
    """A heading or one of our own words as it is compared."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return simplified(_NO_SIGN.sub("", _BRACKETS.sub("", folded)))


_BY_NAME: Final = {
    plain(name): Heading(column, rank) for column, names in NAMES.items() for rank, name in enumerate(names)
}


@lru_cache(maxsize=4_096)
def heading(text: str) -> Heading | None:
    """What the heading `text` means; None for one that we do not know."""
    if len(text) > 4 * _LONGEST_HEADING:
        return None
    name = plain(text)
    found = _BY_NAME.get(name)
    if found is None and len(name) <= _LONGEST_HEADING and name.endswith(_ENDINGS):
        found = Heading(Column.PLACE, len(NAMES[Column.PLACE]))
    if found is None:
        found = _stating_datum(text, name)
    elif found.column in (Column.LONGITUDE, Column.LATITUDE, Column.COORDINATES):
        found = Heading(found.column, found.rank, frame_named(text))
    return found


def _stating_datum(text: str, name: str) -> Heading | None:
    """`WGS84经度`, `gcj02_lng`: a heading of a coordinate with its datum beside it and not in brackets."""
    frame = frame_named(name)
    if frame is None:
        return None
    rest = re.sub(r"(wgs|gcj|bd|cgcs|twd)_?(84|02|09|2000|97)_?", "", name).strip("_") or text
    found = _BY_NAME.get(rest)
    return Heading(found.column, found.rank, frame) if found else None
