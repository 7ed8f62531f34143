"""The table of orders to correct as SQLAlchemy sees it; the sentences of each row stand in `corrections.sql`."""

from __future__ import annotations

import sqlalchemy as sa

from case.store.tables import metadata
from common.door.rows import business_table

correction_orders = business_table(
    "correction_orders",
    metadata,
    sa.Column("document_id", sa.Text, primary_key=True),
    sa.Column("case_id", sa.Text),
    sa.Column("alone", sa.Boolean),
    sa.Column("ordered_at", sa.DateTime(timezone=True)),
    sa.Column("days", sa.Integer),
    sa.Column("service_ordered", sa.Boolean),
    sa.Column("served_at", sa.DateTime(timezone=True)),
    sa.Column("correct_by", sa.Date),
    sa.Column("complied", sa.Boolean),
    sa.Column("checked_at", sa.DateTime(timezone=True)),
    sa.Column("proof_sha256", sa.Text),
    sa.Column("released_at", sa.DateTime(timezone=True)),
    sa.Column("sealed", sa.LargeBinary),
    owner="case_id",
)
