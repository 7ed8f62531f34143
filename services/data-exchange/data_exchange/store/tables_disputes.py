"""The tables of corrections and disputes as SQLAlchemy sees them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from common.door.rows import business_table
from data_exchange.store.tables import clock_table, metadata

_INSTANT = sa.DateTime(timezone=True)

corrections = business_table(
    "corrections",
    metadata,
    sa.Column("exchange_id", sa.Text, primary_key=True),
    sa.Column("received_in", sa.Text),
    owner="exchange_id",
)
disputes = business_table(
    "disputes",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("agency_id", sa.Text),
    sa.Column("other_id", sa.Text),
    sa.Column("exchange_id", sa.Text),
    sa.Column("ladder", ARRAY(sa.Text)),
    sa.Column("step", sa.Integer),
    sa.Column("organs", ARRAY(sa.Text)),
    sa.Column("state", sa.Text),
    sa.Column("proposed_by", sa.Text),
    sa.Column("outcome", sa.Text),
    sa.Column("raised_at", _INSTANT),
    sa.Column("ended_at", _INSTANT),
    sa.Column("revision", sa.Integer),
    owner="id",
)
dispute_clocks = clock_table("dispute_clocks", owner="dispute_id")
dispute_papers = business_table(
    "dispute_papers",
    metadata,
    sa.Column("dispute_id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text),
    sa.Column("agency_id", sa.Text),
    sa.Column("made_at", _INSTANT),
    sa.Column("sealed", sa.LargeBinary),
    owner="dispute_id",
)
