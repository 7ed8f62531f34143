"""The tables of the contracts with market entities."""

from __future__ import annotations

import sqlalchemy as sa

from common.door.rows import business_table
from device_registry.store.tables import metadata

files = business_table(
    "device_contract_files",
    metadata,
    sa.Column("device_id", sa.Text, primary_key=True),
    sa.Column("sha256", sa.Text, primary_key=True, info={"blobs": "blobs", "of": "device_id"}),
    sa.Column("document", sa.Text),
    sa.Column("size", sa.BigInteger),
    sa.Column("filed_at", sa.DateTime(timezone=True)),
    owner="device_id",
)

contracts = business_table(
    "device_contracts",
    metadata,
    sa.Column("device_id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("contract", sa.Text),
    sa.Column("declaration", sa.Text),
    sa.Column("entity", sa.Text),
    sa.Column("signatory_sealed", sa.LargeBinary),
    sa.Column("declared_on", sa.Date),
    sa.Column("recorded_at", sa.DateTime(timezone=True)),
    owner="device_id",
)
