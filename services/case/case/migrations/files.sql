-- What the party handed in: one row a file. Its bytes lie in the blob store under their digest, sealed for the case.
CREATE TABLE files (
    case_id      text NOT NULL REFERENCES cases,
    number       int NOT NULL CHECK (number > 0),
    party_id     text NOT NULL,
    taken_by     text,
    sha256       text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    size         int NOT NULL CHECK (size > 0),
    media_type   text NOT NULL,
    scan         text NOT NULL CHECK (scan IN ('CLEAN', 'INFECTED', 'NOT_SCANNED')),
    handed_in_at timestamptz NOT NULL,
    -- The number of the statement that names it.
    statement    int,
    -- The party of this row proved to be the wrong one.
    released_at  timestamptz,
    -- Its name, under the secret of the case; null once the case is erased.
    sealed       bytea,
    row_salt     bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (case_id, number)
);
SELECT guard('files', 'case', 'case_id');
SELECT fence_with('files', 'cases', 'case_id');

-- A file on its way: announced, and sent in parts. Its number is that of the file.
CREATE TABLE uploads (
    case_id  text NOT NULL REFERENCES cases,
    n        int NOT NULL CHECK (n > 0),
    party_id text NOT NULL,
    taken_by text,
    size     int NOT NULL CHECK (size > 0),
    sha256   text NOT NULL,
    sealed   bytea NOT NULL,
    is_whole boolean NOT NULL DEFAULT false,
    PRIMARY KEY (case_id, n)
);
SELECT operational('uploads', 'a file on its way; its sender uploads again what is lost');
CREATE TABLE upload_parts (
    case_id text NOT NULL,
    upload  int NOT NULL,
    part    int NOT NULL CHECK (part > 0),
    size    int NOT NULL CHECK (size > 0),
    sha256  text NOT NULL,
    PRIMARY KEY (case_id, upload, part),
    FOREIGN KEY (case_id, upload) REFERENCES uploads
);
SELECT operational('upload_parts', 'the parts of a file on its way');
