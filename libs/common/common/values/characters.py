"""Characters that look like others: radicals that a copy from a PDF or a scan leaves in a name.

U+2F00–2FD5 (Kangxi radicals) and U+2E80–2EF3 (CJK radicals supplement) are shapes of dictionaries, not characters of a
name. They look the same on a page, but a search for the name misses them and a reader reads something else aloud.
"""

from __future__ import annotations

import unicodedata
from typing import Final, NamedTuple

_SUPPLEMENT_FROM: Final = 0x2E80
_SUPPLEMENT: Final = (
    "-厂乛乚乙亻冂𠘨刀刂卜㔾小小兀尣尢𡯂巳幺彑彐忄心扌攵-旡日"
    "月歺母民氵氺灬爫爫丬牛犭王𤴔目示礻𥫗糹纟罓罒㓁冗𦉫羊𦍌𦍋耂"
    "肀聿肉𦥑艹艹艹虎衤覀西见角𧢲讠贝𧾷车辶辶辶邑钅長镸长门𨸏阝"
    "雨青韦页风飞食𩙿飠饣𩠐马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟"
)
"""The everyday character of U+2E80 … U+2EF3, in this order, by Unicode's Equivalent_Unified_Ideograph; `-` for none."""


class Radical(NamedTuple):
    """A radical in a text: its position (from 1), its code point, and the character to write instead, if any."""

    position: int
    code_point: str
    instead: str | None


def radicals_in(text: str) -> list[Radical]:
    """Every radical of U+2E80–2FDF in `text`, in order."""
    return [
        Radical(n, f"U+{ord(char):04X}", _everyday(char))
        for n, char in enumerate(text, start=1)
        if "\u2e80" <= char <= "\u2fdf"
    ]


def _everyday(radical: str) -> str | None:
    at = ord(radical) - _SUPPLEMENT_FROM
    if at < len(_SUPPLEMENT):
        return None if _SUPPLEMENT[at] == "-" else _SUPPLEMENT[at]
    normal = unicodedata.normalize("NFKC", radical)
    return normal if normal != radical else None
