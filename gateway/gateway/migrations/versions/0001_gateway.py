"""The whole schema of the gateway: the door, and identity: agencies, officers, roles, parties, clients, sessions."""

from __future__ import annotations

from importlib.resources import files

from alembic import op

revision = "0001"
down_revision = None

IDENTITY = """
CREATE EXTENSION IF NOT EXISTS btree_gist;

-- The agencies of the city, a tree with one root.
CREATE TABLE agencies (
    id        text PRIMARY KEY,
    parent_id text REFERENCES agencies,
    name      text NOT NULL,
    divisions text[] NOT NULL,
    row_salt  bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT an_agency_id_says_what_it_names CHECK (id ~ '^agy_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
    CONSTRAINT an_agency_is_not_above_itself CHECK (parent_id <> id),
    CONSTRAINT an_agency_has_a_name CHECK (name <> '')
);
-- An officer sees the subtree of an agency: with two roots no supervisor would see everything.
CREATE UNIQUE INDEX only_one_agency_has_nobody_above_it ON agencies ((parent_id IS NULL)) WHERE parent_id IS NULL;
SELECT guard('agencies', 'agency', 'id');
SELECT fence('agencies', NULL, 'id');

-- The officers of an agency, with the certificate that lets them enforce (APL 42).
CREATE TABLE officers (
    id                text PRIMARY KEY,
    agency_id         text NOT NULL REFERENCES agencies,
    name              text NOT NULL,
    title             text NOT NULL,
    level             smallint NOT NULL,
    certificate       text UNIQUE,
    certificate_until date,
    active            boolean NOT NULL,
    row_salt          bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT an_officer_id_says_what_it_names CHECK (id ~ '^off_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
    CONSTRAINT there_are_four_levels_of_confidentiality CHECK (level BETWEEN 1 AND 4),
    CONSTRAINT a_certificate_has_a_last_day CHECK ((certificate IS NULL) = (certificate_until IS NULL))
);
CREATE INDEX officers_of_an_agency ON officers (agency_id);
SELECT guard('officers', 'officer', 'id');
SELECT fence('officers');

-- A role that an officer holds, or held until it was revoked.
CREATE TABLE assignments (
    officer_id  text NOT NULL REFERENCES officers,
    role        text NOT NULL,
    assigned_at timestamptz NOT NULL,
    revoked_at  timestamptz,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (officer_id, role),
    CONSTRAINT a_role_is_one_of_the_law CHECK (role IN (
        'DEVICE_ADMIN', 'DEVICE_LEGAL_REVIEWER', 'DEVICE_TECH_REVIEWER', 'DEVICE_OPERATOR', 'EVIDENCE_REVIEWER',
        'CASE_OFFICER', 'TEAM_LEAD', 'CASE_LEGAL_REVIEWER', 'HEARING_CHAIR', 'AGENCY_HEAD', 'SERVICE_OFFICER',
        'FINANCE_CLERK', 'ARCHIVIST', 'EXCHANGE_OFFICER', 'DATA_SHARING_OFFICER', 'DOMAIN_RULE_ADMIN', 'SUPERVISOR',
        'SYSTEM_ADMIN', 'SECURITY_ADMIN', 'AUDIT_ADMIN')),
    -- An administrator takes no part in cases: both kinds of role of one officer exclude each other.
    CONSTRAINT an_administrator_holds_no_other_role EXCLUDE USING gist (
        officer_id WITH =,
        (CASE WHEN role IN ('SYSTEM_ADMIN', 'SECURITY_ADMIN', 'AUDIT_ADMIN') THEN 1 ELSE 0 END) WITH <>)
        WHERE (revoked_at IS NULL),
    CONSTRAINT a_role_is_revoked_after_it_was_assigned CHECK (revoked_at >= assigned_at)
);
CREATE UNIQUE INDEX nobody_is_two_of_the_three_administrators ON assignments (officer_id)
    WHERE revoked_at IS NULL AND role IN ('SYSTEM_ADMIN', 'SECURITY_ADMIN', 'AUDIT_ADMIN');
SELECT guard('assignments', 'officer', 'officer_id');
SELECT fence_with('assignments', 'officers', 'officer_id');

-- People whom a case concerns.
CREATE TABLE parties (
    id       text PRIMARY KEY,
    name     text NOT NULL,
    row_salt bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT a_party_id_says_what_it_names CHECK (id ~ '^pty_[0-7][0-9a-hjkmnp-tv-z]{25}$')
);
SELECT guard('parties', 'party', 'id');
SELECT fence('parties', 'id', NULL);

-- The client id and the hash of the secret with which one person asks for access tokens.
CREATE TABLE clients (
    id          text PRIMARY KEY,
    sub         text NOT NULL,
    secret_hash bytea NOT NULL,
    epoch       integer NOT NULL,
    active      boolean NOT NULL,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT a_client_id_says_what_it_names CHECK (id ~ '^cli_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
    CONSTRAINT a_client_stands_for_a_person CHECK (sub ~ '^(officer:off|party:pty)_[0-9a-z]{26}$'),
    CONSTRAINT a_secret_is_kept_as_its_hash CHECK (length(secret_hash) = 32),
    CONSTRAINT an_epoch_only_counts_up CHECK (epoch >= 0)
);
CREATE UNIQUE INDEX one_client_for_one_subject ON clients (sub) WHERE active;
SELECT guard('clients', 'client', 'id');
SELECT fence('clients', NULL, NULL);

-- Assertions with which a partner's system has asked for a token (RFC 7523): each once, until it has expired.
CREATE TABLE spent_assertions (
    application_id text NOT NULL,
    jti            text NOT NULL,
    expires_at     timestamptz NOT NULL,
    CONSTRAINT an_assertion_buys_one_token PRIMARY KEY (application_id, jti)
);
SELECT operational('spent_assertions', 'an assertion lasts five minutes');
"""


def upgrade() -> None:
    op.execute(files("common.door").joinpath("door.sql").read_text())
    op.execute(IDENTITY)
    for part in ("sessions", "codetries", "limits", "signins"):
        op.execute(files("gateway.migrations").joinpath(f"{part}.sql").read_text())
