"""The tables as SQLAlchemy sees them; the sentences of each row stand in the migration."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from common.door.rows import business_table

metadata = sa.MetaData()
_INSTANT = sa.DateTime(timezone=True)


def clock_table(name: str, *more: sa.Column[Any], owner: str) -> sa.Table:
    """A table of clocks, of which an object has one a rule; `store/clocks.py` reads and writes it."""
    return business_table(
        name,
        metadata,
        sa.Column(owner, sa.Text, primary_key=True),
        sa.Column("rule", sa.Text, primary_key=True),
        sa.Column("law", sa.Text),
        sa.Column("unit", sa.Text),
        sa.Column("n", sa.Integer),
        sa.Column("holder", sa.Text),
        sa.Column("trigger_on", sa.Date),
        sa.Column("raw_on", sa.Date),
        sa.Column("due_on", sa.Date),
        sa.Column("rolled_by", sa.Text),
        sa.Column("alarm_on", sa.Date),
        sa.Column("calendar_version", sa.Text),
        sa.Column("provisional", sa.Boolean),
        sa.Column("ended_at", _INSTANT),
        sa.Column("missed", sa.Boolean),
        *more,
        owner=owner,
    )


exchanges = business_table(
    "exchanges",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text),
    sa.Column("agency_id", sa.Text),
    sa.Column("to_agency_id", sa.Text),
    sa.Column("year", sa.Integer),
    sa.Column("serial", sa.Integer),
    sa.Column("number", sa.Text),
    sa.Column("state", sa.Text),
    sa.Column("pressure", sa.Text),
    sa.Column("revision", sa.Integer),
    sa.Column("purpose", sa.Text),
    sa.Column("case_id", sa.Text),
    sa.Column("requested_at", _INSTANT),
    sa.Column("answered_at", _INSTANT),
    sa.Column("refusal_code", sa.Text),
    sa.Column("urged_on", sa.Date),
    sa.Column("urgings", sa.Integer),
    sa.Column("supplement", sa.Text),
    sa.Column("extension", sa.Text),
    sa.Column("extension_days", sa.Integer),
    sa.Column("closed_at", _INSTANT),
    owner="id",
)
clocks = clock_table("exchange_clocks", sa.Column("stops", ARRAY(sa.Text)), owner="exchange_id")
papers = business_table(
    "exchange_papers",
    metadata,
    sa.Column("exchange_id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text),
    sa.Column("agency_id", sa.Text),
    sa.Column("made_at", _INSTANT),
    sa.Column("sealed", sa.LargeBinary),
    owner="exchange_id",
)
