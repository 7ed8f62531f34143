"""The table of suspected crimes; the sentences of each row stand in `crimes.sql`."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from case.store.tables import metadata
from common.door.rows import business_table

_INSTANT = sa.DateTime(timezone=True)

crimes = business_table(
    "crimes",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("team", ARRAY(sa.Text)),
    sa.Column("named_at", _INSTANT),
    sa.Column("reported_at", _INSTANT),
    sa.Column("decide_by", sa.Date),
    sa.Column("approved", sa.Boolean),
    sa.Column("document_id", sa.Text),
    sa.Column("exchange_id", sa.Text),
    sa.Column("to_agency", sa.Text),
    sa.Column("answer", sa.Text),
    sa.Column("result", sa.Text),
    sa.Column("sealed", sa.LargeBinary),
    owner="case_id",
)
