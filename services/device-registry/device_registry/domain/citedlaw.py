"""What the city's catalogue of legal sources says of the articles that a device cites (APL 41(1); ECO 1242).

    the device cites            the catalogue knows              lawful on a day
    大气污染防治法 53(2) ──────▶ until 2026-08-14 ──────────────▶ on its days in force
                                 succession from 2026-08-15 ───▶ on the days of the new article, once it is approved
    a statute it does not know ────────────────────────────────▶ on the days that the device's own papers name

A later finding against a device counts and a later one for it does not (Inv. 3). So on the day of a capture the
catalogue of today must have the article in force, and so must the catalogue of that day: the device's own papers stand
in for a day on which the catalogue did not know the article.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from common.values.calendar import legal_day
from common.values.citations import Citation
from common.values.profile import BasisLevel


@dataclass(frozen=True)
class KnownArticle:
    """An article as the catalogue published it; `superseded_at` is the publication of the source's next version."""

    citation: Citation
    level: BasisLevel
    from_day: date
    until_day: date | None
    published_at: datetime
    superseded_at: datetime | None

    def known_at(self, at: datetime) -> bool:
        return self.published_at <= at and (self.superseded_at is None or at < self.superseded_at)


@dataclass(frozen=True)
class KnownSuccession:
    """Whatever cites `old` rests on `new` from `from_day` on, and not before the succession was published."""

    old: Citation
    new: Citation
    from_day: date
    published_at: datetime


@dataclass(frozen=True)
class CitedLaw:
    """What the catalogue knows of some statutes; of all others it knows nothing."""

    articles: tuple[KnownArticle, ...] = ()
    successions: tuple[KnownSuccession, ...] = ()

    def ends(self) -> set[date]:
        """The last days in force of all articles that have one."""
        return {article.until_day for article in self.articles if article.until_day is not None}


NOTHING_KNOWN: Final = CitedLaw()
"""The catalogue has none of the statutes."""


def level_in_force(
    citation: Citation, *, own: BasisLevel | None, law: CitedLaw, at: datetime
) -> BasisLevel | None:
    """The level of the article on which the device rests at `at`, or None where it rests on nothing.

    `own` is the level by the device's own papers, None on a day that they leave out. The catalogue's word on the level
    goes before it: nobody makes a rule a law by calling it one.
    """
    return _level(citation, own, law, at, frozenset())


def _level(
    citation: Citation, own: BasisLevel | None, law: CitedLaw, at: datetime, passed: frozenset[Citation]
) -> BasisLevel | None:
    level = _catalogued(citation, own, law, at)
    if level is not None:
        return level
    for succession in law.successions:
        counts = succession.from_day <= legal_day(at) and succession.published_at <= at
        # `passed`: two successions that name each other would lead round in a circle.
        if counts and succession.old.includes(citation) and succession.new not in passed:
            level = _level(succession.new, None, law, at, passed | {succession.new})
            if level is not None:
                return level
    return None


def _catalogued(citation: Citation, own: BasisLevel | None, law: CitedLaw, at: datetime) -> BasisLevel | None:
    day = legal_day(at)
    today = _closest(citation, (article for article in law.articles if article.superseded_at is None))
    then = _closest(citation, (article for article in law.articles if article.known_at(at)))
    if not today:
        return own
    stood = any(_covers(a.from_day, a.until_day, day) for a in then) if then else own is not None
    if not stood:
        return None
    return next((a.level for a in today if _covers(a.from_day, a.until_day, day)), None)


def _closest(citation: Citation, articles: Iterable[KnownArticle]) -> list[KnownArticle]:
    """Of the articles that include the cited one those that name it most exactly: a paragraph before its article."""
    including = [article for article in articles if article.citation.includes(citation)]
    longest = max((len(article.citation.article) for article in including), default=0)
    return [article for article in including if len(article.citation.article) == longest]


def _covers(from_day: date, until_day: date | None, day: date) -> bool:
    return from_day <= day and (until_day is None or day <= until_day)
