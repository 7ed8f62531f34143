"""The tables of the collection of evidence; the sentences of each row stand in `collecting.sql`."""

from __future__ import annotations

import sqlalchemy as sa

from case.store.tables import metadata
from common.door.rows import business_table

_INSTANT = sa.DateTime(timezone=True)

field_records = business_table(
    "field_records",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text),
    sa.Column("first", sa.Text),
    sa.Column("began_at", _INSTANT),
    sa.Column("ended_at", _INSTANT),
    sa.Column("due_on", sa.Date),
    sa.Column("second", sa.Text),
    sa.Column("with_party", sa.Boolean),
    sa.Column("document_id", sa.Text),
    sa.Column("voided", sa.Boolean),
    sa.Column("provided_at", _INSTANT),
    sa.Column("is_whole", sa.Boolean),
    sa.Column("sealed", sa.LargeBinary),
    owner="case_id",
)
preservations = business_table(
    "preservations",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("proposed_by", sa.Text),
    sa.Column("ordered_at", _INSTANT),
    sa.Column("settle_by", sa.Date),
    sa.Column("document_id", sa.Text),
    sa.Column("handling", sa.Text),
    sa.Column("handled_at", _INSTANT),
    sa.Column("handling_document_id", sa.Text),
    sa.Column("lapsed", sa.Boolean),
    sa.Column("returned_at", _INSTANT),
    sa.Column("proof_sha256", sa.Text),
    sa.Column("released_at", _INSTANT),
    sa.Column("sealed", sa.LargeBinary),
    owner="case_id",
)
