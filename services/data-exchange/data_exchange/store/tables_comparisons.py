"""The tables of comparisons as SQLAlchemy sees them; the sentences of each row stand in `comparisons.sql`."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from common.door.rows import business_table
from data_exchange.store.tables import metadata

_INSTANT = sa.DateTime(timezone=True)

comparisons = business_table(
    "comparisons",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("agency_id", sa.Text),
    sa.Column("by", sa.Text),
    sa.Column("kind", sa.Text),
    sa.Column("purpose", sa.Text),
    sa.Column("case_id", sa.Text),
    sa.Column("state", sa.Text),
    sa.Column("register", sa.Text),
    sa.Column("asked_at", _INSTANT),
    sa.Column("is_sealed", sa.Boolean),
    sa.Column("code", sa.Text),
    sa.Column("rows", sa.Integer),
    sa.Column("verdict", sa.Text),
    sa.Column("fields", ARRAY(sa.Text)),
    sa.Column("latency_ms", sa.Integer),
    sa.Column("agreement_id", sa.Text),
    sa.Column("purpose_id", sa.Text),
    sa.Column("sealed", sa.LargeBinary),
    owner="id",
)
