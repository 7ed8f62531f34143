"""The catalogue of legal sources: which article of which statute is in force on which days (APL 41(1); NJ 1).

    PROPOSED ──approve──▶ PUBLISHED ──a later version is approved──▶ SUPERSEDED
       └──return──▶ RETURNED

A legal source is one statute: its level, organ and number, and the articles on which devices and violations rest, each
with its first and last day in force. Somebody proposes it, and somebody else approves it: an error here makes every
device of the city lawful or unlawful at once. A change is a new version of the whole source. The record of a
publication names what it publishes in clear, because a statute is public and the device registry reads it there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, assert_never

from common.values.citations import Citation, cited, is_article
from common.values.errors import Kind, Refusal
from common.values.facts import Fact
from common.values.ids import AgencyId, LegalSourceId
from common.values.law import APL_41_1
from common.values.profile import BasisLevel


class State(StrEnum):
    PROPOSED = "PROPOSED"
    PUBLISHED = "PUBLISHED"
    SUPERSEDED = "SUPERSEDED"
    RETURNED = "RETURNED"


@dataclass(frozen=True)
class SourceArticle:
    """An article with its days in force, both included. `until_on` is None while no end is known."""

    article: str
    from_on: date
    until_on: date | None

    def overlaps(self, other: SourceArticle) -> bool:
        """Whether both are in force on one day."""
        return self.from_on <= (other.until_on or date.max) and other.from_on <= (self.until_on or date.max)


@dataclass(frozen=True)
class Statute:
    """What a version says: the statute with its organ and document number, and its articles."""

    level: BasisLevel
    title: str
    organ: str
    document_no: str
    articles: tuple[SourceArticle, ...]

    @property
    def cited_as(self) -> str:
        """Its title in the form in which citations are compared."""
        return cited(self.title, "").title


@dataclass(frozen=True)
class LegalSource:
    """One version of a source. `agency_id` is the agency of the first proposal."""

    id: LegalSourceId
    agency_id: AgencyId
    version: int
    state: State
    statute: Statute
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True)
class LegalSourceProposed(Fact):
    """Somebody proposes a version of a source. What it says becomes public with its approval, not before."""

    type: ClassVar[str] = "legal_source.proposed"

    owner: LegalSourceId
    agency_id: AgencyId
    version: int
    by: str


@dataclass(frozen=True)
class LegalSourcePublished(Fact):
    """From now on the catalogue says this of the statute. The version before it counts no longer."""

    type: ClassVar[str] = "legal_source.published"

    owner: LegalSourceId
    version: int
    level: BasisLevel
    title: str
    organ: str
    document_no: str
    articles: tuple[SourceArticle, ...]
    by: str


@dataclass(frozen=True)
class LegalSourceReturned(Fact):
    """The version is not approved and counts for nothing."""

    type: ClassVar[str] = "legal_source.returned"

    owner: LegalSourceId
    version: int
    by: str


Decision = LegalSourcePublished | LegalSourceReturned


def stated(
    level: BasisLevel, title: str, organ: str, document_no: str, articles: tuple[SourceArticle, ...]
) -> Statute:
    """The statute with its articles in the form in which everybody cites them.

    Refusal LAW_ARTICLE_UNREADABLE, LAW_ARTICLE_PERIOD, LAW_ARTICLE_OVERLAP.
    """
    said: list[SourceArticle] = []
    for each in articles:
        if not is_article(each.article):
            raise Refusal(Kind.INVALID, "LAW_ARTICLE_UNREADABLE", {"article": each.article}, article=APL_41_1)
        if each.until_on is not None and each.until_on < each.from_on:
            facts = {"article": each.article, "first": each.from_on}
            raise Refusal(Kind.INVALID, "LAW_ARTICLE_PERIOD", facts, article=APL_41_1)
        article = replace(each, article=cited(title, each.article).article)
        _require_alone(article, said, title)
        said.append(article)
    return Statute(level, title.strip("《》"), organ, document_no, tuple(said))


def propose(
    source_id: LegalSourceId, *, agency_id: AgencyId, latest: LegalSource | None, by: str
) -> LegalSourceProposed:
    """Propose a first version, or after `latest` the next one. Of one source one version waits at a time."""
    if latest is not None and latest.state is State.PROPOSED:
        facts = {"source": source_id, "version": latest.version}
        raise Refusal(Kind.CONFLICT, "LAW_SOURCE_PENDING", facts, article=APL_41_1)
    version = latest.version + 1 if latest else 1
    return LegalSourceProposed(source_id, latest.agency_id if latest else agency_id, version, by)


def approve(
    source: LegalSource, others: tuple[tuple[Citation, SourceArticle], ...], *, by: str
) -> LegalSourcePublished:
    """Publish a version. `others` are the published articles of the same title in other sources.

    Not its author: one person alone could make every device of the city lawful. On one day an article is in force in
    one wording only, so a source whose article overlaps that of another is refused.
    """
    _require_proposed(source)
    if by == source.proposed_by:
        raise Refusal(Kind.FORBIDDEN, "LAW_SECOND_PERSON", {"source": source.id}, article=APL_41_1)
    statute = source.statute
    for own in statute.articles:
        named = cited(statute.title, own.article)
        _require_alone(own, [each for citation, each in others if citation == named], statute.title)
    return LegalSourcePublished(
        source.id,
        source.version,
        statute.level,
        statute.title,
        statute.organ,
        statute.document_no,
        statute.articles,
        by,
    )


def give_back(source: LegalSource, *, by: str) -> LegalSourceReturned:
    """Return a version unapproved. The one that is published stays."""
    _require_proposed(source)
    return LegalSourceReturned(source.id, source.version, by)


def begun(fact: LegalSourceProposed, statute: Statute, *, at: datetime) -> LegalSource:
    """The version that `fact`, recorded at `at`, begins."""
    return LegalSource(fact.owner, fact.agency_id, fact.version, State.PROPOSED, statute, fact.by, at)


def after(source: LegalSource, fact: Decision, *, at: datetime) -> LegalSource:
    """The version as `fact`, recorded at `at`, leaves it."""
    match fact:
        case LegalSourcePublished():
            return replace(source, state=State.PUBLISHED, decided_by=fact.by, decided_at=at)
        case LegalSourceReturned():
            return replace(source, state=State.RETURNED, decided_by=fact.by, decided_at=at)
        case _:
            assert_never(fact)


def superseded(source: LegalSource) -> LegalSource:
    """The published version once the next one is published."""
    return replace(source, state=State.SUPERSEDED)


def require_version(source: LegalSource, version: int) -> None:
    """Refuse a decision on another version than the newest: somebody revised what the decider has read."""
    if source.version != version:
        facts = {"source": source.id, "version": source.version}
        raise Refusal(Kind.CONFLICT, "LAW_SOURCE_STATE", facts, wording="version", article=APL_41_1)


def _require_alone(article: SourceArticle, others: list[SourceArticle], title: str) -> None:
    for other in others:
        if article.article == other.article and article.overlaps(other):
            facts = {"title": title, "article": article.article, "first": other.from_on}
            raise Refusal(Kind.CONFLICT, "LAW_ARTICLE_OVERLAP", facts, article=APL_41_1)


def _require_proposed(source: LegalSource) -> None:
    if source.state is not State.PROPOSED:
        raise Refusal(
            Kind.CONFLICT,
            "LAW_SOURCE_STATE",
            {"source": source.id, "version": source.version, "state": source.state},
            article=APL_41_1,
        )
