-- Where the device stands, as measured at the installation.
CREATE TABLE device_installations (
    device_id    text NOT NULL REFERENCES devices,
    round        int NOT NULL CHECK (round > 0),
    longitude    numeric(9,6) NOT NULL,
    latitude     numeric(9,6) NOT NULL,
    view_sha256  text NOT NULL CHECK (view_sha256 ~ '^[0-9a-f]{64}$'),
    sign_sha256  text NOT NULL CHECK (sign_sha256 ~ '^[0-9a-f]{64}$'),
    installer    text NOT NULL,
    installed_at timestamptz NOT NULL,
    row_salt     bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (device_id, round)
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
    kind         text NOT NULL CHECK (kind IN ('SIGN', 'LIVERY', 'ROUTE_NOTICE')),
    photo_sha256 text NOT NULL CHECK (photo_sha256 ~ '^[0-9a-f]{64}$'),
    position     text NOT NULL CHECK (position <> ''),
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
    watched         jsonb NOT NULL CHECK (jsonb_typeof(watched) = 'array'),
    recorded_at     timestamptz NOT NULL,
    row_salt        bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (device_id, n),
    CONSTRAINT a_publication_lies_in_the_past CHECK (published_at <= recorded_at),
    CONSTRAINT a_lead_time_never_runs_backwards CHECK (lead_ends_at >= published_at)
);
SELECT guard('device_publications', 'device', 'device_id');
SELECT fence_with('device_publications', 'devices', 'device_id');
