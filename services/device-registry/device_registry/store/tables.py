"""The tables as the migrations make them. Every row answers to a record of its owner's stream."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from common.door.rows import business_table

metadata = sa.MetaData()

_INSTANT = sa.DateTime(timezone=True)
_DEGREES = sa.Numeric(9, 6)


def _text(name: str, *, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=key)


def _round() -> sa.Column[int]:
    """How often the device had been handed in for review by then."""
    return sa.Column("round", sa.Integer, primary_key=True, autoincrement=False)


devices = business_table(
    "devices",
    metadata,
    _text("id", key=True),
    _text("agency_id"),
    _text("code"),
    _text("kind"),
    _text("state"),
    _text("place"),
    _text("place_type"),
    _text("division"),
    sa.Column("longitude", _DEGREES),
    sa.Column("latitude", _DEGREES),
    _text("datum"),
    _text("direction"),
    _text("secret_unit_consent"),
    _text("owner_type"),
    _text("installer_type"),
    _text("funding"),
    _text("revenue_link"),
    _text("obligation_basis"),
    _text("installer_contract"),
    sa.Column("functions", JSONB),
    _text("registered_by"),
    _text("submitted_by"),
    _text("plan_id"),
    sa.Column("in_service_from", _INSTANT),
    _text("agency_number"),
    sa.Column("warnings", JSONB),
    _text("operator_id"),
    _text("sharing_id"),
    sa.Column("shared", JSONB(none_as_null=True)),
    sa.Column("cell", sa.Integer),
    sa.Column("registered_at", _INSTANT),
    owner="id",
)

plans = business_table(
    "plans",
    metadata,
    _text("id", key=True),
    _text("agency_id"),
    _text("name"),
    sa.Column("from_on", sa.Date),
    sa.Column("until_on", sa.Date),
    _text("funding"),
    _text("devices"),
    _text("enforcement_equipment"),
    _text("network_security"),
    _text("technical_indicators"),
    sa.Column("planned", JSONB),
    sa.Column("adopted_at", _INSTANT),
    owner="id",
)

applications = business_table(
    "device_applications",
    metadata,
    _text("device_id", key=True),
    _round(),
    _text("necessity"),
    _text("alternatives"),
    _text("siting"),
    _text("sharing"),
    sa.Column("nearby", JSONB),
    _text("sketch"),
    sa.Column("windows", JSONB),
    sa.Column("masks", JSONB),
    sa.Column("submitted_at", _INSTANT),
    owner="device_id",
)

reviews = business_table(
    "device_reviews",
    metadata,
    _text("device_id", key=True),
    _round(),
    _text("kind", key=True),
    _text("result"),
    _text("reviewer"),
    sa.Column("reviewed_at", _INSTANT),
    sa.Column("failed_items", JSONB),
    sa.Column("items_na", JSONB),
    sa.Column("notes", JSONB),
    _text("opinion"),
    _text("mask_sample"),
    owner="device_id",
)

approvals = business_table(
    "device_approvals",
    metadata,
    _text("device_id", key=True),
    _round(),
    _text("approver"),
    sa.Column("approved_at", _INSTANT),
    owner="device_id",
)

installations = business_table(
    "device_installations",
    metadata,
    _text("device_id", key=True),
    _round(),
    sa.Column("longitude", _DEGREES),
    sa.Column("latitude", _DEGREES),
    _text("view_sha256"),
    _text("sign_sha256"),
    _text("installer"),
    sa.Column("installed_at", _INSTANT),
    owner="device_id",
)


def numbered(name: str, *columns: sa.Column[object]) -> sa.Table:
    """A table of papers, numbered within their device from 1."""
    key = (_text("device_id", key=True), sa.Column("n", sa.Integer, primary_key=True, autoincrement=False))
    return business_table(
        name, metadata, *key, *columns, sa.Column("recorded_at", _INSTANT), owner="device_id"
    )


conformities = numbered(
    "device_conformities",
    sa.Column("standard", sa.Text),
    sa.Column("report_no", sa.Text),
    sa.Column("issuer", sa.Text),
    sa.Column("result", sa.Text),
    sa.Column("from_on", sa.Date),
    sa.Column("until_on", sa.Date),
)

certificates = numbered(
    "device_certificates",
    sa.Column("kind", sa.Text),
    sa.Column("certificate_no", sa.Text),
    sa.Column("issuer", sa.Text),
    sa.Column("result", sa.Text),
    sa.Column("functions", JSONB),
    sa.Column("verified_on", sa.Date),
    sa.Column("valid_until", sa.Date),
)

signs = numbered(
    "device_signs",
    sa.Column("kind", sa.Text),
    sa.Column("photo_sha256", sa.Text),
    sa.Column("position", sa.Text),
    sa.Column("text", sa.Text),
    sa.Column("from_on", sa.Date),
    sa.Column("until_on", sa.Date),
)

tests = numbered(
    "device_tests",
    sa.Column("captures", sa.Integer),
    sa.Column("correct", sa.Integer),
    sa.Column("tested_on", sa.Date),
)

publications = numbered(
    "device_publications",
    sa.Column("url", sa.Text),
    sa.Column("channel", sa.Text),
    sa.Column("complaint_phone", sa.Text),
    sa.Column("published_at", _INSTANT),
    sa.Column("lead_ends_at", _INSTANT),
    sa.Column("watched", JSONB),
)

periods = numbered(
    "device_periods",
    sa.Column("state", sa.Text),
    sa.Column("effective_from", _INSTANT),
    sa.Column("reason", sa.Text),
    sa.Column("note", sa.Text),
    sa.Column("by_agency", sa.Text),
)

push_accounts = business_table(
    "push_accounts",
    metadata,
    _text("account", key=True),
    _text("device_id"),
    _text("realm"),
    sa.Column("ha1_sealed", sa.LargeBinary),
    _text("host_code"),
    sa.Column("sessions", sa.Boolean),
    sa.Column("digest", sa.Boolean),
    sa.Column("media_hosts", ARRAY(sa.Text)),
    sa.Column("issued_at", _INSTANT),
    sa.Column("revoked_at", _INSTANT),
    sa.Column("valid_from", _INSTANT),
    sa.Column("valid_until", _INSTANT),
    _text("rotated_to"),
    owner="device_id",
)

push_account_devices = business_table(
    "push_account_devices",
    metadata,
    _text("account", key=True),
    _text("device_id", key=True),
    sa.Column("listed_at", _INSTANT),
    sa.Column("unlisted_at", _INSTANT),
    owner="device_id",
)

client_certificates = business_table(
    "client_certificates",
    metadata,
    _text("account", key=True),
    _text("sha256", key=True),
    _text("device_id"),
    sa.Column("valid_from", _INSTANT),
    sa.Column("valid_until", _INSTANT),
    sa.Column("bound_at", _INSTANT),
    sa.Column("released_at", _INSTANT),
    owner="device_id",
)

secret_addresses = business_table(
    "secret_addresses",
    metadata,
    _text("token_sha256", key=True),
    _text("account"),
    _text("device_id"),
    sa.Column("addresses", ARRAY(sa.Text)),
    sa.Column("issued_at", _INSTANT),
    owner="device_id",
)

signing_keys = business_table(
    "device_signing_keys",
    metadata,
    _text("device_id", key=True),
    _text("kid", key=True),
    _text("algorithm"),
    sa.Column("public_key", sa.LargeBinary),
    _text("holder"),
    sa.Column("valid_from", _INSTANT),
    sa.Column("valid_until", _INSTANT),
    sa.Column("enrolled_at", _INSTANT),
    sa.Column("revoked_at", _INSTANT),
    sa.Column("revoked_from", _INSTANT),
    _text("revocation"),
    owner="device_id",
)
