"""One row of an inventory: its cells become claims, and what is wrong with them is said cell by cell.

    cells by column ─▶ claims (column → text in one form), cleared columns, findings     or the errors of a refused row

A row is refused only for what nobody could correct afterwards: a device without a place, a code that a spreadsheet
rounded, a point that is not in China. Everything else that cannot be read is left open, and a finding says so: a
register that guessed it would certify what nobody wrote.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from common.values.characters import radicals_in
from common.values.errors import Facts, InputError
from common.values.profile import Profile
from device_registry.domain import values
from device_registry.domain.columns import Column
from device_registry.domain.datum import Frame, frame_named, to_wgs84
from device_registry.domain.device import Datum
from device_registry.domain.values import Cell, text_of

MAX_PLACE: Final = 200
MAX_TEXT: Final = 500
MAX_INDEX: Final = 10**9
CLEARS: Final = "-"
"""A cell that holds only this clears what an earlier import wrote; an empty cell changes nothing."""

_CHINA: Final = {
    Column.LONGITUDE: (Decimal(73), Decimal(136)),
    Column.LATITUDE: (Decimal(3), Decimal(54)),
}
"""The box of China. A point outside of it is wrong, and not merely another city's."""

_FREE: Final = (
    Column.DIRECTION, Column.FUNCTIONS, Column.BASIS, Column.INSTALLER, Column.CONTRACT, Column.OBLIGATION_BASIS,
    Column.VERIFICATION_NO, Column.VERIFIED_BY, Column.PUBLICATION, Column.REMARK,
)  # fmt: skip
_DAYS: Final = (Column.VERIFIED_ON, Column.VALID_UNTIL, Column.PUBLISHED_ON, Column.IN_USE_SINCE)

Claims = Mapping[Column, str]
"""What a file says of a device, by column, each text in the one form in which the register compares it."""


@dataclass(frozen=True)
class InventoryRow:
    """A row that can be imported: what it claims, what it clears, and what is left open or was put right in it.

    `sheet` is None for a file of one table. `number` is the row's number, as a spreadsheet shows it.
    """

    sheet: str | None
    number: int
    claims: Claims
    cleared: frozenset[Column] = frozenset()
    notes: tuple[InputError, ...] = ()

    @property
    def code(self) -> str | None:
        return self.claims.get(Column.DEVICE_CODE)


@dataclass(frozen=True)
class RefusedRow:
    sheet: str | None
    number: int
    errors: tuple[InputError, ...]


@dataclass(frozen=True)
class Manner:
    """How the rows of one table are read: the city, and the datum that its caller or its headings state."""

    profile: Profile
    frame: Frame | None = None
    are_codes_rounded: bool = False


def read_row(
    sheet: str | None, number: int, cells: Mapping[Column, Cell], manner: Manner
) -> InventoryRow | RefusedRow:
    """The row that these cells make, or every fault of it at once."""
    reader = _Reader(number, cells, manner)
    reader.read()
    if reader.errors:
        return RefusedRow(sheet, number, tuple(reader.errors))
    return InventoryRow(sheet, number, reader.claims, frozenset(reader.cleared), tuple(reader.notes))


