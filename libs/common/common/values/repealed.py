"""Numbers of articles that are law no more, and what stands in their place: no page that we make cites one today.

A document of a case keeps the law of its day (APL 37); this list is for what speaks of the law in force: the pages,
the contract, the words of refusals, the templates.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final


@dataclass(frozen=True)
class Repealed:
    """One citation that lost its force on `since`. `pattern` finds it in a text, in Chinese or in our short form."""

    pattern: re.Pattern[str]
    since: date
    instead: str


def _statute(title: str) -> re.Pattern[str]:
    """Any article of a statute that was repealed as a whole."""
    return re.compile(rf"《(?:中华人民共和国)?{title}》\s*第|\b{title}第[0-9一二三四五六七八九十百]+条")


_CODIFIED: Final = (
    "大气污染防治法",
    "水污染防治法",
    "噪声污染防治法",
    "固体废物污染环境防治法",
    "土壤污染防治法",
)

REPEALED: Final = (
    Repealed(
        re.compile(r"网络安全法》?\s*第?(?:二十一|21)条?\s*[(\uff08第]+(?:三|3)|\bCSL 21\(3\)"),
        date(2026, 1, 1),
        "CSL 23(3)",
    ),
    *(Repealed(_statute(title), date(2026, 8, 15), "《生态环境法典》 (ECO 1242)") for title in _CODIFIED),
)


def repealed_in(text: str, on: date) -> list[str]:
    """The citations in `text` that are law no more on that day, each with what to cite instead."""
    return [
        f"{found[0]}: {one.instead}"
        for one in REPEALED
        if one.since <= on
        for found in one.pattern.finditer(text)
    ]
