"""The table of the material changes of devices."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from common.door.rows import business_table
from device_registry.store.tables import metadata

changes = business_table(
    "device_changes",
    metadata,
    sa.Column("device_id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("site", JSONB),
    sa.Column("functions", JSONB),
    sa.Column("submitted_by", sa.Text),
    sa.Column("plan_id", sa.Text),
    sa.Column("warnings", JSONB),
    sa.Column("refused_at", sa.DateTime(timezone=True)),
    sa.Column("recorded_at", sa.DateTime(timezone=True)),
    owner="device_id",
)