@dataclass
class _Reader:
    number: int
    cells: Mapping[Column, Cell]
    manner: Manner
    claims: dict[Column, str] = field(default_factory=dict)
    cleared: set[Column] = field(default_factory=set)
    errors: list[InputError] = field(default_factory=list)
    notes: list[InputError] = field(default_factory=list)

    def read(self) -> None:
        texts = {column: self._text(column, cell) for column, cell in self.cells.items()}
        self._place(texts.get(Column.PLACE, ""))
        self._point(texts)
        for column, text in texts.items():
            read = _READERS.get(column)
            if read is None:
                continue
            if text == CLEARS:
                self.cleared.add(column)
            elif text and text.lower() not in values.FILLERS:
                read(self, column, text)

    def _wrong(self, column: Column, code: str, facts: Facts | None = None, *, wording: str = "") -> None:
        self.errors.append(InputError(f"{self.number}/{column}", code, facts or {}, wording))

    def _note(self, column: Column, code: str, facts: Facts | None = None, *, wording: str = "") -> None:
        self.notes.append(InputError(f"{self.number}/{column}", code, facts or {}, wording))

    def _text(self, column: Column, cell: Cell) -> str:
        text = _one_line(text_of(cell))
        if text[:1] == "'" and text[1:2] in _SIGNS:
            text = text[
                1:
            ]  # the apostrophe that we, and spreadsheets, put before what would run as a formula
        if not text.isprintable() and any(unicodedata.category(c) in ("Cc", "Cs") for c in text):
            lost = any("\ud800" <= c <= "\udfff" for c in text)
            self._wrong(column, "IMP_ENCODING" if lost else "IMP_CONTROL_CHARACTER")
            return ""
        if "\ufffd" in text or _HALF_ESCAPED.search(text):
            self._wrong(column, "IMP_ENCODING", wording="lost")
            return ""
        return text

    def _place(self, text: str) -> None:
        column = Column.PLACE
        if any(error.pointer == f"{self.number}/{column}" for error in self.errors):
            return
        if not text or text == CLEARS or text.lower() in values.FILLERS:
            self._wrong(column, "IMP_PLACE_EMPTY", {"most": MAX_PLACE})
        elif len(text) > MAX_PLACE:
            self._wrong(column, "IMP_TOO_LONG", {"most": MAX_PLACE})
        elif text[0] in "=+-@＝＋＠":
            self._wrong(column, "IMP_FORMULA")
        elif not any(c.isalnum() for c in text):
            self._wrong(column, "IMP_PLACE_EMPTY", wording="nameless")
        for radical in radicals_in(text)[:1]:
            facts = {"position": radical.position, "code_point": radical.code_point}
            if radical.instead is None:
                self._wrong(column, "IMP_RADICAL", facts, wording="alone")
            else:
                self._wrong(column, "IMP_RADICAL", facts | {"instead": radical.instead})
        self.claims[column] = unicodedata.normalize("NFC", text)

    def _point(self, texts: Mapping[Column, str]) -> None:
        """The coordinates, in two cells or in one, swapped or not, as WGS-84 if their datum is stated."""
        halves = {column: texts.get(column, "") for column in _CHINA}
        where = Column.LONGITUDE
        if not any(halves.values()) and (pair := texts.get(Column.COORDINATES, "")):
            where = Column.COORDINATES
            if pair == CLEARS or pair.lower() in values.FILLERS:
                halves = dict.fromkeys(_CHINA, pair)
            elif (found := values.two_of(pair)) is None:
                self._wrong(where, "IMP_NOT_A_NUMBER", wording="pair")
                return
            else:
                halves = dict(zip(_CHINA, found, strict=True))
        if set(halves.values()) == {CLEARS}:
            self.cleared |= {*_CHINA, Column.COORDINATES, Column.DATUM}
            return
        numbers = {column: self._degrees(where, column, text) for column, text in halves.items()}
        if any(error.code in _OF_NUMBERS for error in self.errors):
            return
        known = {column: number for column, number in numbers.items() if number is not None}
        if len(known) == 1:
            missing = next(column for column in _CHINA if column not in known)
            self._wrong(missing, "IMP_LOCATION_HALF")
        elif known:
            self._locate(where, known[Column.LONGITUDE], known[Column.LATITUDE], texts.get(Column.DATUM, ""))

    def _degrees(self, where: Column, column: Column, text: str) -> Decimal | None:
        if not text or text.lower() in values.FILLERS or _FILLER.fullmatch(text):
            return None
        where = where if where is Column.COORDINATES else column
        if _SCIENTIFIC.fullmatch(text):
            self._wrong(where, "IMP_MANGLED", wording="coordinate")
            return None
        number = values.degrees(text)
        if number is None:
            self._wrong(where, "IMP_NOT_A_NUMBER")
        return number

    def _locate(self, where: Column, longitude: Decimal, latitude: Decimal, stated: str) -> None:
        if not _in_china(longitude, latitude) and _in_china(latitude, longitude):
            longitude, latitude = latitude, longitude
            if where is not Column.COORDINATES:
                self._note(where, "IMP_SWAPPED")
        for column, number in ((Column.LONGITUDE, longitude), (Column.LATITUDE, latitude)):
            low, high = _CHINA[column]
            if not low <= number <= high:
                self._wrong(column, "IMP_OUT_OF_RANGE", {"column": column, "low": low, "high": high})
        if self.errors:
            return
        self.claims[Column.COORDINATES] = f"{longitude},{latitude}"
        frame = self.manner.frame
        if stated and stated != CLEARS:
            frame = frame_named(stated)
            if frame is None:
                self._note(Column.DATUM, "IMP_WORD_UNKNOWN", {"accepted": list(Frame)})
        if frame is not None:
            longitude, latitude = to_wgs84(longitude, latitude, frame)
        self.claims[Column.DATUM] = Datum.UNKNOWN if frame is None else Datum.WGS84
        self.claims[Column.LONGITUDE], self.claims[Column.LATITUDE] = str(longitude), str(latitude)

    def _code(self, column: Column, text: str) -> None:
        if isinstance(self.cells[column], int | float):
            self._wrong(column, "IMP_MANGLED", wording="number")
            return
        code = unicodedata.normalize("NFKC", text).strip("'’‘` \t").replace(" ", "").replace("-", "")
        if _SCIENTIFIC.fullmatch(code):
            self._wrong(column, "IMP_MANGLED")
        elif not _TWENTY.fullmatch(code):
            self._note(column, "IMP_CODE_NOT_20", {"digits": len(code)})
            if not text_of(self.cells.get(Column.OWN_NUMBER)):
                self._number(Column.OWN_NUMBER, text)
        elif code.endswith("00000") and self.manner.are_codes_rounded:
            self._wrong(column, "IMP_MANGLED")
        else:
            if code.endswith("00000"):
                self._note(column, "IMP_CODE_ROUNDED")
            elif code != text:
                self._note(column, "IMP_CODE_REPAIRED")
            self.claims[column] = code

    def _number(self, column: Column, text: str) -> None:
        number = unicodedata.normalize("NFKC", text).strip("'’‘` ")
        if _SCIENTIFIC.fullmatch(number):
            self._note(column, "IMP_NUMBER_ROUNDED")
        elif len(number) > _LONGEST_NUMBER or not _NUMBER.fullmatch(number):
            self._note(column, "IMP_NUMBER_UNREADABLE", {"most": _LONGEST_NUMBER})
        else:
            self.claims[Column.OWN_NUMBER] = number

    def _district(self, column: Column, text: str) -> None:
        division = division_of(text, self.manner.profile)
        self.claims[column] = text[:MAX_TEXT]
        if division is None:
            known = "、".join(d.name for d in self.manner.profile.admin_divisions)
            self._note(column, "IMP_DISTRICT_UNKNOWN", {"known": known})

    def _word(self, column: Column, text: str) -> None:
        code = values.coded(column, text)
        if code is not None:
            self.claims[column] = code
            return
        self._note(column, "IMP_WORD_UNKNOWN", {"accepted": values.accepted(column)})

    def _installer(self, column: Column, text: str) -> None:
        """Who installed it is also what kind of installer that is, if the file has no column for the kind."""
        self._free(column, text)
        if not text_of(self.cells.get(Column.INSTALLER_TYPE)):
            code = values.coded(Column.INSTALLER_TYPE, text)
            if code is not None:
                self.claims[Column.INSTALLER_TYPE] = code

    def _free(self, column: Column, text: str) -> None:
        if len(text) > MAX_TEXT:
            self._note(column, "IMP_TEXT_CUT", {"most": MAX_TEXT})
        self.claims[column] = unicodedata.normalize("NFC", text)[:MAX_TEXT]

    def _day(self, column: Column, text: str) -> None:
        day = values.day_of(self.cells[column])
        if day is None:
            self._note(column, "IMP_DAY_UNREADABLE")
        else:
            self.claims[column] = day.isoformat()

    def _yes_or_no(self, column: Column, text: str) -> None:
        answer = values.yes_or_no(text)
        if answer is None:
            self._note(column, "IMP_WORD_UNKNOWN", {"accepted": ["是", "否"]})
        else:
            self.claims[column] = answer

    def _index(self, column: Column, text: str) -> None:
        if not re.fullmatch(r"\d{1,12}", text, re.ASCII) or int(text) > MAX_INDEX:
            self._wrong(column, "IMP_INDEX", {"most": MAX_INDEX})
        else:
            self.claims[column] = str(int(text))


