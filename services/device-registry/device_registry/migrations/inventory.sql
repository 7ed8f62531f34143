-- The row of the inventory that last said something of a device, with all that files of its source claimed of it: what
-- the device itself holds, and what a file claims and no paper proves. `sheet` is empty for a file of one table.
CREATE TABLE inventory_rows (
    device_id text PRIMARY KEY REFERENCES devices,
    agency_id text NOT NULL,
    import_id text NOT NULL,
    source    text NOT NULL,
    sheet     text NOT NULL,
    row       int NOT NULL CHECK (row > 0),
    identity  bytea NOT NULL CHECK (length(identity) = 32),
    claims    jsonb NOT NULL CHECK (jsonb_typeof(claims) = 'object'),
    findings  jsonb NOT NULL,
    row_salt  bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT a_row_of_an_import_is_one_device UNIQUE (import_id, sheet, row)
);
CREATE INDEX inventory_rows_of_a_source ON inventory_rows (agency_id, source);
SELECT guard('inventory_rows', 'device', 'device_id');
SELECT fence('inventory_rows');

-- A file, what it was understood to say, and its rows by outcome once each of them is answered.
CREATE TABLE device_imports (
    id           text PRIMARY KEY CHECK (id ~ '^imp_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
    agency_id    text NOT NULL,
    source       text NOT NULL,
    file_sha256  bytea NOT NULL CHECK (length(file_sha256) = 32),
    received_by  text NOT NULL,
    received_at  timestamptz NOT NULL,
    total        int NOT NULL,
    understood   jsonb NOT NULL,
    concluded_at timestamptz,
    imported     int,
    updated      int,
    unchanged    int,
    refused      int,
    row_salt     bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT every_row_is_accounted_for
        CHECK (concluded_at IS NULL OR total = imported + updated + unchanged + refused)
);
CREATE INDEX device_imports_under_way ON device_imports (id) WHERE concluded_at IS NULL;
SELECT guard('device_imports', 'import', 'id');
SELECT fence('device_imports');

-- The work of an import: the file, how it is read, which device each row is, and how many rows are done. A process that
-- ends in the middle leaves whole batches, and the next one goes on after them.
CREATE TABLE import_work (
    import_id text PRIMARY KEY REFERENCES device_imports,
    content   bytea NOT NULL,
    choice    jsonb NOT NULL,
    plan      jsonb,
    done      int NOT NULL,
    ended_at  timestamptz
);
SELECT operational('import_work', 'the file and how far it is; what came of it is in the records of its devices');

-- The answers to the rows of one batch, in the file's order, with `begins` as the first row's place among all rows.
CREATE TABLE import_answers (
    import_id text NOT NULL REFERENCES device_imports,
    begins    int NOT NULL,
    answers   jsonb NOT NULL,
    PRIMARY KEY (import_id, begins)
);
SELECT operational('import_answers', 'what the sender is told of each row; the devices and their records are kept');
