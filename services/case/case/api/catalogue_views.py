"""Legal sources and successions as wire models, and orders as values of the domain."""

from __future__ import annotations

from case.contract.catalogue import (
    CitationOrder,
    CitationView,
    LegalSourceOrder,
    LegalSourceView,
    LegalSuccessionView,
    SourceArticleView,
)
from case.domain.legalsources import LegalSource, SourceArticle, State, Statute, stated
from case.domain.successions import Succession, cited_article
from common.values.citations import Citation
from common.values.profile import BasisLevel


def statute_of(order: LegalSourceOrder) -> Statute:
    """The statute that the order states, in the form in which everybody cites it."""
    articles = tuple(SourceArticle(each.article, each.from_on, each.until_on) for each in order.articles)
    return stated(BasisLevel(order.level), order.title, order.organ, order.document_no, articles)


def citation_of(order: CitationOrder) -> Citation:
    return cited_article(order.title, order.article)


def source_view(source: LegalSource) -> LegalSourceView:
    statute = source.statute
    is_published = source.state in (State.PUBLISHED, State.SUPERSEDED)
    return LegalSourceView.model_validate(
        {
            "source_id": source.id,
            "version": source.version,
            "state": source.state.value,
            "level": statute.level.value,
            "title": statute.title,
            "organ": statute.organ,
            "document_no": statute.document_no,
            "articles": [SourceArticleView(**vars(each)) for each in statute.articles],
            "published_at": source.decided_at if is_published else None,
        }
    )


def succession_view(succession: Succession) -> LegalSuccessionView:
    return LegalSuccessionView(
        succession_id=succession.id,
        agency_id=succession.agency_id,
        state=succession.state.value,
        old=CitationView(**vars(succession.old)),
        new=CitationView(**vars(succession.new)),
        from_on=succession.from_on,
        published_at=succession.approved_at,
    )
