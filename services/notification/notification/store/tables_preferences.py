"""The table of the parties' preferences as its migration makes it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from common.door.rows import business_table
from notification.store.tables import metadata

preferences = business_table(
    "preferences",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("party_id", sa.Text, nullable=False),
    sa.Column("unwanted", postgresql.ARRAY(sa.Text), nullable=False),
    sa.Column("channels", postgresql.ARRAY(sa.Text), nullable=False),
    sa.Column("quiet_from", sa.Time),
    sa.Column("quiet_until", sa.Time),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("large_print", sa.Boolean, nullable=False),
    sa.Column("voice", sa.Boolean, nullable=False),
    sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
    owner="id",
)
