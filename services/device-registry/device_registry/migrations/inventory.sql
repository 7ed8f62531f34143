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
