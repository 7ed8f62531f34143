"""The tables of partners, their systems, and what these may do; the sentences of each row stand in the migration."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from common.door.rows import business_table
from data_exchange.store.tables import metadata

_INSTANT = sa.DateTime(timezone=True)

partners = business_table(
    "partners",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("agency_id", sa.Text),
    sa.Column("host_agency_id", sa.Text),
    sa.Column("credit_code", sa.Text),
    sa.Column("region", sa.Text),
    sa.Column("level", sa.SmallInteger),
    sa.Column("state", sa.Text),
    sa.Column("revision", sa.Integer),
    owner="id",
)
applications = business_table(
    "applications",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("partner_id", sa.Text),
    sa.Column("agency_id", sa.Text),
    sa.Column("host_agency_id", sa.Text),
    sa.Column("state", sa.Text),
    sa.Column("networks", ARRAY(sa.Text)),
    sa.Column("jwks_uri", sa.Text),
    sa.Column("keys_at", _INSTANT),
    sa.Column("report", sa.Text),
    sa.Column("reported_at", _INSTANT),
    sa.Column("proposed_by", sa.Text),
    sa.Column("live_at", _INSTANT),
    sa.Column("resumes_to", sa.Text),
    sa.Column("revision", sa.Integer),
    owner="id",
)
application_keys = business_table(
    "application_keys",
    metadata,
    sa.Column("application_id", sa.Text, primary_key=True),
    sa.Column("kid", sa.Text, primary_key=True),
    sa.Column("algorithm", sa.Text),
    sa.Column("jwk", sa.Text),
    sa.Column("thumbprint", sa.Text),
    sa.Column("added_at", _INSTANT),
    sa.Column("proven_at", _INSTANT),
    sa.Column("revoked_at", _INSTANT),
    owner="application_id",
)
agreements = business_table(
    "agreements",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("application_id", sa.Text),
    sa.Column("agency_id", sa.Text),
    sa.Column("to_agency_id", sa.Text),
    sa.Column("state", sa.Text),
    sa.Column("services", ARRAY(sa.Text)),
    sa.Column("fields", JSONB),
    sa.Column("regions", ARRAY(sa.Text)),
    sa.Column("level", sa.SmallInteger),
    sa.Column("daily_calls", sa.Integer),
    sa.Column("monthly_subjects", sa.Integer),
    sa.Column("valid_from", sa.Date),
    sa.Column("valid_until", sa.Date),
    sa.Column("revision", sa.Integer),
    owner="id",
)
purposes = business_table(
    "purposes",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("agreement_id", sa.Text),
    sa.Column("agency_id", sa.Text),
    sa.Column("to_agency_id", sa.Text),
    sa.Column("code", sa.Text),
    sa.Column("power_item", sa.Text),
    sa.Column("case_type", sa.Text),
    sa.Column("daily_calls", sa.Integer),
    sa.Column("state", sa.Text),
    sa.Column("revision", sa.Integer),
    owner="id",
)
key_challenges = sa.Table(
    "key_challenges",
    metadata,
    sa.Column("nonce", sa.Text, primary_key=True),
    sa.Column("application_id", sa.Text),
    sa.Column("expires_at", _INSTANT),
)
request_nonces = sa.Table(
    "request_nonces",
    metadata,
    sa.Column("application_id", sa.Text, primary_key=True),
    sa.Column("kid", sa.Text, primary_key=True),
    sa.Column("nonce", sa.Text, primary_key=True),
    sa.Column("expires_at", _INSTANT),
)
