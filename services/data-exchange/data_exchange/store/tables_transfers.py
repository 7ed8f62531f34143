"""The tables of transfers as SQLAlchemy sees them; the sentences of each row stand in the migration."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from common.door.rows import business_table
from data_exchange.store.tables import metadata

_INSTANT = sa.DateTime(timezone=True)

transfers = business_table(
    "transfers",
    metadata,
    sa.Column("exchange_id", sa.Text, primary_key=True),
    sa.Column("prepared_by", sa.Text),
    sa.Column("recognised_at", _INSTANT),
    sa.Column("examined", sa.Boolean),
    sa.Column("limitation_on", sa.Date),
    sa.Column("reverse_of", sa.Text),
    sa.Column("evidence_ids", ARRAY(sa.Text)),
    sa.Column("submitted_by", sa.Text),
    sa.Column("manifest_sha256", sa.Text),
    sa.Column("approved_by", sa.Text),
    sa.Column("approved_at", _INSTANT),
    sa.Column("dispatched_at", _INSTANT),
    sa.Column("is_late", sa.Boolean),
    sa.Column("received_by", sa.Text),
    sa.Column("receipt_sha256", sa.Text),
    sa.Column("filing", sa.Text),
    sa.Column("filed_at", _INSTANT),
    sa.Column("competent_agency_id", sa.Text),
    sa.Column("forward_to", sa.Text),
    sa.Column("reconsidered_at", _INSTANT),
    sa.Column("goods_handed_at", _INSTANT),
    sa.Column("outcome", sa.Text),
    sa.Column("result_is_late", sa.Boolean),
    owner="exchange_id",
)
files = business_table(
    "transfer_files",
    metadata,
    sa.Column("exchange_id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("enclosure", sa.Text),
    sa.Column("sha256", sa.Text),
    sa.Column("size", sa.Integer),
    sa.Column("media_type", sa.Text),
    sa.Column("level", sa.Integer),
    sa.Column("evidence_id", sa.Text),
    sa.Column("picture", sa.Integer),
    sa.Column("sealed", sa.LargeBinary),
    owner="exchange_id",
)
notes = business_table(
    "transfer_notes",
    metadata,
    sa.Column("exchange_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("sealed", sa.LargeBinary),
    owner="exchange_id",
)
uploads = sa.Table(
    "uploads",
    metadata,
    sa.Column("exchange_id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("enclosure", sa.Text),
    sa.Column("level", sa.Integer),
    sa.Column("media_type", sa.Text),
    sa.Column("size", sa.Integer),
    sa.Column("sha256", sa.Text),
    sa.Column("sealed", sa.LargeBinary),
    sa.Column("codes", ARRAY(sa.Text)),
)
parts = sa.Table(
    "upload_parts",
    metadata,
    sa.Column("exchange_id", sa.Text, primary_key=True),
    sa.Column("upload", sa.Integer, primary_key=True),
    sa.Column("part", sa.Integer, primary_key=True),
    sa.Column("size", sa.Integer),
    sa.Column("sha256", sa.Text),
)
