"""What coordinates rest on, and how they become WGS-84.

    GCJ-02  the obfuscated datum of every map that is published in China, 300 to 700 m away from WGS-84
    BD-09   GCJ-02 obfuscated once more, by Baidu's maps
    CGCS2000, TWD97  equal to WGS-84 within a metre: the sixth decimal stands for 0.1 m, a site for several metres

A file that does not say its datum is not converted: its coordinates are kept, and a finding keeps the device out of
publication (NJ 10).
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from enum import StrEnum
from typing import Final

_A: Final = 6378245.0
_EE: Final = 0.00669342162296594323
_X_PI: Final = math.pi * 3000.0 / 180.0
_ROUNDS: Final = 8
SIX_PLACES: Final = Decimal("0.000001")


class Frame(StrEnum):
    """The datums that a file may state."""

    WGS84 = "WGS84"
    CGCS2000 = "CGCS2000"
    GCJ02 = "GCJ02"
    BD09 = "BD09"
    TWD97 = "TWD97"


_SPELLED: Final = (
    (Frame.WGS84, re.compile(r"wgs[\s_-]*(19)?84|epsg:?4326|gps坐标系|世界大地")),
    (Frame.CGCS2000, re.compile(r"cgcs[\s_-]*2000|国家2000|2000国家|epsg:?4490")),
    (Frame.GCJ02, re.compile(r"gcj[\s_-]*0?2|火星|高德|腾讯|国测局")),
    (Frame.BD09, re.compile(r"bd[\s_-]*0?9|百度")),
    (Frame.TWD97, re.compile(r"twd[\s_-]*97")),
)


def frame_named(text: str) -> Frame | None:
    """The datum that `text` names; None if it names none."""
    lowered = text.lower()
    return next((frame for frame, spelling in _SPELLED if spelling.search(lowered)), None)


def to_wgs84(longitude: Decimal, latitude: Decimal, frame: Frame) -> tuple[Decimal, Decimal]:
    """The point in WGS-84 degrees with six decimals; the way back from GCJ-02 is exact to about 0.1 m."""
    if frame in (Frame.WGS84, Frame.CGCS2000, Frame.TWD97):
        return longitude.quantize(SIX_PLACES), latitude.quantize(SIX_PLACES)
    x, y = float(longitude), float(latitude)
    if frame is Frame.BD09:
        x, y = _bd09_to_gcj02(x, y)
    x, y = _gcj02_to_wgs84(x, y)
    return Decimal(repr(x)).quantize(SIX_PLACES), Decimal(repr(y)).quantize(SIX_PLACES)


def _bd09_to_gcj02(longitude: float, latitude: float) -> tuple[float, float]:
    x, y = longitude - 0.0065, latitude - 0.006
    z = math.sqrt(x * x + y * y) - 0.00002 * math.sin(y * _X_PI)
    theta = math.atan2(y, x) - 0.000003 * math.cos(x * _X_PI)
    return z * math.cos(theta), z * math.sin(theta)


def _gcj02_to_wgs84(longitude: float, latitude: float) -> tuple[float, float]:
    """The offset is known for the WGS-84 point alone, so the point is approached until its image is the given one."""
    x, y = longitude, latitude
    for _ in range(_ROUNDS):
        dx, dy = _offset(x, y)
        x, y = longitude - dx, latitude - dy
    return x, y


def wgs84_to_gcj02(longitude: float, latitude: float) -> tuple[float, float]:
    """The image of a WGS-84 point in GCJ-02, in degrees."""
    dx, dy = _offset(longitude, latitude)
    return longitude + dx, latitude + dy


def _offset(longitude: float, latitude: float) -> tuple[float, float]:
    x, y, pi = longitude - 105.0, latitude - 35.0, math.pi
    waves = (20.0 * math.sin(6.0 * x * pi) + 20.0 * math.sin(2.0 * x * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + waves
    north += (20.0 * math.sin(y * pi) + 40.0 * math.sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * math.sin(y / 12.0 * pi) + 320.0 * math.sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + waves
    east += (20.0 * math.sin(x * pi) + 40.0 * math.sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * math.sin(x / 12.0 * pi) + 300.0 * math.sin(x / 30.0 * pi)) * 2.0 / 3.0
    phi = latitude / 180.0 * pi
    magic = 1 - _EE * math.sin(phi) ** 2
    dy = north * 180.0 / ((_A * (1 - _EE)) / (magic * math.sqrt(magic)) * pi)
    dx = east * 180.0 / (_A / math.sqrt(magic) * math.cos(phi) * pi)
    return dx, dy
