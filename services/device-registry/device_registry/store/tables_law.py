"""The warnings of ending bases as SQLAlchemy sees them; their sentences stand in `law.sql`."""

from __future__ import annotations

import sqlalchemy as sa

from common.door.rows import business_table
from device_registry.store.tables import metadata

basis_warnings = business_table(
    "basis_warnings",
    metadata,
    sa.Column("device_id", sa.Text, primary_key=True),
    sa.Column("function_code", sa.Text, primary_key=True),
    sa.Column("last_on", sa.Date, primary_key=True),
    sa.Column("warned_at", sa.DateTime(timezone=True)),
    owner="device_id",
)
