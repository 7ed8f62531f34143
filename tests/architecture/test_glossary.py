"""docs/GLOSSARY.md says where each word lives; the word is there."""

from __future__ import annotations

import re

from mz import ROOT

_ROW = re.compile(r"^\| (?P<zh>[^|]+) \| (?P<words>`[^|]+`) \| (?P<files>`[^|]+`) \|$", re.MULTILINE)
_TICKED = re.compile(r"`([^`]+)`")


def test_every_word_of_the_glossary_is_in_one_of_the_files_it_names() -> None:
    rows = list(_ROW.finditer((ROOT / "docs/GLOSSARY.md").read_text()))

    homeless = []
    for row in rows:
        texts = [(ROOT / name).read_text() for name in _TICKED.findall(row["files"])]
        for word in _TICKED.findall(row["words"]):
            if not any(re.search(rf"(?<![A-Za-z_]){re.escape(word)}(?![a-z_])", text) for text in texts):
                homeless.append((row["zh"], word))
    assert len(rows) > 60
    assert homeless == []
