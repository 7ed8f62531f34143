"""The whole schema of evidence: the door, the ledger, captures and all that hangs on them, the sessions of cameras."""

from __future__ import annotations

from importlib.resources import files

from alembic import op

revision = "0001"
down_revision = None

CAPTURES = """
-- One vehicle object of a push, and where it stands on its way to evidence.
CREATE TABLE captures (
    id                text PRIMARY KEY,
    agency_id         text NOT NULL,
    device_id         text NOT NULL,
    device_code       text NOT NULL,
    account           text NOT NULL,
    object_id         text NOT NULL,
    state             text NOT NULL,
    captured_at       timestamptz NOT NULL,
    captured_from     text NOT NULL,
    received_at       timestamptz NOT NULL,
    transport         text NOT NULL,
    -- What its device signed, and the place of that in the chain of the key.
    signed_kid        text,
    signed_algorithm  text,
    signed_level      text,
    signed_seq        bigint,
    signed_prev       text,
    signed_sha256     text,
    signed_past       boolean,
    missing_from      bigint,
    violation_code    text,
    -- Plate, colour and class of the vehicle, encrypted under the secret of this capture; null once it is erased.
    subject           bytea,
    -- The device's words: nothing is deducted from what it measured.
    lane              int,
    direction         text,
    vehicle_class     text,
    measured_quantity text,
    measured_value    numeric,
    measured_unit     text,
    flags             text[] NOT NULL,
    body_sha256       text NOT NULL,
    content_key       text NOT NULL,
    version_of        text REFERENCES captures,
    -- An earlier capture of the device that shows the same; only people say whether it is the same act.
    near_duplicate_of text REFERENCES captures,
    duplicate_count   int NOT NULL,
    lawful            boolean,
    check_codes       text[] NOT NULL,
    device_failures   text[] NOT NULL,
    violation_codes   text[] NOT NULL,
    capability_sha256 text,
    ruleset           text,
    -- The value against the limit of each function that measures: limit, error and deducted value.
    measurements      jsonb NOT NULL CHECK (jsonb_typeof(measurements) = 'array'),
    checked_at        timestamptz,
    quarantined_at    timestamptz,
    taken_by          text,
    proposed_by       text,
    confirmed_by      text,
    late_allowed      boolean NOT NULL,
    accepted_at       timestamptz,
    rejected_at       timestamptz,
    rejection_codes   text[] NOT NULL,
    backed_up_at      timestamptz,
    copies            text[] NOT NULL,
    case_id           text,
    frozen_at         timestamptz,
    row_salt          bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT an_evidence_id_says_what_it_names CHECK (id ~ '^evd_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
    CONSTRAINT a_capture_is_in_a_known_state CHECK (state IN
        ('INGESTED', 'QUARANTINED', 'TECH_PASSED', 'TECH_FAILED', 'IN_REVIEW', 'ACCEPTED', 'REJECTED', 'FROZEN')),
    CONSTRAINT a_capture_says_where_its_time_comes_from CHECK (captured_from IN
        ('PASS_TIME', 'SHOT_TIME', 'MARK_TIME', 'OBJECT_ID', 'RECEIPT')),
    CONSTRAINT a_capture_says_how_it_came CHECK (transport IN ('MUTUAL_TLS', 'SIGNED', 'DIGEST', 'ADDRESS')),
    CONSTRAINT a_signed_capture_names_its_manifest CHECK
        (num_nulls(signed_kid, signed_algorithm, signed_level, signed_seq, signed_prev, signed_sha256, signed_past)
            IN (0, 7)),
    CONSTRAINT what_came_as_signed_was_signed CHECK (transport <> 'SIGNED' OR signed_kid IS NOT NULL),
    CONSTRAINT a_signature_is_made_at_the_source_or_beside_it CHECK (signed_level IN ('T1', 'T2')),
    CONSTRAINT something_is_missing_before_a_number CHECK (missing_from < signed_seq),
    CONSTRAINT a_measured_value_has_a_unit CHECK ((measured_quantity IS NULL) = (measured_value IS NULL)
        AND (measured_quantity IS NULL) = (measured_unit IS NULL)),
    CONSTRAINT the_same_push_is_one_capture UNIQUE (content_key),
    CONSTRAINT hashes_are_lowercase_hex CHECK (body_sha256 ~ '^[0-9a-f]{64}$' AND content_key ~ '^[0-9a-f]{64}$'
        AND coalesce(capability_sha256, body_sha256) ~ '^[0-9a-f]{64}$'),
    CONSTRAINT a_push_is_counted_from_the_first CHECK (duplicate_count >= 1),
    CONSTRAINT a_check_keeps_the_registrys_answer CHECK
        ((checked_at IS NULL) = (capability_sha256 IS NULL) AND (checked_at IS NULL) = (lawful IS NULL)),
    CONSTRAINT only_an_unchecked_capture_is_ingested
        CHECK ((state IN ('INGESTED', 'QUARANTINED')) = (checked_at IS NULL)),
    CONSTRAINT a_capture_in_quarantine_says_since_when CHECK ((state = 'QUARANTINED') = (quarantined_at IS NOT NULL)),
    CONSTRAINT a_capture_fails_for_a_reason
        CHECK ((state IN ('QUARANTINED', 'TECH_FAILED')) = (cardinality(check_codes) > 0)),
    CONSTRAINT evidence_was_accepted_by_two_officers CHECK (state NOT IN ('ACCEPTED', 'FROZEN') OR
        (accepted_at IS NOT NULL AND proposed_by IS NOT NULL AND confirmed_by IS NOT NULL AND lawful)),
    CONSTRAINT the_second_officer_is_another_person CHECK (confirmed_by IS NULL OR confirmed_by <> proposed_by),
    CONSTRAINT a_rejection_names_its_codes CHECK ((state = 'REJECTED') = (cardinality(rejection_codes) > 0)),
    CONSTRAINT only_evidence_is_backed_up CHECK (backed_up_at IS NULL OR accepted_at IS NOT NULL),
    CONSTRAINT a_backup_names_its_copies CHECK ((backed_up_at IS NULL) = (cardinality(copies) = 0)),
    CONSTRAINT a_frozen_capture_names_its_case CHECK ((state = 'FROZEN') = (frozen_at IS NOT NULL)
        AND (state = 'FROZEN') = (case_id IS NOT NULL))
);
CREATE INDEX captures_of_an_object ON captures (account, object_id, received_at);
CREATE INDEX captures_of_a_device ON captures (device_id, captured_at);
CREATE INDEX captures_of_a_version ON captures (version_of) WHERE version_of IS NOT NULL;
CREATE INDEX captures_of_a_body ON captures (body_sha256);
CREATE INDEX captures_of_a_key ON captures (device_id, signed_kid, signed_seq) WHERE signed_kid IS NOT NULL;
CREATE INDEX captures_of_a_manifest ON captures (signed_sha256) WHERE signed_sha256 IS NOT NULL;
CREATE INDEX captures_of_an_agency ON captures (agency_id, id);
CREATE INDEX captures_that_wait_for_a_job ON captures (state) WHERE state = 'INGESTED';
CREATE INDEX captures_that_wait_for_people ON captures (captured_at, id) WHERE state IN ('TECH_PASSED', 'IN_REVIEW');
CREATE INDEX captures_that_wait_for_a_copy ON captures (id) WHERE accepted_at IS NOT NULL AND backed_up_at IS NULL;
SELECT guard('captures', 'evidence', 'id');
SELECT fence('captures');

-- The captures on record under these content keys, for a caller who sees these agencies. The setting ends with the
-- statement, which is a transaction of its own.
CREATE FUNCTION known_captures(visible text, keys text[]) RETURNS TABLE (content_key text, id text)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('mz.visible', known_captures.visible, true);
    RETURN QUERY SELECT c.content_key, c.id FROM captures c WHERE c.content_key = ANY (keys);
END $$;

-- Hold these content keys until the transaction ends, in the order in which they come, and tell which captures are on
-- record under them. Read after the locks, by a statement of its own: it sees what the holder before committed.
CREATE FUNCTION hold_captures(keys text[]) RETURNS TABLE (content_key text, id text) LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN 1 .. cardinality(keys) LOOP
        PERFORM pg_advisory_xact_lock(hashtextextended(keys[n], 1));
    END LOOP;
    RETURN QUERY SELECT c.content_key, c.id FROM captures c WHERE c.content_key = ANY (keys);
END $$;

-- The pictures of a capture: what we measured, and beside it what the device claimed.
CREATE TABLE media (
    evidence_id    text NOT NULL REFERENCES captures,
    n              int NOT NULL,
    agency_id      text NOT NULL,
    sha256         text NOT NULL,
    sm3            text NOT NULL,
    size           int NOT NULL,
    media_type     text NOT NULL,
    width          int NOT NULL,
    height         int NOT NULL,
    colour         boolean NOT NULL,
    kind           text NOT NULL,
    image_id       text,
    shot_at        timestamptz,
    -- The difference hash: by it a picture is found again that looks the same.
    dhash          text CHECK (dhash ~ '^[0-9a-f]{16}$'),
    claimed_format text,
    claimed_size   int,
    claimed_width  int,
    claimed_height int,
    -- Where the device saw the vehicle in this picture: left, top, right, bottom in pixels.
    claimed_box    int[] CHECK (cardinality(claimed_box) = 4),
    row_salt       bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (evidence_id, n),
    CONSTRAINT pictures_are_numbered_from_one CHECK (n >= 1),
    CONSTRAINT a_picture_is_named_by_its_hash CHECK (sha256 ~ '^[0-9a-f]{64}$' AND sm3 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT a_picture_is_a_jpeg_or_a_png CHECK (media_type IN ('image/jpeg', 'image/png')),
    CONSTRAINT a_picture_has_an_extent CHECK (size > 0 AND width > 0 AND height > 0)
);
SELECT guard('media', 'evidence', 'evidence_id');
SELECT fence('media');

-- What each officer answered, in the order in which it happened.
CREATE TABLE reviews (
    evidence_id text NOT NULL REFERENCES captures,
    n           int NOT NULL,
    agency_id   text NOT NULL,
    officer_id  text NOT NULL,
    act         text NOT NULL,
    attributes  text[] NOT NULL,
    codes       text[] NOT NULL,
    reviewed_at timestamptz NOT NULL,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (evidence_id, n),
    CONSTRAINT a_review_is_one_of_five_acts
        CHECK (act IN ('TAKEN', 'PROPOSED', 'CONFIRMED', 'REJECTED', 'LATE_ALLOWED'))
);
SELECT guard('reviews', 'evidence', 'evidence_id');
SELECT fence('reviews');

-- When each person first opened each picture; every further look is in the record alone.
CREATE TABLE openings (
    evidence_id text NOT NULL REFERENCES captures,
    n           int NOT NULL,
    viewer      text NOT NULL,
    agency_id   text NOT NULL,
    purpose     text NOT NULL,
    opened_at   timestamptz NOT NULL,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (evidence_id, n, viewer),
    CONSTRAINT a_picture_that_was_opened_exists FOREIGN KEY (evidence_id, n) REFERENCES media
);
SELECT guard('openings', 'evidence', 'evidence_id');
SELECT fence('openings');

-- What was found out later about the device of a capture: its interval holds the second of the capture.
CREATE TABLE invalidations (
    evidence_id   text NOT NULL REFERENCES captures,
    n             int NOT NULL,
    agency_id     text NOT NULL,
    source        text NOT NULL,
    guard         text NOT NULL,
    codes         text[] NOT NULL CHECK (cardinality(codes) > 0),
    invalid_from  timestamptz NOT NULL,
    invalid_until timestamptz NOT NULL,
    recorded_at   timestamptz NOT NULL,
    row_salt      bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (evidence_id, n),
    CONSTRAINT a_finding_marks_a_capture_once UNIQUE (evidence_id, source)
);
SELECT guard('invalidations', 'evidence', 'evidence_id');
SELECT fence('invalidations');

-- Which court bundles left with which capture, who took them and for what purpose.
CREATE TABLE bundles (
    evidence_id     text NOT NULL REFERENCES captures,
    sha256          text NOT NULL,
    agency_id       text NOT NULL,
    manifest_sha256 text NOT NULL,
    size            bigint NOT NULL,
    log_size        bigint NOT NULL,
    case_id         text,
    purpose         text NOT NULL,
    exported_by     text NOT NULL,
    exported_at     timestamptz NOT NULL,
    row_salt        bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (evidence_id, sha256),
    CONSTRAINT a_bundle_is_named_by_its_hash CHECK (sha256 ~ '^[0-9a-f]{64}$' AND manifest_sha256 ~ '^[0-9a-f]{64}$')
);
CREATE INDEX bundles_by_hash ON bundles (sha256);
SELECT guard('bundles', 'evidence', 'evidence_id');
SELECT fence('bundles');

-- The newest proposal to erase a capture, and its approval by another person.
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
"""


def upgrade() -> None:
    # The door first: the other scripts call its functions guard, fence and operational.
    op.execute(files("common.door").joinpath("door.sql").read_text())
    op.execute(files("evidence.ledger").joinpath("ledger.sql").read_text())
    op.execute(CAPTURES)
    for script in ("redactions.sql", "operational.sql"):
        op.execute(files("evidence.migrations").joinpath(script).read_text())
