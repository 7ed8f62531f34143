"""What the ledger says of the city's legal sources. The tables may be emptied with the cursor: they are read again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.door.feed import LedgerEntry
from common.values.citations import cited
from common.values.profile import BasisLevel
from device_registry.domain.citedlaw import NOTHING_KNOWN, CitedLaw, KnownArticle, KnownSuccession
from device_registry.domain.device import Function
from ledger.canonical import parse_instant

SOURCE_PUBLISHED: Final = "legal_source.published"
SUCCESSION_PUBLISHED: Final = "legal_succession.published"
SUCCESSION_WITHDRAWN: Final = "legal_succession.withdrawn"
FOLLOWED: Final = {
    SOURCE_PUBLISHED: "legal_source",
    SUCCESSION_PUBLISHED: "legal_succession",
    SUCCESSION_WITHDRAWN: "legal_succession",
}
CHANGED: Final = "law-changed"
"""The name in `cursors` of the ledger's last entry that changed what is known of the law."""

# The statutes that are cited, and those to which their successions lead.
_TITLES: Final = (
    "WITH RECURSIVE reached AS (SELECT unnest(CAST(:titles AS text[])) AS title"
    " UNION SELECT s.new_title FROM known_successions s JOIN reached r ON s.old_title = r.title)"
)
_ARTICLES: Final = sa.text(f"{_TITLES} SELECT a.* FROM known_articles a JOIN reached USING (title)")
_SUCCESSIONS: Final = sa.text(
    f"{_TITLES} SELECT s.* FROM known_successions s JOIN reached r ON s.old_title = r.title"
)


async def list_cited(conn: AsyncConnection, functions: Collection[Function]) -> CitedLaw:
    """What is known of the statutes that these functions cite."""
    cited_titles = titles(functions)
    if not cited_titles:
        return NOTHING_KNOWN
    given = {"titles": sorted(cited_titles)}
    articles = [_article(row) for row in (await conn.execute(_ARTICLES, given)).mappings()]
    if not articles:
        return NOTHING_KNOWN
    successions = [_succession(row) for row in (await conn.execute(_SUCCESSIONS, given)).mappings()]
    return CitedLaw(tuple(articles), tuple(successions))


def titles(functions: Collection[Function]) -> set[str]:
    """The statutes that these functions cite."""
    return {basis.citation.title for function in functions for basis in function.bases}


_REACHING: Final = sa.text(
    "WITH RECURSIVE reaching AS (SELECT CAST(:title AS text) AS title"
    " UNION SELECT s.old_title FROM known_successions s JOIN reaching r ON s.new_title = r.title)"
    " SELECT title FROM reaching"
)


async def list_touched(conn: AsyncConnection, entry: LedgerEntry) -> frozenset[str]:
    """The statutes about whose citations the record says something: its own, and those that lead to it.

    Asked before `note`, because a succession that is withdrawn is gone after it.
    """
    match entry.record["type"], entry.record["data"]:
        case "legal_source.published", said:
            title: str | None = cited(said["title"], "").title
        case "legal_succession.published", said:
            title = cited(said["old"]["title"], said["old"]["article"]).title
        case _:
            query = "SELECT old_title FROM known_successions WHERE id = :id"
            title = await conn.scalar(sa.text(query), {"id": _owner(entry)})
    return frozenset((await conn.execute(_REACHING, {"title": title})).scalars()) if title else frozenset()


async def note(conn: AsyncConnection, entry: LedgerEntry) -> None:
    """Note what one record of the catalogue says. A record that is noted already changes nothing."""
    match entry.record["type"]:
        case "legal_source.published":
            await _note_source(conn, entry)
        case "legal_succession.published":
            await _note_succession(conn, entry)
        case "legal_succession.withdrawn":
            query = "DELETE FROM known_successions WHERE id = :id"
            await conn.execute(sa.text(query), {"id": _owner(entry)})
        case other:
            raise ValueError(f"couldn't note a record of type {other}")
    query = (
        "INSERT INTO cursors (name, position) VALUES (:name, :position)"
        " ON CONFLICT (name) DO UPDATE SET position = greatest(cursors.position, EXCLUDED.position)"
    )
    await conn.execute(sa.text(query), {"name": CHANGED, "position": entry.index})


async def _note_source(conn: AsyncConnection, entry: LedgerEntry) -> None:
    said, at = entry.record["data"], parse_instant(entry.record["at"])
    version = {"source_id": _owner(entry), "version": said["version"], "at": at}
    await conn.execute(_SUPERSEDE, version)
    rows = []
    for n, article in enumerate(said["articles"], start=1):
        citation = cited(said["title"], article["article"])
        days = {"from_on": date.fromisoformat(article["from_on"]), "until_on": _day(article["until_on"])}
        named = {"title": citation.title, "article": citation.article, "level": said["level"]}
        rows.append(version | {"n": n} | named | days)
    await conn.execute(_ADD_ARTICLE, rows)


_SUPERSEDE: Final = sa.text(
    "UPDATE known_articles SET superseded_at = :at"
    " WHERE source_id = :source_id AND version < :version AND superseded_at IS NULL"
)
_ADD_ARTICLE: Final = sa.text(
    "INSERT INTO known_articles (source_id, version, n, level, title, article, from_on, until_on, published_at)"
    " VALUES (:source_id, :version, :n, :level, :title, :article, :from_on, :until_on, :at) ON CONFLICT DO NOTHING"
)
_ADD_SUCCESSION: Final = sa.text(
    "INSERT INTO known_successions (id, old_title, old_article, new_title, new_article, from_on, published_at)"
    " VALUES (:id, :old_title, :old_article, :new_title, :new_article, :from_on, :at) ON CONFLICT DO NOTHING"
)


async def _note_succession(conn: AsyncConnection, entry: LedgerEntry) -> None:
    said = entry.record["data"]
    row = {"id": _owner(entry), "from_on": date.fromisoformat(said["from_on"])}
    row["at"] = parse_instant(entry.record["at"])
    for side in ("old", "new"):
        citation = cited(said[side]["title"], said[side]["article"])
        row |= {f"{side}_title": citation.title, f"{side}_article": citation.article}
    await conn.execute(_ADD_SUCCESSION, row)


def _owner(entry: LedgerEntry) -> str:
    return str(entry.record["stream"]).partition("/")[2]


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _article(row: Any) -> KnownArticle:
    return KnownArticle(
        cited(row["title"], row["article"]),
        BasisLevel(row["level"]),
        row["from_on"],
        row["until_on"],
        row["published_at"],
        row["superseded_at"],
    )


def _succession(row: Any) -> KnownSuccession:
    return KnownSuccession(
        cited(row["old_title"], row["old_article"]),
        cited(row["new_title"], row["new_article"]),
        row["from_on"],
        row["published_at"],
    )
