"""The tables of the use of received data as SQLAlchemy sees them."""

from __future__ import annotations

import sqlalchemy as sa

from common.door.rows import business_table
from data_exchange.store.tables import metadata

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
use_clocks = business_table(
    "data_use_clocks",
    metadata,
    sa.Column("use_id", sa.Text, primary_key=True),
    sa.Column("rule", sa.Text, primary_key=True),
    sa.Column("law", sa.Text),
    sa.Column("unit", sa.Text),
    sa.Column("n", sa.Integer),
    sa.Column("holder", sa.Text),
    sa.Column("trigger_on", sa.Date),
    sa.Column("raw_on", sa.Date),
    sa.Column("due_on", sa.Date),
    sa.Column("rolled_by", sa.Text),
    sa.Column("alarm_on", sa.Date),
    sa.Column("calendar_version", sa.Text),
    sa.Column("provisional", sa.Boolean),
    sa.Column("ended_at", _INSTANT),
    sa.Column("missed", sa.Boolean),
    owner="use_id",
)
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
