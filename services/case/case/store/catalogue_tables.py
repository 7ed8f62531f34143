"""The tables of the catalogue as SQLAlchemy sees them; the sentences of each row stand in `catalogue.sql`."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from case.store.tables import metadata
from common.door.rows import business_table

_INSTANT = sa.DateTime(timezone=True)

sources = business_table(
    "legal_sources",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("agency_id", sa.Text),
    sa.Column("state", sa.Text),
    sa.Column("level", sa.Text),
    sa.Column("title", sa.Text),
    sa.Column("organ", sa.Text),
    sa.Column("document_no", sa.Text),
    sa.Column("articles", JSONB),
    sa.Column("proposed_by", sa.Text),
    sa.Column("proposed_at", _INSTANT),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided_at", _INSTANT),
    owner="id",
)
articles = business_table(
    "legal_articles",
    metadata,
    sa.Column("source_id", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("agency_id", sa.Text),
    sa.Column("title", sa.Text),
    sa.Column("article", sa.Text),
    sa.Column("from_on", sa.Date),
    sa.Column("until_on", sa.Date),
    sa.Column("is_current", sa.Boolean),
    owner="source_id",
)
successions = business_table(
    "legal_successions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("agency_id", sa.Text),
    sa.Column("old_title", sa.Text),
    sa.Column("old_article", sa.Text),
    sa.Column("new_title", sa.Text),
    sa.Column("new_article", sa.Text),
    sa.Column("from_on", sa.Date),
    sa.Column("state", sa.Text),
    sa.Column("proposed_by", sa.Text),
    sa.Column("proposed_at", _INSTANT),
    sa.Column("approved_by", sa.Text),
    sa.Column("approved_at", _INSTANT),
    sa.Column("withdrawn_at", _INSTANT),
    owner="id",
)
