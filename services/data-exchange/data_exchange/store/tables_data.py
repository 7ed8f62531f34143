"""The tables of the catalogue of government data and of requests for data, as SQLAlchemy sees them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from common.door.rows import business_table
from data_exchange.store.tables import clock_table, metadata

_INSTANT = sa.DateTime(timezone=True)
_TEXTS = ARRAY(sa.Text)

items = business_table(
    "catalogue_items",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("agency_id", sa.Text),
    sa.Column("authority_id", sa.Text),
    sa.Column("state", sa.Text),
    sa.Column("version", sa.Integer),
    sa.Column("listed_version", sa.Integer),
    sa.Column("secrecy", sa.Text),
    sa.Column("personal_information", sa.Text),
    sa.Column("change_extended", sa.Boolean),
    sa.Column("revision", sa.Integer),
    owner="id",
)
versions = business_table(
    "catalogue_versions",
    metadata,
    sa.Column("item_id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("share", sa.Text),
    sa.Column("classification", sa.Text),
    sa.Column("manners", _TEXTS),
    sa.Column("fields", _TEXTS),
    sa.Column("personal_fields", _TEXTS),
    sa.Column("drafted_at", _INSTANT),
    sa.Column("listed_at", _INSTANT),
    sa.Column("sealed", sa.LargeBinary),
    owner="item_id",
)
item_clocks = clock_table("catalogue_clocks", owner="item_id")
item_papers = business_table(
    "catalogue_papers",
    metadata,
    sa.Column("item_id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text),
    sa.Column("made_at", _INSTANT),
    sa.Column("sealed", sa.LargeBinary),
    owner="item_id",
)
data_requests = business_table(
    "data_requests",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("agency_id", sa.Text),
    sa.Column("provider_id", sa.Text),
    sa.Column("shown_to", sa.Text),
    sa.Column("authority_id", sa.Text),
    sa.Column("item_id", sa.Text),
    sa.Column("fields", _TEXTS),
    sa.Column("manner", sa.Text),
    sa.Column("use_until", sa.Date),
    sa.Column("purpose", sa.Text),
    sa.Column("case_id", sa.Text),
    sa.Column("share", sa.Text),
    sa.Column("state", sa.Text),
    sa.Column("consented_answer", sa.Text),
    sa.Column("delivered_in", sa.Text),
    sa.Column("revision", sa.Integer),
    sa.Column("sealed", sa.LargeBinary),
    owner="id",
)
