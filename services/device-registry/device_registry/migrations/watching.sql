-- The warnings that were given before a certificate ran out.
CREATE TABLE device_expiry_warnings (
    device_id      text NOT NULL REFERENCES devices,
    certificate_no text NOT NULL,
    valid_until    date NOT NULL,
    days           int NOT NULL CHECK (days > 0),
    warned_at      timestamptz NOT NULL,
    row_salt       bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (device_id, certificate_no, valid_until, days)
);
SELECT guard('device_expiry_warnings', 'device', 'device_id');
SELECT fence_with('device_expiry_warnings', 'devices', 'device_id');

-- Papers that were found, later, to say nothing since a day. The paper itself stays as it was recorded.
CREATE TABLE device_invalid_papers (
    device_id    text NOT NULL REFERENCES devices,
    n            int NOT NULL CHECK (n > 0),
    paper        text NOT NULL CHECK (paper IN ('CERTIFICATE', 'REPORT')),
    number       text NOT NULL,
    invalid_from date NOT NULL,
    reason       text NOT NULL CHECK (reason <> ''),
    recorded_at  timestamptz NOT NULL,
    row_salt     bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (device_id, n)
);
SELECT guard('device_invalid_papers', 'device', 'device_id');
SELECT fence_with('device_invalid_papers', 'devices', 'device_id');

-- The intervals in which a device was held to be lawful and, as was found later, was not.
CREATE TABLE device_invalid_intervals (
    device_id     text NOT NULL REFERENCES devices,
    n             int NOT NULL CHECK (n > 0),
    guard         text NOT NULL,
    codes         jsonb NOT NULL CHECK (jsonb_array_length(codes) > 0),
    invalid_from  timestamptz NOT NULL,
    invalid_until timestamptz NOT NULL,
    recorded_at   timestamptz NOT NULL,
    row_salt      bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (device_id, n),
    CONSTRAINT an_invalid_interval_lies_in_the_past
        CHECK (invalid_from < invalid_until AND invalid_until <= recorded_at)
);
SELECT guard('device_invalid_intervals', 'device', 'device_id');
SELECT fence_with('device_invalid_intervals', 'devices', 'device_id');

-- Who maintains a device at least how often. The last plan of each counts.
CREATE TABLE device_maintenance_plans (
    device_id   text NOT NULL REFERENCES devices,
    n           int NOT NULL CHECK (n > 0),
    by          text NOT NULL CHECK (by IN ('AGENCY', 'REGULATED_PARTY')),
    interval_d  int NOT NULL CHECK (interval_d > 0),
    duties      text NOT NULL CHECK (duties <> ''),
    recorded_at timestamptz NOT NULL,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (device_id, n)
);
SELECT guard('device_maintenance_plans', 'device', 'device_id');
SELECT fence_with('device_maintenance_plans', 'devices', 'device_id');

-- A maintenance begins when it is recorded. At most one of a device goes on.
CREATE TABLE device_maintenances (
    device_id    text NOT NULL REFERENCES devices,
    n            int NOT NULL CHECK (n > 0),
    by           text NOT NULL CHECK (by IN ('AGENCY', 'REGULATED_PARTY')),
    cause        text NOT NULL CHECK (cause IN ('ROUTINE', 'REPAIR', 'TEST')),
    note         text NOT NULL,
    recorded_at  timestamptz NOT NULL,
    ended_at     timestamptz,
    parts        jsonb NOT NULL CHECK (jsonb_typeof(parts) = 'array'),
    is_metrology boolean NOT NULL,
    work         text NOT NULL,
    row_salt     bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (device_id, n),
    CONSTRAINT a_maintenance_ends_after_it_begins CHECK (ended_at >= recorded_at),
    CONSTRAINT a_maintenance_that_ended_says_what_was_done CHECK ((ended_at IS NULL) = (work = ''))
);
CREATE UNIQUE INDEX a_device_is_in_one_maintenance ON device_maintenances (device_id) WHERE ended_at IS NULL;
SELECT guard('device_maintenances', 'device', 'device_id');
SELECT fence_with('device_maintenances', 'devices', 'device_id');

-- A fault lasts from when it began until it is closed. Of each cause one at a time.
CREATE TABLE device_faults (
    device_id   text NOT NULL REFERENCES devices,
    n           int NOT NULL CHECK (n > 0),
    cause       text NOT NULL CHECK (cause IN ('HEARTBEAT_MISSED', 'REPORTED')),
    description text NOT NULL,
    began_at    timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    closed_at   timestamptz,
    remedy      text NOT NULL,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (device_id, n),
    CONSTRAINT a_fault_began_before_it_is_known CHECK (began_at <= recorded_at),
    CONSTRAINT a_fault_closes_after_it_is_known CHECK (closed_at >= recorded_at)
);
CREATE UNIQUE INDEX a_device_has_one_fault_of_a_cause ON device_faults (device_id, cause) WHERE closed_at IS NULL;
SELECT guard('device_faults', 'device', 'device_id');
SELECT fence_with('device_faults', 'devices', 'device_id');

-- By how many milliseconds the clock of a device was ahead, each time that somebody measured it.
CREATE TABLE device_clock_checks (
    device_id   text NOT NULL REFERENCES devices,
    n           int NOT NULL CHECK (n > 0),
    drift_ms    int NOT NULL,
    recorded_at timestamptz NOT NULL,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (device_id, n)
);
SELECT guard('device_clock_checks', 'device', 'device_id');
SELECT fence_with('device_clock_checks', 'devices', 'device_id');
