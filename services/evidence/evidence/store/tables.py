"""The tables of captures as SQLAlchemy sees them; the constraints on each row stand in migration 0001."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from common.door.rows import business_table

metadata = sa.MetaData()
# fsck reads these marks: the column names blobs, which lie in this one of the two stores.
_BLOB = {"blobs": "blobs"}
_COPY = {"blobs": "backup"}
# The blob is encrypted for the owner of the row: it may be missing after an erasure, and for no other reason.
_SEALED = {"blobs": "blobs", "sealed": True}
_TEXTS = ARRAY(sa.Text)
_INSTANT = sa.DateTime(timezone=True)

captures = business_table(
    "captures",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("agency_id", sa.Text),
    sa.Column("device_id", sa.Text),
    sa.Column("device_code", sa.Text),
    sa.Column("account", sa.Text),
    sa.Column("object_id", sa.Text),
    sa.Column("state", sa.Text),
    sa.Column("captured_at", _INSTANT),
    sa.Column("captured_from", sa.Text),
    sa.Column("received_at", _INSTANT),
    sa.Column("transport", sa.Text),
    sa.Column("signed_kid", sa.Text),
    sa.Column("signed_algorithm", sa.Text),
    sa.Column("signed_level", sa.Text),
    sa.Column("signed_seq", sa.BigInteger),
    sa.Column("signed_prev", sa.Text),
    sa.Column("signed_sha256", sa.Text),
    sa.Column("signed_past", sa.Boolean),
    sa.Column("missing_from", sa.BigInteger),
    sa.Column("violation_code", sa.Text),
    sa.Column("subject", sa.LargeBinary),
    sa.Column("lane", sa.Integer),
    sa.Column("direction", sa.Text),
    sa.Column("vehicle_class", sa.Text),
    sa.Column("measured_quantity", sa.Text),
    sa.Column("measured_value", sa.Numeric),
    sa.Column("measured_unit", sa.Text),
    sa.Column("flags", _TEXTS),
    sa.Column("body_sha256", sa.Text, info=_SEALED),
    sa.Column("content_key", sa.Text),
    sa.Column("version_of", sa.Text),
    sa.Column("near_duplicate_of", sa.Text),
    sa.Column("duplicate_count", sa.Integer),
    sa.Column("lawful", sa.Boolean),
    sa.Column("check_codes", _TEXTS),
    sa.Column("device_failures", _TEXTS),
    sa.Column("violation_codes", _TEXTS),
    sa.Column("capability_sha256", sa.Text, info=_BLOB),
    sa.Column("ruleset", sa.Text),
    sa.Column("measurements", JSONB),
    sa.Column("checked_at", _INSTANT),
    sa.Column("quarantined_at", _INSTANT),
    sa.Column("taken_by", sa.Text),
    sa.Column("proposed_by", sa.Text),
    sa.Column("confirmed_by", sa.Text),
    sa.Column("late_allowed", sa.Boolean),
    sa.Column("accepted_at", _INSTANT),
    sa.Column("rejected_at", _INSTANT),
    sa.Column("rejection_codes", _TEXTS),
    sa.Column("backed_up_at", _INSTANT),
    sa.Column("copies", _TEXTS, info=_COPY),
    sa.Column("case_id", sa.Text),
    sa.Column("frozen_at", _INSTANT),
    owner="id",
)
media = business_table(
    "media",
    metadata,
    sa.Column("evidence_id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("agency_id", sa.Text),
    sa.Column("sha256", sa.Text, info=_SEALED),
    sa.Column("sm3", sa.Text),
    sa.Column("size", sa.Integer),
    sa.Column("media_type", sa.Text),
    sa.Column("width", sa.Integer),
    sa.Column("height", sa.Integer),
    sa.Column("colour", sa.Boolean),
    sa.Column("kind", sa.Text),
    sa.Column("image_id", sa.Text),
    sa.Column("shot_at", _INSTANT),
    sa.Column("dhash", sa.Text),
    sa.Column("claimed_format", sa.Text),
    sa.Column("claimed_size", sa.Integer),
    sa.Column("claimed_width", sa.Integer),
    sa.Column("claimed_height", sa.Integer),
    owner="evidence_id",
)
reviews = business_table(
    "reviews",
    metadata,
    sa.Column("evidence_id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("agency_id", sa.Text),
    sa.Column("officer_id", sa.Text),
    sa.Column("act", sa.Text),
    sa.Column("attributes", _TEXTS),
    sa.Column("codes", _TEXTS),
    sa.Column("reviewed_at", _INSTANT),
    owner="evidence_id",
)
openings = business_table(
    "openings",
    metadata,
    sa.Column("evidence_id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("viewer", sa.Text, primary_key=True),
    sa.Column("agency_id", sa.Text),
    sa.Column("purpose", sa.Text),
    sa.Column("opened_at", _INSTANT),
    owner="evidence_id",
)
invalidations = business_table(
    "invalidations",
    metadata,
    sa.Column("evidence_id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("agency_id", sa.Text),
    sa.Column("source", sa.Text),
    sa.Column("guard", sa.Text),
    sa.Column("codes", _TEXTS),
    sa.Column("invalid_from", _INSTANT),
    sa.Column("invalid_until", _INSTANT),
    sa.Column("recorded_at", _INSTANT),
    owner="evidence_id",
)
bundles = business_table(
    "bundles",
    metadata,
    sa.Column("evidence_id", sa.Text, primary_key=True),
    sa.Column("sha256", sa.Text, primary_key=True, info=_SEALED),
    sa.Column("agency_id", sa.Text),
    sa.Column("manifest_sha256", sa.Text),
    sa.Column("size", sa.BigInteger),
    sa.Column("log_size", sa.BigInteger),
    sa.Column("case_id", sa.Text),
    sa.Column("purpose", sa.Text),
    sa.Column("exported_by", sa.Text),
    sa.Column("exported_at", _INSTANT),
    owner="evidence_id",
)
erasures = business_table(
    "erasures",
    metadata,
    sa.Column("evidence_id", sa.Text, primary_key=True),
    sa.Column("agency_id", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("proposed_by", sa.Text),
    sa.Column("proposed_at", _INSTANT),
    sa.Column("approved_by", sa.Text),
    sa.Column("approved_at", _INSTANT),
    owner="evidence_id",
)
