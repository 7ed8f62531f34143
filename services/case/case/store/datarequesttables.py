"""The table of data requests as SQLAlchemy sees it; the sentences of each row stand in `datarequests.sql`."""

from __future__ import annotations

import sqlalchemy as sa

from case.store.tables import metadata
from common.door.rows import business_table

data_requests = business_table(
    "data_requests",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("party_id", sa.Text),
    sa.Column("kind", sa.Text),
    sa.Column("asked_at", sa.DateTime(timezone=True)),
    sa.Column("granted", sa.Boolean),
    sa.Column("ground", sa.Text),
    sa.Column("law", sa.Text),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided_at", sa.DateTime(timezone=True)),
    sa.Column("released_at", sa.DateTime(timezone=True)),
    sa.Column("sealed", sa.LargeBinary),
    owner="case_id",
)
