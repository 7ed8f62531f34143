"""The tables of inventories, as `migrations/inventory.sql` makes them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from common.door.rows import business_table
from device_registry.store.tables import metadata

_INSTANT = sa.DateTime(timezone=True)

inventory_rows = business_table(
    "inventory_rows",
    metadata,
    sa.Column("device_id", sa.Text, primary_key=True),
    sa.Column("agency_id", sa.Text),
    sa.Column("import_id", sa.Text),
    sa.Column("source", sa.Text),
    sa.Column("sheet", sa.Text),
    sa.Column("row", sa.Integer),
    sa.Column("identity", sa.LargeBinary),
    sa.Column("claims", JSONB),
    sa.Column("findings", JSONB),
    owner="device_id",
)

imports = business_table(
    "device_imports",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("agency_id", sa.Text),
    sa.Column("source", sa.Text),
    sa.Column("file_sha256", sa.LargeBinary),
    sa.Column("received_by", sa.Text),
    sa.Column("received_at", _INSTANT),
    sa.Column("total", sa.Integer),
    sa.Column("understood", JSONB),
    sa.Column("concluded_at", _INSTANT),
    sa.Column("imported", sa.Integer),
    sa.Column("updated", sa.Integer),
    sa.Column("unchanged", sa.Integer),
    sa.Column("refused", sa.Integer),
    owner="id",
)

work = sa.Table(
    "import_work",
    metadata,
    sa.Column("import_id", sa.Text, primary_key=True),
    sa.Column("content", sa.LargeBinary),
    sa.Column("choice", JSONB),
    sa.Column("plan", JSONB),
    sa.Column("done", sa.Integer),
    sa.Column("ended_at", _INSTANT),
)

answers = sa.Table(
    "import_answers",
    metadata,
    sa.Column("import_id", sa.Text, primary_key=True),
    sa.Column("begins", sa.Integer, primary_key=True),
    sa.Column("answers", JSONB),
)
