"""The tables of deferrals, suspensions and executions; the sentences of each row stand in `execution.sql`."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from case.store.tables import metadata
from common.door.rows import business_table

_INSTANT = sa.DateTime(timezone=True)

reliefs = business_table(
    "reliefs",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("applied_at", _INSTANT),
    sa.Column("due_on", ARRAY(sa.Date)),
    sa.Column("amount_fen", ARRAY(sa.BigInteger)),
    sa.Column("references_", ARRAY(sa.Text)),
    sa.Column("granted", sa.Boolean),
    sa.Column("from_on", sa.Date),
    sa.Column("granted_at", _INSTANT),
    sa.Column("answered_at", _INSTANT),
    sa.Column("service_ordered", sa.Boolean),
    sa.Column("served_at", _INSTANT),
    sa.Column("document_id", sa.Text),
    sa.Column("sealed", sa.LargeBinary),
    owner="case_id",
)
suspensions = business_table(
    "suspensions",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("ground", sa.Text),
    sa.Column("proposed_by", sa.Text),
    sa.Column("back_to", sa.Text),
    sa.Column("since", sa.Date),
    sa.Column("until", sa.Date),
    sa.Column("released_at", _INSTANT),
    sa.Column("sealed", sa.LargeBinary),
    owner="case_id",
)
executions = business_table(
    "executions",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("demand_document_id", sa.Text),
    sa.Column("demanded_at", _INSTANT),
    sa.Column("surcharge_reference", sa.Text),
    sa.Column("demand_served_at", _INSTANT),
    sa.Column("answer_until", _INSTANT),
    sa.Column("court_document_id", sa.Text),
    sa.Column("applied_on", sa.Date),
    sa.Column("ruling", sa.Text),
    sa.Column("ruled_on", sa.Date),
    sa.Column("objected_on", sa.Date),
    sa.Column("rests_since", sa.Date),
    sa.Column("rest_ground", sa.Text),
    sa.Column("ended", sa.Text),
    sa.Column("sealed", sa.LargeBinary),
    owner="case_id",
)
demand_objections = business_table(
    "demand_objections",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("submitted_at", _INSTANT),
    sa.Column("answered", sa.Boolean),
    sa.Column("adopted", sa.Boolean),
    sa.Column("sealed", sa.LargeBinary),
    owner="case_id",
)
