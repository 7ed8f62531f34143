"""The fonts of documents, and the characters that they can draw.

typst prints a blank box for a character without a glyph, and a name with a blank box is not that person's name. So we
look into the font's own character map (OpenType `cmap`, format 12) first.

The two faces that ship draw the characters of GBK and more. Names go beyond them: an installation names a folder of
more fonts (setting FONTS), for example that of Debian's package fonts-hanazono, once, before its first document.
"""

from __future__ import annotations

import hashlib
import struct
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pylopdf_fonts_zh_cn

if TYPE_CHECKING:
    # Seven megabytes, which only a process that draws a document needs.
    import typst

SHIPPED: Final[Path] = pylopdf_fonts_zh_cn.serif_path().parent
"""The folder of the two faces, serif and sans."""

HINT: Final = "fonts-hanazono"
"""The package that draws the names which the shipped fonts cannot."""

_UNDRAWABLE: Final = "〓"
_folder: Path | None = None


def use(folder: Path | None) -> None:
    """Draw with the fonts in `folder` too, in this process. Raises ValueError if there is none that can be read."""
    global _folder  # the fonts are the process's, like its clock: the same name is drawable everywhere or nowhere
    if folder is not None and not _added(folder):
        raise ValueError(f"there is no OpenType font in {folder}")
    _folder = folder


def fonts() -> typst.Fonts:
    """The faces that documents are drawn with, and no others of the machine."""
    return _fonts_of(_folder)


def families() -> tuple[str, ...]:
    """The families of the folder, to be tried after the shipped ones."""
    shipped = set(_fonts_of(None).families())
    return tuple(name for name in fonts().families() if name not in shipped)


def fonts_sha256() -> str:
    """The digest of every face in use: two documents with the same one were drawn with the same fonts."""
    return _digest_of(_folder)


def drawable() -> frozenset[int]:
    """Every code point that both shipped faces have a glyph for, or a face of the folder."""
    return _drawable_with(_folder)


@cache
def _fonts_of(folder: Path | None) -> typst.Fonts:
    import typst

    paths = [str(SHIPPED), *([str(folder)] if folder else [])]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=paths)


@cache
def _added(folder: Path) -> tuple[Path, ...]:
    shipped = {info.path for info in _fonts_of(None).fonts()}
    return tuple(Path(str(info.path)) for info in _fonts_of(folder).fonts() if info.path not in shipped)


@cache
def _drawable_with(folder: Path | None) -> frozenset[int]:
    faces = (pylopdf_fonts_zh_cn.serif_path(), pylopdf_fonts_zh_cn.sans_path())
    both = frozenset.intersection(*(_character_map(path.read_bytes()) for path in faces))
    added = _added(folder) if folder else ()
    return both.union(*(_character_map(path.read_bytes()) for path in added))


@cache
def _digest_of(folder: Path | None) -> str:
    faces = [
        pylopdf_fonts_zh_cn.serif_path(),
        pylopdf_fonts_zh_cn.sans_path(),
        *(_added(folder) if folder else ()),
    ]
    digests = sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in faces)
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def missing_in(texts: Iterable[str]) -> list[str]:
    """The characters that no font draws, as code points: a name is not repeated in an error, nor in a log."""
    points = {char for text in texts for char in text if not is_drawable(char)}
    return [f"U+{ord(char):04X}" for char in sorted(points)]


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
