"""The fonts of documents, and the characters that they can draw.

typst prints a blank box for a character without a glyph, and a name with a blank box is not that person's name. So we
look into the font's own character map (OpenType `cmap`, format 12) first.
"""

from __future__ import annotations

import struct
import unicodedata
from functools import cache
from pathlib import Path
from typing import Final

import pylopdf_fonts_zh_cn

FONTS: Final[Path] = pylopdf_fonts_zh_cn.serif_path().parent
"""The folder of the two faces, serif and sans."""

_UNDRAWABLE: Final = "〓"


@cache
def drawable() -> frozenset[int]:
    """Every code point that both the serif and the sans face have a glyph for."""
    faces = (pylopdf_fonts_zh_cn.serif_path(), pylopdf_fonts_zh_cn.sans_path())
    return frozenset.intersection(*(_character_map(path.read_bytes()) for path in faces))


def is_drawable(text: str) -> bool:
    """Whether a reader would see every character of `text` on paper.

    Line breaks and invisible format characters (category C) are refused: each paragraph is a value of its own,
    and a direction mark could make a reader see another text than the signed one.
    """
    points = drawable()
    return all(ord(char) in points and unicodedata.category(char)[0] != "C" for char in text)


def as_drawable(text: str) -> str:
    """`text` as one paragraph, with `〓` in place of each character that the font cannot draw."""
    return "".join(c if is_drawable(c) else _UNDRAWABLE for c in " ".join(text.split()))


def _character_map(font: bytes) -> frozenset[int]:
    (tables,) = struct.unpack_from(">H", font, 4)
    directory = (struct.unpack_from(">4sIII", font, 12 + 16 * n) for n in range(tables))
    start = next(offset for tag, _, offset, _ in directory if tag == b"cmap")
    (encodings,) = struct.unpack_from(">H", font, start + 2)
    offsets = {start + struct.unpack_from(">HHI", font, start + 4 + 8 * n)[2] for n in range(encodings)}
    points: set[int] = set()
    for offset in offsets:
        (form,) = struct.unpack_from(">H", font, offset)
        if form == 12:  # segmented coverage of all Unicode; the font's other subtables repeat part of it
            points |= _segmented_coverage(font, offset)
    return frozenset(points)


def _segmented_coverage(font: bytes, offset: int) -> set[int]:
    (groups,) = struct.unpack_from(">I", font, offset + 12)
    points: set[int] = set()
    for n in range(groups):
        first, last, glyph = struct.unpack_from(">III", font, offset + 16 + 12 * n)
        points.update(range(first + (glyph == 0), last + 1))  # glyph 0 is the blank box itself
    return points
