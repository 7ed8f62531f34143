"""The tables of the clean-up and of the yearly report."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from common.door.rows import business_table
from device_registry.store.tables import metadata

_INSTANT = sa.DateTime(timezone=True)

findings = business_table(
    "cleanup_findings",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("device_id", sa.Text),
    sa.Column("agency_id", sa.Text),
    sa.Column("category", sa.Text),
    sa.Column("origin", sa.Text),
    sa.Column("grounds", JSONB),
    sa.Column("words", sa.Text),
    sa.Column("state", sa.Text),
    sa.Column("raised_at", _INSTANT),
    sa.Column("proposal", sa.Text),
    sa.Column("proposed_by", sa.Text),
    sa.Column("proposed_at", _INSTANT),
    sa.Column("proposal_reason", sa.Text),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided_at", _INSTANT),
    sa.Column("decision_reason", sa.Text),
    owner="id",
)

rectifications = business_table(
    "device_rectifications",
    metadata,
    sa.Column("device_id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("categories", JSONB),
    sa.Column("plan", sa.Text),
    sa.Column("recorded_at", _INSTANT),
    sa.Column("evidence", sa.Text),
    sa.Column("files", JSONB),
    sa.Column("handed_in_at", _INSTANT),
    owner="device_id",
)

campaigns = business_table(
    "cleanup_campaigns",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("agency_id", sa.Text),
    sa.Column("title", sa.Text),
    sa.Column("as_of", sa.Date),
    sa.Column("deadline", sa.Date),
    sa.Column("opened_at", _INSTANT),
    sa.Column("frozen_at", _INSTANT),
    sa.Column("devices", sa.Integer),
    owner="id",
)

reports = business_table(
    "cleanup_reports",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("campaign_id", sa.Text),
    sa.Column("agency_id", sa.Text),
    sa.Column("deadline", sa.Date),
    sa.Column("state", sa.Text),
    sa.Column("kind", sa.Text),
    sa.Column("content", JSONB),
    sa.Column("drafted_at", _INSTANT),
    sa.Column("pdf_sha256", sa.Text),
    sa.Column("seal", sa.Text),
    sa.Column("seal_sha256", sa.Text),
    sa.Column("submitted_at", _INSTANT),
    sa.Column("overdue_at", _INSTANT),
    sa.Column("return_reason", sa.Text),
    owner="id",
)

baseline = business_table(
    "cleanup_baseline",
    metadata,
    sa.Column("campaign_id", sa.Text, primary_key=True),
    sa.Column("device_id", sa.Text, primary_key=True),
    sa.Column("agency_id", sa.Text),
    sa.Column("state", sa.Text),
    sa.Column("kind", sa.Text),
    sa.Column("place", sa.Text),
    sa.Column("functions", JSONB),
    owner="campaign_id",
)

draws = business_table(
    "cleanup_draws",
    metadata,
    sa.Column("campaign_id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("seed", sa.Text),
    sa.Column("population", sa.Integer),
    sa.Column("abnormal", sa.Integer),
    sa.Column("sample", sa.Integer),
    sa.Column("drawn_at", _INSTANT),
    owner="campaign_id",
)

inspections = business_table(
    "cleanup_inspections",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("campaign_id", sa.Text),
    sa.Column("device_id", sa.Text),
    sa.Column("agency_id", sa.Text),
    sa.Column("drawn_as", sa.Text),
    sa.Column("outcome", sa.Text),
    sa.Column("photos", JSONB),
    sa.Column("note", sa.Text),
    sa.Column("inspected_by", sa.Text),
    sa.Column("inspected_at", _INSTANT),
    owner="id",
)

annual_reports = business_table(
    "annual_reports",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("agency_id", sa.Text),
    sa.Column("year", sa.Integer),
    sa.Column("reminded", JSONB),
    sa.Column("content", JSONB),
    sa.Column("drafted_at", _INSTANT),
    sa.Column("receipts", JSONB),
    sa.Column("is_filed", sa.Boolean),
    sa.Column("overdue_at", _INSTANT),
    owner="id",
)
