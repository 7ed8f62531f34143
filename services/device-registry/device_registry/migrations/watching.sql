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
