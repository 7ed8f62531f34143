"""The table of remedies as SQLAlchemy sees it; the sentences of each row stand in the migration."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from case.store.tables import metadata
from common.door.rows import business_table

_INSTANT = sa.DateTime(timezone=True)

remedies = business_table(
    "remedies",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("forum", sa.Text),
    sa.Column("through_agency", sa.Boolean),
    sa.Column("stage", sa.Text),
    sa.Column("filed_on", sa.Date),
    sa.Column("in_time", sa.Boolean),
    sa.Column("handle_until", _INSTANT),
    sa.Column("procedure", sa.Text),
    sa.Column("accepted_on", sa.Date),
    sa.Column("answer_until", _INSTANT),
    sa.Column("answer_document_id", sa.Text),
    sa.Column("period_on", sa.Date),
    sa.Column("told_on", sa.Date),
    sa.Column("insisted_on", sa.Date),
    sa.Column("halt", sa.Text),
    sa.Column("ended_on", sa.Date),
    sa.Column("result", sa.Text),
    sa.Column("flaw", sa.Text),
    sa.Column("anew_until", _INSTANT),
    sa.Column("anew_fallen", sa.Text),
    sa.Column("anew_outcome", sa.Text),
    sa.Column("anew_violations", ARRAY(sa.Text)),
    sa.Column("anew_kind", sa.Text),
    sa.Column("anew_fen", sa.BigInteger),
    sa.Column("anew_report", sa.LargeBinary),
    sa.Column("anew_evidence", sa.LargeBinary),
    sa.Column("anew_may_repeat", sa.Boolean),
    sa.Column("late", ARRAY(sa.Text)),
    sa.Column("sealed", sa.LargeBinary),
    owner="case_id",
)
