"""The table of publications as SQLAlchemy sees it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from case.store.tables import metadata
from common.door.rows import business_table

_INSTANT = sa.DateTime(timezone=True)

publications = business_table(
    "publications",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("document_id", sa.Text),
    sa.Column("has_impact", sa.Boolean),
    sa.Column("criteria", ARRAY(sa.Text)),
    sa.Column("judged_by", sa.Text),
    sa.Column("judged_at", _INSTANT),
    sa.Column("publish_by", sa.Date),
    sa.Column("publication_id", sa.Text),
    sa.Column("published_at", _INSTANT),
    sa.Column("sha256", sa.Text),
    sa.Column("fallen", sa.Text),
    sa.Column("withdraw_by", sa.Date),
    sa.Column("withdrawn_at", _INSTANT),
    sa.Column("overdue_at", _INSTANT),
    sa.Column("sealed", sa.LargeBinary),
    owner="case_id",
)
