"""The tables of the way from the reviewed defence to the decision (`domain/deliberation.py`)."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from case.store.tables import metadata
from common.door.rows import business_table

_TEXTS = ARRAY(sa.Text)
_INSTANT = sa.DateTime(timezone=True)

investigation_returns = business_table(
    "investigation_returns",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("round", sa.Integer, primary_key=True),
    sa.Column("returned_by", sa.Text),
    sa.Column("returned_at", _INSTANT),
    sa.Column("sealed", sa.LargeBinary),
    owner="case_id",
)
hearings = business_table(
    "hearings",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("is_void", sa.Boolean),
    sa.Column("notice_id", sa.Text),
    sa.Column("ground", sa.Text),
    sa.Column("asked_at", _INSTANT),
    sa.Column("ordered_at", _INSTANT),
    sa.Column("opens_at", _INSTANT),
    sa.Column("place", sa.Text),
    sa.Column("closed_for", sa.Text),
    sa.Column("chair", sa.Text),
    sa.Column("document_id", sa.Text),
    sa.Column("served_at", _INSTANT),
    sa.Column("presence", sa.Text),
    sa.Column("held_at", _INSTANT),
    sa.Column("record_id", sa.Text),
    sa.Column("examined", _TEXTS),
    sa.Column("opinion", sa.Text),
    sa.Column("report_id", sa.Text),
    sa.Column("reported_at", _INSTANT),
    sa.Column("withdrawn_at", _INSTANT),
    owner="case_id",
)
legal_reviews = business_table(
    "legal_reviews",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("is_void", sa.Boolean),
    sa.Column("verdict", sa.Text),
    sa.Column("reviewed_by", sa.Text),
    sa.Column("reviewed_at", _INSTANT),
    sa.Column("document_id", sa.Text),
    sa.Column("triggers", _TEXTS),
    sa.Column("faults", _TEXTS),
    sa.Column("qualification", sa.Text),
    sa.Column("statements", sa.Integer),
    sa.Column("wants_discussion", sa.Boolean),
    sa.Column("has_late_note", sa.Boolean),
    sa.Column("distinct_acts", _TEXTS),
    sa.Column("names_new_ground", sa.Boolean),
    sa.Column("sealed", sa.LargeBinary),
    owner="case_id",
)
discussions = business_table(
    "discussions",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("is_void", sa.Boolean),
    sa.Column("violations", _TEXTS),
    sa.Column("kind", sa.Text),
    sa.Column("fine_fen", sa.BigInteger),
    sa.Column("duration_days", sa.Integer),
    sa.Column("convened_by", sa.Text),
    sa.Column("convened_at", _INSTANT),
    sa.Column("statements", sa.Integer),
    sa.Column("agreed_kind", sa.Text),
    sa.Column("agreed_fen", sa.BigInteger),
    sa.Column("concluded_at", _INSTANT),
    sa.Column("document_id", sa.Text),
    owner="case_id",
)
heads_opinions = business_table(
    "heads_opinions",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("officer_id", sa.Text, primary_key=True),
    sa.Column("agrees", sa.Boolean),
    sa.Column("given_at", _INSTANT),
    sa.Column("sealed", sa.LargeBinary),
    owner="case_id",
)
recusals = business_table(
    "recusals",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("officer_id", sa.Text),
    sa.Column("ground", sa.Text),
    sa.Column("applied_at", _INSTANT),
    sa.Column("is_head", sa.Boolean),
    sa.Column("voted_by", sa.Text),
    sa.Column("vote", sa.Boolean),
    sa.Column("granted", sa.Boolean),
    sa.Column("acts_stand", sa.Boolean),
    sa.Column("replaced_by", sa.Text),
    sa.Column("decided_at", _INSTANT),
    sa.Column("document_id", sa.Text),
    sa.Column("letter_sha256", sa.Text),
    sa.Column("sealed", sa.LargeBinary),
    owner="case_id",
)
