"""The pictures of the pages, which `./mz e2e` takes: each page has one, none is large, and the README shows two."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.pages import PAGES, SHOWN

ROOT = Path(__file__).parents[2]
MOST_BYTES = 120_000


def test_every_page_has_a_picture_and_none_is_large() -> None:
    pictures = {path.stem: path for path in (ROOT / "docs" / "pictures").glob("*.png")}

    assert sorted(pictures) == sorted({page.name for page in PAGES})
    assert [name for name, path in pictures.items() if path.stat().st_size > MOST_BYTES] == []


@pytest.mark.parametrize("readme", ["README.md", "README.zh.md"])
def test_the_readme_shows_two_of_them(readme: str) -> None:
    text = (ROOT / readme).read_text()

    assert [name for name in SHOWN if f"docs/pictures/{name}.png" not in text] == []
