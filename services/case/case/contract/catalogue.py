"""The catalogue of legal sources on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from common.values.ids import AgencyId, LegalSourceId, LegalSuccessionId
from common.web.wire import Day, In, Name, Out, Page

LevelName = Literal[
    "LAW", "ADMIN_REGULATION", "LOCAL_REGULATION", "DEPARTMENT_RULE", "LOCAL_GOV_RULE", "NORMATIVE_DOCUMENT"
]
_Title = Annotated[Name, StringConstraints(max_length=100)]
_Article = Annotated[Name, StringConstraints(max_length=40), Field(examples=["第五十三条第二款"])]


class SourceArticleOrder(In):
    """An article, with its first and last day in force. It may be written 第五十三条第二款 or 第53条第2款."""

    article: _Article
    from_on: Day
    until_on: Day | None = None


class LegalSourceOrder(In):
    """A statute: its level, title, organ and document number, and the articles on which something rests."""

    level: LevelName
    title: Annotated[_Title, StringConstraints(pattern=r"[^\s《》]")]
    organ: _Title
    document_no: _Title
    articles: list[SourceArticleOrder] = Field(min_length=1, max_length=2_000)


class LegalSourceDecisionOrder(In):
    """Which version is decided on, so that nobody approves words that he has not seen."""

    version: Annotated[int, Field(ge=1, strict=True)]


class SourceArticleView(Out):
    article: str
    from_on: date
    until_on: date | None


class LegalSourceView(Out):
    """One version of a legal source. `published_at` is null until it is approved."""

    source_id: LegalSourceId
    version: int
    state: str
    level: LevelName
    title: str
    organ: str
    document_no: str
    articles: list[SourceArticleView]
    published_at: datetime | None


class LegalSourceHistory(Out):
    """Every version of one source, the newest first."""

    agency_id: AgencyId
    items: list[LegalSourceView]


class LegalSourcePage(Page[LegalSourceView]):
    """Legal sources in the order of their first proposal."""


class CitationOrder(In):
    title: _Title
    article: _Article


class LegalSuccessionOrder(In):
    """`new` takes the place of `old` from the day `from_on` on, for whatever cites `old`."""

    old: CitationOrder
    new: CitationOrder
    from_on: Day


class LegalSuccessionDecisionOrder(In):
    """Nothing is asked beside the act."""


class CitationView(Out):
    title: str
    article: str


class LegalSuccessionView(Out):
    """`published_at` is null until it is approved."""

    succession_id: LegalSuccessionId
    agency_id: AgencyId
    state: str
    old: CitationView
    new: CitationView
    from_on: date
    published_at: datetime | None


class LegalSuccessionPage(Page[LegalSuccessionView]):
    """Successions in the order of their proposal."""
