"""The columns of identity's tables."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from common.door.rows import business_table

metadata = sa.MetaData()

agencies = business_table(
    "agencies",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("parent_id", sa.Text),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("divisions", ARRAY(sa.Text), nullable=False),
    owner="id",
)
officers = business_table(
    "officers",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("agency_id", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("level", sa.SmallInteger, nullable=False),
    sa.Column("certificate", sa.Text),
    sa.Column("certificate_until", sa.Date),
    sa.Column("active", sa.Boolean, nullable=False),
    owner="id",
)
assignments = business_table(
    "assignments",
    metadata,
    sa.Column("officer_id", sa.Text, primary_key=True),
    sa.Column("role", sa.Text, primary_key=True),
    sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("revoked_at", sa.DateTime(timezone=True)),
    owner="officer_id",
)
parties = business_table(
    "parties",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    owner="id",
)
spent_assertions = sa.Table(
    "spent_assertions",
    metadata,
    sa.Column("application_id", sa.Text, primary_key=True),
    sa.Column("jti", sa.Text, primary_key=True),
    sa.Column("expires_at", sa.DateTime(timezone=True)),
)
clients = business_table(
    "clients",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("sub", sa.Text, nullable=False),
    sa.Column("secret_hash", sa.LargeBinary, nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    owner="id",
)
sessions = business_table(
    "sessions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("sub", sa.Text, nullable=False),
    sa.Column("party_id", sa.Text),
    sa.Column("agency_id", sa.Text),
    sa.Column("how", sa.Text, nullable=False),
    sa.Column("client_id", sa.Text),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("case_id", sa.Text),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("lasts_until", sa.DateTime(timezone=True), nullable=False),
    sa.Column("ended_at", sa.DateTime(timezone=True)),
    sa.Column("ending", sa.Text),
    owner="id",
)
session_tickets = sa.Table(
    "session_tickets",
    metadata,
    sa.Column("session_id", sa.Text, primary_key=True),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("spent_digest", sa.LargeBinary),
    sa.Column("spent_at", sa.DateTime(timezone=True)),
    sa.Column("answer", sa.LargeBinary),
    sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("ended", sa.Boolean, nullable=False),
    sa.Column("lasts_until", sa.DateTime(timezone=True), nullable=False),
    sa.Column("access_until", sa.DateTime(timezone=True), nullable=False),
    sa.Column("authenticated_at", sa.DateTime(timezone=True)),
    sa.Column("provider_sid", sa.Text),
    sa.Column("browser_key", sa.Text),
)
sign_in_attempts = sa.Table(
    "sign_in_attempts",
    metadata,
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("until", sa.DateTime(timezone=True), nullable=False),
)
rate_buckets = sa.Table(
    "rate_buckets",
    metadata,
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("tokens", sa.Float, nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
)

code_tries = sa.Table(
    "code_tries",
    metadata,
    sa.Column("what", sa.Text, primary_key=True),
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("until", sa.DateTime(timezone=True), nullable=False),
)
