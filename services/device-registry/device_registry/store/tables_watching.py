"""The tables of what is watched while a device is in service, as `migrations/watching.sql` makes them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from common.door.rows import business_table
from device_registry.store.tables import metadata, numbered

_INSTANT = sa.DateTime(timezone=True)

expiry_warnings = business_table(
    "device_expiry_warnings",
    metadata,
    sa.Column("device_id", sa.Text, primary_key=True),
    sa.Column("certificate_no", sa.Text, primary_key=True),
    sa.Column("valid_until", sa.Date, primary_key=True),
    sa.Column("days", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("warned_at", _INSTANT),
    owner="device_id",
)

invalid_papers = numbered(
    "device_invalid_papers",
    sa.Column("paper", sa.Text),
    sa.Column("number", sa.Text),
    sa.Column("invalid_from", sa.Date),
    sa.Column("reason", sa.Text),
)

invalid_intervals = numbered(
    "device_invalid_intervals",
    sa.Column("guard", sa.Text),
    sa.Column("codes", JSONB),
    sa.Column("invalid_from", _INSTANT),
    sa.Column("invalid_until", _INSTANT),
)

maintenance_plans = numbered(
    "device_maintenance_plans",
    sa.Column("by", sa.Text),
    sa.Column("interval_d", sa.Integer),
    sa.Column("duties", sa.Text),
)

maintenances = numbered(
    "device_maintenances",
    sa.Column("by", sa.Text),
    sa.Column("cause", sa.Text),
    sa.Column("note", sa.Text),
    sa.Column("ended_at", _INSTANT),
    sa.Column("parts", JSONB),
    sa.Column("is_metrology", sa.Boolean),
    sa.Column("work", sa.Text),
)

faults = numbered(
    "device_faults",
    sa.Column("cause", sa.Text),
    sa.Column("description", sa.Text),
    sa.Column("began_at", _INSTANT),
    sa.Column("closed_at", _INSTANT),
    sa.Column("remedy", sa.Text),
)

clock_checks = numbered("device_clock_checks", sa.Column("drift_ms", sa.Integer))
