"""The tables as the migration makes them. Every row answers to a record of its owner's stream."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from common.door.rows import business_table

metadata = sa.MetaData()

_TIME = sa.DateTime(timezone=True)

consents = business_table(
    "consents",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("party_id", sa.Text, nullable=False),
    sa.Column("documents", postgresql.ARRAY(sa.Text), nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("address", sa.LargeBinary, nullable=False),
    sa.Column("text_version", sa.Text, nullable=False),
    sa.Column("signed_at", _TIME, nullable=False),
    sa.Column("withdrawn_at", _TIME),
    owner="id",
)

messages = business_table(
    "messages",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("agency_id", sa.Text, nullable=False),
    sa.Column("party_id", sa.Text, nullable=False),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("template", sa.Text, nullable=False),
    sa.Column("sealed", sa.LargeBinary),
    sa.Column("document_id", sa.Text),
    sa.Column("document_kind", sa.Text),
    # A message that failed brought no document; the others' is sealed under the secret of the case.
    sa.Column(
        "document_sha256",
        sa.Text,
        info={"blobs": "blobs", "of": "case_id", "unless": ("state", "FAILED")},
    ),
    sa.Column("cause", sa.Uuid, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("created_at", _TIME, nullable=False),
    sa.Column("delivered_at", _TIME),
    sa.Column("told_by", sa.Text),
    sa.Column("failure", sa.Text),
    sa.Column("failed_because", postgresql.ARRAY(sa.Text), nullable=False),
    sa.Column("erased_at", _TIME),
    sa.Column("seen_at", _TIME),
    sa.Column("read_at", _TIME),
    sa.Column("downloaded_at", _TIME),
    sa.Column("acknowledged_at", _TIME),
    sa.Column("acknowledged_by", sa.Text),
    sa.Column("refused_at", _TIME),
    sa.Column("refused_by", sa.Text),
    sa.Column("disputed_at", _TIME),
    sa.Column("dispute_reason", sa.Text),
    owner="id",
)
