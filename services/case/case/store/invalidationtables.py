"""The table of invalidations as SQLAlchemy sees it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from case.store.tables import metadata
from common.door.rows import business_table

_INSTANT = sa.DateTime(timezone=True)
_TEXTS = ARRAY(sa.Text)

invalidations = business_table(
    "invalidations",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("source", sa.Text),
    sa.Column("guard", sa.Text),
    sa.Column("codes", _TEXTS),
    sa.Column("evidence_ids", _TEXTS),
    sa.Column("opened_at", _INSTANT),
    sa.Column("settle_by", sa.Date),
    sa.Column("overdue_at", _INSTANT),
    sa.Column("way", sa.Text),
    sa.Column("settled_at", _INSTANT),
    sa.Column("settled_by", sa.Text),
    sa.Column("sealed", sa.LargeBinary),
    owner="case_id",
)
