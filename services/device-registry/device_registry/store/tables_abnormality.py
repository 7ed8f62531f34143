"""The tables of `abnormality.sql`, as the store writes them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from common.door.rows import business_table
from device_registry.store.tables import metadata

_INSTANT = sa.DateTime(timezone=True)

flow_counts = business_table(
    "device_flow_counts",
    metadata,
    sa.Column("device_id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("month", sa.Date),
    sa.Column("passes", sa.BigInteger),
    sa.Column("recorded_at", _INSTANT),
    owner="device_id",
)

parameters = business_table(
    "device_parameters",
    metadata,
    sa.Column("device_id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("parameters", JSONB),
    sa.Column("reason", sa.Text),
    sa.Column("set_by", sa.Text),
    sa.Column("set_at", _INSTANT),
    owner="device_id",
)

thresholds = business_table(
    "anomaly_thresholds",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("agency_id", sa.Text),
    sa.Column("figures", JSONB),
    sa.Column("from_on", sa.Date),
    sa.Column("reason", sa.Text),
    sa.Column("set_by", sa.Text),
    sa.Column("set_at", _INSTANT),
    owner="id",
)

anomaly_reviews = business_table(
    "anomaly_reviews",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("device_id", sa.Text),
    sa.Column("agency_id", sa.Text),
    sa.Column("months", ARRAY(sa.Date)),
    sa.Column("flags", ARRAY(sa.Text)),
    sa.Column("figures", JSONB),
    sa.Column("thresholds", sa.Text),
    sa.Column("is_held", sa.Boolean),
    sa.Column("opened_at", _INSTANT),
    sa.Column("due_on", sa.Date),
    sa.Column("visited_on", sa.Date),
    sa.Column("visited_by", sa.Text),
    sa.Column("answers", JSONB),
    sa.Column("photos", ARRAY(sa.Text)),
    sa.Column("remarks", sa.Text),
    sa.Column("outcome", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided_at", _INSTANT),
    owner="id",
)

analyses = business_table(
    "device_analyses",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("agency_id", sa.Text),
    sa.Column("quarter", sa.Date),
    sa.Column("totals", JSONB),
    sa.Column("flagged", JSONB),
    sa.Column("opened_at", _INSTANT),
    sa.Column("due_on", sa.Date),
    sa.Column("closed_at", _INSTANT),
    sa.Column("closed_by", sa.Text),
    sa.Column("report", sa.Text),
    sa.Column("report_sha256", sa.Text),
    sa.Column("document", sa.LargeBinary),
    sa.Column("document_sha256", sa.Text),
    owner="id",
)

analysis_decisions = business_table(
    "analysis_decisions",
    metadata,
    sa.Column("analysis_id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("device_id", sa.Text),
    sa.Column("decision", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided_at", _INSTANT),
    owner="analysis_id",
)
