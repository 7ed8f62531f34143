"""The table of amendments as SQLAlchemy sees it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from case.store.tables import metadata
from common.door.rows import business_table

_INSTANT = sa.DateTime(timezone=True)

amendments = business_table(
    "amendments",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text),
    sa.Column("cause", sa.Text),
    sa.Column("violations", ARRAY(sa.Text)),
    sa.Column("proposed_kind", sa.Text),
    sa.Column("proposed_fen", sa.BigInteger),
    sa.Column("proposed_by", sa.Text),
    sa.Column("conclusion", sa.Text),
    sa.Column("reviewed_by", sa.Text),
    sa.Column("document_id", sa.Text),
    sa.Column("decided_at", _INSTANT),
    sa.Column("refund_fen", sa.BigInteger),
    sa.Column("served_at", _INSTANT),
    sa.Column("sealed", sa.LargeBinary),
    owner="case_id",
)
