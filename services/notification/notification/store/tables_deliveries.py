"""The tables of deliveries as their migration makes them."""

from __future__ import annotations

import sqlalchemy as sa

from common.door.rows import business_table
from notification.store.tables import metadata

_TIME = sa.DateTime(timezone=True)

deliveries = business_table(
    "deliveries",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("party_id", sa.Text, nullable=False),
    sa.Column("agency_id", sa.Text),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("level", sa.SmallInteger, nullable=False),
    sa.Column("is_statutory", sa.Boolean, nullable=False),
    sa.Column("may_come_twice", sa.Boolean, nullable=False),
    sa.Column("is_urgent", sa.Boolean, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("created_at", _TIME, nullable=False),
    sa.Column("not_before", _TIME),
    sa.Column("expires_at", _TIME, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("provider", sa.Text),
    sa.Column("reference", sa.Text),
    sa.Column("submitted_at", _TIME),
    sa.Column("arrived_at", _TIME),
    sa.Column("basis", sa.Text),
    sa.Column("code", sa.Text),
    sa.Column("is_bare", sa.Boolean, nullable=False),
    sa.Column("joined_to", sa.Text),
    sa.Column("address_key", sa.LargeBinary, nullable=False),
    sa.Column("sealed", sa.LargeBinary),
    owner="id",
)

attempts = sa.Table(
    "delivery_attempts",
    metadata,
    sa.Column("delivery_id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("provider", sa.Text, nullable=False),
)

work = sa.Table(
    "delivery_work",
    metadata,
    sa.Column("delivery_id", sa.Text, primary_key=True),
    sa.Column("lane", sa.SmallInteger, nullable=False),
    sa.Column("next_at", _TIME, nullable=False),
    sa.Column("faults", sa.SmallInteger, nullable=False),
)
