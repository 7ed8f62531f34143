"""The tables of files of subjects as SQLAlchemy sees them; the sentences of each row stand in `batches.sql`."""

from __future__ import annotations

import sqlalchemy as sa

from common.door.rows import business_table
from data_exchange.store.tables import metadata

batches = business_table(
    "comparison_batches",
    metadata,
    sa.Column("comparison_id", sa.Text, primary_key=True),
    sa.Column("agency_id", sa.Text),
    sa.Column("case_id", sa.Text),
    sa.Column("kind", sa.Text),
    sa.Column("purpose", sa.Text),
    sa.Column("agreement_id", sa.Text),
    sa.Column("subject_kind", sa.Text),
    sa.Column("media_type", sa.Text),
    sa.Column("sha256", sa.Text),
    sa.Column("rows", sa.Integer),
    sa.Column("done", sa.Integer),
    sa.Column("matched", sa.Integer),
    sa.Column("unmatched", sa.Integer),
    sa.Column("ambiguous", sa.Integer),
    sa.Column("unreadable", sa.Integer),
    sa.Column("failed", sa.Boolean),
    owner="comparison_id",
)
parts = business_table(
    "comparison_parts",
    metadata,
    sa.Column("comparison_id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("sha256", sa.Text),
    sa.Column("size", sa.Integer),
    owner="comparison_id",
)
results = business_table(
    "comparison_results",
    metadata,
    sa.Column("comparison_id", sa.Text, primary_key=True),
    sa.Column("first_row", sa.Integer, primary_key=True),
    sa.Column("sealed", sa.LargeBinary),
    owner="comparison_id",
)
