"""The tables of receipts as SQLAlchemy sees them."""

from __future__ import annotations

import sqlalchemy as sa

from common.door.rows import business_table
from data_exchange.store.tables import metadata

acknowledgements = business_table(
    "receipt_acknowledgements",
    metadata,
    sa.Column("record_id", sa.Uuid, primary_key=True),
    sa.Column("agency_id", sa.Text, primary_key=True),
    sa.Column("exchange_id", sa.Text),
    sa.Column("acknowledged_at", sa.DateTime(timezone=True)),
    owner="exchange_id",
)
