-- Inspections of the devices that regulated parties set up themselves (NJ 9(2)), and the parties' answers.
CREATE TABLE device_inspections (
    device_id    text NOT NULL REFERENCES devices,
    n            int NOT NULL CHECK (n > 0),
    inspected_on date NOT NULL,
    inspector    text NOT NULL,
    result       text NOT NULL CHECK (result IN ('PASS', 'FAIL')),
    findings     text NOT NULL CHECK (findings <> ''),
    rectify_by   date,
    recorded_at  timestamptz NOT NULL,
    row_salt     bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (device_id, n),
    CONSTRAINT what_failed_is_mended_by_a_day CHECK ((result = 'FAIL') = (rectify_by IS NOT NULL))
);
SELECT guard('device_inspections', 'device', 'device_id');
SELECT fence_with('device_inspections', 'devices', 'device_id');

CREATE TABLE device_inspection_answers (
    device_id   text NOT NULL,
    n           int NOT NULL,
    answer      text NOT NULL CHECK (answer <> ''),
    answered_at timestamptz NOT NULL,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (device_id, n),
    FOREIGN KEY (device_id, n) REFERENCES device_inspections
);
SELECT guard('device_inspection_answers', 'device', 'device_id');
SELECT fence_with('device_inspection_answers', 'devices', 'device_id');
