-- What a device was until a material change, so that a question about a time before it is answered with its place and
-- its functions of then, and a device whose change is refused is that device again (D-T19).
CREATE TABLE device_changes (
    device_id   text NOT NULL REFERENCES devices,
    n           int NOT NULL CHECK (n > 0),
    kind        text NOT NULL CHECK (kind IN ('MOVE', 'NEW_FUNCTION', 'MODEL', 'LIMIT')),
    reason      text NOT NULL CHECK (reason <> ''),
    site        jsonb NOT NULL CHECK (jsonb_typeof(site) = 'object'),
    functions   jsonb NOT NULL CHECK (jsonb_typeof(functions) = 'array'),
    submitted_by text,
    plan_id     text REFERENCES plans,
    warnings    jsonb NOT NULL CHECK (jsonb_typeof(warnings) = 'array'),
    refused_at  timestamptz CHECK (refused_at >= recorded_at),
    recorded_at timestamptz NOT NULL,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (device_id, n)
);
SELECT guard('device_changes', 'device', 'device_id');
SELECT fence_with('device_changes', 'devices', 'device_id');
