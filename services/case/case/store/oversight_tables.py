"""The tables of oversight items as SQLAlchemy sees them; the sentences of each row stand in `oversight.sql`."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from case.store.tables import metadata
from common.door.rows import business_table

_INSTANT = sa.DateTime(timezone=True)

items = business_table(
    "oversight_items",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("type", sa.Text),
    sa.Column("agency_id", sa.Text),
    sa.Column("source_record_id", sa.Uuid),
    sa.Column("source_type", sa.Text),
    sa.Column("source_stream", sa.Text),
    sa.Column("source_seq", sa.Integer),
    sa.Column("consequence", sa.LargeBinary),
    sa.Column("log_records", ARRAY(sa.Uuid)),
    sa.Column("log_types", ARRAY(sa.Text)),
    sa.Column("log_times", ARRAY(_INSTANT)),
    sa.Column("state", sa.Text),
    sa.Column("revision", sa.Integer),
    sa.Column("opened_at", _INSTANT),
    sa.Column("due_law", sa.Text),
    sa.Column("due_n", sa.Integer),
    sa.Column("due_from", sa.Date),
    sa.Column("due_on", sa.Date),
    sa.Column("due_alarm_on", sa.Date),
    sa.Column("due_calendar", sa.Text),
    sa.Column("due_provisional", sa.Boolean),
    sa.Column("due_set_by", sa.Text),
    sa.Column("replied_at", _INSTANT),
    sa.Column("overdue_at", _INSTANT),
    sa.Column("closed_at", _INSTANT),
    sa.Column("result", sa.Text),
    owner="id",
)
papers = business_table(
    "oversight_papers",
    metadata,
    sa.Column("item_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("agency_id", sa.Text),
    sa.Column("made_at", _INSTANT),
    sa.Column("sealed", sa.LargeBinary),
    owner="item_id",
)
