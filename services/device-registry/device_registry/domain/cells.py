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
from common.values.errors import InputError
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

    def _wrong(self, column: Column, code: str, message: str) -> None:
        self.errors.append(InputError(f"{self._number}/{column}", code, message))

    def place(self) -> str:
        text = self._cells[Column.PLACE]
        if not text:
            self._wrong(
                Column.PLACE,
                "IMP_PLACE_EMPTY",
                f"Say where the device stands, in up to {MAX_PLACE} characters.",
            )
        elif len(text) > MAX_PLACE:
            self._wrong(Column.PLACE, "IMP_TOO_LONG", f"A place has up to {MAX_PLACE} characters.")
        elif text[0] in "=+-@＝＋＠":
            self._wrong(
                Column.PLACE,
                "IMP_FORMULA",
                "The cell is a formula; write the place as plain text.",
            )
        elif not any(c.isalnum() for c in text):
            self._wrong(
                Column.PLACE, "IMP_PLACE_EMPTY", "A place names something: letters or characters are needed."
            )
        for radical in radicals_in(text)[:1]:
            instead = f"write {radical.instead}" if radical.instead else "type the place anew"
            why = f"Character {radical.position} is the radical {radical.code_point}; {instead}."
            self._wrong(Column.PLACE, "IMP_RADICAL", why)
        return unicodedata.normalize("NFC", text)

    def district(self, profile: Profile) -> tuple[str | None, str | None]:
        """The district as written and its division code; None for an empty cell, which an import may leave."""
        text = self._cells.get(Column.DISTRICT, "")
        if not text:
            return None, None
        division = profile.division(text)
        if division is None:
            known = "、".join(d.name for d in profile.admin_divisions)
            self._wrong(
                Column.DISTRICT, "IMP_DISTRICT_UNKNOWN", f"Leave the cell empty or name one of {known}."
            )
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
            self._wrong(
                unknown[0], "IMP_LOCATION_HALF", "Give both coordinates, or leave both empty or -999."
            )
        if unknown:
            return None, None
        if self._swapped(longitude, latitude):
            self._wrong(
                Column.LONGITUDE, "IMP_SWAPPED", "Longitude (73 to 136) and latitude (3 to 54) look swapped."
            )
            return None, None
        for column, value in numbers.items():
            low, high = _CHINA[column]
            if value is not None and not low <= value <= high:
                message = f"A {column} lies between {low} and {high} degrees (WGS-84), or is empty or -999."
                self._wrong(column, "IMP_OUT_OF_RANGE", message)
        return longitude, latitude

    def _number_of(self, column: Column, text: str) -> Decimal | None:
        """The number in a cell; an empty one is the filler, None is a cell that was refused."""
        if not text:
            return FILLER
        if not text.isascii() and unicodedata.normalize("NFKC", text).isascii():
            self._wrong(
                column, "IMP_FULL_WIDTH", "The cell holds full-width digits; write 0 to 9 and a point."
            )
            return None
        if re.fullmatch(r"-?\d+(\.\d+)?[eE][+-]?\d+", text):
            self._wrong(
                column,
                "IMP_MANGLED",
                "A spreadsheet rounded it; write all digits, such as 121.473701.",
            )
            return None
        if not re.fullmatch(r"-?\d{1,3}(\.\d{1,15})?", text, re.ASCII):
            self._wrong(
                column,
                "IMP_NOT_A_NUMBER",
                "Write degrees such as 121.473701, or leave it empty.",
            )
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
            message = (
                f"A violation index is a whole number from 0 to {MAX_INDEX}, in digits 0 to 9, or empty."
            )
            self._wrong(Column.VIOLATION_INDEX, "IMP_INDEX", message)
            return None
        return int(text)

    def device_code(self) -> str | None:
        text = self._cells.get(Column.DEVICE_CODE, "")
        if not text:
            return None
        if re.fullmatch(r"\d(\.\d+)?[eE]\+?\d+", text):
            message = "A spreadsheet rounded the code and lost its last digits; format the column as text, 20 digits."
            self._wrong(Column.DEVICE_CODE, "IMP_MANGLED", message)
        elif not re.fullmatch(r"\d{20}", text, re.ASCII):
            self._wrong(
                Column.DEVICE_CODE, "IMP_DEVICE_CODE", "A device code is 20 digits 0 to 9, as text, or empty."
            )
        else:
            return text
        return None

    def place_type(self) -> PlaceType:
        text = self._cells.get(Column.PLACE_TYPE, "")
        if text and text not in PlaceType.__members__:
            accepted = ", ".join(PlaceType.__members__)
            self._wrong(Column.PLACE_TYPE, "IMP_PLACE_TYPE", f"A place type is empty or one of {accepted}.")
            return PlaceType.UNKNOWN
        return PlaceType(text) if text else PlaceType.UNKNOWN
