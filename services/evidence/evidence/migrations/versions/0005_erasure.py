"""Sealed vault and sealed subjects; who proposed and approved an erasure; what cases still hold."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"

ERASURE = """
-- Plate, colour and class of the vehicle, sealed. The columns in clear are those of captures of before.
ALTER TABLE captures ADD COLUMN subject bytea;
ALTER TABLE captures ADD CONSTRAINT a_sealed_subject_is_not_beside_a_clear_one
    CHECK (subject IS NULL OR (plate IS NULL AND plate_color IS NULL AND plate_class IS NULL));
CREATE INDEX captures_of_a_body ON captures (body_sha256);

CREATE TABLE erasures (
    evidence_id text PRIMARY KEY REFERENCES captures,
    agency_id   text NOT NULL,
    reason      text NOT NULL,
    proposed_by text NOT NULL,
    proposed_at timestamptz NOT NULL,
    approved_by text,
    approved_at timestamptz,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT an_erasure_has_a_reason_of_law
        CHECK (reason IN ('RETENTION_ENDED', 'PARTY_REQUEST', 'UNLAWFUL_COLLECTION')),
    CONSTRAINT the_second_person_is_another CHECK (approved_by IS NULL OR approved_by <> proposed_by),
    CONSTRAINT an_approval_has_its_hour CHECK ((approved_by IS NULL) = (approved_at IS NULL))
);
SELECT guard('erasures', 'evidence', 'evidence_id');
SELECT fence('erasures');

CREATE TABLE holds (
    evidence_id     text NOT NULL,
    case_id         text NOT NULL,
    closed_at       timestamptz,
    archived_at     timestamptz,
    retention_class text,
    PRIMARY KEY (evidence_id, case_id)
);
SELECT operational('holds', 'which cases rest on a capture, as the ledger says; read again from it when lost');
"""


def upgrade() -> None:
    op.execute(ERASURE)
