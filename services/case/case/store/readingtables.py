"""The tables of readings as SQLAlchemy sees them; the sentences of each row stand in `readings.sql`."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from case.store.tables import metadata
from common.door.rows import business_table

readings = business_table(
    "readings",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("reader", sa.Text, primary_key=True),
    sa.Column("purpose", sa.Text, primary_key=True),
    sa.Column("read_on", sa.Date, primary_key=True),
    sa.Column("depth", sa.Text, primary_key=True),
    sa.Column("nth", sa.Integer, primary_key=True),
    sa.Column("fields", ARRAY(sa.Text)),
    sa.Column("read_at", sa.DateTime(timezone=True)),
    owner="case_id",
)

unmasking_grants = business_table(
    "unmasking_grants",
    metadata,
    sa.Column("officer_id", sa.Text, primary_key=True),
    sa.Column("granted_on", sa.Date, primary_key=True),
    sa.Column("nth", sa.Integer, primary_key=True),
    sa.Column("case_id", sa.Text),
    sa.Column("more", sa.Integer),
    sa.Column("granted_by", sa.Text),
    sa.Column("granted_at", sa.DateTime(timezone=True)),
    owner="case_id",
)
