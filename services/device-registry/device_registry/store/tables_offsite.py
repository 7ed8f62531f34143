"""The tables of `offsite.sql`, as the store writes them."""

from __future__ import annotations

import sqlalchemy as sa

from common.door.rows import business_table
from device_registry.store.tables import metadata

_INSTANT = sa.DateTime(timezone=True)

offsite_inspections = business_table(
    "offsite_inspections",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("agency_id", sa.Text),
    sa.Column("enterprise_code", sa.Text),
    sa.Column("matter", sa.Text),
    sa.Column("year", sa.Integer),
    sa.Column("nth", sa.Integer),
    sa.Column("ground", sa.Text),
    sa.Column("ground_note", sa.Text),
    sa.Column("opened_by", sa.Text),
    sa.Column("opened_at", _INSTANT),
    sa.Column("result", sa.Text),
    sa.Column("conclusion", sa.Text),
    sa.Column("closed_by", sa.Text),
    sa.Column("closed_at", _INSTANT),
    owner="id",
)

onsite_tasks = business_table(
    "onsite_tasks",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("agency_id", sa.Text),
    sa.Column("enterprise_code", sa.Text),
    sa.Column("matter", sa.Text),
    sa.Column("year", sa.Integer),
    sa.Column("nth", sa.Integer),
    sa.Column("ground", sa.Text),
    sa.Column("ground_note", sa.Text),
    sa.Column("despite", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("ordered_by", sa.Text),
    sa.Column("ordered_at", _INSTANT),
    owner="id",
)
