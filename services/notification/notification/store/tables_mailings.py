"""The table of batches as its migration makes it."""

from __future__ import annotations

import sqlalchemy as sa

from common.door.rows import business_table
from notification.store.tables import metadata

_TIME = sa.DateTime(timezone=True)

mailings = business_table(
    "mailings",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("agency_id", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("ordered_at", _TIME, nullable=False),
    sa.Column("sealed", sa.LargeBinary),
    sa.Column("made", sa.Integer),
    sa.Column("finished_at", _TIME),
    owner="id",
)
