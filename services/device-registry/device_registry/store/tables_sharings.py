"""The table of devices that one agency shares with another."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from common.door.rows import business_table
from device_registry.store.tables import metadata

_INSTANT = sa.DateTime(timezone=True)

sharings = business_table(
    "device_sharings",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("device_id", sa.Text),
    sa.Column("agency_id", sa.Text),
    sa.Column("to_agency_id", sa.Text),
    sa.Column("state", sa.Text),
    sa.Column("violations", JSONB),
    sa.Column("until_on", sa.Date),
    sa.Column("purpose", sa.Text),
    sa.Column("basis", JSONB),
    sa.Column("instead_of", sa.Text),
    sa.Column("requested_at", _INSTANT),
    sa.Column("answered_at", _INSTANT),
    sa.Column("ended_at", _INSTANT),
    sa.Column("reason", sa.Text),
    owner="id",
)
