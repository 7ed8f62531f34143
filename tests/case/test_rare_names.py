"""Names beyond the shipped fonts: drawn with a folder of fonts, refused without one that has them."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from case.documents import DocumentKind, render
from common.documents import glyphs
from common.values.errors import Refusal
from tests.case.samples import AT
from tests.case.samples.mainpath import NOTICE, PARTY

FOLDER = Path(os.environ.get("MINGZHENG_TEST_FONTS", "/usr/share/fonts/truetype/hanazono"))
RARE = [
    "𠀀", "𠄎", "𠃊", "𠄌", "𠆢", "𠈓", "𠊎", "𠋆", "𠍋", "𠏉",
    "𠮷", "𡈽", "𡌛", "𡑮", "𢘊", "𣏌", "𣖕", "𤭖", "𥔎", "𪚥",
]  # fmt: skip
"""Twenty characters of extension B that people bear in their names or that stand for those."""

IDEOGRAPHS = (
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0x20000, 0x2A6DF), (0x2A700, 0x2B739),
    (0x2B740, 0x2B81D), (0x2B820, 0x2CEA1), (0x2CEB0, 0x2EBE0),
)  # fmt: skip
"""The unified ideographs up to extension F, as Unicode 15 has them: first and last of each block."""
UNDRAWN = ((0x4DB6, 0x4DBF), (0x9FF0, 0x9FFF), (0x2A6D7, 0x2A6DF), (0x2B735, 0x2B739))
"""Those that neither the shipped fonts nor fonts-hanazono draw: forty that Unicode added after that font was made."""

needs_fonts = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"no fonts in {FOLDER}: apt-get install {glyphs.HINT}"
)


@pytest.fixture
def more_fonts() -> Iterator[None]:
    glyphs.use(FOLDER)
    yield
    glyphs.use(None)


@pytest.mark.parametrize("name", RARE)
def test_a_rare_name_is_refused_without_a_font_that_draws_it(name: str) -> None:
    with pytest.raises(Refusal) as refusal:
        render(DocumentKind.PRIOR_NOTICE, replace(NOTICE, party=replace(PARTY, name=f"张{name}")), AT)

    assert refusal.value.code == "DOC_CHARACTER_MISSING"
    assert refusal.value.facts["characters"] == [f"U+{ord(name):04X}"]
    assert refusal.value.facts["package"] == "fonts-hanazono"


@needs_fonts
@pytest.mark.slow
def test_twenty_rare_names_are_drawn_with_a_folder_of_fonts(more_fonts: None) -> None:
    names = [f"张{name}" for name in RARE]
    reasons = ("、".join(names),)

    pdf = render(DocumentKind.PRIOR_NOTICE, replace(NOTICE, reasons=reasons), AT)

    pages = PdfReader(io.BytesIO(pdf)).pages
    printed = "".join("".join(page.extract_text() for page in pages).split())
    assert [name for name in names if name not in printed] == []
    used = {
        font.get_object()["/BaseFont"].partition("+")[2]
        for page in pages
        for font in page["/Resources"]["/Font"].values()  # type: ignore[index]
    }
    assert any(font.startswith("Hana") for font in used)


@needs_fonts
@pytest.mark.slow
def test_forty_ideographs_up_to_extension_f_stay_undrawn_with_the_folder(more_fonts: None) -> None:
    points = [point for first, last in IDEOGRAPHS for point in range(first, last + 1)]

    missing = [point for point in points if point not in glyphs.drawable()]

    assert missing == [point for first, last in UNDRAWN for point in range(first, last + 1)]
    assert len(missing) == 40


@needs_fonts
@pytest.mark.slow
def test_the_digest_of_the_fonts_tells_which_ones_drew_a_document(more_fonts: None) -> None:
    with_more = glyphs.fonts_sha256()
    glyphs.use(None)

    assert glyphs.fonts_sha256() != with_more
    assert len(with_more) == 64


def test_a_folder_without_a_font_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no OpenType font"):
        glyphs.use(tmp_path)
