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
