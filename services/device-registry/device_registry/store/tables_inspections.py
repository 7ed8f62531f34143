"""The tables of the inspections of regulated parties' devices."""

from __future__ import annotations

import sqlalchemy as sa

from common.door.rows import business_table
from device_registry.store.tables import metadata

inspections = business_table(
    "device_inspections",
    metadata,
    sa.Column("device_id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("inspected_on", sa.Date),
    sa.Column("inspector", sa.Text),
    sa.Column("result", sa.Text),
    sa.Column("findings", sa.Text),
    sa.Column("rectify_by", sa.Date),
    sa.Column("recorded_at", sa.DateTime(timezone=True)),
    owner="device_id",
)

answers = business_table(
    "device_inspection_answers",
    metadata,
    sa.Column("device_id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("answer", sa.Text),
    sa.Column("answered_at", sa.DateTime(timezone=True)),
    owner="device_id",
)
