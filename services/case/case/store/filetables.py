"""The tables of the party's files as SQLAlchemy sees them; the sentences of each row stand in `files.sql`."""

from __future__ import annotations

import sqlalchemy as sa

from case.store.tables import metadata
from common.door.rows import business_table

files = business_table(
    "files",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("party_id", sa.Text),
    sa.Column("taken_by", sa.Text),
    sa.Column("sha256", sa.Text, info={"blobs": "blobs"}),
    sa.Column("size", sa.Integer),
    sa.Column("media_type", sa.Text),
    sa.Column("scan", sa.Text),
    sa.Column("handed_in_at", sa.DateTime(timezone=True)),
    sa.Column("statement", sa.Integer),
    sa.Column("released_at", sa.DateTime(timezone=True)),
    sa.Column("sealed", sa.LargeBinary),
    owner="case_id",
)
uploads = sa.Table(
    "uploads",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("party_id", sa.Text),
    sa.Column("taken_by", sa.Text),
    sa.Column("size", sa.Integer),
    sa.Column("sha256", sa.Text),
    sa.Column("sealed", sa.LargeBinary),
    sa.Column("is_whole", sa.Boolean),
)
parts = sa.Table(
    "upload_parts",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("upload", sa.Integer, primary_key=True),
    sa.Column("part", sa.Integer, primary_key=True),
    sa.Column("size", sa.Integer),
    sa.Column("sha256", sa.Text),
)
