-- One oversight item: the record that it was opened from, the records before it, and what the two sides did.
CREATE TABLE oversight_items (
    id               text PRIMARY KEY CHECK (id ~ '^ovi_[0-9a-z]{26}$'),
    type             text NOT NULL CHECK (type IN ('OV-1', 'OV-2', 'OV-3', 'OV-4', 'OV-5', 'OV-6', 'OV-7', 'OV-8', 'OV-9')),
    -- The agency that the item concerns. It and the agencies above it see the item.
    agency_id        text NOT NULL CHECK (agency_id ~ '^agy_[0-9a-z]{26}$'),
    source_record_id uuid NOT NULL,
    source_type      text NOT NULL,
    source_stream    text NOT NULL,
    source_seq       integer NOT NULL CHECK (source_seq >= 0),
    consequence      bytea CHECK (length(consequence) = 32),
    -- The log: the records of the source's stream up to the source, in three columns of one length.
    log_records      uuid[] NOT NULL,
    log_types        text[] NOT NULL,
    log_times        timestamptz[] NOT NULL,
    state            text NOT NULL CHECK (state IN ('OPEN', 'REPLIED', 'CLOSED')),
    revision         integer NOT NULL CHECK (revision >= 0),
    opened_at        timestamptz NOT NULL,
    due_law          text NOT NULL,
    due_n            integer NOT NULL,
    due_from         date NOT NULL,
    due_on           date NOT NULL,
    due_alarm_on     date,
    due_calendar     text NOT NULL,
    due_provisional  boolean NOT NULL,
    due_set_by       text NOT NULL CHECK (due_set_by IN ('PROFILE')),
    replied_at       timestamptz,
    overdue_at       timestamptz,
    closed_at        timestamptz,
    result           text CHECK (result IN ('RECTIFIED', 'NOT_ESTABLISHED', 'REFERRED_DISCIPLINE', 'REFERRED_CRIMINAL')),
    row_salt         bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT a_record_opens_one_item UNIQUE (source_record_id),
    CONSTRAINT the_log_ends_with_the_source CHECK (
        log_records[source_seq + 1] = source_record_id AND cardinality(log_records) = source_seq + 1
        AND cardinality(log_types) = source_seq + 1 AND cardinality(log_times) = source_seq + 1),
    CONSTRAINT a_reply_has_its_hour CHECK (state <> 'REPLIED' OR replied_at IS NOT NULL),
    CONSTRAINT a_closed_item_has_a_result CHECK (
        (state = 'CLOSED') = (result IS NOT NULL) AND (state = 'CLOSED') = (closed_at IS NOT NULL))
);
CREATE INDEX oversight_items_in_order ON oversight_items (agency_id, id);
CREATE INDEX oversight_items_by_due_day ON oversight_items (due_on) WHERE overdue_at IS NULL;
SELECT guard('oversight_items', 'oversight', 'id');
SELECT fence('oversight_items');

-- The words of the agency's reply and of the supervisor's result, sealed under the secret of the item.
CREATE TABLE oversight_papers (
    item_id   text NOT NULL REFERENCES oversight_items,
    kind      text NOT NULL CHECK (kind IN ('REPLY', 'RESULT')),
    agency_id text NOT NULL,
    made_at   timestamptz NOT NULL,
    sealed    bytea,
    row_salt  bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (item_id, kind)
);
SELECT guard('oversight_papers', 'oversight', 'item_id');
SELECT fence_with('oversight_papers', 'oversight_items', 'item_id');
