"""The registry's database: the door, devices with their papers, periods and push accounts, and inventories."""

from __future__ import annotations

from importlib.resources import files

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(files("common.door").joinpath("door.sql").read_text())
    op.execute("""
-- What an agency plans (NJ 7): four sections, and how many devices for what. A plan is never changed.
CREATE TABLE plans (
    id                    text PRIMARY KEY CHECK (id ~ '^pln_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
    agency_id             text NOT NULL,
    name                  text NOT NULL CHECK (name <> ''),
    from_on               date NOT NULL,
    until_on              date NOT NULL,
    funding               text NOT NULL CHECK (funding = 'FISCAL'),
    devices               text NOT NULL CHECK (devices <> ''),
    enforcement_equipment text NOT NULL CHECK (enforcement_equipment <> ''),
    network_security      text NOT NULL CHECK (network_security <> ''),
    technical_indicators  text NOT NULL CHECK (technical_indicators <> ''),
    planned               jsonb NOT NULL CHECK (jsonb_array_length(planned) > 0),
    adopted_at            timestamptz NOT NULL,
    row_salt              bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT a_plan_ends_after_it_begins CHECK (until_on >= from_on)
);
SELECT guard('plans', 'plan', 'id');
SELECT fence('plans');

-- Null coordinates, division and code: an imported inventory may not know them. The submitter and the first day of
-- service come later in a device's life.
CREATE TABLE devices (
    id                  text PRIMARY KEY CHECK (id ~ '^dev_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
    agency_id           text NOT NULL,
    code                text,
    kind                text NOT NULL CHECK (kind IN ('FIXED_CAMERA', 'MOBILE_VEHICLE', 'UAV', 'SENSOR',
                            'REGULATED_PARTY_DEVICE', 'SHARED_CAMERA')),
    state               text NOT NULL CHECK (state IN ('LEGACY', 'DRAFT', 'UNDER_REVIEW', 'REJECTED', 'APPROVED',
                            'INSTALLED', 'TRIAL', 'PUBLISHED', 'ACTIVE', 'MAINTENANCE', 'SUSPENDED', 'STOPPED',
                            'RECTIFYING', 'RETIRED')),
    place               text NOT NULL CHECK (length(place) BETWEEN 1 AND 2000),
    place_type          text NOT NULL,
    division            text,
    longitude           numeric(9,6),
    latitude            numeric(9,6),
    direction           text NOT NULL,
    secret_unit_consent text NOT NULL,
    owner_type          text NOT NULL CHECK (owner_type IN ('AGENCY', 'REGULATED_PARTY', 'OTHER_AGENCY')),
    installer_type      text NOT NULL CHECK (installer_type IN ('AGENCY', 'MARKET_ENTITY', 'REGULATED_PARTY')),
    funding             text NOT NULL CHECK (funding IN ('FISCAL', 'MARKET_ENTITY', 'PARTY', 'SHARED_WITH_PARTY')),
    revenue_link        text NOT NULL CHECK (revenue_link IN ('NONE', 'DIRECT', 'INDIRECT', 'SHARE_BEARING')),
    obligation_basis    text NOT NULL,
    installer_contract  text NOT NULL,
    functions           jsonb NOT NULL CHECK (jsonb_typeof(functions) = 'array'),
    registered_by       text NOT NULL,
    submitted_by        text,
    plan_id             text REFERENCES plans,
    in_service_from     timestamptz,
    registered_at       timestamptz NOT NULL,
    row_salt            bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT an_agency_has_one_device_of_a_code UNIQUE (agency_id, code),
    CONSTRAINT a_code_is_twenty_digits CHECK (code ~ '^[0-9]{20}$'),
    CONSTRAINT a_location_is_whole CHECK ((longitude IS NULL) = (latitude IS NULL)),
    -- The floor of VSR 8 and NJ 9 once more, where no code can lower it: a device in a private place may stand in
    -- the register only if it is stopped.
    CONSTRAINT no_device_works_in_a_private_place CHECK (state = 'STOPPED' OR place_type IN ('ROAD', 'PUBLIC_SPACE',
        'CONSTRUCTION_SITE', 'BUSINESS_PREMISES', 'WATERWAY', 'MILITARY_OR_SECRET_VICINITY', 'UNKNOWN')),
    CONSTRAINT service_starts_with_activation
        CHECK (state NOT IN ('ACTIVE', 'SUSPENDED') OR in_service_from IS NOT NULL)
);
CREATE INDEX devices_by_state ON devices (state, id);
CREATE INDEX devices_of_a_plan ON devices (plan_id, id);
SELECT guard('devices', 'device', 'id');
SELECT fence('devices');

-- The three texts to which the record of the submission commits.
CREATE TABLE device_applications (
    device_id    text PRIMARY KEY REFERENCES devices,
    necessity    text NOT NULL CHECK (necessity <> ''),
    alternatives text NOT NULL CHECK (alternatives <> ''),
    siting       text NOT NULL CHECK (siting <> ''),
    submitted_at timestamptz NOT NULL,
    row_salt     bytea NOT NULL DEFAULT uuid_send(gen_random_uuid())
);
SELECT guard('device_applications', 'device', 'device_id');
SELECT fence_with('device_applications', 'devices', 'device_id');

-- An application has one legal and one technical review. The rule and the constraint below demand two reviewers.
CREATE TABLE device_reviews (
    device_id    text NOT NULL REFERENCES devices,
    kind         text NOT NULL CHECK (kind IN ('LEGAL', 'TECHNICAL')),
    result       text NOT NULL CHECK (result IN ('PASS', 'FAIL')),
    reviewer     text NOT NULL,
    reviewed_at  timestamptz NOT NULL,
    failed_items jsonb NOT NULL,
    items_na     jsonb NOT NULL,
    notes        jsonb NOT NULL CHECK (jsonb_typeof(notes) = 'object'),
    opinion      text NOT NULL CHECK (opinion <> ''),
    row_salt     bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (device_id, kind),
    CONSTRAINT two_reviews_come_from_two_persons UNIQUE (device_id, reviewer),
    CONSTRAINT a_review_fails_by_its_items CHECK ((result = 'FAIL') = (jsonb_array_length(failed_items) > 0))
);
SELECT guard('device_reviews', 'device', 'device_id');
SELECT fence_with('device_reviews', 'devices', 'device_id');

-- A device is approved once, by the head of its agency.
CREATE TABLE device_approvals (
    device_id   text PRIMARY KEY REFERENCES devices,
    approver    text NOT NULL,
    approved_at timestamptz NOT NULL,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid())
);
SELECT guard('device_approvals', 'device', 'device_id');
SELECT fence_with('device_approvals', 'devices', 'device_id');

-- Where the device stands, as measured at the installation.
CREATE TABLE device_installations (
    device_id    text PRIMARY KEY REFERENCES devices,
    longitude    numeric(9,6) NOT NULL,
    latitude     numeric(9,6) NOT NULL,
    view_sha256  text NOT NULL CHECK (view_sha256 ~ '^[0-9a-f]{64}$'),
    installer    text NOT NULL,
    installed_at timestamptz NOT NULL,
    row_salt     bytea NOT NULL DEFAULT uuid_send(gen_random_uuid())
);
SELECT guard('device_installations', 'device', 'device_id');
SELECT fence_with('device_installations', 'devices', 'device_id');

-- Papers are numbered within their device. A paper without a last day does not expire.
CREATE TABLE device_conformities (
    device_id   text NOT NULL REFERENCES devices,
    n           int NOT NULL CHECK (n > 0),
    standard    text NOT NULL,
    report_no   text NOT NULL,
    issuer      text NOT NULL,
    result      text NOT NULL CHECK (result IN ('PASS', 'FAIL')),
    from_on     date NOT NULL,
    until_on    date,
    recorded_at timestamptz NOT NULL,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (device_id, n),
    CONSTRAINT a_report_ends_after_it_begins CHECK (until_on >= from_on)
);
SELECT guard('device_conformities', 'device', 'device_id');
SELECT fence_with('device_conformities', 'devices', 'device_id');

-- A metrology certificate covers the functions that it names.
CREATE TABLE device_certificates (
    device_id      text NOT NULL REFERENCES devices,
    n              int NOT NULL CHECK (n > 0),
    kind           text NOT NULL CHECK (kind IN ('VERIFICATION', 'CALIBRATION', 'TYPE_TEST')),
    certificate_no text NOT NULL,
    issuer         text NOT NULL,
    result         text NOT NULL CHECK (result IN ('PASS', 'FAIL')),
    functions      jsonb NOT NULL CHECK (jsonb_array_length(functions) > 0),
    verified_on    date NOT NULL,
    valid_until    date NOT NULL,
    recorded_at    timestamptz NOT NULL,
    row_salt       bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (device_id, n),
    CONSTRAINT a_certificate_ends_after_it_begins CHECK (valid_until >= verified_on)
);
SELECT guard('device_certificates', 'device', 'device_id');
SELECT fence_with('device_certificates', 'devices', 'device_id');

-- A sign that is gone is recorded again with its last day.
CREATE TABLE device_signs (
    device_id    text NOT NULL REFERENCES devices,
    n            int NOT NULL CHECK (n > 0),
    photo_sha256 text NOT NULL CHECK (photo_sha256 ~ '^[0-9a-f]{64}$'),
    text         text NOT NULL,
    from_on      date NOT NULL,
    until_on     date,
    recorded_at  timestamptz NOT NULL,
    row_salt     bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (device_id, n),
    CONSTRAINT a_sign_ends_after_it_begins CHECK (until_on >= from_on)
);
SELECT guard('device_signs', 'device', 'device_id');
SELECT fence_with('device_signs', 'devices', 'device_id');

-- The counts of an acceptance test; the accuracy is computed from them.
CREATE TABLE device_tests (
    device_id   text NOT NULL REFERENCES devices,
    n           int NOT NULL CHECK (n > 0),
    captures    int NOT NULL CHECK (captures >= 0),
    correct     int NOT NULL,
    tested_on   date NOT NULL,
    recorded_at timestamptz NOT NULL,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (device_id, n),
    CONSTRAINT no_more_captures_are_right_than_there_are CHECK (correct BETWEEN 0 AND captures)
);
SELECT guard('device_tests', 'device', 'device_id');
SELECT fence_with('device_tests', 'devices', 'device_id');

-- The device may be used from `lead_ends_at` on.
CREATE TABLE device_publications (
    device_id       text NOT NULL REFERENCES devices,
    n               int NOT NULL CHECK (n > 0),
    url             text NOT NULL,
    channel         text NOT NULL,
    complaint_phone text NOT NULL,
    published_at    timestamptz NOT NULL,
    lead_ends_at    timestamptz NOT NULL,
    recorded_at     timestamptz NOT NULL,
    row_salt        bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (device_id, n),
    CONSTRAINT a_publication_lies_in_the_past CHECK (published_at <= recorded_at),
    CONSTRAINT a_lead_time_never_runs_backwards CHECK (lead_ends_at >= published_at)
);
SELECT guard('device_publications', 'device', 'device_id');
SELECT fence_with('device_publications', 'devices', 'device_id');

-- The life of a device: append-only, and a period recorded later may begin before one recorded earlier.
CREATE TABLE device_periods (
    device_id      text NOT NULL REFERENCES devices,
    n              int NOT NULL CHECK (n > 0),
    state          text NOT NULL,
    effective_from timestamptz NOT NULL,
    recorded_at    timestamptz NOT NULL,
    reason         text,
    note           text NOT NULL,
    by_agency      text,
    row_salt       bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (device_id, n),
    CONSTRAINT no_period_begins_in_the_future CHECK (effective_from <= recorded_at),
    CONSTRAINT a_suspension_has_a_reason CHECK ((state = 'SUSPENDED') = (reason IS NOT NULL))
);
SELECT guard('device_periods', 'device', 'device_id');
SELECT fence_with('device_periods', 'devices', 'device_id');

-- HA1 is sealed under the secret of the device's stream, which this database does not hold: 12 bytes of nonce, 32
-- digits, 16 bytes of tag.
CREATE TABLE push_accounts (
    account    text PRIMARY KEY,
    device_id  text NOT NULL REFERENCES devices,
    realm      text NOT NULL,
    ha1_sealed bytea NOT NULL CHECK (length(ha1_sealed) = 60),
    host_code  text,
    sessions   boolean NOT NULL,
    digest     boolean NOT NULL,
    media_hosts text[] NOT NULL,
    issued_at  timestamptz NOT NULL,
    revoked_at timestamptz,
    row_salt   bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT a_host_code_is_twenty_digits CHECK (host_code ~ '^[0-9]{20}$')
);
CREATE INDEX push_accounts_of_a_device ON push_accounts (device_id);
SELECT guard('push_accounts', 'device', 'device_id');
SELECT fence_with('push_accounts', 'devices', 'device_id');

-- The further devices for which the account of a host speaks: its own device stands in push_accounts.
CREATE TABLE push_account_devices (
    account     text NOT NULL REFERENCES push_accounts,
    device_id   text NOT NULL REFERENCES devices,
    listed_at   timestamptz NOT NULL,
    unlisted_at timestamptz,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (account, device_id)
);
CREATE INDEX push_account_devices_of_a_device ON push_account_devices (device_id);
SELECT guard('push_account_devices', 'device', 'device_id');
SELECT fence_with('push_account_devices', 'devices', 'device_id');

-- The TLS certificates that are an account: who holds their keys needs no password.
CREATE TABLE client_certificates (
    account     text NOT NULL REFERENCES push_accounts,
    sha256      text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    device_id   text NOT NULL REFERENCES devices,
    valid_from  timestamptz NOT NULL,
    valid_until timestamptz NOT NULL,
    bound_at    timestamptz NOT NULL,
    released_at timestamptz,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (account, sha256),
    CONSTRAINT a_certificate_is_valid_for_a_time CHECK (valid_from < valid_until)
);
CREATE INDEX client_certificates_by_digest ON client_certificates (sha256);
SELECT guard('client_certificates', 'device', 'device_id');
SELECT fence_with('client_certificates', 'devices', 'device_id');

-- Addresses that nobody can guess, by the digest of their secret part: a camera that proves nothing pushes to its own.
CREATE TABLE secret_addresses (
    token_sha256 text PRIMARY KEY CHECK (token_sha256 ~ '^[0-9a-f]{64}$'),
    account      text NOT NULL REFERENCES push_accounts,
    device_id    text NOT NULL REFERENCES devices,
    addresses    text[] NOT NULL CHECK (cardinality(addresses) > 0),
    issued_at    timestamptz NOT NULL,
    row_salt     bytea NOT NULL DEFAULT uuid_send(gen_random_uuid())
);
SELECT guard('secret_addresses', 'device', 'device_id');
SELECT fence_with('secret_addresses', 'devices', 'device_id');

-- The keys with which a device signs its captures. Nothing is deleted: a capture is judged by the key of its second.
CREATE TABLE device_signing_keys (
    device_id    text NOT NULL REFERENCES devices,
    kid          text NOT NULL CHECK (kid ~ '^[0-9]{20}#[1-9][0-9]{0,3}$'),
    algorithm    text NOT NULL,
    public_key   bytea NOT NULL,
    holder       text NOT NULL,
    valid_from   timestamptz NOT NULL,
    valid_until  timestamptz NOT NULL,
    enrolled_at  timestamptz NOT NULL,
    revoked_at   timestamptz,
    revoked_from timestamptz,
    revocation   text,
    row_salt     bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (device_id, kid),
    CONSTRAINT a_key_is_of_a_known_algorithm CHECK (algorithm IN ('ed25519', 'ecdsa-p256-sha256', 'sm2-sm3')),
    CONSTRAINT a_key_lies_in_a_camera_or_beside_it CHECK (holder IN ('CAMERA', 'EDGE_GATEWAY')),
    CONSTRAINT a_key_is_valid_for_a_time_after_its_enrolment
        CHECK (enrolled_at <= valid_from AND valid_from < valid_until),
    CONSTRAINT a_revoked_key_says_since_when_and_why CHECK ((revoked_at IS NULL) = (revoked_from IS NULL)
        AND (revoked_at IS NULL) = (revocation IS NULL)),
    CONSTRAINT a_key_ends_for_a_known_reason
        CHECK (revocation IN ('REPLACED', 'LOST', 'COMPROMISED', 'WITHDRAWN'))
);
CREATE INDEX device_signing_keys_by_name ON device_signing_keys (kid);
SELECT guard('device_signing_keys', 'device', 'device_id');
SELECT fence_with('device_signing_keys', 'devices', 'device_id');

-- The row of the inventory that brought a device. District and index stand as the file wrote them, null without one.
CREATE TABLE inventory_rows (
    device_id       text PRIMARY KEY REFERENCES devices,
    agency_id       text NOT NULL,
    import_id       text NOT NULL,
    source          text NOT NULL,
    row             int NOT NULL CHECK (row > 1),
    identity        bytea NOT NULL CHECK (length(identity) = 32),
    district        text,
    violation_index bigint CHECK (violation_index >= 0),
    findings        jsonb NOT NULL,
    row_salt        bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT a_row_of_a_source_is_one_device UNIQUE (agency_id, identity)
);
SELECT guard('inventory_rows', 'device', 'device_id');
SELECT fence('inventory_rows');

-- A file with the answer to each of its rows.
CREATE TABLE device_imports (
    id          text PRIMARY KEY CHECK (id ~ '^imp_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
    agency_id   text NOT NULL,
    source      text NOT NULL,
    file_sha256 bytea NOT NULL CHECK (length(file_sha256) = 32),
    imported_at timestamptz NOT NULL,
    total       int NOT NULL,
    imported    int NOT NULL,
    unchanged   int NOT NULL,
    refused     int NOT NULL,
    results     jsonb NOT NULL,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT every_row_is_accounted_for CHECK (total = imported + unchanged + refused)
);
SELECT guard('device_imports', 'import', 'id');
SELECT fence('device_imports');
""")
