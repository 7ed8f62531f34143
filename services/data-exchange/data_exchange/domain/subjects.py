"""About whom or what a comparison asks, in one spelling.

Everybody who asks about one plate or one person has to mean the same, so a subject is brought into one form before it
is looked up, counted or digested: full-width characters become half-width, letters become capitals, the dot of a plate
and spaces go. A number with a check character is computed again (GB 11643, GB 32100).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class SubjectKind(StrEnum):
    PLATE = "PLATE"
    PERSON_ID = "PERSON_ID"
    CREDIT_CODE = "CREDIT_CODE"
    PERSON_NAME = "PERSON_NAME"


@dataclass(frozen=True)
class Subject:
    """A subject in its one spelling."""

    kind: SubjectKind
    value: str

    @property
    def canonical(self) -> bytes:
        """The bytes that are digested."""
        return f"{self.kind}\n{self.value}".encode()


_DOTS: Final = dict.fromkeys(map(ord, "·•・‧∙⋅.．"), "·")
_PLATE: Final = re.compile(r"[一-鿿][A-Z][A-Z0-9]{4,5}[A-Z0-9挂学警港澳领使]")
_PERSON: Final = re.compile(r"[1-9]\d{16}[\dX]")
_CREDIT: Final = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")
_PERSON_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_PERSON_CHECKS: Final = "10X98765432"
_CREDIT_SIGNS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def subject_of(kind: SubjectKind, text: str) -> Subject | None:
    """The subject that `text` writes; None where it is no plate, number or name of that kind."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if kind is SubjectKind.PERSON_NAME:
        name = re.sub(r"\s*·\s*", "·", plain.translate(_DOTS))
        return Subject(kind, name) if name and not name.startswith(_FORMULA) else None
    value = re.sub(r"[\s·]", "", plain.translate(_DOTS)).upper()
    is_sound = {
        SubjectKind.PLATE: _is_plate,
        SubjectKind.PERSON_ID: _is_person_id,
        SubjectKind.CREDIT_CODE: _is_credit_code,
    }[kind]
    return Subject(kind, value) if is_sound(value) else None


def harmless(cell: str) -> str:
    """`cell` as a table shows it: a spreadsheet computes a cell that begins with one of these, so a `'` goes before."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _is_plate(value: str) -> bool:
    return _PLATE.fullmatch(value) is not None


def _is_person_id(value: str) -> bool:
    if not _PERSON.fullmatch(value):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(value[:17], _PERSON_WEIGHTS, strict=True))
    return value[17] == _PERSON_CHECKS[total % 11]


def _is_credit_code(value: str) -> bool:
    if not _CREDIT.fullmatch(value):
        return False
    total = sum(_CREDIT_SIGNS.index(sign) * pow(3, place, 31) for place, sign in enumerate(value[:17]))
    return _CREDIT_SIGNS[-total % 31] == value[17]
