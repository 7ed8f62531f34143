-- How a party wishes to be told. What it says last takes the place of what it said before.
CREATE TABLE preferences (
    id          text PRIMARY KEY CHECK (id ~ '^prf_[0-9a-z]{26}$'),
    party_id    text NOT NULL CHECK (party_id ~ '^pty_[0-9a-z]{26}$'),
    unwanted    text[] NOT NULL,
    channels    text[] NOT NULL,
    quiet_from  time,
    quiet_until time,
    language    text NOT NULL CHECK (language IN ('zh', 'en')),
    large_print boolean NOT NULL,
    voice       boolean NOT NULL,
    stated_at   timestamptz NOT NULL,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT a_party_has_one_set_of_preferences UNIQUE (party_id),
    CONSTRAINT what_the_law_demands_is_never_unwanted CHECK (NOT 'STATUTORY' = ANY (unwanted)),
    CONSTRAINT quiet_hours_begin_and_end CHECK ((quiet_from IS NULL) = (quiet_until IS NULL))
);
SELECT guard('preferences', 'preference', 'id');
SELECT fence('preferences', 'party_id', NULL);
