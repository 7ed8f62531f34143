"""The table of the agencies' own words."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from common.door.rows import business_table
from notification.store.tables import metadata

_TIME = sa.DateTime(timezone=True)

templates = business_table(
    "templates",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("agency_id", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("channel", sa.Text),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("drafted_by", sa.Text, nullable=False),
    sa.Column("drafted_at", _TIME, nullable=False),
    sa.Column("approved_by", postgresql.ARRAY(sa.Text), nullable=False),
    sa.Column("in_force_at", _TIME),
    sa.Column("withdrawn_at", _TIME),
    owner="id",
)
