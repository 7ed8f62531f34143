"""The table of handsets as its migration makes it."""

from __future__ import annotations

import sqlalchemy as sa

from common.door.rows import business_table
from notification.store.tables import metadata

_TIME = sa.DateTime(timezone=True)

handsets = business_table(
    "handsets",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("party_id", sa.Text, nullable=False),
    sa.Column("push", sa.Text, nullable=False),
    sa.Column("sealed", sa.LargeBinary),
    sa.Column("registered_at", _TIME, nullable=False),
    sa.Column("readdressed_at", _TIME),
    sa.Column("ended_at", _TIME),
    sa.Column("end_reason", sa.Text),
    owner="id",
)
