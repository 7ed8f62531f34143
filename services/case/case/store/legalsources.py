"""Legal sources: their versions, and the articles that are published."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from case.domain.legalsources import (
    Decision,
    LegalSource,
    LegalSourceProposed,
    LegalSourcePublished,
    SourceArticle,
    State,
    Statute,
    after,
    begun,
    superseded,
)
from case.store import catalogue_tables as tables
from common.door.rows import changed
from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.citations import Citation, cited
from common.values.ids import AgencyId, LegalSourceId
from common.values.profile import BasisLevel


def resource(source: LegalSource) -> Resource:
    """The source as the policy sees it: an object of the agency that proposed it first."""
    return Resource(source.id, source.agency_id)


async def hold(tx: Tx) -> None:
    """Let no other change of the catalogue go on before this one has ended: two could publish one article at once."""
    query = sa.text("SELECT pg_advisory_xact_lock(hashtextextended('legal catalogue', 0))")
    await tx.conn.execute(query)


async def lock(tx: Tx, source_id: LegalSourceId) -> LegalSource:
    """The newest version of the source, held until commit. Refusal NOT_FOUND without one that the caller sees."""
    query = _versions(source_id).order_by(tables.sources.c.version.desc()).limit(1).with_for_update()
    row = (await tx.conn.execute(query)).mappings().one_or_none()
    if row is None:
        raise not_found(source_id)
    return _source(row)


async def list_versions(v: View | Tx, source_id: LegalSourceId) -> list[LegalSource]:
    """Every version of the source, the newest first. Refusal NOT_FOUND as `lock`."""
    rows = (await v.conn.execute(_versions(source_id).order_by(tables.sources.c.version.desc()))).mappings()
    versions = [_source(row) for row in rows]
    if not versions:
        raise not_found(source_id)
    return versions


async def list_published(v: View, *, after_id: str, title: str | None, limit: int) -> list[LegalSource]:
    """Up to `limit` published versions after `after_id`, in the order of their first proposal."""
    table = tables.sources
    query = sa.select(table).where(table.c.state == State.PUBLISHED, table.c.id > after_id)
    if title:
        query = query.where(table.c.title.contains(title, autoescape=True))
    rows = (await v.conn.execute(query.order_by(table.c.id).limit(limit))).mappings()
    return [_source(row) for row in rows]


async def list_waiting(v: View, *, after_id: str, limit: int) -> list[LegalSource]:
    """Up to `limit` versions after `after_id` that nobody decided on yet: those that row-level security shows."""
    table = tables.sources
    query = sa.select(table).where(table.c.state == State.PROPOSED, table.c.id > after_id)
    rows = (await v.conn.execute(query.order_by(table.c.id).limit(limit))).mappings()
    return [_source(row) for row in rows]


async def list_articles(
    v: View | Tx, *titles: str, but: LegalSourceId | None = None
) -> tuple[tuple[Citation, SourceArticle], ...]:
    """The published articles of these titles; not those of the source `but`."""
    table = tables.articles
    query = sa.select(table).where(
        table.c.is_current, table.c.title.in_(titles), table.c.source_id != (but or "")
    )
    return tuple(
        (cited(row.title, row.article), SourceArticle(row.article, row.from_on, row.until_on))
        for row in await v.conn.execute(query)
    )


async def add(tx: Tx, permit: Permit, fact: LegalSourceProposed, *, texts: Statute) -> LegalSource:
    """The version that `fact` proposes."""
    tx.record(permit, fact)
    source = begun(fact, texts, at=tx.now)
    await tx.add(fact, tables.sources, _columns(source))
    return source


async def save(tx: Tx, permit: Permit, source: LegalSource, *facts: Decision) -> LegalSource:
    """Record what was decided on the version. Its publication ends the version before it."""
    tx.record(permit, *facts)
    for fact in facts:
        if isinstance(fact, LegalSourcePublished):
            await _end_published(tx, source, fact)
        before, source = source, after(source, fact, at=tx.now)
        await _set(tx, fact, before, source)
        if isinstance(fact, LegalSourcePublished):
            await tx.add_all(tables.articles, [(fact, row) for row in _article_rows(source)])
    return source


async def _end_published(tx: Tx, source: LegalSource, fact: LegalSourcePublished) -> None:
    table = tables.articles
    for old in await list_versions(tx, source.id):
        if old.state is State.PUBLISHED:
            await _set(tx, fact, old, superseded(old))
    query = sa.select(table.c.version, table.c.n).where(table.c.source_id == source.id, table.c.is_current)
    for row in (await tx.conn.execute(query)).all():
        key = {"source_id": source.id, "version": row.version, "n": row.n}
        await tx.set(fact, table, key, {"is_current": False})


async def _set(tx: Tx, fact: Decision, old: LegalSource, new: LegalSource) -> None:
    key = {"id": new.id, "version": new.version}
    await tx.set(fact, tables.sources, key, changed(_columns(old), _columns(new)))


def _versions(source_id: LegalSourceId) -> sa.Select[Any]:
    return sa.select(tables.sources).where(tables.sources.c.id == source_id)


def _article_rows(source: LegalSource) -> list[dict[str, Any]]:
    return [
        {
            "source_id": source.id,
            "version": source.version,
            "n": n,
            "agency_id": source.agency_id,
            "title": source.statute.cited_as,
            "article": each.article,
            "from_on": each.from_on,
            "until_on": each.until_on,
            "is_current": True,
        }
        for n, each in enumerate(source.statute.articles, start=1)
    ]


def _columns(source: LegalSource) -> dict[str, Any]:
    statute = source.statute
    articles = [
        {
            "article": each.article,
            "from_on": each.from_on.isoformat(),
            "until_on": each.until_on.isoformat() if each.until_on else None,
        }
        for each in statute.articles
    ]
    return {
        "id": source.id,
        "version": source.version,
        "agency_id": source.agency_id,
        "state": source.state,
        "level": statute.level,
        "title": statute.title,
        "organ": statute.organ,
        "document_no": statute.document_no,
        "articles": articles,
        "proposed_by": source.proposed_by,
        "proposed_at": source.proposed_at,
        "decided_by": source.decided_by,
        "decided_at": source.decided_at,
    }


def _source(row: sa.RowMapping) -> LegalSource:
    articles = tuple(
        SourceArticle(
            each["article"],
            date.fromisoformat(each["from_on"]),
            date.fromisoformat(each["until_on"]) if each["until_on"] else None,
        )
        for each in row["articles"]
    )
    return LegalSource(
        LegalSourceId(row["id"]),
        AgencyId(row["agency_id"]),
        row["version"],
        State(row["state"]),
        Statute(BasisLevel(row["level"]), row["title"], row["organ"], row["document_no"], articles),
        row["proposed_by"],
        row["proposed_at"],
        row["decided_by"],
        row["decided_at"],
    )
