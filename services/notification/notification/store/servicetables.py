"""The tables of services of process; the sentences of each row stand in `services.sql`."""

from __future__ import annotations

import sqlalchemy as sa

from common.door.rows import business_table
from notification.store.tables import metadata

_TIME = sa.DateTime(timezone=True)

services = business_table(
    "services",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("agency_id", sa.Text, nullable=False),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("party_id", sa.Text, nullable=False),
    sa.Column("party_kind", sa.Text, nullable=False),
    sa.Column("document_id", sa.Text, nullable=False),
    sa.Column("document_kind", sa.Text, nullable=False),
    # A document whose bytes are not those of the record was not kept; its service was given up at once.
    sa.Column(
        "document_sha256",
        sa.Text,
        nullable=False,
        info={"blobs": "blobs", "of": "case_id", "unless": ("abandoned_for", "DOCUMENT_DIFFERS")},
    ),
    sa.Column("first", sa.Text, nullable=False),
    sa.Column("cause", sa.Uuid, nullable=False),
    sa.Column("ordered_at", _TIME, nullable=False),
    sa.Column("alarm_on", sa.Date, nullable=False),
    sa.Column("serve_by", sa.Date),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("served_step", sa.Integer),
    sa.Column("served_manner", sa.Text),
    sa.Column("served_at", _TIME),
    sa.Column("served_on", sa.Date),
    sa.Column("served_basis", sa.Text),
    sa.Column("arrived_at", _TIME),
    sa.Column("first_served_at", _TIME),
    sa.Column("first_served_on", sa.Date),
    sa.Column("first_basis", sa.Text),
    sa.Column("alarmed_at", _TIME),
    sa.Column("abandoned_at", _TIME),
    sa.Column("abandoned_for", sa.Text),
    sa.Column("denied_at", _TIME),
    sa.Column("doubt_settled_at", _TIME),
    sa.Column("paper_asked_at", _TIME),
    sa.Column("paper_given_at", _TIME),
    sa.Column("erased_at", _TIME),
    owner="id",
)
steps = business_table(
    "service_steps",
    metadata,
    sa.Column("service_id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("manner", sa.Text, nullable=False),
    sa.Column("ground", sa.Text),
    sa.Column("channel", sa.Text),
    sa.Column("consent_id", sa.Text),
    sa.Column("message_id", sa.Text),
    sa.Column("begun_at", _TIME, nullable=False),
    sa.Column("sent_at", _TIME),
    sa.Column("arrived_at", _TIME),
    sa.Column("arrival", sa.Text),
    sa.Column("deemed_on", sa.Date),
    sa.Column("ended_at", _TIME),
    sa.Column("failure", sa.Text),
    owner="service_id",
)
proofs = business_table(
    "service_proofs",
    metadata,
    sa.Column("service_id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False, info={"blobs": "blobs", "of": "case_id"}),
    sa.Column("added_at", _TIME, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("is_partys", sa.Boolean, nullable=False),
    owner="service_id",
)
rebuttals = business_table(
    "service_rebuttals",
    metadata,
    sa.Column("service_id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("claimed_at", _TIME, nullable=False),
    sa.Column("made_at", _TIME, nullable=False),
    sa.Column("accepted", sa.Boolean),
    owner="service_id",
)
