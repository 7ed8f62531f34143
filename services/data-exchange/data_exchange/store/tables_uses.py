"""The tables of the use of received data as SQLAlchemy sees them."""

from __future__ import annotations

import sqlalchemy as sa

from common.door.rows import business_table
from data_exchange.store.tables import clock_table, metadata

_INSTANT = sa.DateTime(timezone=True)

uses = business_table(
    "data_uses",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("agency_id", sa.Text),
    sa.Column("provider_id", sa.Text),
    sa.Column("authority_id", sa.Text),
    sa.Column("source", sa.Text),
    sa.Column("what", sa.Text),
    sa.Column("purpose", sa.Text),
    sa.Column("case_id", sa.Text),
    sa.Column("opened_at", _INSTANT),
    sa.Column("state", sa.Text),
    sa.Column("access", sa.Text),
    sa.Column("disposal", sa.Text),
    sa.Column("disposed_at", _INSTANT),
    sa.Column("missed", sa.Boolean),
    sa.Column("revision", sa.Integer),
    owner="id",
)
use_clocks = clock_table("data_use_clocks", owner="use_id")
use_entries = business_table(
    "data_use_entries",
    metadata,
    sa.Column("use_id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text),
    sa.Column("agency_id", sa.Text),
    sa.Column("made_at", _INSTANT),
    sa.Column("purpose", sa.Text),
    sa.Column("case_id", sa.Text),
    sa.Column("recipient_id", sa.Text),
    sa.Column("sealed", sa.LargeBinary),
    owner="use_id",
)
