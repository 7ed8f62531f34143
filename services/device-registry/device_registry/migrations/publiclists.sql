-- The public list of each day; the file lies among the blobs under its digest. Everybody may read it.
CREATE TABLE public_lists (
    id       text PRIMARY KEY CHECK (id ~ '^pbl_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
    day      date NOT NULL,
    devices  integer NOT NULL CHECK (devices > 0),
    size     bigint NOT NULL CHECK (size > 0),
    sha256   text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    root     text NOT NULL CHECK (root ~ '^[0-9a-f]{64}$'),
    taken_at timestamptz NOT NULL,
    row_salt bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT a_day_has_one_list UNIQUE (day)
);
SELECT guard('public_lists', 'public_list', 'id');
SELECT fence('public_lists', NULL, NULL);
