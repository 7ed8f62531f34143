-- The end of a device: what becomes of its raw data, and two persons who say so (D-T18; NJ 17).
CREATE TABLE device_retirements (
    device_id   text NOT NULL REFERENCES devices,
    n           int NOT NULL CHECK (n > 0),
    cause       text NOT NULL CHECK (cause IN ('SCRAPPED', 'DISMANTLED')),
    disposition text NOT NULL CHECK (disposition <> ''),
    keeper      text NOT NULL CHECK (keeper <> ''),
    proposed_by text NOT NULL,
    proposed_at timestamptz NOT NULL,
    approved_by text,
    approved_at timestamptz,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (device_id, n),
    CONSTRAINT two_persons_retire_a_device CHECK (approved_by <> proposed_by),
    CONSTRAINT an_approved_retirement_says_when CHECK ((approved_by IS NULL) = (approved_at IS NULL))
);
CREATE UNIQUE INDEX a_device_retires_once ON device_retirements (device_id) WHERE approved_at IS NOT NULL;
SELECT guard('device_retirements', 'device', 'device_id');
SELECT fence_with('device_retirements', 'devices', 'device_id');