_READERS: Final[dict[Column, Callable[[_Reader, Column, str], None]]] = {
    Column.DEVICE_CODE: _Reader._code,
    Column.OWN_NUMBER: _Reader._number,
    Column.DISTRICT: _Reader._district,
    Column.INSTALLER: _Reader._installer,
    Column.SIGN: _Reader._yes_or_no,
    Column.VIOLATION_INDEX: _Reader._index,
    **dict.fromkeys(values.CODED, _Reader._word),
    **dict.fromkeys((c for c in _FREE if c is not Column.INSTALLER), _Reader._free),
    **dict.fromkeys(_DAYS, _Reader._day),
}

_OF_NUMBERS: Final = ("IMP_MANGLED", "IMP_NOT_A_NUMBER")
_FILLER: Final = re.compile(r"-999(\.0*)?|0(\.0*)?")
_SCIENTIFIC: Final = re.compile(r"-?\d(\.\d+)?[eE][+-]?\d+")
_DIVISION_CODE: Final = re.compile(r"\d{8,12}", re.ASCII)
_TWENTY: Final = re.compile(r"\d{20}", re.ASCII)
_LONGEST_NUMBER: Final = 64
_NUMBER: Final = re.compile(r"[\w(（〔\[#][\w ./()（）〔〕\[\]#-]*")
_SIGNS: Final = ("=", "+", "-", "@")
_HALF_ESCAPED: Final = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_BREAK: Final = re.compile(r"[ \u00a0\u3000]*[\r\n\v\f\u2028\u2029]+[ \u00a0\u3000]*")


