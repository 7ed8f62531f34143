CREATE TABLE viid_nonces (
    nonce     text PRIMARY KEY,
    issued_at timestamptz NOT NULL,
    highest   bigint NOT NULL,
    below     bigint NOT NULL
);
CREATE INDEX viid_nonces_by_age ON viid_nonces (issued_at);
SELECT operational('viid_nonces', 'a client is challenged again when its challenge is gone');

CREATE TABLE viid_failures (
    account    text NOT NULL,
    address    text NOT NULL,
    failed_at  timestamptz NOT NULL
);
CREATE INDEX viid_failures_of_an_account ON viid_failures (account, address, failed_at);
SELECT operational('viid_failures', 'wrong passwords are counted for five minutes');

CREATE TABLE viid_sessions (
    account       text NOT NULL,
    device_code   text NOT NULL,
    address       text NOT NULL,
    user_identify text,
    user_agent    text,
    registered_at timestamptz NOT NULL,
    last_seen_at  timestamptz NOT NULL,
    PRIMARY KEY (account, device_code, address)
);
CREATE INDEX viid_sessions_of_an_address ON viid_sessions (address);
SELECT operational('viid_sessions', 'a camera registers again when its session is gone');

-- `streak` counts the signs of life that came one after the other in time.
CREATE TABLE heartbeats (
    device_id    text PRIMARY KEY,
    last_seen_at timestamptz NOT NULL,
    streak       int NOT NULL CHECK (streak > 0)
);
CREATE INDEX heartbeats_by_age ON heartbeats (last_seen_at);
SELECT operational('heartbeats', 'a device is watched again from its next sign of life; faults are in the registry');

CREATE TABLE quarantined_bodies (
    sha256      text PRIMARY KEY,
    account     text NOT NULL,
    device_code text NOT NULL,
    reason      text NOT NULL,
    body        bytea NOT NULL,
    received_at timestamptz NOT NULL,
    until       timestamptz NOT NULL
);
CREATE INDEX quarantined_bodies_of_an_account ON quarantined_bodies (account);
SELECT operational('quarantined_bodies', 'pushes of which nothing could be read, kept seven days for the operator');

CREATE TABLE intake_rejects (
    account     text NOT NULL,
    device_code text NOT NULL,
    agency_id   text NOT NULL,
    reason      text NOT NULL,
    day         date NOT NULL,
    count       bigint NOT NULL,
    last_at     timestamptz NOT NULL,
    PRIMARY KEY (account, device_code, reason, day)
);
SELECT operational('intake_rejects', 'how often a device sent what could not be taken in, counted for thirty days');

-- How many captures that others review an officer unmasked on a day (NJ 17; PIPL 51).
CREATE TABLE unmaskings (
    viewer text NOT NULL, viewed_on date NOT NULL, n int NOT NULL CHECK (n > 0), PRIMARY KEY (viewer, viewed_on)
);
SELECT operational('unmaskings', 'counts the budget of a day; each unmasking is on record with its capture');

CREATE TABLE held_messages (
    id          text PRIMARY KEY,
    body        bytea NOT NULL,
    received_at timestamptz NOT NULL
);
SELECT operational('held_messages', 'messages of objects on hold, until their pictures came or their time is over');

CREATE TABLE held_objects (
    key          text PRIMARY KEY CHECK (key ~ '^[0-9a-f]{64}$'),
    account      text NOT NULL,
    agency_id    text NOT NULL,
    device_id    text NOT NULL,
    device_code  text NOT NULL,
    object_id    text NOT NULL,
    message_id   text NOT NULL,
    sha256       text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    shape        text NOT NULL CHECK (shape IN ('VEHICLES', 'CYCLES', 'IMAGES', 'NOTIFICATIONS')),
    place        int NOT NULL CHECK (place >= 0),
    awaited      jsonb NOT NULL CHECK (jsonb_array_length(awaited) > 0),
    transport    text NOT NULL,
    relaxed      boolean NOT NULL,
    flags        text[] NOT NULL,
    code         text NOT NULL,
    state        text NOT NULL CHECK (state IN ('PENDING_MEDIA', 'GIVEN_UP')),
    reason       text,
    tries        int NOT NULL,
    received_at  timestamptz NOT NULL,
    until        timestamptz NOT NULL,
    next_try_at  timestamptz NOT NULL,
    leased_until timestamptz,
    CONSTRAINT an_object_is_given_up_for_a_reason CHECK (state = 'PENDING_MEDIA' OR reason IS NOT NULL)
);
CREATE INDEX held_objects_that_are_due ON held_objects (next_try_at) WHERE state = 'PENDING_MEDIA';
CREATE INDEX held_objects_of_a_message ON held_objects (message_id);
CREATE INDEX held_objects_of_an_account ON held_objects (account);
SELECT operational('held_objects', 'acknowledged objects whose pictures are not all here; captures when they are');

CREATE TABLE held_parts (
    key         text NOT NULL REFERENCES held_objects ON DELETE CASCADE,
    n           int NOT NULL,
    picture     bytea NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (key, n)
);
SELECT operational('held_parts', 'pictures that came while others of their object are missing');

CREATE TABLE held_devices (
    device_id text PRIMARY KEY,
    since     timestamptz NOT NULL
);
SELECT operational('held_devices', 'devices that wait for a person, according to the ledger; read from it again');

CREATE TABLE holds (
    evidence_id text NOT NULL,
    case_id     text NOT NULL,
    closed_at   timestamptz,
    archived_at timestamptz,
    kept_until  timestamptz,
    PRIMARY KEY (evidence_id, case_id)
);
SELECT operational('holds', 'which cases rest on a capture, according to the ledger; read from it again when lost');
