"""The table of the proposals to retire a device."""

from __future__ import annotations

import sqlalchemy as sa

from common.door.rows import business_table
from device_registry.store.tables import metadata

retirements = business_table(
    "device_retirements",
    metadata,
    sa.Column("device_id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("cause", sa.Text),
    sa.Column("disposition", sa.Text),
    sa.Column("keeper", sa.Text),
    sa.Column("proposed_by", sa.Text),
    sa.Column("proposed_at", sa.DateTime(timezone=True)),
    sa.Column("approved_by", sa.Text),
    sa.Column("approved_at", sa.DateTime(timezone=True)),
    owner="device_id",
)
