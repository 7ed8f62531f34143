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

-- What the public list is searched by: every two letters that stand side by side in the place of a published device, and
-- its code. PostgreSQL uses an index behind the fence of `devices` for no pattern, only for what is equal. Everybody may
-- read it: it says less than the list.
CREATE TABLE public_words (
    word      text NOT NULL CHECK (length(word) BETWEEN 2 AND 20),
    device_id text NOT NULL REFERENCES devices,
    PRIMARY KEY (word, device_id)
);
CREATE INDEX public_words_of_a_device ON public_words (device_id);
SELECT operational('public_words', 'made again from the place and the code of a device whenever it is published');

CREATE FUNCTION words_of(place text, code text) RETURNS SETOF text LANGUAGE sql IMMUTABLE AS $$
    SELECT DISTINCT substr(place, n, 2) FROM generate_series(1, length(place) - 1) n
    UNION SELECT code WHERE code IS NOT NULL
$$;
