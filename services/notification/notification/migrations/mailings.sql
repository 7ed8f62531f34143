-- A batch of notices that an officer ordered. The values go when the last notice was made.
CREATE TABLE mailings (
    id          text PRIMARY KEY CHECK (id ~ '^mlg_[0-9a-z]{26}$'),
    agency_id   text NOT NULL CHECK (agency_id ~ '^agy_[0-9a-z]{26}$'),
    code        text NOT NULL,
    count       integer NOT NULL CHECK (count BETWEEN 1 AND 1000),
    ordered_at  timestamptz NOT NULL,
    sealed      bytea,
    made        integer,
    finished_at timestamptz,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT the_values_go_when_the_batch_is_finished CHECK ((sealed IS NULL) = (finished_at IS NOT NULL)),
    CONSTRAINT a_finished_batch_has_its_count CHECK ((made IS NULL) = (finished_at IS NULL))
);
COMMENT ON COLUMN mailings.sealed IS 'the items with their values, sealed under the secret of the batch';
SELECT guard('mailings', 'mailing', 'id');
SELECT fence('mailings');

CREATE TABLE mailing_items (
    mailing_id text NOT NULL CHECK (mailing_id ~ '^mlg_[0-9a-z]{26}$'),
    n          integer NOT NULL CHECK (n >= 0),
    cause      uuid NOT NULL,
    result     text,
    faults     integer NOT NULL DEFAULT 0,
    PRIMARY KEY (mailing_id, n)
);
CREATE INDEX mailing_items_to_make ON mailing_items (mailing_id, n) WHERE result IS NULL;
SELECT operational('mailing_items', 'how far a batch was worked on; each notice names its item as its cause, and is made once');
