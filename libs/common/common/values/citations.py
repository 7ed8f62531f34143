"""How an article of a statute is named, so that two people who cite it mean the same: 《大气污染防治法》第五十三条.

    "《中华人民共和国大气污染防治法》", "第53条第2款"   ──cited()──▶   大气污染防治法, 第五十三条第二款

The catalogue of legal sources and every device that cites an article write it in this one form before they compare.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_STATE: Final = "中华人民共和国"
_DIGITS: Final = "零一二三四五六七八九"
_PLACES: Final = ("", "十", "百", "千")
_NUMBER: Final = re.compile(r"第([0-9]{1,4})(?=[条款项目])")
_ARTICLE: Final = re.compile(rf"第[{_DIGITS}十百千]+条(?:之[{_DIGITS}十]+)?(?:第.+)?")


@dataclass(frozen=True, order=True)
class Citation:
    """An article, or a paragraph of one, of the statute `title`. Only `cited` makes one."""

    title: str
    article: str

    def includes(self, other: Citation) -> bool:
        """Whether `other` is this article or a paragraph of it. 第二十条之一 is no part of 第二十条."""
        rest = other.article.removeprefix(self.article)
        return (
            self.title == other.title
            and other.article.startswith(self.article)
            and (not rest or rest.startswith("第"))
        )


def cited(title: str, article: str) -> Citation:
    """The citation in its one form: without 《》, blanks and the name of the state, with Chinese numbers."""
    bare = re.sub(r"[\s《》]", "", title)
    return Citation(bare.removeprefix(_STATE) or bare, _numbered(re.sub(r"\s", "", article)))


def is_article(article: str) -> bool:
    """Whether `article` names an article by its number, in either way of writing it."""
    return _ARTICLE.fullmatch(_numbered(re.sub(r"\s", "", article))) is not None


def _numbered(article: str) -> str:
    return _NUMBER.sub(lambda found: f"第{_in_words(int(found[1]))}", article)


def _in_words(number: int) -> str:
    """`number`, from 0 to 9999, as statutes write it: 114 is 一百一十四, 10 is 十."""
    words, gap = "", False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if digit:
            words += ("零" if gap and words else "") + _DIGITS[digit] + _PLACES[place]
            gap = False
        else:
            gap = True
    return words.removeprefix("一") if words.startswith("一十") else words or "零"
