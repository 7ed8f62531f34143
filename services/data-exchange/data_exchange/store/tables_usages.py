"""The tables of usages and deferrals as SQLAlchemy sees them; the sentences of each row stand in `usages.sql`."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from common.door.rows import business_table
from data_exchange.store.tables import metadata

_INSTANT = sa.DateTime(timezone=True)


def _usage_columns() -> list[sa.Column[Any]]:
    """The columns of one usage, on a line or held."""
    return [
        sa.Column("comparison_id", sa.Text),
        sa.Column("act", sa.Text),
        sa.Column("agency_id", sa.Text),
        sa.Column("kind", sa.Text),
        sa.Column("purpose", sa.Text),
        sa.Column("case_id", sa.Text),
        sa.Column("register", sa.Text),
        sa.Column("fields", ARRAY(sa.Text)),
        sa.Column("is_sealed", sa.Boolean),
        sa.Column("code", sa.Text),
        sa.Column("asked_at", _INSTANT),
    ]


usages = business_table(
    "subject_usages",
    metadata,
    sa.Column("line_id", sa.Text, primary_key=True),
    sa.Column("nth", sa.Integer, primary_key=True),
    *_usage_columns(),
    sa.Column("noted_at", _INSTANT),
    sa.Column("deferral_id", sa.Text),
    owner="line_id",
)
held = business_table(
    "deferred_usages",
    metadata,
    sa.Column("deferral_id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("line_id", sa.Text),
    *_usage_columns(),
    sa.Column("released_at", _INSTANT),
    owner="deferral_id",
)
deferrals = business_table(
    "disclosure_deferrals",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("agency_id", sa.Text),
    sa.Column("case_id", sa.Text),
    sa.Column("ground", sa.Text),
    sa.Column("visible_after", sa.Date),
    sa.Column("state", sa.Text),
    sa.Column("proposed_by", sa.Text),
    sa.Column("proposed_at", _INSTANT),
    sa.Column("reviewed_by", sa.Text),
    sa.Column("reviewed_at", _INSTANT),
    sa.Column("renewal_by", sa.Text),
    sa.Column("renewal_until", sa.Date),
    sa.Column("ended_at", _INSTANT),
    sa.Column("sealed", sa.LargeBinary),
    owner="id",
)
