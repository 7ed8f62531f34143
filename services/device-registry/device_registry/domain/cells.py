"""The cells of an inventory's row: the names that a column may have, and the values that a cell may have.

Nothing is guessed: digits that a spreadsheet rounded, full-width digits, swapped coordinates and formulas are
refused, because a register that repaired them would certify something nobody wrote. Every refusal says in which
row and column, and the accepted values.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from enum import StrEnum

from common.values.characters import radicals_in
from common.values.errors import Facts, InputError
from common.values.profile import Profile
from device_registry.domain.device import PlaceType

MAX_PLACE = 200
MAX_INDEX = 10**9
FILLER = Decimal("-999")

# Beyond this box a coordinate is not China's: then the row is wrong, and not merely of another city.
_CHINA = {"longitude": (Decimal(73), Decimal(136)), "latitude": (Decimal(3), Decimal(54))}


class Column(StrEnum):
    PLACE = "place"
    DISTRICT = "district"
    LONGITUDE = "longitude"
    LATITUDE = "latitude"
    VIOLATION_INDEX = "violation_index"
    DEVICE_CODE = "device_code"
    PLACE_TYPE = "place_type"


REQUIRED = (Column.PLACE, Column.LONGITUDE, Column.LATITUDE)

NAMES: dict[Column, tuple[str, ...]] = {
    Column.PLACE: ("设置地点", "地点", "安装地点", "place", "location", "address"),
    Column.DISTRICT: ("行政区", "行政区划", "区", "district", "division"),
    Column.LONGITUDE: ("经度(wgs84)", "经度", "longitude", "lon", "lng"),
    Column.LATITUDE: ("纬度(wgs84)", "纬度", "latitude", "lat"),
    Column.VIOLATION_INDEX: ("违法指数", "violation_index", "index"),
    Column.DEVICE_CODE: ("设备编号", "设备编码", "device_code", "code"),
    Column.PLACE_TYPE: ("场所类型", "place_type"),
}


class Cells:
    """Reads the cells of one row and collects the fault of each."""

    def __init__(self, number: int, cells: dict[Column, str]) -> None:
        self._number = number
        self._cells = cells
        self.errors: list[InputError] = []

    def _wrong(self, column: Column, code: str, facts: Facts | None = None, *, wording: str = "") -> None:
        self.errors.append(InputError(f"{self._number}/{column}", code, facts or {}, wording))

    def place(self) -> str:
        text = self._cells[Column.PLACE]
        if not text:
            self._wrong(Column.PLACE, "IMP_PLACE_EMPTY", {"most": MAX_PLACE})
        elif len(text) > MAX_PLACE:
            self._wrong(Column.PLACE, "IMP_TOO_LONG", {"most": MAX_PLACE})
        elif text[0] in "=+-@＝＋＠":
            self._wrong(Column.PLACE, "IMP_FORMULA")
        elif not any(c.isalnum() for c in text):
            self._wrong(Column.PLACE, "IMP_PLACE_EMPTY", wording="nameless")
        for radical in radicals_in(text)[:1]:
            facts = {"position": radical.position, "code_point": radical.code_point}
            if radical.instead is None:
                self._wrong(Column.PLACE, "IMP_RADICAL", facts, wording="alone")
            else:
                self._wrong(Column.PLACE, "IMP_RADICAL", facts | {"instead": radical.instead})
        return unicodedata.normalize("NFC", text)

    def district(self, profile: Profile) -> tuple[str | None, str | None]:
        """The district as written and its division code; None for an empty cell, which an import may leave."""
        text = self._cells.get(Column.DISTRICT, "")
        if not text:
            return None, None
        division = profile.division(text)
        if division is None:
            known = "、".join(d.name for d in profile.admin_divisions)
            self._wrong(Column.DISTRICT, "IMP_DISTRICT_UNKNOWN", {"known": known})
            return None, None
        return division.name, division.code

    def coordinates(self) -> tuple[Decimal | None, Decimal | None]:
        """WGS-84 degrees with six decimals; (None, None) where the file says that they are unknown."""
        texts = {column: self._cells[column] for column in (Column.LONGITUDE, Column.LATITUDE)}
        numbers = {column: self._number_of(column, text) for column, text in texts.items()}
        longitude, latitude = numbers[Column.LONGITUDE], numbers[Column.LATITUDE]
        if longitude is None or latitude is None:
            return None, None
        unknown = [column for column, value in numbers.items() if value == FILLER]
        if len(unknown) == 1:
            self._wrong(unknown[0], "IMP_LOCATION_HALF")
        if unknown:
            return None, None
        if self._swapped(longitude, latitude):
            self._wrong(Column.LONGITUDE, "IMP_SWAPPED")
            return None, None
        for column, value in numbers.items():
            low, high = _CHINA[column]
            if value is not None and not low <= value <= high:
                self._wrong(column, "IMP_OUT_OF_RANGE", {"column": column, "low": low, "high": high})
        return longitude, latitude

    def _number_of(self, column: Column, text: str) -> Decimal | None:
        """The number in a cell; an empty one is the filler, None is a cell that was refused."""
        if not text:
            return FILLER
        if not text.isascii() and unicodedata.normalize("NFKC", text).isascii():
            self._wrong(column, "IMP_FULL_WIDTH")
            return None
        if re.fullmatch(r"-?\d+(\.\d+)?[eE][+-]?\d+", text):
            self._wrong(column, "IMP_MANGLED", wording="coordinate")
            return None
        if not re.fullmatch(r"-?\d{1,3}(\.\d{1,15})?", text, re.ASCII):
            self._wrong(column, "IMP_NOT_A_NUMBER")
            return None
        return Decimal(text).quantize(Decimal("0.000001"))

    def _swapped(self, longitude: Decimal, latitude: Decimal) -> bool:
        (west, east), (south, north) = _CHINA[Column.LONGITUDE], _CHINA[Column.LATITUDE]
        return not west <= longitude <= east and south <= longitude <= north and west <= latitude <= east

    def violation_index(self) -> int | None:
        text = self._cells.get(Column.VIOLATION_INDEX, "")
        if not text:
            return None
        if not re.fullmatch(r"\d{1,12}", text, re.ASCII) or int(text) > MAX_INDEX:
            self._wrong(Column.VIOLATION_INDEX, "IMP_INDEX", {"most": MAX_INDEX})
            return None
        return int(text)

    def device_code(self) -> str | None:
        text = self._cells.get(Column.DEVICE_CODE, "")
        if not text:
            return None
        if re.fullmatch(r"\d(\.\d+)?[eE]\+?\d+", text):
            self._wrong(Column.DEVICE_CODE, "IMP_MANGLED")
        elif not re.fullmatch(r"\d{20}", text, re.ASCII):
            self._wrong(Column.DEVICE_CODE, "IMP_DEVICE_CODE")
        else:
            return text
        return None

    def place_type(self) -> PlaceType:
        text = self._cells.get(Column.PLACE_TYPE, "")
        if text and text not in PlaceType.__members__:
            accepted = ", ".join(PlaceType.__members__)
            self._wrong(Column.PLACE_TYPE, "IMP_PLACE_TYPE", {"accepted": accepted})
            return PlaceType.UNKNOWN
        return PlaceType(text) if text else PlaceType.UNKNOWN