def division_of(text: str, profile: Profile) -> str | None:
    """The code of the division that `text` names, by its name or by 310101 or 31010100; None for none of ours."""
    name = unicodedata.normalize("NFKC", text).replace(" ", "")
    if _DIVISION_CODE.fullmatch(name):
        name = name[:6]
    division = profile.division(name) or profile.division(name.removeprefix(profile.city))
    if division is not None:
        return division.code
    for division in profile.admin_divisions:
        for spelling in (division.name, *division.aliases):
            short = spelling[:-1] if len(spelling) > 2 and spelling[-1] in "区县市" else spelling
            if short in (name, name.removeprefix(profile.city)):
                return division.code
    return None


def _one_line(text: str) -> str:
    """A cell on one line: a break within Chinese text falls away, any other one is a blank."""
    text = text.replace("\u00a0", " ")
    if "\n" not in text and "\r" not in text:
        return text

    def join(found: re.Match[str]) -> str:
        before, after = text[found.start() - 1 : found.start()], text[found.end() : found.end() + 1]
        return " " if before.isascii() and after.isascii() else ""

    return _BREAK.sub(join, text).strip()


def _in_china(longitude: Decimal, latitude: Decimal) -> bool:
    (west, east), (south, north) = _CHINA[Column.LONGITUDE], _CHINA[Column.LATITUDE]
    return west <= longitude <= east and south <= latitude <= north
